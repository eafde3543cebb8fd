"""A reply that is under way when its sender's seat ends is the last thing in it, whichever clock was read first."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from domain.agents.roles import Role
from domain.kit.database import Database, TenantSession
from domain.kit.events import SYSTEM
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from domain.seats.rights import FullSeatRequired, permit_outbound
from domain.tickets import changing, departures, outbound
from domain.tickets.models import Entry, EntryKind, Transition
from domain.tickets.queries import sent_after
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.tickets.test_handing_over import holding
from tests.domain.waiting import blocked
from tests.domain.world import SEASON_END, Person, World
from tests.state import events_of

SENT = NOW + timedelta(hours=1)
INSTANT = timedelta(microseconds=1)

Ending = Callable[[TenantSession, Person, Person, datetime], Awaitable[object]]


async def release(session: TenantSession, anna: Person, _: Person, now: datetime) -> None:
    await departures.release_seat(session, assignment_id=anna.assignment_id, at=None, by=SYSTEM, now=now)


async def release_many(session: TenantSession, anna: Person, ola: Person, now: datetime) -> None:
    both = [anna.assignment_id, ola.assignment_id]
    await departures.release_seats(session, assignment_ids=both, at=None, by=SYSTEM, now=now)


async def expire(session: TenantSession, anna: Person, _: Person, now: datetime) -> None:
    await departures.expire_licences(session, licence_ids=[anna.licence_id], at=None, by=SYSTEM, now=now)


async def shorten(session: TenantSession, anna: Person, _: Person, now: datetime) -> None:
    soon = now + timedelta(milliseconds=1)
    await departures.release_seat(session, assignment_id=anna.assignment_id, at=soon, by=SYSTEM, now=now)


async def suspend(session: TenantSession, anna: Person, ola: Person, now: datetime) -> None:
    await departures.suspend_member(session, member_id=anna.member_id, own_id=ola.member_id, by=SYSTEM, now=now)


async def exchange(session: TenantSession, anna: Person, _: Person, now: datetime) -> None:
    await changing.change_seat_kind(
        session, assignment_id=anna.assignment_id, kind=SeatKind.LIGHT, exchange=True, by=SYSTEM, now=now
    )


async def move(session: TenantSession, anna: Person, ola: Person, now: datetime) -> None:
    await departures.release_seat(session, assignment_id=ola.assignment_id, at=None, by=SYSTEM, now=now)
    await changing.move_seat(
        session,
        assignment_id=anna.assignment_id,
        to_agent_id=ola.agent_id,
        at=None,
        hand_over=True,
        by=SYSTEM,
        now=now,
    )


@pytest.mark.parametrize("late", [timedelta(0), timedelta(milliseconds=5)], ids=["same-instant", "older-clock"])
@pytest.mark.parametrize("end", [release, release_many, expire, shorten, suspend, exchange, move])
async def test_a_seat_ends_with_the_reply_that_was_under_way(
    world: World, database: Database, end: Ending, late: timedelta
) -> None:
    """Whoever ends the seat read the clock no later than the sender, and waits for the seat that the sender holds."""
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, role=Role.OWNER)
    ticket_id = await holding(world, anna, "delivery")

    async def ending() -> None:
        async with database.writing(world.tenant_id) as session:
            await end(session, anna, ola, SENT - late)

    async with database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=anna.agent_id, now=SENT)
        over = asyncio.create_task(ending())
        await blocked(database)
        await outbound.reply(
            session,
            ticket_id=ticket_id,
            body="Paczka już jedzie.",
            permit=permit,
            any_owner=False,
            by=anna.actor,
            now=SENT,
        )
    await over
    at_once = SENT + INSTANT if late else SENT
    last = SENT + timedelta(milliseconds=1) if end is shorten and not late else at_once
    async with database.reading(world.tenant_id) as session:
        entry = await session.scalar(select(Entry).where(Entry.kind == EntryKind.OUTBOUND))
        assert entry is not None
        assert (entry.at, entry.sender_assignment_id) == (SENT, anna.assignment_id)
        seat = await session.get_one(SeatAssignment, (world.tenant_id, anna.assignment_id))
        assert (seat.period.lower, seat.period.upper) == (NOW, last)
        licence = await session.get_one(SeatLicence, (world.tenant_id, anna.licence_id))
        assert licence.period.upper == (last if end in (expire, exchange) else SEASON_END)
        following = (
            await session.scalars(
                select(SeatAssignment).where(SeatAssignment.id.notin_([anna.assignment_id, ola.assignment_id]))
            )
        ).all()
        assert [each.period.lower for each in following] == ([last] if end in (exchange, move) else [])
        with pytest.raises(FullSeatRequired):
            await permit_outbound(session, agent_id=anna.agent_id, now=last)
        moves = select(Transition.at).where(Transition.ticket_id == ticket_id)
        told = list(await session.scalars(moves.order_by(Transition.position)))
        assert told == sorted(told)
        assert told[-1] == (SENT if end is shorten else last)
        entries = select(Entry).where(Entry.ticket_id == ticket_id).order_by(Entry.at, Entry.id)
        kinds = [each.kind for each in await session.scalars(entries)]
        back = [] if end is shorten else [EntryKind.DRAFT, EntryKind.SYSTEM]
        assert kinds == [EntryKind.INBOUND, EntryKind.OUTBOUND, *back]
    assert await broken(database, world.tenant_id) == {}


async def test_what_was_recorded_as_ended_is_not_ended_again_though_its_end_is_still_to_come(
    world: World, database: Database
) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, role=Role.OWNER)
    ticket_id = await holding(world, anna, "delivery")
    async with database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=anna.agent_id, now=SENT)
        await outbound.reply(
            session, ticket_id=ticket_id, body="Tak.", permit=permit, any_owner=False, by=anna.actor, now=SENT
        )
    for place, end in enumerate((release, release, shorten, expire, suspend)):
        async with database.writing(world.tenant_id) as session:
            await end(session, anna, ola, SENT + timedelta(milliseconds=place - 6))
    told = await events_of(database, world.tenant_id, aggregate="seat_assignment")
    assert [name for name, _, data in told if data["agent_id"] == str(anna.agent_id)].count("SeatEnded") == 1
    assert "SeatShortened" not in [name for name, _, _ in told]
    async with database.reading(world.tenant_id) as session:
        seat = await session.get_one(SeatAssignment, (world.tenant_id, anna.assignment_id))
    assert (seat.period.upper, seat.ended_at) == (SENT + INSTANT, SENT - timedelta(milliseconds=6))
    assert await broken(database, world.tenant_id) == {}


async def test_only_words_sent_after_the_moment_count_and_the_last_of_each_seat(
    world: World, database: Database
) -> None:
    anna, ola, ewa = [await world.person(SeatKind.FULL) for _ in range(3)]
    for person, at in ((anna, SENT), (anna, SENT + INSTANT), (anna, SENT - INSTANT), (ola, SENT)):
        ticket_id = await holding(world, person, "delivery")
        async with database.writing(world.tenant_id) as session:
            permit = await permit_outbound(session, agent_id=person.agent_id, now=at)
            await outbound.reply(
                session, ticket_id=ticket_id, body="Tak.", permit=permit, any_owner=False, by=person.actor, now=at
            )
    async with database.reading(world.tenant_id) as session:
        everybody = [anna.assignment_id, ola.assignment_id, ewa.assignment_id]
        for moment, found in (
            (SENT - INSTANT, {anna.assignment_id: SENT + INSTANT, ola.assignment_id: SENT}),
            (SENT, {anna.assignment_id: SENT + INSTANT}),
            (SENT + INSTANT, {}),
        ):
            assert await sent_after(session, assignment_ids=everybody, moment=moment) == found
        assert await sent_after(session, assignment_ids=[], moment=NOW) == {}
