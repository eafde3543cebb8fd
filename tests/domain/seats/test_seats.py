"""Licences and who sits on them, on the real database."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.agents.errors import AgentNotFound
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats import operations
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
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.world import SEASON_END, World


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
        OutboundPermit(object(), assignment_id=person.assignment_id, agent_id=person.agent_id)


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


async def test_a_licence_taken_back_before_it_begins_leaves_nothing_but_its_events(
    world: World, database: Database
) -> None:
    (licence,) = await licences(world, 1, start=NOW + timedelta(days=3))
    agent = await world.seatless()
    async with database.writing(world.tenant_id) as session:
        await operations.assign_seat(session, agent_id=agent.id, licence_id=licence.id, by=SYSTEM, now=NOW)
    async with database.writing(world.tenant_id) as session:
        await departures.expire_licences(session, licence_ids=[licence.id], at=None, by=SYSTEM, now=NOW)
    assert await count_rows(world, "seat_licence") == 0
    assert await count_rows(world, "seat_assignment") == 0
    async with database.reading(world.tenant_id) as session:
        names = (
            await session.execute(text("SELECT name FROM event WHERE aggregate LIKE 'seat%' ORDER BY name"))
        ).scalars()
        assert list(names) == [
            "SeatAssigned",
            "SeatAssignmentCancelled",
            "SeatLicenceAdded",
            "SeatLicenceCancelled",
        ]


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
