"""Day passes on the real database: who spends one, when, for how long, and that nobody else does."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.agents import membership, personal_tokens
from domain.agents.errors import AgentNotFound, WrongCredentials
from domain.agents.models import Agent
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import DomainError, InvalidInput, Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.outbox import OutboxRow
from domain.seats import operations, passes
from domain.seats.entrance import Entered, enter
from domain.seats.errors import DayPassHolderNotFound, NoFreeSeat, SeatLicenceOfOneDay, TooFewDayPasses
from domain.seats.models import LicenceTerms, PassEntry, SeatAssignment, SeatKind, SeatLicence
from domain.seats.passes import PassUse
from domain.seats.queries import take_turn
from domain.seats.reminding import remind_due
from domain.seats.rights import standing_of_member
from domain.tenants.models import Tenant
from domain.tickets import departures
from tests.callers import who
from tests.conftest import NOW, CountStatements, FoundShop, Shop
from tests.domain.invariants import broken
from tests.domain.waiting import blocked
from tests.people import PASSWORD, add_member, cheap_passwords
from tests.state import events_of, everything

PASSWORDS = cheap_passwords()

SIGN_IN_COSTS = 10
"""Statements of anybody's sign-in, those that set the tenant included: one of them looks for a holder of passes."""

MIDNIGHT = datetime(2026, 11, 2, 23, tzinfo=UTC)
"""When NOW's day ends in Warsaw."""


@dataclass(frozen=True)
class Helper:
    """Somebody who signs in with a password."""

    shop: Shop
    member_id: UUID
    agent_id: UUID
    email: str

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.MEMBER, self.member_id)


async def helper(
    database: Database, shop: Shop, email: str = "ola@bombka.example", *, kind: SeatKind | None = SeatKind.LIGHT
) -> Helper:
    """An agent without a seat, and a holder of passes of the kind if one is given."""
    member = await add_member(database, shop, email=email, role=Role.AGENT)
    async with database.writing(shop.tenant_id) as session:
        agent_id = (await session.scalars(select(Agent.id).where(Agent.member_id == member.id))).one()
        if kind is not None:
            await passes.set_holder(session, agent_id=agent_id, kind=kind, by=SYSTEM, now=NOW)
    return Helper(shop, member.id, agent_id, email)


async def add(database: Database, shop: Shop, count: int, kind: SeatKind = SeatKind.LIGHT) -> None:
    async with database.writing(shop.tenant_id) as session:
        await passes.add_passes(session, kind=kind, count=count, by=SYSTEM, now=NOW)


async def try_to_enter(
    database: Database, who: Helper, *, now: datetime = NOW, password: str = PASSWORD
) -> Entered | WrongCredentials:
    return await enter(database, shop=who.shop.slug, email=who.email, password=password, passwords=PASSWORDS, now=now)


async def come_in(database: Database, who: Helper, *, now: datetime = NOW) -> PassUse | None:
    outcome = await try_to_enter(database, who, now=now)
    assert isinstance(outcome, Entered)
    return outcome.day_pass


async def seat(
    database: Database, who: Helper, *, start: datetime | None, end: datetime | None, now: datetime = NOW
) -> SeatAssignment:
    """A seat of the person's own."""
    async with database.writing(who.shop.tenant_id) as session:
        (licence,) = await operations.add_licences(
            session, kind=SeatKind.FULL, count=1, start=start, end=end, label="", by=SYSTEM, now=now
        )
        return await operations.assign_seat(session, agent_id=who.agent_id, licence_id=licence.id, by=SYSTEM, now=now)


async def seats_by_pass(database: Database, shop: Shop) -> list[tuple[UUID, SeatKind, Range[datetime]]]:
    """Who sits on passes, and when; each such licence is as long as its seat."""
    async with database.reading(shop.tenant_id) as session:
        found = await session.execute(
            select(SeatAssignment, SeatLicence)
            .join(SeatLicence, SeatLicence.id == SeatAssignment.licence_id)
            .where(SeatLicence.terms == LicenceTerms.ONE_DAY)
            .order_by(func.lower(SeatAssignment.period), SeatAssignment.id)
        )
        rows = found.all()
    assert all(licence.period == assignment.licence_period for assignment, licence in rows)
    return [(assignment.agent_id, assignment.kind, assignment.period) for assignment, _ in rows]


async def ledger(database: Database, shop: Shop) -> list[tuple[SeatKind, int, int, UUID | None, date | None]]:
    async with database.reading(shop.tenant_id) as session:
        lines = await session.scalars(select(PassEntry).order_by(PassEntry.kind, PassEntry.position))
        return [(line.kind, line.count, line.balance, line.agent_id, line.day) for line in lines]


async def left(database: Database, shop: Shop) -> dict[SeatKind, int]:
    async with database.reading(shop.tenant_id) as session:
        return await passes.balances(session)


def span(start: datetime, end: datetime) -> Range[datetime]:
    return Range(start, end, bounds="[)")


async def test_the_first_sign_in_of_a_day_spends_one_and_seats_the_person_until_midnight(
    database: Database, shop: Shop
) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 2)
    before = await seats_by_pass(database, shop)
    assert await come_in(database, ola) is PassUse.SPENT
    assert (before, await seats_by_pass(database, shop)) == (
        [],
        [(ola.agent_id, SeatKind.LIGHT, span(NOW, MIDNIGHT))],
    )
    assert await ledger(database, shop) == [
        (SeatKind.LIGHT, 2, 2, None, None),
        (SeatKind.LIGHT, -1, 1, ola.agent_id, date(2026, 11, 2)),
    ]
    async with database.reading(shop.tenant_id) as session:
        licence = (await session.scalars(select(SeatLicence))).one()
        spent = (await session.scalars(select(PassEntry).where(PassEntry.day.is_not(None)))).one()
        assignment_id = (await session.scalars(select(SeatAssignment.id))).one()
        jobs = (
            await session.execute(select(OutboxRow.actor, OutboxRow.due_at).order_by(OutboxRow.due_at, OutboxRow.id))
        ).all()
        for moment, seated in ((NOW, True), (MIDNIGHT - timedelta(microseconds=1), True), (MIDNIGHT, False)):
            standing = await standing_of_member(session, member_id=ola.member_id, now=moment)
            assert standing is not None
            assert (standing.seat is not None) is seated
    assert (licence.label, licence.terms, licence.created_by_id) == ("Karnet dzienny", LicenceTerms.ONE_DAY, None)
    assert (spent.licence_id, spent.assignment_id, spent.at) == (licence.id, assignment_id, NOW)
    assert (spent.actor_kind, spent.actor_id) == (ActorKind.MEMBER, ola.member_id)
    assert [tuple(job) for job in jobs] == [("provision_seats", NOW), ("expire_seats", MIDNIGHT)]
    told = {
        "agent_id": str(ola.agent_id),
        "kind": "LIGHT",
        "licence_id": str(licence.id),
        "assignment_id": str(assignment_id),
        "left": 1,
    }
    assert await events_of(database, shop.tenant_id, aggregate="pass_entry") == [
        ("DayPassesAdded", 1, {"kind": "LIGHT", "count": 2, "left": 2}),
        ("DayPassSpent", 1, told),
    ]
    assert await broken(database, shop.tenant_id) == {}


async def test_signing_in_again_that_day_spends_nothing_and_the_next_day_spends_another(
    database: Database, shop: Shop
) -> None:
    ola = await helper(database, shop, kind=SeatKind.FULL)
    await add(database, shop, 3, SeatKind.FULL)
    assert await come_in(database, ola) is PassUse.SPENT
    for later in (timedelta(0), timedelta(hours=3), timedelta(hours=13, minutes=59)):
        assert await come_in(database, ola, now=NOW + later) is None
    assert await left(database, shop) == {SeatKind.FULL: 2, SeatKind.LIGHT: 0}
    assert await come_in(database, ola, now=MIDNIGHT) is PassUse.SPENT
    tomorrow = MIDNIGHT + timedelta(days=1)
    assert await seats_by_pass(database, shop) == [
        (ola.agent_id, SeatKind.FULL, span(NOW, MIDNIGHT)),
        (ola.agent_id, SeatKind.FULL, span(MIDNIGHT, tomorrow)),
    ]
    assert await broken(database, shop.tenant_id) == {}


@pytest.mark.parametrize(
    ("now", "end", "hours"),
    [
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 22, 0, tzinfo=UTC), 23),
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), datetime(2026, 3, 29, 22, 0, tzinfo=UTC), None),
        (datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC), datetime(2026, 3, 29, 22, 0, tzinfo=UTC), None),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), datetime(2026, 3, 30, 22, 0, tzinfo=UTC), 24),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 23, 0, tzinfo=UTC), 25),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 23, 0, tzinfo=UTC), None),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), datetime(2026, 10, 25, 23, 0, tzinfo=UTC), None),
        (datetime(2026, 10, 25, 23, 0, tzinfo=UTC), datetime(2026, 10, 26, 23, 0, tzinfo=UTC), 24),
        (datetime(2026, 12, 31, 12, 0, tzinfo=UTC), datetime(2026, 12, 31, 23, 0, tzinfo=UTC), None),
        (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), datetime(2028, 2, 29, 23, 0, tzinfo=UTC), None),
    ],
)
async def test_the_day_ends_at_the_shops_midnight_whatever_the_clocks_do(
    database: Database, shop: Shop, now: datetime, end: datetime, hours: int | None
) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 1)
    assert await come_in(database, ola, now=now) is PassUse.SPENT
    assert await seats_by_pass(database, shop) == [(ola.agent_id, SeatKind.LIGHT, span(now, end))]
    assert hours is None or end - now == timedelta(hours=hours)
    assert await broken(database, shop.tenant_id) == {}


async def test_nobody_is_told_of_the_end_of_a_day_not_even_of_one_of_25_hours(database: Database, shop: Shop) -> None:
    midnight, end = datetime(2026, 10, 24, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 23, 0, tzinfo=UTC)
    ola = await helper(database, shop)
    await add(database, shop, 1)
    await come_in(database, ola, now=midnight)
    async with database.writing(shop.tenant_id) as session:
        assert await remind_due(session, now=end - timedelta(hours=24)) == 0
    ewa = await helper(database, shop, "ewa@bombka.example", kind=None)
    await seat(database, ewa, start=midnight, end=end, now=midnight)
    async with database.writing(shop.tenant_id) as session:
        assert await remind_due(session, now=end - timedelta(hours=24)) == 1, "a seat of one's own, as long as that"


async def test_the_day_and_the_label_are_those_of_the_shop(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 1)
    async with database.writing(shop.tenant_id) as session:
        tenant = (await session.scalars(select(Tenant))).one()
        tenant.timezone, tenant.language = "Asia/Tokyo", Language.EN
    assert await come_in(database, ola, now=NOW + timedelta(hours=6)) is PassUse.SPENT
    in_tokyo = datetime(2026, 11, 3, 15, tzinfo=UTC)
    assert await seats_by_pass(database, shop) == [
        (ola.agent_id, SeatKind.LIGHT, span(NOW + timedelta(hours=6), in_tokyo))
    ]
    async with database.reading(shop.tenant_id) as session:
        assert (await session.scalars(select(SeatLicence.label))).all() == ["Day pass"]
    assert [line[4] for line in await ledger(database, shop)] == [None, date(2026, 11, 3)]
    assert await broken(database, shop.tenant_id) == {}


async def test_a_seat_of_ones_own_that_begins_at_three_ends_the_pass_then(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 2)
    three = datetime(2026, 11, 2, 14, tzinfo=UTC)
    own = await seat(database, ola, start=three, end=three + timedelta(hours=4))
    cancelled = NOW + timedelta(hours=1)
    spare = await seat(database, ola, start=cancelled, end=three)
    async with database.writing(shop.tenant_id) as session:
        await departures.release_seat(session, assignment_id=spare.id, at=None, by=SYSTEM, now=NOW)
    assert await come_in(database, ola) is PassUse.SPENT
    assert await seats_by_pass(database, shop) == [(ola.agent_id, SeatKind.LIGHT, span(NOW, three))]
    assert await come_in(database, ola, now=three) is None
    async with database.reading(shop.tenant_id) as session:
        standing = await standing_of_member(session, member_id=ola.member_id, now=three)
    assert standing is not None
    assert standing.seat is not None
    assert standing.seat.assignment_id == own.id
    # The own seat is over, and so is today's pass.
    assert await come_in(database, ola, now=three + timedelta(hours=5)) is PassUse.SPENT_BEFORE
    assert await left(database, shop) == {SeatKind.FULL: 0, SeatKind.LIGHT: 1}
    assert await broken(database, shop.tenant_id) == {}


async def test_whoever_has_a_seat_or_stays_away_spends_nothing(database: Database, shop: Shop) -> None:
    ola, _ = await helper(database, shop), await helper(database, shop, "ewa@bombka.example")
    bystander = await helper(database, shop, "jan@bombka.example", kind=None)
    await add(database, shop, 5)
    await seat(database, ola, start=None, end=None)
    before = await ledger(database, shop)
    assert await come_in(database, ola) is None
    assert await come_in(database, bystander) is None
    assert (await ledger(database, shop), await seats_by_pass(database, shop)) == (before, [])


async def test_a_seat_that_begins_this_instant_is_the_persons_own(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 1)
    begins = NOW + timedelta(hours=1)
    await seat(database, ola, start=begins, end=None)
    assert await come_in(database, ola, now=begins) is None
    assert await seats_by_pass(database, shop) == []


async def test_a_seat_whose_end_a_later_clock_recorded_costs_no_pass_and_no_fault(
    database: Database, shop: Shop
) -> None:
    """Two machines read the clock apart: the seat was taken back a moment after this sign-in asked for the time."""
    ola = await helper(database, shop)
    await add(database, shop, 1)
    own = await seat(database, ola, start=None, end=None)
    async with database.writing(shop.tenant_id) as session:
        later = NOW + timedelta(seconds=1)
        await departures.release_seat(session, assignment_id=own.id, at=None, by=SYSTEM, now=later)
    assert await come_in(database, ola) is None
    assert await come_in(database, ola, now=NOW + timedelta(seconds=1)) is PassUse.SPENT
    assert await broken(database, shop.tenant_id) == {}


async def test_many_sign_ins_of_one_person_at_the_same_time_spend_one(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 8)
    async with database.writing(shop.tenant_id) as session:
        await take_turn(session)
        coming = [asyncio.create_task(come_in(database, ola, now=NOW)) for _ in range(6)]
        await blocked(database)
    assert sorted(map(str, await asyncio.gather(*coming))) == ["None"] * 5 + ["SPENT"]
    assert await left(database, shop) == {SeatKind.FULL: 0, SeatKind.LIGHT: 7}
    assert await seats_by_pass(database, shop) == [(ola.agent_id, SeatKind.LIGHT, span(NOW, MIDNIGHT))]
    assert await broken(database, shop.tenant_id) == {}


async def test_two_that_read_the_clock_in_the_other_order_spend_one(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 2)
    later = NOW + timedelta(milliseconds=5)
    assert await come_in(database, ola, now=later) is PassUse.SPENT
    assert await come_in(database, ola, now=NOW) is None
    assert await seats_by_pass(database, shop) == [(ola.agent_id, SeatKind.LIGHT, span(later, MIDNIGHT))]


async def test_the_last_pass_is_taken_by_one_of_two_and_the_other_is_signed_in_without_a_seat(
    database: Database, shop: Shop
) -> None:
    people = [await helper(database, shop, email) for email in ("ola@bombka.example", "ewa@bombka.example")]
    await add(database, shop, 1)
    async with database.writing(shop.tenant_id) as session:
        await take_turn(session)
        coming = [asyncio.create_task(come_in(database, who, now=NOW)) for who in people]
        await blocked(database)
    assert sorted(map(str, await asyncio.gather(*coming))) == ["NONE_LEFT", "SPENT"]
    assert await left(database, shop) == {SeatKind.FULL: 0, SeatKind.LIGHT: 0}
    assert len(await seats_by_pass(database, shop)) == 1
    assert len((await everything(database, shop.tenant_id))["sign_in_session"]) == 2
    assert await broken(database, shop.tenant_id) == {}


async def test_a_pass_of_the_other_kind_is_not_spent(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop, kind=SeatKind.FULL)
    await add(database, shop, 1, SeatKind.LIGHT)
    assert await come_in(database, ola) is PassUse.NONE_LEFT
    assert await left(database, shop) == {SeatKind.FULL: 0, SeatKind.LIGHT: 1}
    await add(database, shop, 1, SeatKind.FULL)
    assert await come_in(database, ola) is PassUse.SPENT
    assert await left(database, shop) == {SeatKind.FULL: 0, SeatKind.LIGHT: 1}


async def test_whose_seat_was_taken_back_comes_in_on_no_second_pass_that_day_but_on_a_seat_from_an_admin(
    database: Database, shop: Shop
) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 3)
    assert await come_in(database, ola) is PassUse.SPENT
    noon = NOW + timedelta(hours=2)
    async with database.writing(shop.tenant_id) as session:
        assignment_id = (await session.scalars(select(SeatAssignment.id))).one()
        await departures.release_seat(session, assignment_id=assignment_id, at=None, by=SYSTEM, now=noon)
    before = await ledger(database, shop)
    for moment in (noon, noon + timedelta(hours=1)):
        assert await come_in(database, ola, now=moment) is PassUse.SPENT_BEFORE
    async with database.reading(shop.tenant_id) as session:
        standing = await standing_of_member(session, member_id=ola.member_id, now=noon)
    assert standing is not None
    assert (standing.seat, standing.permissions) == (None, frozenset())
    own = await seat(database, ola, start=None, end=None, now=noon)
    assert await come_in(database, ola, now=noon + timedelta(hours=1)) is None
    assert await ledger(database, shop) == before
    async with database.writing(shop.tenant_id) as session:
        await departures.release_seat(
            session, assignment_id=own.id, at=MIDNIGHT, by=SYSTEM, now=noon + timedelta(hours=1)
        )
    assert await come_in(database, ola, now=MIDNIGHT) is PassUse.SPENT
    assert await broken(database, shop.tenant_id) == {}


async def test_nobody_else_can_be_sat_on_what_is_left_of_a_spent_pass(database: Database, shop: Shop) -> None:
    ola, ewa = await helper(database, shop), await helper(database, shop, "ewa@bombka.example", kind=None)
    await add(database, shop, 1)
    assert await come_in(database, ola) is PassUse.SPENT
    noon = NOW + timedelta(hours=2)
    async with database.writing(shop.tenant_id) as session:
        assignment = (await session.scalars(select(SeatAssignment))).one()
        await departures.release_seat(session, assignment_id=assignment.id, at=None, by=SYSTEM, now=noon)
    before = await everything(database, shop.tenant_id)
    for which, refused in (
        ({"licence_id": assignment.licence_id}, SeatLicenceOfOneDay(assignment.licence_id)),
        ({"licence_id": None, "kind": SeatKind.LIGHT}, NoFreeSeat("LIGHT", limit=0)),
    ):
        for agent_id in (ola.agent_id, ewa.agent_id):
            with pytest.raises(type(refused)) as raised:
                async with database.writing(shop.tenant_id) as session:
                    await operations.assign_seat(session, agent_id=agent_id, end=MIDNIGHT, by=SYSTEM, now=noon, **which)
            assert raised.value == refused
    assert await everything(database, shop.tenant_id) == before


@pytest.mark.parametrize("fault", ["password", "suspended", "locked", "removed"])
async def test_whoever_does_not_come_in_or_may_not_on_passes_spends_nothing(
    database: Database, shop: Shop, fault: str
) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 2)
    boss = await add_member(database, shop, email="szef@bombka.example", role=Role.OWNER)
    if fault == "suspended":
        async with database.writing(shop.tenant_id) as session:
            await departures.suspend_member(session, member_id=ola.member_id, own_id=boss.id, by=SYSTEM, now=NOW)
    if fault == "locked":
        for _ in range(10):
            await try_to_enter(database, ola, password="wrong")
    if fault == "removed":
        async with database.writing(shop.tenant_id) as session:
            await passes.remove_holder(session, agent_id=ola.agent_id, by=SYSTEM, now=NOW)
    outcome = await try_to_enter(database, ola, password="wrong" if fault == "password" else PASSWORD)
    if fault == "removed":
        assert isinstance(outcome, Entered)
        assert outcome.day_pass is None
    else:
        assert outcome == WrongCredentials()
    assert await left(database, shop) == {SeatKind.FULL: 0, SeatKind.LIGHT: 2}
    assert await seats_by_pass(database, shop) == []


async def test_suspending_ends_the_seat_and_whoever_is_let_back_in_that_day_waits_for_the_next(
    database: Database, shop: Shop
) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 2)
    boss = await add_member(database, shop, email="szef@bombka.example", role=Role.OWNER)
    assert await come_in(database, ola) is PassUse.SPENT
    noon = NOW + timedelta(hours=2)
    async with database.writing(shop.tenant_id) as session:
        await departures.suspend_member(session, member_id=ola.member_id, own_id=boss.id, by=SYSTEM, now=noon)
    assert await try_to_enter(database, ola, now=noon) == WrongCredentials()
    async with database.writing(shop.tenant_id) as session:
        await membership.reactivate(session, member_id=ola.member_id, own_id=boss.id, key="k" * 32, by=SYSTEM, now=noon)
    assert await come_in(database, ola, now=noon) is PassUse.SPENT_BEFORE
    assert await come_in(database, ola, now=MIDNIGHT) is PassUse.SPENT
    assert (
        await seats_by_pass(database, shop)
        == [
            (ola.agent_id, SeatKind.LIGHT, span(NOW, noon)),
            (ola.agent_id, SeatKind.LIGHT, span(MIDNIGHT, MIDNIGHT + timedelta(days=1))),
        ]
        or await broken(database, shop.tenant_id) == {}
    )


async def test_suspending_waits_for_a_sign_in_that_spends_and_ends_its_seat(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 2)
    boss = await add_member(database, shop, email="szef@bombka.example", role=Role.OWNER)

    async def suspend() -> None:
        async with database.writing(shop.tenant_id) as session:
            await departures.suspend_member(session, member_id=ola.member_id, own_id=boss.id, by=SYSTEM, now=NOW)

    async with database.writing(shop.tenant_id) as session:
        await take_turn(session)
        both = [asyncio.create_task(come_in_or_not(database, ola)), asyncio.create_task(suspend())]
        await blocked(database)
    await asyncio.gather(*both)
    async with database.reading(shop.tenant_id) as session:
        assert (await standing_of_member(session, member_id=ola.member_id, now=NOW)) is None
        running = select(func.count()).select_from(SeatAssignment).where(SeatAssignment.ended_at.is_(None))
        assert await session.scalar(running) == 0
    assert await broken(database, shop.tenant_id) == {}


async def come_in_or_not(database: Database, who: Helper) -> None:
    await try_to_enter(database, who)


async def test_a_failing_sign_in_takes_the_same_steps_whoever_holds_passes_and_when_locked(
    database: Database, shop: Shop, statements: CountStatements
) -> None:
    holder, other = await helper(database, shop), await helper(database, shop, "ewa@bombka.example", kind=None)
    await add(database, shop, 2)
    seen: dict[str, list[str]] = {}
    for name, person in (("holder", holder), ("other", other)):
        with statements() as seen[name]:
            assert await try_to_enter(database, person, password="wrong") == WrongCredentials()
    nobody = Helper(shop, new_id(), new_id(), "nobody@bombka.example")
    with statements() as seen["nobody"]:
        assert await try_to_enter(database, nobody) == WrongCredentials()
    assert seen["holder"] == seen["other"]
    assert seen["nobody"] == [one for one in seen["other"] if not one.startswith("UPDATE member")]
    for _ in range(9):
        await try_to_enter(database, holder, password="wrong")
    for password in (PASSWORD, "wrong"):
        with statements() as seen[password]:
            assert await try_to_enter(database, holder, password=password) == WrongCredentials()
    assert seen[PASSWORD] == seen["wrong"] == seen["nobody"]


async def test_a_sign_in_costs_one_statement_for_passes_whoever_it_is(
    database: Database, shop: Shop, statements: CountStatements
) -> None:
    ola = await helper(database, shop, kind=None)
    with statements() as seen:
        assert await come_in(database, ola) is None
    about_passes = [one for one in seen if "pass_holder" in one or "pass_entry" in one or "advisory" in one]
    assert (len(seen), len(about_passes)) == (SIGN_IN_COSTS, 1)


async def test_a_holder_with_a_seat_costs_no_more_than_anybody(
    database: Database, shop: Shop, statements: CountStatements
) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 1)
    assert await come_in(database, ola) is PassUse.SPENT
    with statements() as seen:
        assert await come_in(database, ola, now=NOW + timedelta(minutes=1)) is None
    assert len(seen) == SIGN_IN_COSTS


async def test_a_personal_token_gets_no_seat_and_spends_nothing(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 1)
    async with database.writing(shop.tenant_id) as session:
        _, credential = await personal_tokens.create_personal_token(
            session, member_id=ola.member_id, name="skrypt", days=30, now=NOW
        )
    before = await everything(database, shop.tenant_id)
    async with database.writing(shop.tenant_id) as session:
        found = await who(session, credential=credential, now=NOW)
        assert found == ola.member_id
        standing = await standing_of_member(session, member_id=found, now=NOW)
    assert standing is not None
    assert standing.seat is None
    assert await everything(database, shop.tenant_id) == before


async def test_at_midnight_the_seat_ends_as_any_other_and_its_person_is_signed_out(
    database: Database, shop: Shop
) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 1)
    evening = MIDNIGHT - timedelta(hours=2)
    assert await come_in(database, ola, now=evening) is PassUse.SPENT
    async with database.writing(shop.tenant_id) as session:
        assert await departures.provision_due_seats(session, now=evening) == 1
    async with database.writing(shop.tenant_id) as session:
        assert await departures.expire_due_seats(session, now=MIDNIGHT) == 1
    async with database.reading(shop.tenant_id) as session:
        assignment = (await session.scalars(select(SeatAssignment))).one()
        ended = (await session.scalars(text("SELECT ended_at FROM sign_in_session"))).all()
    assert (assignment.started_at, assignment.ended_at) == (evening, MIDNIGHT)
    assert ended == [MIDNIGHT]
    assert await broken(database, shop.tenant_id) == {}


async def test_another_kind_and_a_removal_count_from_the_next_sign_in(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop)
    for kind in SeatKind:
        await add(database, shop, 2, kind)
    assert await come_in(database, ola) is PassUse.SPENT
    async with database.writing(shop.tenant_id) as session:
        await passes.set_holder(session, agent_id=ola.agent_id, kind=SeatKind.FULL, by=SYSTEM, now=NOW)
    assert await come_in(database, ola, now=MIDNIGHT) is PassUse.SPENT
    after = MIDNIGHT + timedelta(hours=9)
    async with database.writing(shop.tenant_id) as session:
        await passes.remove_holder(session, agent_id=ola.agent_id, by=SYSTEM, now=after)
    async with database.reading(shop.tenant_id) as session:
        standing = await standing_of_member(session, member_id=ola.member_id, now=after)
    assert standing is not None
    assert standing.seat is not None, "today's seat stays"
    assert await come_in(database, ola, now=MIDNIGHT + timedelta(days=1)) is None
    assert [(kind, period.lower) for _, kind, period in await seats_by_pass(database, shop)] == [
        (SeatKind.LIGHT, NOW),
        (SeatKind.FULL, MIDNIGHT),
    ]
    assert await left(database, shop) == {SeatKind.FULL: 1, SeatKind.LIGHT: 1}


async def test_setting_and_removing_a_holder_again_changes_nothing(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop)
    boss = await add_member(database, shop, email="szef@bombka.example", role=Role.OWNER)
    by = Actor(ActorKind.MEMBER, boss.id)
    before = await everything(database, shop.tenant_id)
    async with database.writing(shop.tenant_id) as session:
        await passes.set_holder(session, agent_id=ola.agent_id, kind=SeatKind.LIGHT, by=by, now=NOW)
    assert await everything(database, shop.tenant_id) == before
    later = NOW + timedelta(hours=1)
    async with database.writing(shop.tenant_id) as session:
        await passes.remove_holder(session, agent_id=ola.agent_id, by=by, now=NOW)
    before = await everything(database, shop.tenant_id)
    async with database.writing(shop.tenant_id) as session:
        await passes.remove_holder(session, agent_id=ola.agent_id, by=by, now=later)
    assert await everything(database, shop.tenant_id) == before
    async with database.writing(shop.tenant_id) as session:
        again = await passes.set_holder(session, agent_id=ola.agent_id, kind=SeatKind.FULL, by=by, now=later)
    assert (again.kind, again.added_at, again.added_by_id, again.removed_at) == (SeatKind.FULL, later, boss.id, None)
    told = {"agent_id": str(ola.agent_id)}
    assert await events_of(database, shop.tenant_id, aggregate="pass_holder") == [
        ("DayPassHolderSet", 1, {**told, "kind": "LIGHT"}),
        ("DayPassHolderRemoved", 2, told),
        ("DayPassHolderSet", 3, {**told, "kind": "FULL"}),
    ]


async def test_unspent_passes_can_be_taken_back_and_no_others(database: Database, shop: Shop) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 5)
    assert await come_in(database, ola) is PassUse.SPENT
    async with database.writing(shop.tenant_id) as session:
        entry = await passes.remove_passes(session, kind=SeatKind.LIGHT, count=3, by=ola.actor, now=NOW)
    assert (entry.position, entry.count, entry.balance, entry.actor_id) == (3, -3, 1, ola.member_id)
    before = await everything(database, shop.tenant_id)
    for kind, count, refused in (
        (SeatKind.LIGHT, 2, TooFewDayPasses("LIGHT", left=1, asked=2)),
        (SeatKind.FULL, 1, TooFewDayPasses("FULL", left=0, asked=1)),
        (SeatKind.LIGHT, 0, InvalidInput("count", "must be 1 to 1,000", "musi być od 1 do 1 000")),
    ):
        with pytest.raises(type(refused)) as raised:
            async with database.writing(shop.tenant_id) as session:
                await passes.remove_passes(session, kind=kind, count=count, by=SYSTEM, now=NOW)
        assert raised.value == refused
    assert await everything(database, shop.tenant_id) == before
    last = await events_of(database, shop.tenant_id, aggregate="pass_entry")
    assert last[-1] == ("DayPassesRemoved", 1, {"kind": "LIGHT", "count": 3, "left": 1})
    assert await broken(database, shop.tenant_id) == {}


def test_a_refusal_is_said_in_both_languages() -> None:
    refused: DomainError = TooFewDayPasses("LIGHT", left=1, asked=2)
    assert refused.message() == "There are 1 light day passes left, so 2 cannot be taken back."
    assert refused.message(Language.PL) == ("Karnetów dziennych (lekka licencja) zostało: 1. Nie można cofnąć: 2.")


@pytest.mark.parametrize("count", [-1, 0, 1001])
async def test_one_to_a_thousand_are_added_at_once(database: Database, shop: Shop, count: int) -> None:
    before = await everything(database, shop.tenant_id)
    with pytest.raises(InvalidInput, match="count"):
        await add(database, shop, count)
    assert await everything(database, shop.tenant_id) == before


async def test_an_unknown_agent_and_another_shops_are_not_found(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    elsewhere = await helper(database, await found_shop())
    never = await helper(database, shop, kind=None)
    before = await everything(database, shop.tenant_id), await everything(database, elsewhere.shop.tenant_id)
    for agent_id in (elsewhere.agent_id, new_id()):
        with pytest.raises(AgentNotFound):
            async with database.writing(shop.tenant_id) as session:
                await passes.set_holder(session, agent_id=agent_id, kind=SeatKind.LIGHT, by=SYSTEM, now=NOW)
    for agent_id in (elsewhere.agent_id, new_id(), never.agent_id):
        with pytest.raises(DayPassHolderNotFound):
            async with database.writing(shop.tenant_id) as session:
                await passes.remove_holder(session, agent_id=agent_id, by=SYSTEM, now=NOW)
    after = await everything(database, shop.tenant_id), await everything(database, elsewhere.shop.tenant_id)
    assert after == before


async def test_a_pass_of_one_shop_lets_nobody_into_another(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    other = await found_shop()
    here, there = await helper(database, shop), await helper(database, other)
    await add(database, other, 1)
    before = await everything(database, other.tenant_id)
    assert await come_in(database, here) is PassUse.NONE_LEFT
    assert await everything(database, other.tenant_id) == before
    assert await come_in(database, there) is PassUse.SPENT


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"balance": -1, "count": -1}, "ck_pass_entry_balance"),
        ({"count": 0}, "ck_pass_entry_count"),
        ({"position": 1, "balance": 5}, "ck_pass_entry_first"),
        ({"position": 0}, "ck_pass_entry_first"),
        ({"day": date(2026, 11, 2)}, "ck_pass_entry_spent_whole"),
        ({"position": 2}, "uq_pass_entry_tenant_id_kind_position"),
    ],
)
async def test_the_database_refuses_a_line_that_does_not_fit(
    database: Database, shop: Shop, changes: dict[str, object], constraint: str
) -> None:
    for count in (1, 2):
        await add(database, shop, count)
    line = {"kind": SeatKind.LIGHT, "position": 3, "count": 1, "balance": 4, **changes}
    with pytest.raises(IntegrityError, match=constraint):
        async with database.writing(shop.tenant_id) as session:
            session.add(PassEntry(tenant_id=shop.tenant_id, id=new_id(), at=NOW, actor_kind=ActorKind.SYSTEM, **line))


async def test_the_database_refuses_a_second_pass_of_a_person_and_day_and_any_change_of_the_ledger(
    database: Database, shop: Shop
) -> None:
    ola = await helper(database, shop)
    await add(database, shop, 2)
    assert await come_in(database, ola) is PassUse.SPENT
    second = """
        INSERT INTO pass_entry SELECT tenant_id, :id, version, kind, 3, count, 0, at, actor_kind, actor_id,
            agent_id, day, licence_id, assignment_id FROM pass_entry WHERE day IS NOT NULL
    """
    with pytest.raises(IntegrityError, match="uq_pass_entry_tenant_id_agent_id_day"):
        async with database.writing(shop.tenant_id) as session:
            await session.execute(text(second), {"id": new_id()})
    for change in ("UPDATE pass_entry SET count = 1", "DELETE FROM pass_entry", "DELETE FROM pass_holder"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.writing(shop.tenant_id) as session:
                await session.execute(text(change))


async def test_what_signing_in_again_would_do_is_known_beforehand(database: Database, shop: Shop) -> None:
    ola, other = await helper(database, shop), await helper(database, shop, "ewa@bombka.example", kind=None)

    async def would(who: Helper) -> PassUse | None:
        async with database.reading(shop.tenant_id) as session:
            return await passes.use_at(session, agent_id=who.agent_id, now=NOW)

    assert (await would(ola), await would(other)) == (PassUse.NONE_LEFT, None)
    await add(database, shop, 1)
    assert await would(ola) is PassUse.SPENT
    assert await come_in(database, ola) is PassUse.SPENT
    assert await would(ola) is PassUse.SPENT_BEFORE
