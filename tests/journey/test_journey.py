"""The whole of the main job on the real stack: orders and tickets come in, a season of seats begins, works and ends."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from domain.kit.database import Database, engine_for
from infra.embedded.stack import Stack
from tests.domain.invariants import broken
from tests.journey.people import (
    User,
    invitation_token,
    mails,
    personal_token,
    program,
    recipient,
    signed_in,
    text_of,
    until,
)

ORDERS, TICKETS, PAYMENT_TICKETS = 200, 100, 40
LIGHT, FULL = 20, 2
SEASON = timedelta(days=30)
PASSWORD = "sople i śnieg na dachu"

T = TypeVar("T")


@dataclass
class Crew:
    """The people of the season, signed in, by the name on their invitation."""

    light: dict[str, User]
    full: dict[str, User]


class Journey:
    """One running stack, its users, and the clock that the test may move."""

    def __init__(self, stack: Stack, clock_file: Path, http: httpx2.AsyncClient) -> None:
        self.stack, self.clock_file, self.http = stack, clock_file, http
        self.demo = stack.demo
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def move_clock(self, by: timedelta) -> None:
        self.offset += by
        fresh = self.clock_file.with_suffix(".new")
        fresh.write_text(str(self.offset.total_seconds()))
        fresh.replace(self.clock_file)

    async def shop(self) -> User:
        return await program(self.http, self.demo)

    async def admin(self) -> User:
        return await signed_in(
            self.http, self.demo, email=self.demo["admin_email"], password=self.demo["admin_password"]
        )


@pytest.fixture
async def journey(tmp_path: Path, servers_of_a_journey: dict[str, Any]) -> AsyncIterator[Journey]:
    clock_file = tmp_path / "clock"
    stack = Stack(
        tmp_path / "data",
        port=0,
        demo=True,
        environment="test",
        clock_file=clock_file,
        fast=True,
        **servers_of_a_journey,
    )
    async with stack, httpx2.AsyncClient(timeout=30) as http:
        yield Journey(stack, clock_file, http)


async def in_parallel(waiting: Sequence[Awaitable[T]], *, at_once: int = 8) -> list[T]:
    gate = asyncio.Semaphore(at_once)

    async def one(work: Awaitable[T]) -> T:
        async with gate:
            return await work

    return await asyncio.gather(*(one(work) for work in waiting))


@pytest.mark.timeout(170)
async def test_a_season_from_the_first_order_to_the_last_seat(journey: Journey) -> None:
    orders = await orders_come_in(journey)
    await tickets_come_in(journey)
    ends_at = await seats_are_added_and_people_invited(journey)
    crew = await people_join_and_come_online(journey)
    await tickets_find_their_hands(journey, crew)
    resolved = await light_agents_resolve_theirs(crew)
    await no_light_agent_reaches_a_customer(journey, crew)
    answered = await a_full_agent_replies(journey, crew)
    await somebody_stays_for_good(journey)
    await the_season_ends(journey, crew, ends_at)
    await every_number_adds_up(journey, orders=orders, resolved=resolved, answered=answered)


async def orders_come_in(journey: Journey) -> int:
    shop, placed_at = await journey.shop(), journey.now()

    def order(number: int) -> dict[str, Any]:
        price = 4_990 + number
        by_transfer = number % 2 == 0
        return {
            "externalId": f"shop-{number}",
            "number": f"BOM/{number}",
            "customer": {
                "externalId": f"customer-{number}",
                "name": f"Klient {number}",
                "email": f"klient{number}@klienci.example",
            },
            "currency": "PLN",
            "totalAmount": price,
            "placedAt": placed_at.isoformat(),
            "promisedOn": (placed_at + timedelta(days=4)).date().isoformat(),
            "lines": [{"sku": "BOMBKA", "name": "Bombka świąteczna", "quantity": 1, "unitAmount": price}],
            "payments": [
                {"method": "VOUCHER", "amount": 1_000, "receivedAt": placed_at.isoformat()},
                {"method": "TRANSFER" if by_transfer else "CASH_ON_DELIVERY", "amount": price - 1_000},
            ],
        }

    selection = "... on OrderCreated { order { id paidAmount whereabouts { code missingAmount } } }"
    created = await in_parallel([shop.do("orderCreate", selection, f"order-{n}", **order(n)) for n in range(ORDERS)])
    assert Counter(outcome["__typename"] for outcome in created) == {"OrderCreated": ORDERS}
    assert created[0]["order"]["paidAmount"] == 1_000
    assert created[0]["order"]["whereabouts"] == {"code": "AWAITING_PAYMENT", "missingAmount": 3_990}
    assert created[1]["order"]["whereabouts"] == {"code": "TO_PACK", "missingAmount": 0}

    again = await in_parallel([shop.do("orderCreate", selection, f"order-{n}", **order(n)) for n in range(10)])
    assert [outcome["order"]["id"] for outcome in again] == [outcome["order"]["id"] for outcome in created[:10]]
    assert (await shop.do("orderCreate", "", **order(3)))["code"] == "ORDER_EXISTS"
    changed = await shop.do("orderCreate", "", "order-3", **{**order(3), "number": "BOM/other"})
    assert changed["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert (await shop.ask("{ orders { totalCount } }"))["orders"]["totalCount"] == ORDERS
    return len(created)


async def tickets_come_in(journey: Journey) -> None:
    shop = await journey.shop()

    def ticket(number: int) -> dict[str, Any]:
        payment = number < PAYMENT_TICKETS
        return {
            "channel": "EMAIL",
            "topic": "payment" if payment else "delivery",
            "subject": "Czy doszedł mój przelew?" if payment else "Gdzie jest moja paczka?",
            "body": "Dzień dobry, proszę o informację.",
            "orderExternalId": f"shop-{number}",
        }

    selection = "... on TicketOpened { ticket { id number state customer { externalId } order { externalId } } }"
    opened = await in_parallel([shop.do("ticketOpen", selection, f"ticket-{n}", **ticket(n)) for n in range(TICKETS)])
    assert sorted(outcome["ticket"]["number"] for outcome in opened) == list(range(1, TICKETS + 1))
    assert opened[7]["ticket"]["customer"] == {"externalId": "customer-7"}
    assert opened[7]["ticket"]["order"] == {"externalId": "shop-7"}


async def seats_are_added_and_people_invited(journey: Journey) -> datetime:
    admin = await journey.admin()
    ends_at = journey.now() + SEASON
    for kind, seats in (("LIGHT", LIGHT), ("FULL", FULL)):
        added = await admin.do(
            "seatLicencesAdd",
            "... on SeatLicencesAdded { licences { kind to label } }",
            kind=kind,
            count=seats,
            to=ends_at.isoformat(),
            label="Święta",
        )
        assert [(licence["kind"], licence["label"]) for licence in added["licences"]] == [(kind, "Święta")] * seats

    teams, skills = await teams_and_skills(admin)
    for number in range(LIGHT):
        await invite(
            admin, f"light{number}", kind="LIGHT", teams=[teams["accounting"]], skills=[skills["payments"]], emails=2
        )
    for number in range(FULL):
        await invite(
            admin, f"full{number}", kind="FULL", teams=[teams["first-line"]], skills=[skills["delivery"]], emails=40
        )
    full_up = await admin.do(
        "agentInvite",
        "... on NoFreeSeat { limit kind }",
        email="late@bombka.example",
        name="late",
        seat={"kind": "LIGHT", "hold": False},
    )
    assert (full_up["code"], full_up["limit"], full_up["kind"]) == ("NO_FREE_SEAT", LIGHT, "LIGHT")
    return ends_at


async def teams_and_skills(admin: User) -> tuple[dict[str, str], dict[str, str]]:
    data = await admin.ask("{ teams { edges { node { id key } } } skills { edges { node { id key } } } }")
    found = [{e["node"]["key"]: e["node"]["id"] for e in data[part]["edges"]} for part in ("teams", "skills")]
    return found[0], found[1]


async def invite(
    admin: User, name: str, *, kind: str, teams: list[str], skills: list[str], emails: int | None = None, **seat: Any
) -> None:
    invited = await admin.do(
        "agentInvite",
        "... on AgentInvited { agent { name } seatAssignment { kind } }",
        email=f"{name}@bombka.example",
        name=name,
        teamIds=teams,
        skillIds=skills,
        capacities=[{"channel": "EMAIL", "items": emails}] if emails else [],
        seat={"kind": kind, **seat},
    )
    assert invited == {
        "__typename": "AgentInvited",
        "agent": {"name": name},
        "seatAssignment": {"kind": kind},
    }


async def people_join_and_come_online(journey: Journey) -> Crew:
    async def all_invitations() -> list[Any] | None:
        found = [mail for mail in mails(journey.stack.mail_folder) if recipient(mail).endswith("@bombka.example")]
        return found if len(found) == LIGHT + FULL else None

    invitations = await until("an invitation for everybody", all_invitations)
    people = await in_parallel([join(journey, recipient(mail), invitation_token(mail)) for mail in invitations])
    crew = dict(people)
    return Crew(
        light={name: user for name, user in crew.items() if name.startswith("light")},
        full={name: user for name, user in crew.items() if name.startswith("full")},
    )


async def join(journey: Journey, address: str, token: str) -> tuple[str, User]:
    base = journey.demo["graphql_url"].removesuffix("/graphql")
    accept = {"token": token, "password": PASSWORD}
    accepted = await journey.http.post(f"{base}/auth/invitations/accept", json=accept)
    assert accepted.status_code == 200, accepted.text
    assert (await journey.http.post(f"{base}/auth/invitations/accept", json=accept)).status_code == 410
    in_browser = await signed_in(journey.http, journey.demo, email=address, password=PASSWORD)
    person = await personal_token(in_browser)
    online = await person.do("agentSetPresence", "... on AgentPresenceSet { agent { presence } }", presence="ONLINE")
    assert online["agent"] == {"presence": "ONLINE"}
    return address.partition("@")[0], person


async def tickets_find_their_hands(journey: Journey, crew: Crew) -> None:
    shop = await journey.shop()

    async def all_assigned() -> bool | None:
        data = await shop.ask("{ tickets(filter: {state: [ASSIGNED]}) { totalCount } }")
        return True if data["tickets"]["totalCount"] == TICKETS else None

    await until("every ticket in somebody's hands", all_assigned)
    query = """{ tickets(first: 250) { edges { node {
        topic { key } team { key } assignee { name currentSeat { kind } }
        routingDecisions(last: 1) { edges { node { reason agent { name } } } } } } } }"""
    tickets = [edge["node"] for edge in (await shop.ask(query))["tickets"]["edges"]]
    assert Counter((t["topic"]["key"], t["team"]["key"], t["assignee"]["currentSeat"]["kind"]) for t in tickets) == {
        ("payment", "accounting", "LIGHT"): PAYMENT_TICKETS,
        ("delivery", "first-line", "FULL"): TICKETS - PAYMENT_TICKETS,
    }
    for ticket in tickets:
        (decision,) = ticket["routingDecisions"]["edges"]
        assert decision["node"]["agent"]["name"] == ticket["assignee"]["name"]
        assert decision["node"]["reason"] in ("ONLY_CANDIDATE", "PREVIOUS_AGENT", "LEAST_WORK", "LONGEST_IDLE")
    held = Counter(ticket["assignee"]["name"] for ticket in tickets)
    assert set(held) <= set(crew.light) | set(crew.full)
    assert {held[name] for name in crew.light} == {2}
    assert max(held[name] for name in crew.full) <= 40


MINE = """{ viewer { agent { openTickets(first: 50) { edges { node {
    id number customer { email } order { payments { edges { node { id method } } } } } } } } } }"""


async def mine(person: User) -> list[dict[str, Any]]:
    viewer = (await person.ask(MINE))["viewer"]
    return [edge["node"] for edge in viewer["agent"]["openTickets"]["edges"]]


async def light_agents_resolve_theirs(crew: Crew) -> int:
    """Each light agent resolves the first ticket they hold, on the evidence of its payment."""

    async def resolve_first(person: User) -> int:
        held = await mine(person)
        payments = held[0]["order"]["payments"]["edges"]
        outcome = await person.do(
            "ticketResolve",
            "... on TicketResolved { ticket { state assignee { name } resolutions { edges { node { seatKind } } } } }",
            ticketId=held[0]["id"],
            reason="Przelew zaksięgowany",
            evidence={"kind": "PAYMENT", "paymentId": payments[1]["node"]["id"]},
        )
        assert outcome["ticket"] == {
            "state": "RESOLVED",
            "assignee": None,
            "resolutions": {"edges": [{"node": {"seatKind": "LIGHT"}}]},
        }
        return 1

    resolved = sum(await in_parallel([resolve_first(person) for person in crew.light.values()]))
    assert resolved == LIGHT
    return resolved


async def no_light_agent_reaches_a_customer(journey: Journey, crew: Crew) -> None:
    """By token and cookie, on their own ticket and on another's; a draft or a note of theirs sends nothing."""
    before = len(mails(journey.stack.mail_folder))
    holders = [(name, person, held[0]) for name, person in crew.light.items() if (held := await mine(person))]
    name, person, ticket = holders[0]
    others_ticket = holders[1][2]
    in_browser = await signed_in(journey.http, journey.demo, email=f"{name}@bombka.example", password=PASSWORD)
    for way in (person, in_browser):
        for target in (ticket, others_ticket):
            refused = await reply(way, target["id"], "Pozdrawiam!")
            assert refused["code"] == "FULL_SEAT_REQUIRED"
            assert "full seat" in refused["message"] or "pełnej licencji" in refused["message"]
    shop = await journey.shop()
    assert (await reply(shop, ticket["id"], "Pozdrawiam!"))["code"] == "NOT_PERMITTED"
    for mutation, outcome in (("ticketNote", "TicketNoted"), ("ticketDraft", "TicketDrafted")):
        written = await person.do(mutation, "", ticketId=ticket["id"], body="Przelew widać od rana.")
        assert written["__typename"] == outcome
    kinds = await shop.ask(
        "query ($id: ID!) { node(id: $id) { ... on Ticket { entries { edges { node { kind } } } } } }", id=ticket["id"]
    )
    assert [edge["node"]["kind"] for edge in kinds["node"]["entries"]["edges"]] == ["INBOUND", "INTERNAL", "DRAFT"]
    assert len(mails(journey.stack.mail_folder)) == before


async def reply(person: User, ticket_id: str, body: str) -> dict[str, Any]:
    selection = "... on TicketReplied { ticket { state } entry { id kind } }"
    return await person.do("ticketReply", selection, ticketId=ticket_id, body=body)


async def a_full_agent_replies(journey: Journey, crew: Crew) -> int:
    person = next(iter(crew.full.values()))
    ticket = (await mine(person))[0]
    address = ticket["customer"]["email"]
    sent = await reply(person, ticket["id"], "Dzień dobry,\n\npaczka wyjdzie jutro. Przepraszamy za zwłokę!")
    assert (sent["ticket"]["state"], sent["entry"]["kind"]) == ("WAITING", "OUTBOUND")

    async def delivered() -> Any:
        return [mail for mail in mails(journey.stack.mail_folder) if recipient(mail) == address]

    (mail,) = await until("the customer's mail", delivered)
    assert f"[#{ticket['number']}]" in str(mail["Subject"])
    assert "paczka wyjdzie jutro. Przepraszamy za zwłokę!" in text_of(mail)

    shop = await journey.shop()
    await shop.do("ticketReceive", "", ticketId=ticket["id"], body="Dziękuję, czekam.")
    state = await shop.ask(
        "query ($id: ID!) { node(id: $id) { ... on Ticket { state lastEntry { body } "
        "entries { edges { node { kind delivery { state } } } } } } }",
        id=ticket["id"],
    )
    assert state["node"]["state"] == "ASSIGNED"
    assert state["node"]["lastEntry"] == {"body": "Dziękuję, czekam."}
    assert {"kind": "OUTBOUND", "delivery": {"state": "SENT"}} in [
        edge["node"] for edge in state["node"]["entries"]["edges"]
    ]
    return 1


async def somebody_stays_for_good(journey: Journey) -> None:
    """A full agent without an end, in both teams, online; given nothing yet, for every ticket is in other hands."""
    admin = await journey.admin()
    await admin.do("seatLicencesAdd", "", kind="FULL", count=1, label="Stała")
    teams, skills = await teams_and_skills(admin)
    await invite(
        admin,
        "ewa",
        kind="FULL",
        teams=[teams["accounting"], teams["first-line"]],
        skills=[skills["payments"], skills["delivery"]],
        emails=TICKETS,
    )

    async def invitation() -> Any:
        return [mail for mail in mails(journey.stack.mail_folder) if recipient(mail) == "ewa@bombka.example"]

    (mail,) = await until("her invitation", invitation)
    await join(journey, "ewa@bombka.example", invitation_token(mail))


async def the_season_ends(journey: Journey, crew: Crew, ends_at: datetime) -> None:
    everybody = {**crew.light, **crew.full}
    for worker in ("worker", "relay"):
        journey.stack.stop(worker)
    journey.move_clock(ends_at - journey.now())
    for person in everybody.values():  # with every worker down, rights are gone at the instant
        response = await person.post("{ viewer { role } }")
        assert (response.status_code, response.json()["error"]) == (401, "SEAT_ENDED")
    for worker in ("relay", "worker"):
        journey.stack.restart(worker)

    shop = await journey.shop()

    async def all_with_her() -> bool | None:
        data = await shop.ask(
            "{ tickets(first: 250, filter: {state: [QUEUED, ASSIGNED, WAITING]}) "
            "{ edges { node { assignee { name } } } } }"
        )
        hands = {(edge["node"]["assignee"] or {}).get("name") for edge in data["tickets"]["edges"]}
        return True if hands == {"ewa"} else None

    await until("every open ticket in the hands of who stays", all_with_her, seconds=60)
    for person in everybody.values():  # the passes have closed the tokens as well
        response = await person.post("{ viewer { role } }")
        assert (response.status_code, response.json()["error"]) == (401, "CREDENTIALS_INVALID")


async def every_number_adds_up(journey: Journey, *, orders: int, resolved: int, answered: int) -> None:
    shop, admin = await journey.shop(), await journey.admin()
    counts = await shop.ask(
        "{ orders { totalCount } all: tickets { totalCount } "
        "resolved: tickets(filter: {state: [RESOLVED]}) { totalCount } "
        "queued: tickets(filter: {state: [QUEUED]}) { totalCount } "
        "held: tickets(filter: {state: [ASSIGNED, WAITING]}) { totalCount } }"
    )
    assert {name: part["totalCount"] for name, part in counts.items()} == {
        "orders": orders,
        "all": TICKETS,
        "resolved": resolved,
        "queued": 0,
        "held": TICKETS - resolved,
    }
    seats = await admin.ask("{ seatAssignments(first: 250) { edges { node { kind isLive endedAt agent { name } } } } }")
    live = [e["node"]["agent"]["name"] for e in seats["seatAssignments"]["edges"] if e["node"]["isLive"]]
    ended = [e["node"] for e in seats["seatAssignments"]["edges"] if e["node"]["endedAt"] is not None]
    assert live == ["ewa"]
    assert Counter(seat["kind"] for seat in ended) == {"LIGHT": LIGHT, "FULL": FULL}

    to_customers = [mail for mail in mails(journey.stack.mail_folder) if recipient(mail).endswith("@klienci.example")]
    assert len(to_customers) == answered
    tenant_id = UUID(journey.demo["tenant_id"])
    database = Database(engine_for(journey.demo["database_url"], pool_size=1))
    try:
        await until("no job left", lambda: nothing_left(database, tenant_id))
        assert await broken(database, tenant_id) == {}
    finally:
        await database.close()
    await the_stream_is_whole(shop)


async def nothing_left(database: Database, tenant_id: UUID) -> bool | None:
    """True when no job waits and every event is stamped."""
    async with database.reading(tenant_id) as session:
        jobs = (await session.execute(text("SELECT count(*) FROM outbox WHERE due_at <= now() + '40 days'"))).scalar()
        unstamped = (await session.execute(text("SELECT count(*) FROM event WHERE sequence IS NULL"))).scalar()
    return True if jobs == 0 and unstamped == 0 else None


async def the_stream_is_whole(shop: User) -> None:
    """Read to its end by pages, the stream has no gap, and says of each ticket once that it was opened."""
    names: Counter[str] = Counter()
    after = 0
    for _page in count():
        data = await shop.ask(
            "query ($after: Long!) { events(first: 250, afterSequence: $after) { edges { node { sequence name } } } }",
            after=after,
        )
        events = [edge["node"] for edge in data["events"]["edges"]]
        if not events:
            break
        assert [event["sequence"] for event in events] == list(range(after + 1, after + 1 + len(events)))
        names.update(event["name"] for event in events)
        after = events[-1]["sequence"]
    assert (names["OrderCreated"], names["TicketOpened"]) == (ORDERS, TICKETS)
    assert (names["SeatEnded"], names["SeatStarted"]) == (LIGHT + FULL, LIGHT + FULL + 1)
