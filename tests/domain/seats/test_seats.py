"""Licences and who sits on them, on the real database."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.agents.errors import AgentNotFound
from domain.agents.models import Presence
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.outbox import OutboxRow
from domain.seats import operations
from domain.seats.ending import Shortened
from domain.seats.errors import AgentAlreadySeated, NoFreeSeat, OutsideLicence, SeatLicenceNotFound, SeatTaken
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from domain.seats.rights import (
    FullSeatRequired,
    LiveSeat,
    OutboundPermit,
    SeatRequired,
    hold_seat,
    permit_outbound,
    standing_of_member,
)
from domain.tenants.permissions import Permission
from domain.tickets import departures
from domain.tickets.candidates import snapshot
from domain.tickets.workload import day_of_shop
from tests.conftest import NOW, CountStatements
from tests.domain.invariants import broken
from tests.domain.world import SEASON_END, World
from tests.state import events_of


async def licences(world: World, count: int, *, kind: SeatKind = SeatKind.LIGHT, **period: object) -> list[SeatLicence]:
    async with world.database.writing(world.tenant_id) as session:
        return await operations.add_licences(
            session,
            kind=kind,
            count=count,
            start=period.get("start"),  # type: ignore[arg-type]
            end=period.get("end", SEASON_END),  # type: ignore[arg-type]
            label="Christmas",
            by=SYSTEM,
            now=NOW,
        )


async def assign(world: World, agent_id: UUID, **wanted: Any) -> SeatAssignment:
    async with world.database.writing(world.tenant_id) as session:
        return await operations.assign_seat(
            session, agent_id=agent_id, **{"licence_id": None, "by": SYSTEM, "now": NOW, **wanted}
        )


async def due_jobs(world: World) -> list[tuple[str, datetime]]:
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.execute(select(OutboxRow.actor, OutboxRow.due_at).order_by(OutboxRow.due_at, OutboxRow.id))
        return [(row.actor, row.due_at) for row in rows]


async def count_rows(world: World, table: str) -> int:
    async with world.database.reading(world.tenant_id) as session:
        return int((await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_added_licences_run_from_now_to_their_end(world: World) -> None:
    added = await licences(world, 20)
    assert [(licence.kind, licence.period, licence.label) for licence in added] == [
        (SeatKind.LIGHT, Range(NOW, SEASON_END, bounds="[)"), "Christmas")
    ] * 20
    assert await count_rows(world, "seat_licence") == 20


@pytest.mark.parametrize(
    ("count", "start", "end", "field"),
    [
        (0, None, SEASON_END, "count"),
        (1001, None, SEASON_END, "count"),
        (1, NOW - timedelta(seconds=1), SEASON_END, "from"),
        (1, NOW, NOW, "to"),
        (1, SEASON_END, NOW, "to"),
    ],
)
async def test_impossible_licences_are_refused_by_name(
    world: World, count: int, start: object, end: object, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await licences(world, count, start=start, end=end)
    assert refused.value.field == field
    assert await count_rows(world, "seat_licence") == 0


async def test_two_hundred_at_once_on_ten_licences_seat_exactly_ten(world: World, database: Database) -> None:
    ten = await licences(world, 10)
    agents = [await world.seatless() for _ in range(20)]

    async def attempt(number: int) -> type[Exception] | None:
        try:
            async with database.writing(world.tenant_id) as session:
                await operations.assign_seat(
                    session,
                    agent_id=agents[number % 20].id,
                    licence_id=ten[number % 10].id,
                    by=SYSTEM,
                    now=NOW,
                )
        except (SeatTaken, AgentAlreadySeated) as refused:
            return type(refused)
        return None

    outcomes = await asyncio.gather(*(attempt(number) for number in range(200)))
    assert outcomes.count(None) == 10
    assert await count_rows(world, "seat_assignment") == 10
    assert await broken(database, world.tenant_id) == {}


async def test_any_free_licence_of_a_kind_is_found_until_there_is_none(world: World, database: Database) -> None:
    await licences(world, 3)
    await licences(world, 1, kind=SeatKind.FULL)
    agents = [await world.seatless() for _ in range(12)]

    async def attempt(number: int) -> int | None:
        try:
            async with database.writing(world.tenant_id) as session:
                await operations.assign_seat(
                    session, agent_id=agents[number].id, licence_id=None, kind=SeatKind.LIGHT, by=SYSTEM, now=NOW
                )
        except NoFreeSeat as refused:
            return refused.limit
        return None

    outcomes = await asyncio.gather(*(attempt(number) for number in range(12)))
    assert sorted(outcomes, key=str) == [3] * 9 + [None] * 3


async def test_a_seat_is_refused_outside_its_licence_and_for_strangers(world: World, database: Database) -> None:
    (licence,) = await licences(world, 1, start=NOW + timedelta(days=1))
    agent = await world.seatless()
    attempts: list[tuple[dict[str, object], type[Exception]]] = [
        ({"licence_id": new_id()}, SeatLicenceNotFound),
        ({"agent_id": new_id()}, AgentNotFound),
        ({"start": NOW}, OutsideLicence),
        ({"end": SEASON_END + timedelta(seconds=1)}, OutsideLicence),
        ({"start": SEASON_END}, OutsideLicence),
        ({"start": NOW - timedelta(days=1)}, InvalidInput),
    ]
    for changes, error in attempts:
        arguments = {"agent_id": agent.id, "licence_id": licence.id, "by": SYSTEM, "now": NOW, **changes}
        with pytest.raises(error):
            async with database.writing(world.tenant_id) as session:
                await operations.assign_seat(session, **arguments)  # type: ignore[arg-type]
    assert await count_rows(world, "seat_assignment") == 0


async def test_a_seat_changes_hands_at_an_instant_without_a_gap_or_an_overlap(world: World, database: Database) -> None:
    person, successor = await world.person(SeatKind.LIGHT), await world.seatless()
    handover = NOW + timedelta(days=7)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=person.assignment_id, at=handover, by=SYSTEM, now=NOW)
        await operations.assign_seat(
            session, agent_id=successor.id, licence_id=person.licence_id, start=handover, by=SYSTEM, now=NOW
        )
    just_before = handover - timedelta(microseconds=1)
    for agent_id, moment, seated in (
        (person.agent_id, just_before, True),
        (person.agent_id, handover, False),
        (successor.id, just_before, False),
        (successor.id, handover, True),
    ):
        async with database.reading(world.tenant_id) as session:
            try:
                await hold_seat(session, agent_id=agent_id, now=moment)
                assert seated
            except SeatRequired:
                assert not seated
    assert await broken(database, world.tenant_id) == {}


async def test_the_database_itself_keeps_two_people_off_one_licence(world: World, database: Database) -> None:
    person, other = await world.person(SeatKind.LIGHT), await world.seatless()
    async with database.reading(world.tenant_id) as session:
        first = await session.get_one(SeatAssignment, (world.tenant_id, person.assignment_id))
    names = {column.name for column in SeatAssignment.__table__.columns} - {"id", "agent_id"}
    copy = {name: getattr(first, name) for name in names}
    with pytest.raises(IntegrityError, match="ex_seat_assignment_licence"):
        async with database.writing(world.tenant_id) as session:
            session.add(SeatAssignment(id=new_id(), agent_id=other.id, **copy))


async def test_the_database_itself_keeps_a_seat_inside_its_licence(world: World, database: Database) -> None:
    person = await world.person(SeatKind.LIGHT)
    shorter = Range(NOW, NOW + timedelta(days=1), bounds="[)")
    with pytest.raises(IntegrityError, match="fk_seat_assignment"):
        async with database.writing(world.tenant_id) as session:
            await session.execute(update(SeatLicence).where(SeatLicence.id == person.licence_id).values(period=shorter))
    longer = Range(NOW, SEASON_END + timedelta(days=1), bounds="[)")
    with pytest.raises(IntegrityError, match="inside_licence"):
        async with database.writing(world.tenant_id) as session:
            await session.execute(update(SeatAssignment).values(period=longer))


async def test_the_application_may_not_change_what_kind_a_seat_is(world: World, database: Database) -> None:
    person = await world.person(SeatKind.LIGHT)
    for table in (SeatLicence, SeatAssignment):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.writing(world.tenant_id) as session:
                await session.execute(update(table).values(kind=SeatKind.FULL))
    async with database.reading(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=person.agent_id, now=NOW)
    assert seat.kind is SeatKind.LIGHT


async def test_rights_end_at_the_instant_by_the_clock_alone(world: World, database: Database) -> None:
    person = await world.person(SeatKind.FULL)
    last = SEASON_END - timedelta(microseconds=1)
    async with database.reading(world.tenant_id) as session:
        before = await standing_of_member(session, member_id=person.member_id, now=last)
        after = await standing_of_member(session, member_id=person.member_id, now=SEASON_END)
        permit = await permit_outbound(session, agent_id=person.agent_id, now=last)
        with pytest.raises(FullSeatRequired):
            await permit_outbound(session, agent_id=person.agent_id, now=SEASON_END)
    assert before is not None
    assert before.seat == LiveSeat(person.assignment_id, person.agent_id, SeatKind.FULL, SEASON_END)
    assert Permission.TICKETS_REPLY in before.permissions
    assert after is not None
    assert after.seat is None
    assert after.permissions == frozenset()
    assert permit.assignment_id == person.assignment_id


async def test_a_light_seat_gives_no_permit_and_nobody_makes_one_by_hand(world: World, database: Database) -> None:
    person = await world.person(SeatKind.LIGHT)
    async with database.reading(world.tenant_id) as session:
        with pytest.raises(FullSeatRequired):
            await permit_outbound(session, agent_id=person.agent_id, now=NOW)
    with pytest.raises(TypeError):
        OutboundPermit(object(), session=session, assignment_id=person.assignment_id, agent_id=person.agent_id)


async def test_expiring_licences_now_ends_their_seats_and_expiring_again_changes_nothing(
    world: World, database: Database
) -> None:
    person = await world.person(SeatKind.LIGHT)
    later = NOW + timedelta(hours=1)
    for attempt in (1, 2):
        async with database.writing(world.tenant_id) as session:
            shortened = await departures.expire_licences(
                session, licence_ids=[person.licence_id], at=None, by=SYSTEM, now=later + timedelta(hours=attempt - 1)
            )
        assert shortened.licence_ids == ((person.licence_id,) if attempt == 1 else ())
        assert shortened.departed == ((person.agent_id,) if attempt == 1 else ())
    async with database.reading(world.tenant_id) as session:
        licence = await session.get_one(SeatLicence, (world.tenant_id, person.licence_id))
        assignment = await session.get_one(SeatAssignment, (world.tenant_id, person.assignment_id))
    assert licence.period == assignment.period == assignment.licence_period == Range(NOW, later, bounds="[)")
    assert assignment.ended_at == later
    assert await broken(database, world.tenant_id) == {}


async def test_a_licence_taken_back_before_it_begins_is_cancelled_with_its_seats(
    world: World, database: Database
) -> None:
    begin, later = NOW + timedelta(days=3), NOW + timedelta(hours=1)
    (licence,) = await licences(world, 1, start=begin)
    agent, successor = await world.seatless(), await world.seatless()
    seat = await assign(world, agent.id, licence_id=licence.id)
    for attempt in (0, 1):
        async with database.writing(world.tenant_id) as session:
            shortened = await departures.expire_licences(
                session, licence_ids=[licence.id], at=None, by=SYSTEM, now=later + timedelta(hours=attempt)
            )
        assert shortened == Shortened((() if attempt else (licence.id,)), ())
    async with database.reading(world.tenant_id) as session:
        cancelled = await session.get_one(SeatLicence, (world.tenant_id, licence.id))
        assignment = await session.get_one(SeatAssignment, (world.tenant_id, seat.id))
    for row in (cancelled, assignment):
        assert (row.period, row.cancelled_at) == (Range(begin, SEASON_END, bounds="[)"), later)
    assert (assignment.started_at, assignment.ended_at) == (None, None)
    assert [name for name, _, _ in await events_of(database, world.tenant_id, aggregate="seat_licence")] == [
        "SeatLicenceAdded",
        "SeatLicenceCancelled",
    ]
    assert [name for name, _, _ in await events_of(database, world.tenant_id, aggregate="seat_assignment")] == [
        "SeatAssigned",
        "SeatAssignmentCancelled",
    ]
    with pytest.raises(OutsideLicence):
        await assign(world, successor.id, licence_id=licence.id, start=begin)
    with pytest.raises(NoFreeSeat) as refused:
        await assign(world, successor.id, kind=SeatKind.LIGHT, start=begin)
    assert refused.value.limit == 0
    assert await broken(database, world.tenant_id) == {}


async def test_a_cancelled_seat_gives_nothing_and_leaves_its_place_to_others(world: World, database: Database) -> None:
    begin = NOW + timedelta(days=3)
    (licence,) = await licences(world, 1, kind=SeatKind.FULL, start=begin)
    agent, successor = await world.seatless(presence=Presence.ONLINE), await world.seatless()
    seat = await assign(world, agent.id, licence_id=licence.id)
    for _ in range(2):
        async with database.writing(world.tenant_id) as session:
            released = await departures.release_seat(session, assignment_id=seat.id, at=None, by=SYSTEM, now=NOW)
        assert (released.id, released.cancelled_at) == (seat.id, NOW)
    async with database.reading(world.tenant_id) as session:
        standing = await standing_of_member(session, member_id=agent.member_id, now=begin)
        with pytest.raises(SeatRequired):
            await hold_seat(session, agent_id=agent.id, now=begin)
        seen = await snapshot(session, day=await day_of_shop(session, now=begin), now=begin)
        assert [(candidate.agent_id, candidate.seat) for candidate in seen] == [(agent.id, None)]
    assert standing is not None
    assert standing.seat is None
    following = await assign(world, successor.id, kind=SeatKind.FULL, start=begin)
    assert (following.licence_id, following.period) == (licence.id, Range(begin, SEASON_END, bounds="[)"))
    async with database.writing(world.tenant_id) as session:
        assert await departures.provision_due_seats(session, now=begin) == 1
    async with database.writing(world.tenant_id) as session:
        assert await departures.expire_due_seats(session, now=SEASON_END) == 1
    assert await broken(database, world.tenant_id) == {}


async def test_a_licence_shortened_past_a_seat_to_come_cancels_that_seat_and_can_be_shortened_again(
    world: World, database: Database
) -> None:
    person, successor = await world.person(SeatKind.LIGHT), await world.seatless()
    first, moment, sooner = NOW + timedelta(days=30), NOW + timedelta(days=20), NOW + timedelta(days=10)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=person.assignment_id, at=first, by=SYSTEM, now=NOW)
    coming = await assign(world, successor.id, licence_id=person.licence_id, start=first)
    for end in (moment, sooner):
        async with database.writing(world.tenant_id) as session:
            shortened = await departures.expire_licences(
                session, licence_ids=[person.licence_id], at=end, by=SYSTEM, now=NOW
            )
        assert shortened == Shortened((person.licence_id,), ())
        async with database.reading(world.tenant_id) as session:
            licence = await session.get_one(SeatLicence, (world.tenant_id, person.licence_id))
            sitting = await session.get_one(SeatAssignment, (world.tenant_id, person.assignment_id))
            cancelled = await session.get_one(SeatAssignment, (world.tenant_id, coming.id))
        assert licence.period == sitting.period == sitting.licence_period == Range(NOW, end, bounds="[)")
        assert (cancelled.period, cancelled.cancelled_at) == (Range(first, SEASON_END, bounds="[)"), NOW)
        assert (licence.cancelled_at, sitting.cancelled_at) == (None, None)
        assert await broken(database, world.tenant_id) == {}


async def test_the_application_may_not_delete_licences_or_seats(world: World, database: Database) -> None:
    await world.person(SeatKind.LIGHT)
    for table in (SeatAssignment, SeatLicence):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.writing(world.tenant_id) as session:
                await session.execute(delete(table))


@pytest.mark.parametrize("at", [None, NOW + timedelta(days=5)])
async def test_expiring_licences_costs_the_same_number_of_statements_for_one_and_for_fifty(
    world: World, database: Database, statements: CountStatements, at: datetime | None
) -> None:
    counts = []
    for count in (1, 50):
        ids = [licence.id for licence in await licences(world, count)]
        with statements() as counted:
            async with database.writing(world.tenant_id) as session:
                shortened = await departures.expire_licences(session, licence_ids=ids, at=at, by=SYSTEM, now=NOW)
        assert set(shortened.licence_ids) == set(ids)
        counts.append(len(counted))
    assert counts[0] == counts[1] <= 6
    assert await broken(database, world.tenant_id) == {}


async def test_shortening_many_seats_costs_the_same_number_of_statements_and_one_pass(
    world: World, database: Database, statements: CountStatements
) -> None:
    counts = []
    end = NOW + timedelta(days=5)
    for count in (1, 8):
        people = [await world.person(SeatKind.LIGHT) for _ in range(count)]
        with statements() as counted:
            async with database.writing(world.tenant_id) as session:
                await departures.expire_licences(
                    session, licence_ids=[person.licence_id for person in people], at=end, by=SYSTEM, now=NOW
                )
        counts.append(len(counted))
        assert [due for actor, due in await due_jobs(world) if actor == "expire_seats" and due == end] == [end]
        end += timedelta(days=1)
    assert counts[0] == counts[1]


async def test_of_the_free_licences_the_one_that_ends_first_is_given_and_a_permanent_one_last(world: World) -> None:
    (permanent,) = await licences(world, 1, end=None)
    (seasonal,) = await licences(world, 1)
    (brief,) = await licences(world, 1, end=NOW + timedelta(days=7))
    for licence in (brief, seasonal, permanent):
        seat = await assign(world, (await world.seatless()).id, kind=SeatKind.LIGHT)
        assert (seat.licence_id, seat.period) == (licence.id, licence.period)
    with pytest.raises(NoFreeSeat) as refused:
        await assign(world, (await world.seatless()).id, kind=SeatKind.LIGHT)
    assert refused.value.limit == 3


async def test_a_free_licence_is_one_that_covers_the_time_asked_for(world: World) -> None:
    begin, end = NOW + timedelta(days=10), NOW + timedelta(days=20)
    await licences(world, 1, end=end - timedelta(microseconds=1))
    (until_then,) = await licences(world, 1, end=end)
    (coming,) = await licences(world, 1, start=begin)
    agents = [(await world.seatless()).id for _ in range(4)]
    seat = await assign(world, agents[0], kind=SeatKind.LIGHT, end=end)
    assert seat.licence_id == until_then.id
    seat = await assign(world, agents[1], kind=SeatKind.LIGHT, start=begin, end=end)
    assert (seat.licence_id, seat.period) == (coming.id, Range(begin, end, bounds="[)"))
    seat = await assign(world, agents[2], kind=SeatKind.LIGHT, start=end)
    assert (seat.licence_id, seat.period) == (coming.id, Range(end, SEASON_END, bounds="[)"))
    for start, limit in ((end, 1), (SEASON_END, 0)):
        with pytest.raises(NoFreeSeat) as refused:
            await assign(world, agents[3], kind=SeatKind.LIGHT, start=start)
        assert refused.value.limit == limit


async def test_a_licence_taken_only_later_is_free_until_then(world: World) -> None:
    (licence,) = await licences(world, 1)
    later = NOW + timedelta(days=10)
    first, second = await world.seatless(), await world.seatless()
    await assign(world, first.id, licence_id=licence.id, start=later)
    with pytest.raises(NoFreeSeat):
        await assign(world, second.id, kind=SeatKind.LIGHT)
    seat = await assign(world, second.id, kind=SeatKind.LIGHT, end=later)
    assert (seat.licence_id, seat.period) == (licence.id, Range(NOW, later, bounds="[)"))


async def test_a_seat_shorter_than_its_licence_has_its_own_passes_at_its_own_instants(world: World) -> None:
    (licence,) = await licences(world, 1)
    begin, end = NOW + timedelta(days=1), NOW + timedelta(days=2)
    await assign(world, (await world.seatless()).id, licence_id=licence.id, start=begin, end=end)
    assert await due_jobs(world) == [("provision_seats", begin), ("expire_seats", end)]


async def test_a_seat_whose_ending_was_recorded_is_over_even_for_an_older_now(world: World, database: Database) -> None:
    person = await world.person(SeatKind.FULL)
    later = NOW + timedelta(minutes=1)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=person.assignment_id, at=None, by=SYSTEM, now=later)
    async with database.reading(world.tenant_id) as session:
        standing = await standing_of_member(session, member_id=person.member_id, now=NOW)
        with pytest.raises(SeatRequired):
            await hold_seat(session, agent_id=person.agent_id, now=NOW)
    assert standing is not None
    assert (standing.seat, standing.permissions) == (None, frozenset())


async def test_a_licence_of_another_shop_is_not_found(world: World, database: Database, found_shop: object) -> None:
    person = await world.person(SeatKind.LIGHT)
    stranger = await World.found(database, await found_shop())  # type: ignore[operator]
    agent = await stranger.seatless()
    with pytest.raises(SeatLicenceNotFound):
        async with database.writing(stranger.tenant_id) as session:
            await operations.assign_seat(session, agent_id=agent.id, licence_id=person.licence_id, by=SYSTEM, now=NOW)
    with pytest.raises(SeatLicenceNotFound):
        async with database.writing(stranger.tenant_id) as session:
            await departures.expire_licences(session, licence_ids=[person.licence_id], at=None, by=SYSTEM, now=NOW)
    async with database.reading(world.tenant_id) as session:
        periods = (await session.scalars(select(SeatLicence.period))).all()
    assert periods == [Range(NOW, SEASON_END, bounds="[)")]
