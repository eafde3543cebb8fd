"""Open tickets go to the named successor when a seat ends, whatever ends it, or to the place that is theirs."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from domain.agents.models import Agent, Member, MemberState, Presence
from domain.agents.roles import Role
from domain.kit.database import Database, TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.outbox import OutboxRow
from domain.seats import operations as seats
from domain.seats.errors import SeatAssignmentNotFound, SeatAssignmentOver, SuccessorNotFound
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.rights import hold_seat, permit_outbound
from domain.seats.succeeding import set_successor
from domain.tickets import assignment, departures, outbound
from domain.tickets.models import Ticket, TicketState, Transition
from tests.conftest import NOW, CountStatements, FoundShop
from tests.domain.invariants import broken
from tests.domain.waiting import blocked
from tests.domain.world import SEASON_END, Person, World
from tests.state import events_of, everything, jobs_of

LATER = NOW + timedelta(hours=1)
Where = tuple[TicketState, UUID | None]
QUEUE: Where = (TicketState.QUEUED, None)


def with_(agent_id: UUID) -> Where:
    return (TicketState.ASSIGNED, agent_id)


async def succeed(world: World, person: Person, successor: UUID | None, *, now: datetime = NOW) -> SeatAssignment:
    async with world.database.writing(world.tenant_id) as session:
        return await set_successor(
            session, assignment_id=person.assignment_id, successor_id=successor, by=SYSTEM, now=now
        )


async def holding(world: World, person: Person, topic: str) -> UUID:
    """A ticket in a person's hands."""
    ticket_id = await world.ticket(topic)
    async with world.database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=person.agent_id, by=SYSTEM, now=NOW)
    return ticket_id


async def answered(world: World, person: Person, ticket_id: UUID, *, any_owner: bool = False) -> None:
    """The person wrote to the customer: the ticket waits in the hands that it is in."""
    async with world.database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=person.agent_id, now=NOW)
        await outbound.reply(
            session,
            ticket_id=ticket_id,
            body="Już sprawdzam",
            permit=permit,
            any_owner=any_owner,
            by=person.actor,
            now=NOW,
        )


async def places(world: World, *ticket_ids: UUID) -> list[Where]:
    async with world.database.reading(world.tenant_id) as session:
        found = {row.id: row for row in await session.scalars(select(Ticket))}
    return [(found[ticket_id].state, found[ticket_id].assignee_id) for ticket_id in ticket_ids]


async def expire(world: World, *, now: datetime = SEASON_END) -> int:
    async with world.database.writing(world.tenant_id) as session:
        return await departures.expire_due_seats(session, now=now)


End = Callable[[TenantSession, Person, Person], Awaitable[object]]


async def by_itself(session: TenantSession, person: Person, admin: Person) -> object:
    return await departures.expire_due_seats(session, now=SEASON_END)


async def by_release(session: TenantSession, person: Person, admin: Person) -> object:
    return await departures.release_seat(
        session, assignment_id=person.assignment_id, at=None, by=admin.actor, now=LATER
    )


async def by_expiry_of_the_licence(session: TenantSession, person: Person, admin: Person) -> object:
    return await departures.expire_licences(
        session, licence_ids=[person.licence_id], at=None, by=admin.actor, now=LATER
    )


async def by_suspension(session: TenantSession, person: Person, admin: Person) -> object:
    return await departures.suspend_member(
        session, member_id=person.member_id, own_id=admin.member_id, by=admin.actor, now=LATER
    )


async def by_suspension_after_it_ran_out(session: TenantSession, person: Person, admin: Person) -> object:
    return await departures.suspend_member(
        session, member_id=person.member_id, own_id=admin.member_id, by=admin.actor, now=SEASON_END
    )


WAYS = [by_itself, by_release, by_expiry_of_the_licence, by_suspension, by_suspension_after_it_ran_out]


@pytest.mark.parametrize("end", WAYS)
@pytest.mark.parametrize("kind", [SeatKind.FULL, SeatKind.LIGHT, None])
async def test_whatever_ends_a_seat_its_tickets_go_to_the_successor_who_can_take_them(
    world: World, database: Database, end: End, kind: SeatKind | None
) -> None:
    """Neither presence nor capacity counts: a person has decided."""
    admin = await world.person(SeatKind.FULL, role=Role.OWNER, until=None, presence=Presence.OFFLINE)
    anna = await world.person(SeatKind.FULL)
    if kind is not None:
        ola = await world.person(kind, teams=("accounting",), until=None, presence=Presence.OFFLINE, emails=0)
        await succeed(world, anna, ola.agent_id)
    delivery, payment, waits = [await holding(world, anna, topic) for topic in ("delivery", "payment", "payment")]
    await answered(world, anna, waits)
    async with database.writing(world.tenant_id) as session:
        await end(session, anna, admin)
    found = await places(world, delivery, payment, waits)
    if kind is None:
        assert found == [QUEUE] * 3
    else:
        mine = with_(ola.agent_id)
        assert found == {SeatKind.FULL: [mine] * 3, SeatKind.LIGHT: [QUEUE, mine, QUEUE]}[kind]
    assert await broken(database, world.tenant_id) == {}


async def test_a_passed_on_ticket_tells_why_and_the_queue_is_looked_at_again(world: World, database: Database) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=None)
    await succeed(world, anna, ola.agent_id)
    ticket_id = await holding(world, anna, "delivery")
    sweeps = (await jobs_of(database, world.tenant_id)).count(("route_sweep", {}))
    assert await expire(world) == 1
    async with database.reading(world.tenant_id) as session:
        latest = select(Transition).where(Transition.ticket_id == ticket_id).order_by(Transition.position.desc())
        moved = (await session.scalars(latest)).first()
        agents = {row.id: row.presence for row in await session.scalars(select(Agent))}
    assert moved is not None
    assert (moved.from_state, moved.to_state, moved.assignee_id, moved.reason, moved.actor_kind, moved.at) == (
        TicketState.ASSIGNED,
        TicketState.ASSIGNED,
        ola.agent_id,
        "successor",
        SYSTEM.kind,
        SEASON_END,
    )
    assert (await jobs_of(database, world.tenant_id)).count(("route_sweep", {})) == sweeps + 1
    assert agents == {anna.agent_id: Presence.OFFLINE, ola.agent_id: Presence.ONLINE}


@pytest.mark.parametrize("why", ["seatless", "later", "invited", "suspended", "ends too", "ended before", "cancelled"])
async def test_a_successor_who_cannot_take_them_leaves_them_to_the_queue(
    world: World, database: Database, why: str
) -> None:
    anna, admin = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, role=Role.OWNER, until=None)
    if why in ("invited", "suspended"):
        ola = await world.person(SeatKind.FULL, until=None)
        successor, member_id = ola.agent_id, ola.member_id
    elif why in ("ends too", "ended before"):
        ends = SEASON_END - timedelta(days=1) if why == "ended before" else SEASON_END
        successor = (await world.person(SeatKind.FULL, until=ends)).agent_id
    else:
        successor = (await world.seatless(presence=Presence.ONLINE)).id
    await succeed(world, anna, successor)
    ticket_ids = [await holding(world, anna, topic) for topic in ("delivery", "payment")]
    if why == "invited":
        async with database.writing(world.tenant_id) as session:
            await session.execute(update(Member).where(Member.id == member_id).values(state=MemberState.INVITED))
    elif why == "suspended":
        async with database.writing(world.tenant_id) as session:
            await departures.suspend_member(
                session, member_id=member_id, own_id=admin.member_id, by=admin.actor, now=NOW
            )
    elif why in ("later", "cancelled"):
        async with database.writing(world.tenant_id) as session:
            (licence,) = await seats.add_licences(
                session, kind=SeatKind.FULL, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
            )
            start = SEASON_END + timedelta(microseconds=1) if why == "later" else SEASON_END - timedelta(days=1)
            seat = await seats.assign_seat(
                session, agent_id=successor, licence_id=licence.id, start=start, by=SYSTEM, now=NOW
            )
            if why == "cancelled":
                await departures.release_seat(session, assignment_id=seat.id, at=None, by=SYSTEM, now=NOW)
    assert await expire(world) >= 1
    assert await places(world, *ticket_ids) == [QUEUE, QUEUE]
    assert await broken(database, world.tenant_id) == {}


async def test_a_seat_that_begins_as_the_other_ends_is_enough_for_its_successor(
    world: World, database: Database
) -> None:
    anna, ola = await world.person(SeatKind.LIGHT), await world.seatless()
    async with database.writing(world.tenant_id) as session:
        (licence,) = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=SEASON_END, end=None, label="", by=SYSTEM, now=NOW
        )
        await seats.assign_seat(session, agent_id=ola.id, licence_id=licence.id, by=SYSTEM, now=NOW)
    await succeed(world, anna, ola.id)
    ticket_id = await holding(world, anna, "payment")
    assert await expire(world) == 1
    assert await places(world, ticket_id) == [with_(ola.id)]
    assert await broken(database, world.tenant_id) == {}


async def test_two_who_name_one_another_and_end_together_leave_everything_to_the_queues(
    world: World, database: Database
) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL)
    await succeed(world, anna, ola.agent_id)
    await succeed(world, ola, anna.agent_id)
    ticket_ids = [await holding(world, person, "delivery") for person in (anna, ola)]
    assert await expire(world) == 2
    assert await places(world, *ticket_ids) == [QUEUE, QUEUE]
    assert await broken(database, world.tenant_id) == {}


async def test_of_two_seats_that_ended_before_the_pass_came_the_later_one_names_the_successor(
    world: World, database: Database
) -> None:
    anna, middle = await world.person(SeatKind.FULL, until=SEASON_END - timedelta(days=2)), SEASON_END
    first, second = [await world.person(SeatKind.FULL, until=None) for _ in range(2)]
    await succeed(world, anna, first.agent_id)
    async with database.writing(world.tenant_id) as session:
        (licence,) = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=middle, label="", by=SYSTEM, now=NOW
        )
        await seats.assign_seat(
            session,
            agent_id=anna.agent_id,
            licence_id=licence.id,
            start=SEASON_END - timedelta(days=2),
            successor_id=second.agent_id,
            by=SYSTEM,
            now=NOW,
        )
    ticket_id = await holding(world, anna, "delivery")
    assert await expire(world) == 2
    assert await places(world, ticket_id) == [with_(second.agent_id)]
    assert await broken(database, world.tenant_id) == {}


async def test_who_goes_from_a_full_seat_to_a_planned_light_one_keeps_all_but_the_conversations(
    world: World, database: Database
) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=None)
    await succeed(world, anna, ola.agent_id)
    async with database.writing(world.tenant_id) as session:
        (licence,) = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=SEASON_END, end=None, label="", by=SYSTEM, now=NOW
        )
        await seats.assign_seat(session, agent_id=anna.agent_id, licence_id=licence.id, by=SYSTEM, now=NOW)
    delivery, payment, waits = [await holding(world, anna, topic) for topic in ("delivery", "payment", "payment")]
    await answered(world, anna, waits)
    assert await expire(world) == 1
    assert await places(world, delivery, payment, waits) == [
        with_(ola.agent_id),
        with_(anna.agent_id),
        with_(ola.agent_id),
    ]
    async with database.reading(world.tenant_id) as session:
        agent = await session.get_one(Agent, (world.tenant_id, anna.agent_id))
    assert agent.presence is Presence.ONLINE
    assert await broken(database, world.tenant_id) == {}


async def test_handing_over_to_a_successor_costs_as_much_for_six_as_for_one(
    world: World, database: Database, statements: CountStatements
) -> None:
    ola, counts = await world.person(SeatKind.FULL, until=None), []
    for number in (1, 6):
        for _ in range(number):
            anna = await world.person(SeatKind.FULL)
            await succeed(world, anna, ola.agent_id)
            await holding(world, anna, "delivery")
        async with database.writing(world.tenant_id) as session:
            await session.execute(delete(OutboxRow))  # no sweep waits already
        with statements() as counted:
            assert await expire(world) == number
        counts.append(len(counted))
    assert counts[0] == counts[1]


async def test_a_successor_whose_seat_is_held_by_somebody_at_work_is_not_waited_for(
    world: World, database: Database
) -> None:
    """Whoever works holds a seat so that nobody ends it; passing tickets on only holds it too."""
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=None)
    await succeed(world, anna, ola.agent_id)
    ticket_id = await holding(world, anna, "delivery")
    async with database.writing(world.tenant_id) as session:
        await hold_seat(session, agent_id=ola.agent_id, now=NOW)
        assert await expire(world) == 1
    assert await places(world, ticket_id) == [with_(ola.agent_id)]


async def test_keeping_the_successor_out_at_once_loses_no_ticket(world: World, database: Database) -> None:
    admin = await world.person(SeatKind.FULL, role=Role.OWNER, until=None)
    pairs = []
    for _ in range(5):
        anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=None)
        await succeed(world, anna, ola.agent_id)
        pairs.append((anna, ola, await holding(world, anna, "delivery")))

    async def release(person: Person) -> None:
        async with database.writing(world.tenant_id) as session:
            await by_release(session, person, admin)

    async def keep_out(person: Person) -> None:
        async with database.writing(world.tenant_id) as session:
            await by_suspension(session, person, admin)

    work = [task for anna, ola, _ in pairs for task in (release(anna), keep_out(ola))]
    await asyncio.gather(*work)
    assert await places(world, *(ticket_id for _, _, ticket_id in pairs)) == [QUEUE] * 5
    assert await broken(database, world.tenant_id) == {}


async def test_handing_over_waits_for_the_successors_reply_and_takes_nothing_from_it(
    world: World, database: Database
) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=None)
    await succeed(world, anna, ola.agent_id)
    ticket_id = await holding(world, anna, "delivery")

    async def release() -> None:
        async with database.writing(world.tenant_id) as session:
            await by_release(session, anna, ola)

    async with database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=ola.agent_id, now=NOW)
        await outbound.reply(
            session, ticket_id=ticket_id, body="Już jest", permit=permit, any_owner=True, by=ola.actor, now=NOW
        )
        releasing = asyncio.create_task(release())
        await blocked(database)
    await releasing
    assert await places(world, ticket_id) == [with_(ola.agent_id)]
    assert await broken(database, world.tenant_id) == {}


async def test_naming_a_successor_is_told_once_and_taken_back(world: World, database: Database) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.seatless()
    for successor in (ola.id, ola.id, None, None):
        assert (await succeed(world, anna, successor)).successor_id == successor
    told = await events_of(database, world.tenant_id, aggregate="seat_assignment")
    mine = {"agent_id": str(anna.agent_id)}
    assert [(version, data) for name, version, data in told if name == "SeatSuccessorSet"] == [
        (2, {**mine, "successor_id": str(ola.id)}),
        (3, {**mine, "successor_id": None}),
    ]


async def seat_anew(world: World, agent_id: UUID, successor_id: UUID) -> SeatAssignment:
    """Sit an agent on a new licence from the season's end on."""
    async with world.database.writing(world.tenant_id) as session:
        (licence,) = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=SEASON_END, end=None, label="", by=SYSTEM, now=NOW
        )
        return await seats.assign_seat(
            session, agent_id=agent_id, licence_id=licence.id, successor_id=successor_id, by=SYSTEM, now=NOW
        )


async def test_a_seat_can_be_given_with_its_successor(world: World, database: Database) -> None:
    anna, ola = await world.seatless(), await world.seatless()
    made = await seat_anew(world, anna.id, ola.id)
    assert made.successor_id == ola.id
    told = await events_of(database, world.tenant_id, aggregate="seat_assignment")
    assert [name for name, _, _ in told] == ["SeatAssigned", "SeatSuccessorSet"]


async def test_a_refused_successor_changes_nothing(world: World, database: Database, found_shop: FoundShop) -> None:
    anna, over = await world.person(SeatKind.FULL), await world.person(SeatKind.LIGHT, until=LATER)
    stranger = await (await World.found(database, await found_shop())).person(SeatKind.FULL)
    unknown = new_id()
    own = InvalidInput("successorId", "must be somebody else", "musi to być ktoś inny")
    before = await everything(database, world.tenant_id)
    for person, successor, error in (
        (anna, anna.agent_id, own),
        (anna, unknown, SuccessorNotFound(unknown)),
        (anna, stranger.agent_id, SuccessorNotFound(stranger.agent_id)),
        (stranger, anna.agent_id, SeatAssignmentNotFound(stranger.assignment_id)),
        (over, anna.agent_id, SeatAssignmentOver(over.assignment_id)),
    ):
        with pytest.raises(type(error)) as refused:
            await succeed(world, person, successor, now=LATER)
        assert refused.value == error
    for successor, refusal in ((anna.agent_id, InvalidInput), (unknown, SuccessorNotFound)):
        with pytest.raises(refusal):
            await seat_anew(world, anna.agent_id, successor)
    assert await everything(database, world.tenant_id) == before
