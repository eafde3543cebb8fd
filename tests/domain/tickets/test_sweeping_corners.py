"""What a sweep must not forget: who waits behind others, who gave back what, clocks that differ, days that change."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from domain.agents.channels import Channel
from domain.agents.models import Presence
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.outbox import OutboxRow
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat, permit_outbound
from domain.tickets import assignment, opening, outbound, sweeping, taking
from domain.tickets.alarms import raising
from domain.tickets.alarms.models import AlarmCause, RoutingAlarm
from domain.tickets.errors import TicketAlreadyBegun
from domain.tickets.giving_back import operations
from domain.tickets.giving_back.models import TicketGivenBack
from domain.tickets.models import Ticket, TicketState
from domain.tickets.overflow.lines import Queueing
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.tickets.giving_back.test_giving_back import decline, of, presence, sweep, ticket
from tests.domain.tickets.overflow.test_episodes import line, owners, say, second_line, told
from tests.domain.world import World

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


async def topic(world: World, key: str, team_id: UUID, skills: dict[UUID, int]) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await opening.create_topic(
            session, key=key, name=key, team_id=team_id, skills=skills, needs_contact=True, by=SYSTEM, now=NOW
        )


async def test_a_relaxed_ticket_does_not_wait_behind_stricter_ones(world: World) -> None:
    await world.person(SeatKind.LIGHT, teams=["accounting"], emails=1)  # lacks "payments"
    await say(world, Queueing(relax=10 * MINUTE), team="accounting")
    old = await world.ticket("payment")
    for _ in range(sweeping.BEYOND + 2):
        await world.ticket("payment", priority=5, now=NOW + 9 * MINUTE)
    assert await sweep(world, NOW + 10 * MINUTE) == 1
    assert (await of(world, old)).state is TicketState.ASSIGNED


async def test_a_lines_own_work_does_not_wait_behind_what_it_may_not_take(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "MOST", 40)
    monkeypatch.setattr(sweeping, "BEYOND", 2)
    second, first, paid = await second_line(world), world.teams["first-line"], world.skills["payments"]
    await topic(world, "own", second, {})
    await topic(world, "returns", first, {paid: 1})
    await topic(world, "other", first, {paid: 2})
    for _ in range(3):
        await world.person(SeatKind.FULL, teams=["second-line"], skills=["payments"], emails=10)
    await say(world, Queueing(lines=(line(second, kept=2),)))
    for key in ("delivery", "returns", "other"):
        for _ in range(30):
            await world.ticket(key)
    assert await sweep(world, NOW + 10 * MINUTE) == 10
    own = await world.ticket("own", now=NOW + 12 * MINUTE)
    assert await sweep(world, NOW + 12 * MINUTE) == 1
    assert (await of(world, own)).state is TicketState.ASSIGNED


async def test_what_is_handed_over_asks_anew_and_is_neither_relaxed_nor_a_reason_for_help(world: World) -> None:
    second, at = await second_line(world), NOW + timedelta(days=1)
    for _ in range(2):
        await world.person(SeatKind.FULL, teams=["second-line"])
    await world.person(SeatKind.FULL, teams=["accounting"])  # lacks "payments"
    mine = await world.person(SeatKind.FULL)
    await say(world, Queueing(relax=60 * MINUTE), team="accounting")
    await say(world, Queueing(lines=(line(second),)))
    escalated, returned = await world.ticket("payment"), await world.ticket()
    async with world.database.writing(world.tenant_id) as session:
        for each, team in ((escalated, "accounting"), (returned, "first-line")):
            await assignment.assign(session, ticket_id=each, agent_id=mine.agent_id, by=SYSTEM, now=NOW)
            await assignment.send_to_team(session, ticket_id=each, team_id=world.teams[team], by=SYSTEM, now=at)
    await presence(world, mine, Presence.AWAY, at)
    assert await sweep(world, at) == 0
    assert (await of(world, escalated)).assignee_id is None
    assert await told(world) == []


async def test_who_works_for_both_teams_is_not_whom_the_line_keeps(world: World) -> None:
    second = await second_line(world)
    both = await world.person(SeatKind.FULL, teams=["first-line", "second-line"], emails=1)
    helper = await world.person(SeatKind.FULL, teams=["second-line"], emails=1)
    await say(world, Queueing(lines=(line(second, kept=1),)))
    for _ in range(3):
        await world.ticket()
    assert await sweep(world, NOW) == 1
    assert await sweep(world, NOW + 10 * MINUTE) == 0
    assert await owners(world) == {both.agent_id: 1, None: 2}
    assert helper.agent_id not in await owners(world)


async def test_a_rest_is_no_wait_and_who_is_relaxed_may_be_helped(world: World) -> None:
    second = await second_line(world)
    for _ in range(3):
        await world.person(SeatKind.FULL, teams=["second-line"])  # without "payments"
    await world.person(SeatKind.FULL)
    await say(world, Queueing(delay=20 * MINUTE, lines=(line(second),)))
    await world.ticket()
    assert await sweep(world, NOW + 10 * MINUTE) == 0
    assert await sweep(world, NOW + 20 * MINUTE) == 1
    assert await told(world) == []
    await say(world, Queueing(relax=5 * MINUTE, lines=(line(second),)), team="accounting")
    await world.ticket("payment")
    assert await sweep(world, NOW + 30 * MINUTE) == 1
    assert [(each[1], each[3]) for each in await told(world)] == [(1800, 1)]


async def test_an_episode_is_over_when_the_whole_line_has_gone(world: World) -> None:
    second = await second_line(world)
    people = [await world.person(SeatKind.FULL, teams=["second-line"], emails=1) for _ in range(2)]
    await say(world, Queueing(lines=(line(second),)))
    for _ in range(3):
        await world.ticket()
    assert await sweep(world, NOW + 10 * MINUTE) == 1
    for person in people:
        await presence(world, person, Presence.OFFLINE, NOW + 11 * MINUTE)
    await sweep(world, NOW + 15 * MINUTE)
    assert [end for *_, end in await told(world)] == [15 * MINUTE]


async def test_many_that_rest_are_looked_at_once_a_second(world: World) -> None:
    await world.person(SeatKind.FULL, emails=1)
    await say(world, Queueing(delay=10 * SECOND))
    for place in range(20):
        await world.ticket(now=NOW + place * timedelta(milliseconds=50))
    due: set[Any] = set()
    for place in range(20):
        await sweep(world, NOW + 2 * SECOND + place * timedelta(milliseconds=1))
        async with world.database.reading(world.tenant_id) as session:
            later = select(OutboxRow.due_at).where(
                OutboxRow.actor == "route_sweep", OutboxRow.due_at > NOW + 3 * SECOND
            )
            due |= set(await session.scalars(later))
    assert due == {NOW + 10 * SECOND}


async def test_an_episode_that_is_ended_by_an_older_clock_counts_what_it_gave(world: World, database: Database) -> None:
    second = await second_line(world)
    for _ in range(2):
        await world.person(SeatKind.FULL, teams=["second-line"])
    await say(world, Queueing(lines=(line(second),)))
    await world.ticket()
    await sweep(world, NOW + 10 * MINUTE)
    await world.ticket(now=NOW + 10 * MINUTE)
    await sweep(world, NOW + 10 * MINUTE + 2 * SECOND)
    await say(world, Queueing(), now=NOW + 10 * MINUTE + SECOND)
    assert await broken(database, world.tenant_id) == {}


async def test_an_alarm_is_raised_again_by_an_older_clock_and_mailed_once_a_day(world: World) -> None:
    ticket_id = await world.ticket()
    row = await of(world, ticket_id)
    key = (row.team_id, row.need_id, AlarmCause.OVERDUE)
    for wanted, at in (({key: ticket_id}, 0), ({}, 10), ({key: ticket_id}, 9)):
        async with world.database.writing(world.tenant_id) as session:
            await raising.settle(session, wanted, now=NOW + at * SECOND)
            await raising.tell(session, now=NOW + at * SECOND)
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.scalars(select(RoutingAlarm).order_by(RoutingAlarm.raised_at))
        assert [(each.raised_at - NOW, each.told_at) for each in rows] == [
            (timedelta(0), NOW),
            (10 * SECOND, NOW),
        ]


async def test_whoever_declined_is_given_it_neither_by_asking_nor_after_another_did_not_answer(world: World) -> None:
    anna, filip = [await world.person(SeatKind.FULL) for _ in range(2)]
    chat = await ticket(world, Channel.CHAT)
    await sweep(world)
    first, other = (anna, filip) if (await of(world, chat)).assignee_id == anna.agent_id else (filip, anna)
    await decline(world, first, chat, now=NOW + SECOND)
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=first.agent_id, now=NOW)
        assert await taking.take_next(session, seat=seat, by=first.actor, now=NOW + SECOND) is None
    await sweep(world, NOW + SECOND)
    assert (await of(world, chat)).assignee_id == other.agent_id
    await sweep(world, NOW + 121 * SECOND)
    assert (await of(world, chat)).assignee_id is None


async def test_the_next_deadline_is_known_after_one_has_passed(world: World) -> None:
    for _ in range(2):
        await world.person(SeatKind.FULL)
    await ticket(world, Channel.CHAT)
    await sweep(world)
    await ticket(world, Channel.CHAT, now=NOW + 5 * SECOND)
    await sweep(world, NOW + 5 * SECOND)
    await sweep(world, NOW + 120 * SECOND)
    async with world.database.reading(world.tenant_id) as session:
        due = select(OutboxRow.due_at).where(OutboxRow.actor == "route_sweep", OutboxRow.due_at > NOW + 120 * SECOND)
        assert NOW + 125 * SECOND in set(await session.scalars(due))


async def test_what_was_given_yesterday_is_taken_off_yesterday(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    first, at = await ticket(world), NOW + timedelta(days=1)
    await sweep(world)
    await ticket(world, now=at)
    await sweep(world, at)
    await decline(world, anna, first, now=at)
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.execute(text("SELECT tickets, minutes FROM agent_day ORDER BY day"))
        assert [tuple(row) for row in rows] == [(0, 0), (1, 6)]


async def test_what_was_begun_is_handed_over_and_not_declined(world: World) -> None:
    anna = await world.person(SeatKind.FULL)
    chat = await ticket(world, Channel.CHAT)
    await sweep(world)
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=anna.agent_id, now=NOW)
        await operations.accept(session, ticket_id=chat, seat=seat, by=anna.actor, now=NOW)
    with pytest.raises(TicketAlreadyBegun):
        await decline(world, anna, chat, now=NOW + 30 * MINUTE)


async def test_that_another_tickets_customer_answered_takes_nothing_from_absent_hands(world: World) -> None:
    gone, anna = await world.person(SeatKind.FULL, presence=Presence.OFFLINE), await world.person(SeatKind.FULL)
    await presence(world, gone, Presence.ONLINE, NOW)
    other = await ticket(world)
    async with world.database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=other, agent_id=anna.agent_id, by=SYSTEM, now=NOW)
        permit = await permit_outbound(session, agent_id=anna.agent_id, now=NOW)
        await outbound.reply(
            session, ticket_id=other, body="Jutro", permit=permit, any_owner=False, by=anna.actor, now=NOW
        )
        await opening.receive(session, ticket_id=other, body="Halo?", by=SYSTEM, now=NOW + SECOND)
    await presence(world, gone, Presence.OFFLINE, NOW + MINUTE)
    mine = await ticket(world)
    async with world.database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=mine, agent_id=gone.agent_id, by=SYSTEM, now=NOW + 2 * MINUTE)
    await sweep(world, NOW + 300 * MINUTE)
    async with world.database.reading(world.tenant_id) as session:
        assert (await session.get_one(Ticket, (world.tenant_id, mine))).assignee_id == gone.agent_id
        assert list(await session.scalars(select(TicketGivenBack.ticket_id))) == []


async def test_what_a_customer_answers_after_a_holiday_does_not_stay_in_absent_hands(world: World) -> None:
    anna = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    await presence(world, anna, Presence.ONLINE, NOW)
    mail, back = await ticket(world), NOW + timedelta(days=8)
    await sweep(world)
    async with world.database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=anna.agent_id, now=NOW)
        await outbound.reply(
            session, ticket_id=mail, body="Jutro", permit=permit, any_owner=False, by=anna.actor, now=NOW
        )
    await presence(world, anna, Presence.OFFLINE, NOW + MINUTE)
    async with world.database.writing(world.tenant_id) as session:
        await opening.receive(session, ticket_id=mail, body="Halo?", by=SYSTEM, now=back)
    await sweep(world, back + timedelta(hours=1))
    assert (await of(world, mail)).state is TicketState.QUEUED


async def test_who_is_set_away_for_not_answering_does_not_keep_the_rest_for_ever(world: World) -> None:
    anna = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    await presence(world, anna, Presence.ONLINE, NOW)
    begun = await ticket(world, Channel.CHAT)
    await sweep(world)
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=anna.agent_id, now=NOW)
        await operations.accept(session, ticket_id=begun, seat=seat, by=anna.actor, now=NOW)
    await ticket(world, Channel.CHAT)
    await sweep(world)
    await sweep(world, NOW + 3 * MINUTE)
    filip = await world.person(SeatKind.FULL)
    await sweep(world, NOW + 64 * MINUTE)
    assert (await of(world, begun)).assignee_id == filip.agent_id
