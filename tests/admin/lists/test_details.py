"""What the pages of one thing say, and that what people wrote stays text."""

import re
from html import unescape
from typing import Any

import asyncpg
import httpx2
import pytest
from sqlalchemy import Text

from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import ActorKind, EventRow
from domain.metadata import metadata
from domain.seats.models import SeatKind
from domain.tickets.assignment import route_ticket
from tests.admin.lists.conftest import PAGES, SignIn
from tests.api.graphql.filled import Filled
from tests.conftest import NOW, Shop
from tests.domain.world import World
from tests.servers import Servers


def text_of(response: httpx2.Response) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.text))).replace("\xa0", " ")


async def shown(http: httpx2.AsyncClient, path: str, row: Any) -> str:
    page = await http.get(f"/admin/{path}/{row.id}")
    assert page.status_code == 200
    return text_of(page)


async def test_an_order_shows_customer_goods_payments_parcels_promise_and_where_it_is(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn
) -> None:
    await sign_in()
    said = await shown(http, "orders", filled.rows["order"][0])
    for part in (
        "Order 2026/0 Placed",
        "Bombka s-1 2 19.99 PLN 39.98 PLN",
        "Card 39.98 PLN 2.00 PLN 2026-11-02 10:00 1.00 PLN bank",
        "InPost",
        "Waits for payment The price is not fully paid. Missing: 50 000 000.00 PLN .",
        "Customer Zofia",
        "Promised for 2026-11-06",
        "2 Sprawa 2 In work",
        "History Nothing has happened yet.",
    ):
        assert part in said


async def test_a_ticket_shows_where_it_is_its_order_its_talk_and_why_it_went_where_it_went(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    world = await World.found(database, shop)
    await world.person(SeatKind.LIGHT)
    ticket = await world.ticket()
    async with database.writing(shop.tenant_id) as session:
        await route_ticket(session, ticket_id=ticket, now=NOW)
    await sign_in()
    page = await http.get(f"/admin/tickets/{ticket}")
    said = text_of(page)
    for part in (
        "Ticket 1: Gdzie jest moja paczka? In the queue",
        "From the customer · Zofia Żak · 2026-11-02 10:00 Dzień dobry, czekam od tygodnia.",
        "Stays in the queue of first-line",
        "Nobody could have it. Could have had it: 0. on a light seat: 1.",
        "Nearest to it: Jan Nowak (on a light seat)",
        "In the queue first-line opened Sezon",
        "Takes contact with the customer Yes",
        "Ticket opened",
        "E-mail zofia@klient.example",
    ):
        assert part in said


async def test_people_and_seats_show_who_sits_where_and_when(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    world = await World.found(database, shop)
    person = await world.person(SeatKind.LIGHT, skills=("payments",))
    await sign_in(language=Language.PL)
    agent = text_of(await http.get(f"/admin/agents/{person.agent_id}"))
    for part in ("Jan Nowak W pracy", "Lekka", "Trwa", "Payments", "first-line", "E-mail 0 10 Administrator"):
        assert part in agent
    seat = text_of(await http.get(f"/admin/seats/{person.licence_id}"))
    for part in ("Lekka licencja Trwa", "Jan Nowak Lekka 2026-11-02 10:00 – 2027-01-15 10:00 Trwa", "Dodano licencję"):
        assert part in seat


async def test_an_event_is_told_in_words_with_links_to_what_it_names(
    http: httpx2.AsyncClient, database: Database, shop: Shop, filled: Filled, sign_in: SignIn
) -> None:
    agent, team = filled.ids("agent")[0], filled.ids("team")[0]
    async with database.writing(shop.tenant_id) as session:
        event = EventRow(
            tenant_id=shop.tenant_id,
            name="TicketMoved",
            aggregate="ticket",
            aggregate_id=filled.ids("ticket")[0],
            aggregate_version=9,
            actor_kind=ActorKind.MEMBER,
            actor_id=filled.ids("member")[0],
            at=NOW,
            data={
                "from_state": "QUEUED",
                "to_state": "ASSIGNED",
                "team_id": str(team),
                "assignee_id": str(agent),
                "reason": "handed over",
            },
            trace_id="",
        )
        session.add(event)
    await sign_in(language=Language.PL)
    page = await http.get(f"/admin/audit/{event.id}")
    said = text_of(page)
    for part in ("Przeniesiono zgłoszenie", "Osoba 0", "W kolejce", "W pracy", "przekazano", "jeszcze nienadany"):
        assert part in said
    assert f'href="/admin/agents/{agent}"' in page.text
    assert f'href="/admin/teams/{team}"' in page.text


async def test_a_dead_letter_shows_what_failed_how_often_and_since_when(
    http: httpx2.AsyncClient, filled: Filled, sign_in: SignIn
) -> None:
    await sign_in()
    said = await shown(http, "dead-letters", filled.rows["outbox"][0])
    for part in ("Send a reply", "deliver_reply", "Attempts 8", "ConnectionRefusedError: nobody is there"):
        assert part in said


MARKUP = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 1234567*8 }}'


@pytest.mark.parametrize("language", list(Language))
async def test_what_people_wrote_stays_text_in_every_column(
    http: httpx2.AsyncClient,
    servers: Servers,
    database: Database,
    filled: Filled,
    shop: Shop,
    sign_in: SignIn,
    language: Language,
) -> None:
    """Every free text of every table is made hostile by the database's own superuser, past all of our checks."""
    await sign_in(language=language)
    connection = await asyncpg.connect(servers.superuser_url)
    try:
        for table in metadata.sorted_tables:
            for column in table.columns:
                if not _free_text(table, column):
                    continue
                await connection.execute(
                    f'UPDATE "{table.name}" SET "{column.name}" = $1 || left(id::text, 0) || '
                    f"right(gen_random_uuid()::text, 12) WHERE tenant_id = $2",
                    MARKUP,
                    shop.tenant_id,
                )
    finally:
        await connection.close()
    async with database.writing(shop.tenant_id) as session:
        event = EventRow(
            tenant_id=shop.tenant_id,
            name=f"Unheard{MARKUP}",
            aggregate=MARKUP,
            aggregate_id=filled.ids("order")[0],
            aggregate_version=1,
            actor_kind=ActorKind.CLIENT,
            actor_id=filled.ids("api_client")[0],
            at=NOW,
            data={MARKUP: MARKUP, "number": MARKUP, "reason": MARKUP, "scopes": [MARKUP], "items": {MARKUP: MARKUP}},
            trace_id="",
        )
        session.add(event)
    filled.rows["event"].append(event)
    for path, table_name in PAGES.items():
        pages = [await http.get(f"/admin/{path}")]
        pages += [await http.get(f"/admin/{path}/{row.id}") for row in filled.rows[table_name]]
        for page in pages:
            assert page.status_code == 200
            assert "<script" not in page.text
            assert "<img" not in page.text
            assert "9876536" not in page.text
        assert any("&lt;script&gt;alert(1)" in page.text for page in pages)


def _free_text(table: Any, column: Any) -> bool:
    names = {"name", "subject", "body", "label", "external_reference", "carrier", "tracking_number", "reason", "sku",
             "last_error", "phone", "source", "number", "external_id", "evidence_text", "actor", "trace_id",
             "key"}  # fmt: skip
    if table.name in ("event", "inbox", "schedule", "tenant") or "id" not in table.columns:
        return False
    return isinstance(column.type, Text) and column.name in names and not getattr(column.type, "enums", None)
