"""Before seats end, whoever sits there and the admins are told: 72 and 24 hours before, once each."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import Range

from domain.agents.models import Member, MemberState, Presence
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.outbox import OutboxRow
from domain.seats import operations as seats
from domain.seats.days import end_of
from domain.seats.extending import extend_licences
from domain.seats.models import SeatKind, SeatReminder
from domain.seats.reminding import Ending, Notice, due, notice_to_admin, notice_to_sitter, remind_due
from domain.tickets import departures
from domain.tickets.changing import change_seat_kind, move_seat
from tests.conftest import NOW, CountStatements
from tests.domain.invariants import broken
from tests.domain.world import SEASON_END, Person, World
from tests.state import everything

WARSAW = ZoneInfo("Europe/Warsaw")
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)
T72, T24 = SEASON_END - 72 * HOUR, SEASON_END - 24 * HOUR


def span(start: datetime, end: datetime | None) -> Range[datetime]:
    return Range(start, end, bounds="[)")


@pytest.mark.parametrize(
    ("before", "hours"),
    [
        (72 * HOUR + INSTANT, None),
        (72 * HOUR, 72),
        (24 * HOUR + INSTANT, 72),
        (24 * HOUR, 24),
        (INSTANT, 24),
        (timedelta(0), None),
        (-HOUR, None),
    ],
)
def test_the_nearest_reminder_whose_time_has_come_is_due_until_the_end(before: timedelta, hours: int | None) -> None:
    assert due(span(NOW, SEASON_END), SEASON_END - before) == hours


@pytest.mark.parametrize(
    ("length", "at_72", "at_24"),
    [(72 * HOUR, 72, 24), (72 * HOUR - INSTANT, None, 24), (24 * HOUR, None, 24), (24 * HOUR - INSTANT, None, None)],
)
def test_a_seat_that_is_shorter_than_that_gets_no_such_reminder(
    length: timedelta, at_72: int | None, at_24: int | None
) -> None:
    seat = span(SEASON_END - length, SEASON_END)
    assert (due(seat, T72), due(seat, T24)) == (at_72, at_24)


def test_a_seat_for_good_is_never_told_of() -> None:
    assert due(span(NOW, None), SEASON_END) is None


@pytest.mark.parametrize(
    ("last", "first_told", "then_told"),
    [
        ("2026-03-29", "2026-03-26T23:00+01:00", "2026-03-28T23:00+01:00"),
        ("2026-03-30", "2026-03-27T23:00+01:00", "2026-03-30T00:00+02:00"),
        ("2026-03-28", "2026-03-26T00:00+01:00", "2026-03-28T00:00+01:00"),
        ("2026-10-25", "2026-10-23T01:00+02:00", "2026-10-25T01:00+02:00"),
        ("2026-10-26", "2026-10-24T01:00+02:00", "2026-10-26T00:00+01:00"),
        ("2026-11-30", "2026-11-28T00:00+01:00", "2026-11-30T00:00+01:00"),
        ("2027-02-28", "2027-02-26T00:00+01:00", "2027-02-28T00:00+01:00"),
        ("2028-02-29", "2028-02-27T00:00+01:00", "2028-02-29T00:00+01:00"),
    ],
)
def test_hours_are_hours_whatever_the_clocks_on_the_wall_do(last: str, first_told: str, then_told: str) -> None:
    end = end_of(datetime.fromisoformat(last).date(), WARSAW)
    seat = span(end - timedelta(days=30), end)
    for hours, told in ((72, first_told), (24, then_told)):
        moment = datetime.fromisoformat(told)
        assert moment.astimezone(WARSAW).isoformat(timespec="minutes") == told
        assert due(seat, moment) == hours
        assert due(seat, moment - INSTANT) == {72: None, 24: 72}[hours]


async def remind(world: World, *, now: datetime) -> int:
    async with world.database.writing(world.tenant_id) as session:
        return await remind_due(session, now=now)


async def reminders(world: World) -> list[tuple[UUID, int, datetime, datetime]]:
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.scalars(select(SeatReminder).order_by(SeatReminder.id))
        return [(row.assignment_id, row.hours, row.ends_at, row.told_at) for row in rows]


async def mails(world: World) -> Counter[str]:
    async with world.database.reading(world.tenant_id) as session:
        return Counter(await session.scalars(select(OutboxRow.actor).where(OutboxRow.actor.like("tell_of_%"))))


async def reminder_of(world: World, person: Person) -> UUID:
    async with world.database.reading(world.tenant_id) as session:
        newest = select(SeatReminder.id).where(SeatReminder.assignment_id == person.assignment_id)
        return (await session.scalars(newest.order_by(SeatReminder.id.desc()).limit(1))).one()


async def to_sitter(world: World, person: Person, *, now: datetime) -> Notice | None:
    reminder_id = await reminder_of(world, person)
    async with world.database.reading(world.tenant_id) as session:
        return await notice_to_sitter(session, reminder_id=reminder_id, now=now)


async def to_admin(world: World, member_id: UUID, *, hours: int, told_at: datetime, now: datetime) -> Notice | None:
    async with world.database.reading(world.tenant_id) as session:
        return await notice_to_admin(
            session, member_id=member_id, ends_at=SEASON_END, hours=hours, told_at=told_at, now=now
        )


async def name(world: World, person: Person, name: str) -> None:
    async with world.database.writing(world.tenant_id) as session:
        called = {"name": name, "email": f"{name.lower()}@bombka.example"}
        await session.execute(update(Member).where(Member.id == person.member_id).values(called))


async def test_everybody_is_told_at_both_times_and_each_admin_in_one_mail(world: World, database: Database) -> None:
    owner, admin = await world.seatless(role=Role.OWNER), await world.seatless(role=Role.ADMIN)
    await world.seatless(role=Role.SUPERVISOR)
    people = [await world.person(kind) for kind in (SeatKind.FULL, SeatKind.LIGHT, SeatKind.LIGHT)]
    later = await world.person(SeatKind.LIGHT, until=SEASON_END + HOUR)
    await world.person(SeatKind.LIGHT, until=None)
    assert await remind(world, now=T72 - INSTANT) == 0
    assert await remind(world, now=T72) == 3
    seen = [(person.assignment_id, 72, SEASON_END, T72) for person in people]
    assert await reminders(world) == seen
    assert await mails(world) == {"tell_of_seat_end": 3, "tell_of_seat_ends": 2}
    assert await remind(world, now=T72 + HOUR) == 1
    assert await mails(world) == {"tell_of_seat_end": 4, "tell_of_seat_ends": 4}
    assert await remind(world, now=T24) == 3
    seen += [(later.assignment_id, 72, SEASON_END + HOUR, T72 + HOUR)]
    seen += [(person.assignment_id, 24, SEASON_END, T24) for person in people]
    assert await reminders(world) == seen
    assert await mails(world) == {"tell_of_seat_end": 7, "tell_of_seat_ends": 6}
    for name_, person in zip(("Ewa", "Ola", "Adam"), people, strict=True):
        await name(world, person, name_)
    for member_id in (owner.member_id, admin.member_id):
        notice = await to_admin(world, member_id, hours=24, told_at=T24, now=T24)
        assert notice is not None
        assert [(ending.name, ending.kind) for ending in notice.endings] == [
            ("Adam", SeatKind.LIGHT),
            ("Ewa", SeatKind.FULL),
            ("Ola", SeatKind.LIGHT),
        ]
    assert await broken(database, world.tenant_id) == {}


async def test_a_pass_twice_is_as_once_and_two_at_once_are_as_one(world: World, database: Database) -> None:
    await world.seatless(role=Role.OWNER)
    for _ in range(3):
        await world.person(SeatKind.LIGHT)
    assert sorted(await asyncio.gather(*(remind(world, now=T72) for _ in range(4)))) == [0, 0, 0, 3]
    before = await everything(database, world.tenant_id)
    assert await remind(world, now=T72 + HOUR) == 0
    assert await everything(database, world.tenant_id) == before


async def test_of_two_that_are_due_only_the_nearest_is_told(world: World) -> None:
    """As when no worker was there for two days."""
    person = await world.person(SeatKind.LIGHT)
    assert await remind(world, now=T24 + HOUR) == 1
    assert await reminders(world) == [(person.assignment_id, 24, SEASON_END, T24 + HOUR)]
    assert await remind(world, now=T24 + 2 * HOUR) == 0
    assert await remind(world, now=SEASON_END) == 0


async def test_an_extended_seat_is_told_of_anew_and_what_was_about_to_be_said_is_not(
    world: World, database: Database
) -> None:
    owner, person = await world.seatless(role=Role.OWNER), await world.person(SeatKind.LIGHT)
    assert await remind(world, now=T72) == 1
    longer = SEASON_END + timedelta(days=7)
    async with database.writing(world.tenant_id) as session:
        await extend_licences(session, licence_ids=[person.licence_id], end=longer, by=SYSTEM, now=T72)
    assert await to_sitter(world, person, now=T72) is None
    assert await to_admin(world, owner.member_id, hours=72, told_at=T72, now=T72) is None
    assert await remind(world, now=T24) == 0
    assert await remind(world, now=longer - 72 * HOUR) == 1
    assert [(hours, ends_at) for _, hours, ends_at, _ in await reminders(world)] == [(72, SEASON_END), (72, longer)]
    notice = await to_sitter(world, person, now=longer - 72 * HOUR)
    assert notice is not None
    assert notice.ends_at == longer


@pytest.mark.parametrize("fate", ["released", "shortened", "suspended", "over", "moved"])
async def test_what_does_not_end_then_any_more_is_not_said(world: World, database: Database, fate: str) -> None:
    owner, person = await world.seatless(role=Role.OWNER), await world.person(SeatKind.LIGHT)
    other = await world.seatless()
    await remind(world, now=T72)
    now = SEASON_END if fate == "over" else T72 + HOUR
    async with database.writing(world.tenant_id) as session:
        if fate in ("released", "shortened"):
            at = None if fate == "released" else T24
            await departures.release_seat(session, assignment_id=person.assignment_id, at=at, by=SYSTEM, now=now)
        elif fate == "suspended":
            await departures.suspend_member(
                session, member_id=person.member_id, own_id=owner.member_id, by=SYSTEM, now=now
            )
        elif fate == "moved":
            await move_seat(
                session,
                assignment_id=person.assignment_id,
                to_agent_id=other.id,
                at=None,
                hand_over=True,
                by=SYSTEM,
                now=now,
            )
    assert await to_sitter(world, person, now=now) is None
    assert await to_admin(world, owner.member_id, hours=72, told_at=T72, now=now) is None


@pytest.mark.parametrize("state", [MemberState.SUSPENDED, MemberState.INVITED])
async def test_whoever_cannot_come_in_gets_no_mail_and_the_admins_still_hear_of_the_seat(
    world: World, database: Database, state: MemberState
) -> None:
    owner, person = await world.seatless(role=Role.OWNER), await world.person(SeatKind.LIGHT)
    async with database.writing(world.tenant_id) as session:
        await session.execute(update(Member).where(Member.id == person.member_id).values(state=state))
    assert await remind(world, now=T72) == 1
    assert await to_sitter(world, person, now=T72) is None
    notice = await to_admin(world, owner.member_id, hours=72, told_at=T72, now=T72)
    assert notice is not None
    assert [ending.name for ending in notice.endings] == ["Jan Nowak"]


async def test_only_those_who_are_admins_and_can_come_in_are_told_of_everybody(
    world: World, database: Database
) -> None:
    await world.person(SeatKind.LIGHT)
    owner, admin = await world.seatless(role=Role.OWNER), await world.seatless(role=Role.ADMIN)
    kept_out, supervisor = await world.seatless(role=Role.ADMIN), await world.seatless(role=Role.SUPERVISOR)
    async with database.writing(world.tenant_id) as session:
        out = update(Member).where(Member.id == kept_out.member_id).values(state=MemberState.SUSPENDED)
        await session.execute(out)
    await remind(world, now=T72)
    assert (await mails(world))["tell_of_seat_ends"] == 2
    async with database.writing(world.tenant_id) as session:
        await session.execute(update(Member).where(Member.id == admin.member_id).values(role=Role.AGENT))
    heard = [
        await to_admin(world, member_id, hours=72, told_at=T72, now=T72) is not None
        for member_id in (owner.member_id, admin.member_id, kept_out.member_id, supervisor.member_id)
    ]
    assert heard == [True, False, False, False]


@pytest.mark.parametrize(
    ("kind", "following", "told"),
    [
        (SeatKind.FULL, SeatKind.FULL, False),
        (SeatKind.LIGHT, SeatKind.LIGHT, False),
        (SeatKind.LIGHT, SeatKind.FULL, False),
        (SeatKind.FULL, SeatKind.LIGHT, True),
    ],
)
async def test_who_sits_on_at_once_with_as_much_is_not_told(
    world: World, database: Database, kind: SeatKind, following: SeatKind, told: bool
) -> None:
    person = await world.person(kind)
    async with database.writing(world.tenant_id) as session:
        (licence,) = await seats.add_licences(
            session, kind=following, count=1, start=SEASON_END, end=None, label="", by=SYSTEM, now=NOW
        )
        await seats.assign_seat(session, agent_id=person.agent_id, licence_id=licence.id, by=SYSTEM, now=NOW)
    assert await remind(world, now=T72) == int(told)
    if told:
        notice = await to_sitter(world, person, now=T72)
        assert notice is not None
        assert notice.endings == [Ending("Jan Nowak", SeatKind.FULL, light_after=True)]


async def test_a_following_seat_given_meanwhile_makes_the_mail_needless_and_one_taken_back_due_again(
    world: World, database: Database
) -> None:
    person = await world.person(SeatKind.LIGHT)
    await remind(world, now=T72)
    async with database.writing(world.tenant_id) as session:
        (licence,) = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=SEASON_END, end=None, label="", by=SYSTEM, now=T72
        )
        following = await seats.assign_seat(
            session, agent_id=person.agent_id, licence_id=licence.id, by=SYSTEM, now=T72
        )
    assert await to_sitter(world, person, now=T72) is None
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=following.id, at=None, by=SYSTEM, now=T72)
    assert await to_sitter(world, person, now=T72) is not None
    assert await remind(world, now=T24) == 1


async def test_a_seat_of_another_kind_is_told_of_as_its_own(world: World, database: Database) -> None:
    person, now = await world.person(SeatKind.FULL), SEASON_END - 50 * HOUR
    await remind(world, now=T72)
    async with database.writing(world.tenant_id) as session:
        light = await change_seat_kind(
            session, assignment_id=person.assignment_id, kind=SeatKind.LIGHT, exchange=True, by=SYSTEM, now=now
        )
    assert await remind(world, now=now) == 0
    assert await remind(world, now=T24) == 1
    assert [(id, hours) for id, hours, _, _ in await reminders(world)] == [(person.assignment_id, 72), (light.id, 24)]


async def test_a_seat_that_has_not_begun_by_then_or_was_cancelled_is_not_told_of(
    world: World, database: Database
) -> None:
    short, cancelled = await world.seatless(), await world.seatless(presence=Presence.ONLINE)
    async with database.writing(world.tenant_id) as session:
        for agent, start in ((short, T24 + INSTANT), (cancelled, T72 - HOUR)):
            (licence,) = await seats.add_licences(
                session, kind=SeatKind.LIGHT, count=1, start=start, end=SEASON_END, label="", by=SYSTEM, now=NOW
            )
            made = await seats.assign_seat(session, agent_id=agent.id, licence_id=licence.id, by=SYSTEM, now=NOW)
        await departures.release_seat(session, assignment_id=made.id, at=None, by=SYSTEM, now=NOW)
    for now in (T72, T24, SEASON_END - HOUR):
        assert await remind(world, now=now) == 0


async def test_a_pass_with_nothing_to_do_is_one_question_and_one_with_many_as_few_as_with_one(
    world: World, database: Database, statements: CountStatements
) -> None:
    await world.seatless(role=Role.OWNER)
    await world.person(SeatKind.LIGHT, until=SEASON_END + timedelta(days=1))
    with statements() as counted:
        assert await remind(world, now=NOW) == 0
    assert [statement.split()[0] for statement in counted] == ["SET", "SELECT"]
    counts = []
    for number, until in ((1, SEASON_END), (20, SEASON_END - timedelta(days=10))):
        for _ in range(number):
            await world.person(SeatKind.LIGHT, until=until)
        async with database.writing(world.tenant_id) as session:
            await session.execute(delete(OutboxRow))
        with statements() as counted:
            assert await remind(world, now=until - 72 * HOUR) == number
        counts.append(len(counted))
    assert counts[0] == counts[1]


async def test_a_notice_is_in_the_language_of_whoever_gets_it(world: World, database: Database) -> None:
    owner, person = await world.seatless(role=Role.OWNER), await world.person(SeatKind.FULL)
    await name(world, person, "Lena")
    async with database.writing(world.tenant_id) as session:
        english = update(Member).where(Member.id == person.member_id).values(language=Language.EN)
        await session.execute(english)
    await remind(world, now=T72)
    lena = Ending("Lena", SeatKind.FULL, light_after=False)
    assert await to_sitter(world, person, now=T72) == Notice("lena@bombka.example", Language.EN, [lena], SEASON_END, 72)
    told = await to_admin(world, owner.member_id, hours=72, told_at=T72, now=T72)
    assert told is not None
    assert (told.language, told.endings, told.ends_at, told.hours) == (Language.PL, [lena], SEASON_END, 72)
    assert await to_admin(world, owner.member_id, hours=24, told_at=T72, now=T72) is None
