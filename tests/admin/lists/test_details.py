"""What the pages of one thing say, and that what people wrote stays text."""

import re
from datetime import timedelta
from html import unescape
from typing import Any, get_args, get_type_hints
from uuid import UUID

import asyncpg
import httpx2
import pytest
from sqlalchemy import Text, select, update

from admin.catalogue import WORDS
from admin.lists.tellings import EVENTS, thing_of
from domain.agents.models import Agent, Member, Presence
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, ActorKind, EventRow
from domain.kit.ids import new_id
from domain.metadata import metadata
from domain.seats.models import SeatKind, SeatLicence
from domain.seats.rights import permit_outbound
from domain.tickets import drafts, replaying, working
from domain.tickets.assignment import assign, send_to_team
from domain.tickets.opening import create_topic
from domain.tickets.sweeping import route_sweep
from tests.admin.lists.conftest import PAGES, SignIn
from tests.api.graphql.filled import Filled
from tests.conftest import NOW, CountStatements, Shop
from tests.domain.world import World
from tests.servers import Servers


def text_of(response: httpx2.Response) -> str:
    return text_of_html(response.text)


def text_of_html(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))).replace("\xa0", " ")


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
        await route_sweep(session, now=NOW)
    await sign_in()
    page = await http.get(f"/admin/tickets/{ticket}")
    said = text_of(page)
    for part in (
        "Ticket 1: Gdzie jest moja paczka? In the queue",
        "From the customer · Zofia Żak · 2026-11-02 10:00 Dzień dobry, czekam od tygodnia.",
        "Stays in the queue of first-line",
        "Nobody could have it. Could have had it: 0. On a light seat: 1.",
        "Nearest to it: Jan Nowak (on a light seat)",
        "In the queue first-line opened Sezon",
        "Takes contact with the customer Yes",
        "Ticket opened",
        "E-mail zofia@klient.example",
    ):
        assert part in said


async def test_a_ticket_tells_why_it_went_where_it_went_also_when_its_pass_is_kept_no_more(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    world = await World.found(database, shop)
    await world.person(SeatKind.LIGHT)
    people = [await world.person(SeatKind.FULL, presence=Presence.OFFLINE) for _ in range(2)]
    ticket = await world.ticket()
    async with database.writing(shop.tenant_id) as session:
        await route_sweep(session, now=NOW)
        for name, person in zip(("Anna", "Filip"), people, strict=True):
            agent = await session.get_one(Agent, (shop.tenant_id, person.agent_id))
            agent.name, agent.presence = name, Presence.ONLINE
    async with database.writing(shop.tenant_id) as session:
        await route_sweep(session, now=NOW + timedelta(minutes=1))
    await sign_in()
    page = f"/admin/tickets/{ticket}"
    seen = text_of(await http.get(page))
    assert "Could have had it: 2. Least work: Anna (0.0 min an hour), Filip (0.0 min an hour)." in seen
    async with database.writing(shop.tenant_id) as session:
        assert not await replaying.forget_old(session, now=NOW + timedelta(days=91))
        await send_to_team(session, ticket_id=ticket, team_id=None, by=SYSTEM, now=NOW + timedelta(minutes=2))
    async with database.writing(shop.tenant_id) as session:
        await route_sweep(session, now=NOW + timedelta(minutes=3))
        assert not await replaying.forget_old(session, now=NOW + timedelta(days=91))
    kept = text_of(await http.get(page))
    assert "To Anna · 2026-11-02 10:01 Of those with as little work, nobody else had waited as long." in kept
    assert "Least work: Anna (0.0 min an hour), Filip (0.0 min an hour)." in kept
    assert "Nobody could have it. Not at work: 2. On a light seat: 1." in kept
    assert "To Anna · 2026-11-02 10:03 The customer knows this agent. To Anna · 2026-11-02 10:01" in kept
    assert "Could have had it" not in kept
    assert "Nearest to it" not in kept


async def test_an_approved_draft_names_its_author_and_who_sent_it(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    world = await World.found(database, shop)
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket = await world.ticket()
    async with database.writing(shop.tenant_id) as session:
        (await session.get_one(Member, (shop.tenant_id, lena.member_id))).name = "Lena"
        (await session.get_one(Agent, (shop.tenant_id, filip.agent_id))).name = "Filip"
        await assign(session, ticket_id=ticket, agent_id=filip.agent_id, by=SYSTEM, now=NOW)
        draft = await working.add_draft(session, ticket_id=ticket, body="Jest.", by=lena.actor, now=NOW)
        permit = await permit_outbound(session, agent_id=filip.agent_id, now=NOW)
        await drafts.approve(session, draft_id=draft.id, permit=permit, any_owner=False, by=filip.actor, now=NOW)
    await sign_in()
    said = text_of(await http.get(f"/admin/tickets/{ticket}"))
    assert "To the customer · Lena, sent by Filip · 2026-11-02 10:00" in said
    assert "Draft · Lena · 2026-11-02 10:00" in said


@pytest.mark.parametrize(("seat", "offered"), [(None, False), (SeatKind.LIGHT, True), (SeatKind.FULL, True)])
async def test_a_ticket_leads_to_the_desk_for_whoever_works_there(
    http: httpx2.AsyncClient,
    database: Database,
    shop: Shop,
    sign_in: SignIn,
    seat: SeatKind | None,
    offered: bool,
) -> None:
    world = await World.found(database, shop)
    ticket = await world.ticket()
    await sign_in(seat=seat)
    page = await http.get(f"/admin/tickets/{ticket}")
    assert ('href="/admin/desk/tickets/1">Open on the desk</a>' in page.text) is offered
    assert (await http.get("/admin/desk/tickets/1")).status_code == (200 if offered else 403)


async def test_people_and_seats_show_who_sits_where_and_when(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    world = await World.found(database, shop)
    person = await world.person(SeatKind.LIGHT, skills=("payments",))
    await sign_in(language=Language.PL)
    agent = text_of(await http.get(f"/admin/agents/{person.agent_id}"))
    for part in (
        "Jan Nowak W pracy",
        "Lekka",
        "Trwa",
        "Payments (poziom 3)",
        "polski, język sklepu",
        "first-line",
        "E-mail 0 10 Administrator",
    ):
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
    for part in ("Przeniesiono zgłoszenie", "Osoba 0", "W kolejce", "W toku", "przekazano", "jeszcze nienadany"):
        assert part in said
    assert f'href="/admin/agents/{agent}"' in page.text
    assert f'href="/admin/teams/{team}"' in page.text


async def test_histories_call_people_and_things_by_their_names_which_one_statement_finds(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn, statements: CountStatements
) -> None:
    world = await World.found(database, shop)
    ewa, jan = [await world.person(SeatKind.FULL, skills=("payments",)) for _ in range(2)]
    async with database.writing(shop.tenant_id) as session:
        for person, name in ((ewa, "Ewa Gil"), (jan, "Jan Lis")):
            await session.execute(update(Agent).where(Agent.id == person.agent_id).values(name=name))
            await session.execute(update(Member).where(Member.id == person.member_id).values(name=name))
    ticket = await world.ticket()
    for person in (ewa, jan):
        async with database.writing(shop.tenant_id) as session:
            await assign(session, ticket_id=ticket, agent_id=person.agent_id, by=ewa.actor, now=NOW)
    await sign_in()
    with statements() as seen:
        page = await http.get(f"/admin/tickets/{ticket}")
    (named,) = [statement for statement in seen if " AS kind, " in statement and "topic.name" in statement]
    assert named.count("UNION ALL") == 4  # members, teams, agents, customers, topics
    history = page.text.partition('<h2 id="history">')[2].partition("</section>")[0]
    assert all("\n" not in body for body in re.findall(r'<p class="body">(.*?)</p>', history, re.DOTALL))
    said = text_of_html(history)
    assert "Ticket moved · Ewa Gil · 2026-11-02 10:00 From: In work · To: In work · Team: first-line" in said
    assert "Agent: Jan Lis · Why: assigned" in said
    assert "Customer: Zofia Żak" in said
    assert "Topic: delivery" in said
    agent = text_of(await http.get(f"/admin/agents/{ewa.agent_id}")).partition(" History ")[2]
    agent = agent.partition(" Details ")[0]
    assert "Skills and levels: Payments: 3" in agent
    for shown in (said, agent):
        assert not re.search(r"[0-9a-f]{12}", shown), shown


async def test_skills_that_topics_and_tickets_ask_for_are_told_by_name_and_level(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    world = await World.found(database, shop)
    payments = world.skills["payments"]
    async with database.writing(shop.tenant_id) as session:
        topic = await create_topic(
            session,
            key="refund",
            name="Zwrot pieniędzy",
            team_id=world.teams["accounting"],
            skills={payments: 4},
            needs_contact=False,
            by=SYSTEM,
            now=NOW,
        )
        former = {"key": "old", "team_id": str(topic.team_id), "skill_id": str(payments), "needs_contact": False}
        told = {"name": "TopicCreated", "aggregate": "topic", "aggregate_id": new_id(), "aggregate_version": 1}
        old = EventRow(
            tenant_id=shop.tenant_id, id=new_id(), **told, actor_kind=ActorKind.SYSTEM, at=NOW, data=former, trace_id=""
        )
        session.add(old)
    async with database.reading(shop.tenant_id) as session:
        new = (await session.scalars(select(EventRow).where(EventRow.aggregate_id == topic.id))).one()
    ticket = await world.ticket("refund")
    await sign_in()
    assert "Skills and levels Payments: 4" in text_of(await http.get(f"/admin/audit/{new.id}"))
    assert "Skill Payments" in text_of(await http.get(f"/admin/audit/{old.id}"))
    assert "Skills Payments (level 4 or more)" in text_of(await http.get(f"/admin/tickets/{ticket}"))
    team = text_of(await http.get(f"/admin/teams/{topic.team_id}"))
    assert "Zwrot pieniędzy Skills: Payments (level 4 or more)" in team
    assert "payment Skills: Payments Details" in team


async def test_the_trail_says_what_each_event_happened_to_and_keeps_ids_for_programs(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    world = await World.found(database, shop)
    await world.person(SeatKind.LIGHT)
    await world.ticket()
    await sign_in()
    listed = text_of(await http.get("/admin/audit"))
    for part in ("Ticket opened Ticket 1", "Licence added Licence", "Seat given Seat Jan Nowak"):
        assert part in listed
    async with database.reading(shop.tenant_id) as session:
        event = (await session.scalars(select(EventRow).where(EventRow.name == "TicketEntryAdded"))).one()
    assert f"Entry {event.data['entry_id']}" in text_of(await http.get(f"/admin/audit/{event.id}"))
    async with database.writing(shop.tenant_id) as session:
        event = EventRow(
            tenant_id=shop.tenant_id,
            name="SeatAssigned",
            aggregate="seat_assignment",
            aggregate_id=new_id(),
            aggregate_version=1,
            actor_kind=ActorKind.SYSTEM,
            actor_id=None,
            at=NOW,
            data={"licence_id": str(new_id()), "agent_id": str(new_id()), "kind": "LIGHT"},
            trace_id="",
        )
        session.add(event)
    gone = text_of(await http.get(f"/admin/audit/{event.id}"))
    assert "What is written with it Licence Licence Agent Agent Kind Light" in gone


def test_every_id_of_an_event_is_that_of_a_thing_with_a_name_or_known_to_be_for_programs() -> None:
    ids = {
        (name, field)
        for name, event in EVENTS.items()
        for field, hint in get_type_hints(event).items()
        if UUID in (hint, *get_args(hint))
    }
    for_programs = {field for name, field in ids if thing_of(name, field) is None}
    assert for_programs == {"draft_id", "entry_id", "job_id", "payment_id", "session_id", "shipment_id", "token_id"}
    assert {thing_of(name, field) for name, field in ids} - {None} <= {
        word.removeprefix("thing_") for word in WORDS[Language.EN]
    }


async def test_an_agents_seats_are_told_by_the_labels_of_their_licences(
    http: httpx2.AsyncClient, database: Database, shop: Shop, sign_in: SignIn
) -> None:
    person = await (await World.found(database, shop)).person(SeatKind.LIGHT)
    await sign_in()
    for label, said in (("", "without a label"), ("Christmas 2026", "Christmas 2026")):
        async with database.writing(shop.tenant_id) as session:
            await session.execute(update(SeatLicence).values(label=label))
        page = await http.get(f"/admin/agents/{person.agent_id}")
        assert f'<a href="/admin/seats/{person.licence_id}">{said}</a>' in page.text


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
    if (table.name, column.name) == ("call", "number"):  # which is digits, by the database's own check
        return False
    return isinstance(column.type, Text) and column.name in names and not getattr(column.type, "enums", None)
