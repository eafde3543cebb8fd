"""What nobody takes raises an alarm, once for all tickets that ask for the same, and it ends by itself."""

from datetime import datetime, timedelta

from sqlalchemy import select

from domain.agents.models import Member, Presence
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM, EventRow
from domain.kit.outbox import OutboxRow
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import assignment, queries, sweeping
from domain.tickets.alarms import raising
from domain.tickets.alarms.models import AlarmCause, RoutingAlarm
from domain.tickets.giving_back import operations
from tests.conftest import NOW, FoundShop
from tests.domain.world import World

MINUTE = timedelta(minutes=1)


async def sweep(world: World, now: datetime = NOW) -> int:
    async with world.database.writing(world.tenant_id) as session:
        return await sweeping.route_sweep(session, now=now)


async def alarms(world: World) -> list[tuple[AlarmCause, timedelta, timedelta | None]]:
    async with world.database.reading(world.tenant_id) as session:
        found = await session.scalars(select(RoutingAlarm).order_by(RoutingAlarm.raised_at, RoutingAlarm.id))
        return [
            (each.cause, each.raised_at - NOW, None if each.ended_at is None else each.ended_at - NOW) for each in found
        ]


async def test_what_nobody_could_ever_take_raises_one_alarm_until_somebody_can(
    world: World, database: Database
) -> None:
    await world.person(SeatKind.LIGHT)  # in the team, but reaches no customer
    for _ in range(3):
        await world.ticket()
    assert await sweep(world) == 0
    assert await sweep(world, NOW + MINUTE) == 0
    assert await alarms(world) == [(AlarmCause.NOBODY_FITS, timedelta(0), None)]
    await world.person(SeatKind.FULL, presence=Presence.AWAY, now=NOW + 2 * MINUTE)
    assert await sweep(world, NOW + 2 * MINUTE) == 0
    assert await alarms(world) == [(AlarmCause.NOBODY_FITS, timedelta(0), 2 * MINUTE)]
    async with database.reading(world.tenant_id) as session:
        names = select(EventRow.name).where(EventRow.aggregate == "routing_alarm").order_by(EventRow.aggregate_version)
        assert list(await session.scalars(names)) == ["AlarmRaised", "AlarmEnded"]


async def test_a_ticket_that_all_who_are_there_gave_back_raises_an_alarm(world: World, database: Database) -> None:
    people = [await world.person(SeatKind.FULL) for _ in range(2)]
    ticket_id = await world.ticket()
    for turn in range(2):
        now = NOW + turn * MINUTE
        assert await sweep(world, now) == 1
        assert await alarms(world) == []
        for person in people:
            async with database.writing(world.tenant_id) as session:
                ticket = await queries.lock_ticket(session, ticket_id=ticket_id)
                if ticket.assignee_id == person.agent_id:
                    seat = await hold_seat(session, agent_id=person.agent_id, now=now)
                    await operations.decline(session, ticket_id=ticket_id, seat=seat, by=person.actor, now=now)
                    break
    assert await sweep(world, NOW + 2 * MINUTE) == 0
    assert await alarms(world) == [(AlarmCause.GIVEN_BACK, 2 * MINUTE, None)]
    assert await sweep(world, NOW + 16 * MINUTE) == 1  # the first who declined is asked again
    assert await alarms(world) == [(AlarmCause.GIVEN_BACK, 2 * MINUTE, 16 * MINUTE)]


async def test_what_is_overdue_in_its_queue_raises_an_alarm_though_everybody_is_only_busy(world: World) -> None:
    await world.person(SeatKind.FULL, emails=1)
    for _ in range(2):
        await world.ticket()
    assert await sweep(world) == 1
    assert await alarms(world) == []
    late = timedelta(days=1, minutes=5)
    await sweep(world, NOW + late - timedelta(seconds=1))
    assert await alarms(world) == []
    await sweep(world, NOW + late)
    assert await alarms(world) == [(AlarmCause.OVERDUE, late, None)]


async def test_an_empty_queue_ends_its_alarms(world: World, database: Database) -> None:
    ticket_id = await world.ticket()
    await sweep(world)
    assert await alarms(world) == [(AlarmCause.NOBODY_FITS, timedelta(0), None)]
    anna = await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=anna.agent_id, by=SYSTEM, now=NOW + MINUTE)
    await sweep(world, NOW + MINUTE)
    assert await alarms(world) == [(AlarmCause.NOBODY_FITS, timedelta(0), MINUTE)]


async def test_those_who_supervise_are_told_at_most_once_an_hour(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    other = await World.found(database, await found_shop())
    await other.seatless(role=Role.SUPERVISOR)
    owner, supervisor = [await world.seatless(role=role) for role in (Role.OWNER, Role.SUPERVISOR)]
    await world.seatless()
    await world.ticket()
    await sweep(world)

    async def due() -> list[datetime]:
        async with database.reading(world.tenant_id) as session:
            rows = select(OutboxRow.due_at).where(OutboxRow.actor == "tell_of_alarms").order_by(OutboxRow.due_at)
            return list(await session.scalars(rows))

    async def tell(now: datetime) -> int:
        async with database.writing(world.tenant_id) as session:
            return await raising.tell(session, now=now)

    assert await due() == [NOW]
    assert await tell(NOW) == 1
    assert await tell(NOW) == 0
    async with database.reading(world.tenant_id) as session:
        rows = await session.scalars(select(OutboxRow.payload).where(OutboxRow.actor == "tell_somebody_of_alarms"))
        told = {payload["member_id"] for payload in rows}
        assert told == {str(owner.member_id), str(supervisor.member_id)}
        notice = await raising.notice(session, member_id=owner.member_id, told_at=NOW)
        assert notice is not None
        assert [(each.team, each.number, each.cause) for each in notice.alarms] == [
            ("first-line", 1, AlarmCause.NOBODY_FITS)
        ]
        agent = select(Member.id).where(Member.role == Role.AGENT)
        assert await raising.notice(session, member_id=(await session.scalars(agent)).one(), told_at=NOW) is None
    await world.ticket("payment", now=NOW + MINUTE)
    await sweep(world, NOW + MINUTE)
    assert await due() == [NOW, NOW + timedelta(hours=1)]
    await world.person(SeatKind.FULL, now=NOW + 2 * MINUTE)
    await sweep(world, NOW + 2 * MINUTE)
    async with database.reading(world.tenant_id) as session:
        assert await raising.notice(session, member_id=owner.member_id, told_at=NOW) is None  # it is over
