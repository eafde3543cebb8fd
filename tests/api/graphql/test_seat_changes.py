"""Changes of seats through the API: what the payloads show, and in which words they are refused."""

from datetime import timedelta
from typing import Any

import pytest

from api.graphql import ids
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.seats import operations as seats
from domain.seats.models import SeatKind
from domain.tickets import assignment, departures
from tests.api.graphql.test_drafts import ask
from tests.conftest import NOW, Shop
from tests.domain.world import SEASON_END, Person, World
from tests.state import everything

SEAT = "assignment { id kind from to agent { id } successor { id } licence { id kind from to } }"
LATER = SEASON_END + timedelta(days=14)


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    return await World.found(database, shop)


@pytest.fixture
async def admin(world: World) -> Person:
    return await world.person(SeatKind.FULL, role=Role.ADMIN, until=None)


async def change(world: World, admin: Person, mutation: str, selected: str, **input: Any) -> dict[str, Any]:
    name = mutation[0].upper() + mutation[1:]
    document = f"""mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{
        __typename ... on Failure {{ code message path }} {selected}
    }} }}"""
    outcome: dict[str, Any] = (await ask(world, admin, document, input=input))[mutation]
    return outcome


async def test_licences_last_longer_with_those_who_sit_on_them(world: World, admin: Person) -> None:
    anna = await world.person(SeatKind.LIGHT)
    licence = ids.spell("seat_licence", anna.licence_id)
    shown = "... on SeatLicencesExtended { licences { id to currentAssignment { to } } }"
    for to in (LATER.isoformat().replace("+00:00", "Z"), None):
        outcome = await change(world, admin, "seatLicencesExtend", shown, licenceIds=[licence], to=to)
        assert outcome["licences"] == [{"id": licence, "to": to, "currentAssignment": {"to": to}}]


async def test_a_successor_is_named_and_taken_back(world: World, admin: Person) -> None:
    anna, ola = await world.person(SeatKind.LIGHT), await world.seatless()
    seat, agent = ids.spell("seat_assignment", anna.assignment_id), ids.spell("agent", ola.id)
    shown = f"... on SeatSuccessorSet {{ {SEAT} }}"
    for successor in (agent, None):
        outcome = await change(world, admin, "seatSuccessorSet", shown, assignmentId=seat, successorId=successor)
        assert outcome["assignment"]["id"] == seat
        assert outcome["assignment"]["successor"] == (None if successor is None else {"id": agent})


async def test_a_seat_is_given_with_its_successor(world: World, admin: Person, database: Database) -> None:
    anna, ola = await world.seatless(), await world.seatless()
    async with database.writing(world.tenant_id) as session:
        (licence,) = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
        )
    outcome = await change(
        world,
        admin,
        "seatAssign",
        f"... on SeatAssigned {{ {SEAT} }}",
        agentId=ids.spell("agent", anna.id),
        licenceId=ids.spell("seat_licence", licence.id),
        successorId=ids.spell("agent", ola.id),
    )
    assert outcome["assignment"]["successor"] == {"id": ids.spell("agent", ola.id)}


async def test_a_seat_is_of_the_other_kind_on_a_free_licence_or_in_exchange(world: World, admin: Person) -> None:
    anna = await world.person(SeatKind.FULL)
    seat = ids.spell("seat_assignment", anna.assignment_id)
    shown = f"... on SeatKindChanged {{ {SEAT} }}"
    refused = await change(world, admin, "seatChangeKind", shown, assignmentId=seat, kind="LIGHT")
    assert refused == {
        "__typename": "NoFreeSeat",
        "code": "NO_FREE_SEAT",
        "message": "No light licence is free; there are 0 at that time. Add licences or release one.",
        "path": None,
    }
    outcome = await change(world, admin, "seatChangeKind", shown, assignmentId=seat, kind="LIGHT", exchange=True)
    made = outcome["assignment"]
    assert (made["kind"], made["licence"]["kind"], made["agent"]) == (
        "LIGHT",
        "LIGHT",
        {"id": ids.spell("agent", anna.agent_id)},
    )
    assert made["id"] != seat


@pytest.mark.parametrize("hand_over", [True, False, None])
async def test_a_seat_moves_with_the_open_tickets_unless_told_otherwise(
    world: World, admin: Person, database: Database, hand_over: bool | None
) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.seatless()
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=anna.agent_id, by=SYSTEM, now=NOW)
    said = {} if hand_over is None else {"handOver": hand_over}
    outcome = await change(
        world,
        admin,
        "seatMove",
        f"... on SeatMoved {{ {SEAT} }}",
        assignmentId=ids.spell("seat_assignment", anna.assignment_id),
        toAgentId=ids.spell("agent", ola.id),
        **said,
    )
    assert outcome["assignment"]["agent"] == {"id": ids.spell("agent", ola.id)}
    shown = "query ($id: ID!) { ticket(id: $id) { state assignee { id } } }"
    found = (await ask(world, admin, shown, id=ids.spell("ticket", ticket_id)))["ticket"]
    if hand_over is False:
        assert found == {"state": "QUEUED", "assignee": None}
    else:
        assert found == {"state": "ASSIGNED", "assignee": {"id": ids.spell("agent", ola.id)}}


async def test_what_is_over_is_refused_in_words_and_stays_as_it_is(
    world: World, admin: Person, database: Database
) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.seatless()
    async with database.writing(world.tenant_id) as session:
        await departures.expire_licences(session, licence_ids=[anna.licence_id], at=None, by=SYSTEM, now=NOW)
    seat, agent = ids.spell("seat_assignment", anna.assignment_id), ids.spell("agent", ola.id)
    over = "This person's time on the seat is over. Give them a seat anew."
    before = await everything(database, world.tenant_id)
    for mutation, input, code, message in (
        ("seatSuccessorSet", {"assignmentId": seat, "successorId": agent}, "SEAT_ASSIGNMENT_OVER", over),
        ("seatChangeKind", {"assignmentId": seat, "kind": "LIGHT"}, "SEAT_ASSIGNMENT_OVER", over),
        ("seatMove", {"assignmentId": seat, "toAgentId": agent}, "SEAT_ASSIGNMENT_OVER", over),
    ):
        outcome = await change(world, admin, mutation, "", **input)
        assert (outcome["code"], outcome["message"]) == (code, message)
    past = await change(
        world,
        admin,
        "seatLicencesExtend",
        "",
        licenceIds=[ids.spell("seat_licence", admin.licence_id)],
        to=NOW.isoformat(),
    )
    assert (past["code"], past["path"], past["message"]) == ("INVALID_INPUT", ["to"], "to: must be in the future")
    assert await everything(database, world.tenant_id) == before
