"""Licences that are extended, with those who sit on them, on the real database."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import Range

from domain.kit.database import Database
from domain.kit.errors import DomainError, InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.outbox import OutboxRow
from domain.seats import holding, operations
from domain.seats.days import end_of
from domain.seats.errors import AgentAlreadySeated, SeatLicenceNotFound, SeatLicenceOfOneDay, SeatLicenceOver, SeatTaken
from domain.seats.extending import extend_licences
from domain.seats.models import LicenceTerms, SeatAssignment, SeatKind, SeatLicence
from domain.seats.plans import plan_seat
from domain.tickets import departures
from tests.conftest import NOW, FoundShop
from tests.domain.invariants import broken
from tests.domain.world import SEASON_END, World
from tests.state import events_of, everything, jobs_of

LATER = SEASON_END + timedelta(days=14)


async def extend(
    world: World, *licence_ids: UUID, end: datetime | None = LATER, now: datetime = NOW
) -> tuple[UUID, ...]:
    async with world.database.writing(world.tenant_id) as session:
        return await extend_licences(session, licence_ids=licence_ids, end=end, by=SYSTEM, now=now)


async def licence(world: World, *, start: datetime | None = None, end: datetime | None = SEASON_END) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        (added,) = await operations.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=start, end=end, label="", by=SYSTEM, now=NOW
        )
    return added.id


async def day_pass(world: World) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        made = SeatLicence(
            tenant_id=world.tenant_id,
            id=new_id(),
            kind=SeatKind.LIGHT,
            period=until(SEASON_END),
            label="",
            terms=LicenceTerms.ONE_DAY,
            created_at=NOW,
        )
        session.add(made)
    return made.id


async def sit(
    world: World, agent_id: UUID, licence_id: UUID, *, start: datetime | None = None, end: datetime | None = None
) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        made = await operations.assign_seat(
            session, agent_id=agent_id, licence_id=licence_id, start=start, end=end, by=SYSTEM, now=NOW
        )
    return made.id


async def periods(world: World) -> tuple[dict[UUID, Range[datetime]], dict[UUID, Range[datetime]]]:
    """Of the licences, and of the assignments, each of which has its licence's."""
    async with world.database.reading(world.tenant_id) as session:
        licences = {row.id: row.period for row in await session.scalars(select(SeatLicence))}
        assignments = {row.id: row for row in await session.scalars(select(SeatAssignment))}
    assert all(row.licence_period == licences[row.licence_id] for row in assignments.values())
    return licences, {id: row.period for id, row in assignments.items()}


async def expiries(world: World) -> list[datetime]:
    async with world.database.reading(world.tenant_id) as session:
        rows = select(OutboxRow.due_at).where(OutboxRow.actor == "expire_seats").order_by(OutboxRow.due_at)
        return list(await session.scalars(rows))


def until(end: datetime | None, *, start: datetime = NOW) -> Range[datetime]:
    return Range(start, end, bounds="[)")


async def test_whoever_sits_until_the_end_stays_until_the_new_one_and_nobody_else(
    world: World, database: Database
) -> None:
    person, follower = await world.person(SeatKind.LIGHT), await world.seatless()
    handover = NOW + timedelta(days=7)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=person.assignment_id, at=handover, by=SYSTEM, now=NOW)
    following = await sit(world, follower.id, person.licence_id, start=handover)
    untouched = await world.person(SeatKind.LIGHT)
    assert await extend(world, person.licence_id) == (person.licence_id,)
    licences, assignments = await periods(world)
    assert licences == {person.licence_id: until(LATER), untouched.licence_id: until(SEASON_END)}
    assert assignments == {
        person.assignment_id: until(handover),
        following: until(LATER, start=handover),
        untouched.assignment_id: until(SEASON_END),
    }
    licence_events = await events_of(database, world.tenant_id, aggregate="seat_licence")
    assert [data for name, _, data in licence_events if name == "SeatLicenceExtended"] == [{"end": LATER.isoformat()}]
    seat_events = await events_of(database, world.tenant_id, aggregate="seat_assignment")
    assert [(name, data) for name, _, data in seat_events if name == "SeatExtended"] == [
        ("SeatExtended", {"agent_id": str(follower.id), "end": LATER.isoformat()})
    ]
    assert await expiries(world) == [handover, SEASON_END, LATER]
    assert await broken(database, world.tenant_id) == {}


async def test_extending_again_and_one_that_ends_later_changes_nothing(world: World, database: Database) -> None:
    person = await world.person(SeatKind.LIGHT)
    longer, for_good = await licence(world, end=LATER + timedelta(days=1)), await licence(world, end=None)
    assert await extend(world, person.licence_id, longer, for_good) == (person.licence_id,)
    before = await everything(database, world.tenant_id)
    assert await extend(world, person.licence_id, longer, for_good) == ()
    assert await extend(world, person.licence_id, end=SEASON_END) == ()
    assert await extend(world) == ()
    assert await everything(database, world.tenant_id) == before


async def test_a_licence_for_good_keeps_its_sitter_for_good_and_plans_no_ending(
    world: World, database: Database
) -> None:
    person = await world.person(SeatKind.FULL)
    assert await extend(world, person.licence_id, end=None) == (person.licence_id,)
    assert await periods(world) == ({person.licence_id: until(None)}, {person.assignment_id: until(None)})
    assert await expiries(world) == [SEASON_END]
    async with database.writing(world.tenant_id) as session:
        assert await departures.expire_due_seats(session, now=SEASON_END) == 0
    assert await broken(database, world.tenant_id) == {}


async def test_a_licence_to_come_is_extended_with_whoever_is_to_sit_on_it(world: World, database: Database) -> None:
    begin = NOW + timedelta(days=30)
    coming, agent = await licence(world, start=begin), await world.seatless()
    seat = await sit(world, agent.id, coming)
    assert await extend(world, coming) == (coming,)
    assert await periods(world) == ({coming: until(LATER, start=begin)}, {seat: until(LATER, start=begin)})
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize("refused", ["unknown", "elsewhere", "over", "cancelled", "past", "now", "day", "seated"])
async def test_a_refused_extension_changes_nothing_of_any_licence(
    world: World, database: Database, found_shop: FoundShop, refused: str
) -> None:
    person, other = await world.person(SeatKind.LIGHT), await World.found(database, await found_shop())
    foreign = await licence(other)
    over, one_day = await licence(world, end=NOW + timedelta(days=1)), await day_pass(world)
    cancelled, next_one = await licence(world, start=LATER, end=None), await licence(world, start=SEASON_END, end=LATER)
    async with database.writing(world.tenant_id) as session:
        await departures.expire_licences(session, licence_ids=[cancelled], at=None, by=SYSTEM, now=NOW)
    if refused == "seated":
        await sit(world, person.agent_id, next_one, end=LATER - timedelta(days=1))
    now = NOW + timedelta(days=2)
    asked: dict[str, tuple[Collection[UUID], datetime | None, DomainError]] = {
        "unknown": ([unknown := new_id()], LATER, SeatLicenceNotFound(unknown)),
        "elsewhere": ([foreign], LATER, SeatLicenceNotFound(foreign)),
        "over": ([over], LATER, SeatLicenceOver(over)),
        "cancelled": ([cancelled], LATER, SeatLicenceOver(cancelled)),
        "past": ([], NOW, InvalidInput("to", "must be in the future", "musi być w przyszłości")),
        "now": ([], now, InvalidInput("to", "must be in the future", "musi być w przyszłości")),
        "day": ([one_day], LATER, SeatLicenceOfOneDay(one_day)),
        "seated": ([], None, AgentAlreadySeated(person.agent_id, next_one)),
    }
    also, end, error = asked[refused]
    before = await everything(database, world.tenant_id), await everything(database, other.tenant_id)
    with pytest.raises(type(error)) as raised:
        await extend(world, person.licence_id, *also, end=end, now=now)
    assert raised.value == error
    assert (await everything(database, world.tenant_id), await everything(database, other.tenant_id)) == before


async def test_whoever_waited_for_a_seat_that_lasts_long_enough_is_served(world: World, database: Database) -> None:
    free, agent, inviter = await licence(world), await world.seatless(), await world.seatless()
    async with database.writing(world.tenant_id) as session:
        planned = await plan_seat(
            session,
            agent_id=agent.id,
            kind=SeatKind.LIGHT,
            wanted=until(LATER),
            invite_at=NOW,
            invited_by_id=inviter.member_id,
            by=SYSTEM,
            now=NOW,
        )
        assert await holding.grant_held(session, now=NOW) == []
        await session.execute(delete(OutboxRow))
    await extend(world, free)
    assert await jobs_of(database, world.tenant_id) == [("provision_seats", {})]
    async with database.writing(world.tenant_id) as session:
        assert [granted.id for granted in await holding.grant_held(session, now=NOW)] == [planned.id]
    assert (await periods(world))[0] == {free: until(LATER)}
    assert await broken(database, world.tenant_id) == {}


async def test_two_seats_of_one_person_are_not_extended_over_one_another(world: World, database: Database) -> None:
    person, middle = await world.person(SeatKind.LIGHT), SEASON_END + timedelta(days=7)
    following = await licence(world, start=SEASON_END, end=middle)
    await sit(world, person.agent_id, following)
    before = await everything(database, world.tenant_id)
    with pytest.raises(AgentAlreadySeated) as refused:
        await extend(world, person.licence_id, following)
    assert refused.value == AgentAlreadySeated(person.agent_id, following)
    assert await everything(database, world.tenant_id) == before
    assert await extend(world, following) == (following,)


async def test_extending_and_seating_somebody_in_the_added_time_at_once_never_overlap(
    world: World, database: Database
) -> None:
    people = [await world.person(SeatKind.LIGHT) for _ in range(10)]
    nexts = [await licence(world, start=SEASON_END, end=LATER) for _ in people]

    async def attempt(number: int) -> str:
        person, following = people[number // 2], nexts[number // 2]
        try:
            if number % 2:
                await sit(world, person.agent_id, following)
            else:
                await extend(world, person.licence_id)
        except (AgentAlreadySeated, SeatTaken) as refused:
            return type(refused).__name__
        return "done"

    outcomes = await asyncio.gather(*(attempt(number) for number in range(20)))
    assert [sorted(outcomes[at : at + 2]) for at in range(0, 20, 2)] == [["AgentAlreadySeated", "done"]] * 10
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize(
    ("last", "instant"),
    [
        ("2026-03-28", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("2026-03-29", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("2026-10-24", datetime(2026, 10, 24, 22, tzinfo=UTC)),
        ("2026-10-25", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        ("2027-01-31", datetime(2027, 1, 31, 23, tzinfo=UTC)),
        ("2028-02-29", datetime(2028, 2, 29, 23, tzinfo=UTC)),
    ],
)
async def test_an_extension_to_a_last_day_ends_with_that_day_in_the_shops_zone(
    world: World, database: Database, last: str, instant: datetime
) -> None:
    begun = datetime(2026, 3, 1, tzinfo=UTC)
    person = await world.person(SeatKind.LIGHT, now=begun, until=begun + timedelta(days=7))
    end = end_of(datetime.fromisoformat(last).date(), ZoneInfo("Europe/Warsaw"))
    assert await extend(world, person.licence_id, end=end, now=begun) == (person.licence_id,)
    assert await periods(world) == (
        {person.licence_id: until(instant, start=begun)},
        {person.assignment_id: until(instant, start=begun)},
    )
