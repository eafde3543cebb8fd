"""Taking the next ticket: the router's order, by whoever asks, one ticket each."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.errors import TeamNotFound
from domain.agents.models import Agent, Presence
from domain.kit.database import Database, TenantSession
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import abilities, assignment, candidates, needs, queues, sweeping, taking, working
from domain.tickets.decisions import RoutingDecision
from domain.tickets.giving_back.models import GaveBack, TicketGivenBack
from domain.tickets.models import Ticket, TicketState, Transition
from domain.tickets.needs import Needed
from domain.tickets.overflow.lines import Queueing
from domain.tickets.overflow.settings import set_queue
from domain.tickets.routing import RoutingReason
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.world import Person, World
from tests.state import everything

LATER = NOW + timedelta(minutes=5)


async def take(world: World, person: Person, *, team_id: UUID | None = None) -> int | None:
    """The number of the ticket that the person was given."""
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=person.agent_id, now=LATER)
        ticket = await taking.take_next(session, seat=seat, team_id=team_id, by=person.actor, now=LATER)
        return None if ticket is None else ticket.number


async def test_the_most_pressing_comes_first_then_the_oldest(world: World, database: Database) -> None:
    filip = await world.person(SeatKind.FULL)
    await world.ticket(now=NOW + timedelta(minutes=1))
    await world.ticket(now=NOW)
    await world.ticket(priority=5, now=NOW + timedelta(minutes=2))
    assert [await take(world, filip) for _ in range(4)] == [3, 2, 1, None]
    assert await broken(database, world.tenant_id) == {}


async def test_taking_says_so_in_the_history(world: World, database: Database) -> None:
    filip, ticket_id = await world.person(SeatKind.FULL, presence=Presence.AWAY), await world.ticket()
    assert await take(world, filip) == 1
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        decision = (await session.scalars(select(RoutingDecision))).one()
        move = (await session.scalars(select(Transition).order_by(Transition.position.desc()).limit(1))).one()
        agent = await session.get_one(Agent, (world.tenant_id, filip.agent_id))
    assert (ticket.state, ticket.assignee_id) == (TicketState.ASSIGNED, filip.agent_id)
    assert (decision.reason, decision.agent_id, decision.detail) == (RoutingReason.TAKEN, filip.agent_id, {})
    assert (move.reason, move.actor_id, move.to_state) == ("taken", filip.member_id, TicketState.ASSIGNED)
    assert agent.idle_since == LATER


async def test_a_light_agent_is_given_nothing_that_needs_the_customer(world: World) -> None:
    lena = await world.person(SeatKind.LIGHT, teams=["first-line", "accounting"], skills=["payments"])
    await world.ticket("delivery", priority=9)
    await world.ticket("payment")
    assert [await take(world, lena) for _ in range(2)] == [2, None]


async def serve(world: World, team: str, queueing: Queueing) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await set_queue(session, team_id=world.teams[team], queueing=queueing, by=SYSTEM, now=NOW)


async def test_the_priority_of_a_queue_counts_for_whoever_asks(world: World) -> None:
    filip = await world.person(SeatKind.FULL, teams=["first-line", "accounting"], skills=["payments"])
    await serve(world, "accounting", Queueing(priority=3))
    await world.ticket("delivery", priority=2)
    await world.ticket("payment")
    assert [await take(world, filip) for _ in range(3)] == [2, 1, None]


async def test_what_rests_is_given_to_nobody_and_what_has_waited_asks_for_no_skills(world: World) -> None:
    unskilled = await world.person(SeatKind.LIGHT, teams=["accounting"])
    await world.ticket("payment", now=NOW)
    await world.ticket("payment", now=LATER - timedelta(seconds=99))
    await serve(world, "accounting", Queueing(relax=timedelta(seconds=301)))
    assert await take(world, unskilled) is None
    await serve(world, "accounting", Queueing(delay=timedelta(seconds=301), relax=timedelta(seconds=1)))
    assert await take(world, unskilled) is None
    await serve(world, "accounting", Queueing(delay=timedelta(seconds=100), relax=timedelta(seconds=99)))
    assert [await take(world, unskilled) for _ in range(2)] == [1, None]
    await serve(world, "accounting", Queueing(delay=timedelta(seconds=99), relax=timedelta(seconds=99)))
    assert await take(world, unskilled) == 2


async def test_nobody_is_given_what_asks_for_a_skill_or_a_team_that_they_lack(world: World, database: Database) -> None:
    unskilled = await world.person(SeatKind.FULL, teams=["accounting"])
    outsider = await world.person(SeatKind.FULL, teams=["first-line"], skills=["payments"])
    await world.ticket("payment")
    before = await everything(database, world.tenant_id)
    assert [await take(world, person) for person in (unskilled, outsider)] == [None, None]
    assert await everything(database, world.tenant_id) == before


async def test_full_hands_are_given_nothing_more(world: World) -> None:
    filip = await world.person(SeatKind.FULL, emails=2)
    for _ in range(3):
        await world.ticket()
    assert [await take(world, filip) for _ in range(3)] == [1, 2, None]


async def test_one_team_can_be_chosen(world: World) -> None:
    filip = await world.person(SeatKind.FULL, teams=["first-line", "accounting"], skills=["payments"])
    await world.ticket("delivery", priority=9)
    await world.ticket("payment")
    assert await take(world, filip, team_id=world.teams["accounting"]) == 2
    assert await take(world, filip, team_id=world.teams["accounting"]) is None
    with pytest.raises(TeamNotFound):
        await take(world, filip, team_id=new_id())


async def test_whoever_asks_at_once_is_given_a_ticket_of_their_own(world: World, database: Database) -> None:
    people = [await world.person(SeatKind.FULL, emails=100) for _ in range(4)]
    for _ in range(15):
        await world.ticket()
    asked = await asyncio.gather(*(take(world, people[number % 4]) for number in range(12)))
    taken = [number for number in asked if number is not None]
    assert len(taken) == len(set(taken)) == 12
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize(("held", "taken"), [(0, 1), (1, 2), (7, 8), (25, 26), (26, None)])
async def test_however_many_are_being_moved_the_next_one_is_found(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch, held: int, taken: int | None
) -> None:
    monkeypatch.setattr(taking, "AT_FIRST", 2)
    filip = await world.person(SeatKind.FULL, teams=["first-line", "accounting"], skills=["payments"])
    for place in range(26):
        await world.ticket("payment" if place % 5 == 0 else "delivery", now=NOW + timedelta(seconds=place))
    async with database.writing(world.tenant_id) as other:
        await other.execute(select(Ticket.id).where(Ticket.number <= held).with_for_update(key_share=True))
        assert await take(world, filip) == taken


async def test_whoever_gave_much_back_finds_what_comes_after_it(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "AT_FIRST", 2)
    filip = await world.person(SeatKind.FULL)
    tickets = [await world.ticket(now=NOW + timedelta(seconds=place)) for place in range(4)]
    async with database.writing(world.tenant_id) as session:
        its = {"tenant_id": world.tenant_id, "agent_id": filip.agent_id, "why": GaveBack.DECLINED, "at": NOW}
        session.add_all(TicketGivenBack(id=new_id(), ticket_id=each, **its) for each in tickets[:3])
    assert [await take(world, filip) for _ in range(2)] == [4, None]


@pytest.mark.parametrize("change", ["a note", "to another team", "into other hands"])
async def test_what_changes_while_it_is_looked_at_is_looked_at_again(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    filip, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    ticket_id, heads = await world.ticket(), queues.heads
    changes = iter([change])

    async def read(session: TenantSession, *arguments: Any, **named: Any) -> Any:
        found = await heads(session, *arguments, **named)
        async with database.writing(world.tenant_id) as other:
            its: dict[str, Any] = {"ticket_id": ticket_id, "by": SYSTEM, "now": NOW}
            match next(changes, None):
                case "a note":
                    await working.add_note(other, body="Sprawdzam", **its)
                case "to another team":
                    await assignment.send_to_team(other, team_id=world.teams["accounting"], **its)
                case "into other hands":
                    await assignment.assign(other, agent_id=ola.agent_id, **its)
        return found

    monkeypatch.setattr(queues, "heads", read)
    assert await take(world, filip) == (1 if change == "a note" else None)
    assert await broken(database, world.tenant_id) == {}


async def test_the_router_gives_nothing_on_top_to_whoever_has_just_taken_one(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    filip = await world.person(SeatKind.FULL, emails=1)
    await world.ticket()
    await world.ticket()
    seen = candidates.snapshot

    async def seen_before_the_taking(session: object, *, day: object, now: object) -> object:
        found = await seen(session, day=day, now=now)  # type: ignore[arg-type]
        assert await take(world, filip) == 1
        return found

    monkeypatch.setattr(sweeping, "snapshot", seen_before_the_taking)
    async with database.writing(world.tenant_id) as session:
        await sweeping.route_sweep(session, now=LATER + timedelta(seconds=1))
    async with database.reading(world.tenant_id) as session:
        held = list(await session.scalars(select(Ticket.number).where(Ticket.assignee_id == filip.agent_id)))
    assert held == [1]


async def test_an_agent_takes_what_is_in_a_language_of_theirs_or_without_any_in_the_shops(
    world: World, database: Database
) -> None:
    polish, german = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await abilities.set_languages(session, agent_id=german.agent_id, languages=["de"], by=SYSTEM, now=NOW)
        wanted = Needed(Channel.EMAIL, needs_contact=True, language="pl")
        kept = await needs.kept(session, [wanted])
        (await session.get_one(Ticket, (world.tenant_id, ticket_id))).need_id = kept[wanted]
    assert await take(world, german) is None
    assert await take(world, polish) == 1


async def test_nothing_is_taken_beside_a_call_nor_beyond_the_budget(world: World, database: Database) -> None:
    filip = await world.person(SeatKind.FULL)
    call, *_ = [await world.ticket(now=NOW + timedelta(minutes=place)) for place in range(2)]
    async with database.writing(world.tenant_id) as session:
        kept = await needs.kept(session, [Needed(Channel.PHONE, needs_contact=True)])
        ticket = await session.get_one(Ticket, (world.tenant_id, call))
        ticket.channel = ticket.worked_as = Channel.PHONE
        ticket.need_id = next(iter(kept.values()))
    assert await take(world, filip) == 1
    assert await take(world, filip) is None
    async with database.writing(world.tenant_id) as session:
        (await session.get_one(Ticket, (world.tenant_id, call))).state = TicketState.RESOLVED
        (await session.get_one(Ticket, (world.tenant_id, call))).assignee_id = None
    assert await take(world, filip) == 2


async def test_what_was_handed_over_twice_is_taken_by_a_senior_where_there_is_one(
    world: World, database: Database
) -> None:
    """As the router has it: a senior on a seat is waited for, one of another team or without a seat is not."""
    filip, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, presence=Presence.OFFLINE)
    elsewhere = await world.person(SeatKind.FULL, teams=["accounting"])
    seatless = await world.seatless()
    tired = await world.ticket(priority=3)
    for _ in range(2):
        await world.ticket()
    async with database.writing(world.tenant_id) as session:
        (await session.get_one(Ticket, (world.tenant_id, tired))).handed_over = 2
        for agent_id in (elsewhere.agent_id, seatless.id):
            await agents.set_senior(session, agent_id=agent_id, senior=True, by=SYSTEM, now=NOW)

    async def senior(is_one: bool) -> None:
        async with database.writing(world.tenant_id) as session:
            await agents.set_senior(session, agent_id=ola.agent_id, senior=is_one, by=SYSTEM, now=NOW)

    await senior(True)
    assert await take(world, filip) == 2
    await senior(False)
    assert await take(world, filip) == 1
    async with database.writing(world.tenant_id) as session:
        await assignment.send_to_team(session, ticket_id=tired, team_id=None, by=SYSTEM, now=LATER)
    await senior(True)
    assert await take(world, filip) == 3
    assert await take(world, ola) == 1
