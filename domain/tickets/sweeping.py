"""The router at work: what waits is looked at as a whole, decided in one pure pass and written in few statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select

from domain.agents.channels import Channel
from domain.agents.models import Agent, Presence
from domain.kit import bulk, outbox
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM
from domain.seats.rights import hold_seats
from domain.tickets import lifecycle, moving, queries, queues, recording, workload
from domain.tickets.alarms import deciding, raising
from domain.tickets.calls import answering
from domain.tickets.candidates import snapshot
from domain.tickets.giving_back import absences
from domain.tickets.giving_back.looking import Found, look
from domain.tickets.jobs import SWEPT_EVERY, RouteSweep
from domain.tickets.lifecycle import Place
from domain.tickets.models import TicketState
from domain.tickets.moving import Queued
from domain.tickets.overflow import episodes
from domain.tickets.overflow.lines import USUAL
from domain.tickets.overflow.steering import Served, steer
from domain.tickets.passing import Pass, Waiting
from domain.tickets.queues import Head, Kind, Kinds, Part
from domain.tickets.recording import Chosen
from domain.tickets.routing import HAND_OVERS, Candidate, Need, waited_for
from domain.tickets.workload import Day, Given

MOST = 2_000
"""Tickets that one sweep looks at, beside those that it only says why they wait: others have a turn after it."""

BEYOND = 20
"""Tickets of a kind that are looked at although there are no hands for them."""


async def route_sweep(session: TenantSession, *, gives_back: bool = True, now: datetime) -> int:
    """Choose agents for what waits in the shop, by priority, due time and arrival; returns how many tickets moved.

    It is one of a tenant at a time, and it also calls further lines to queues whose waits are too long, and sends them
    back. When it leaves anything that could move, now or by the next sweep, another one is on its way. What lies in
    hands that do not begin is given back first, by a sweep that does nothing else and has another one follow.
    """
    await episodes.take_turn(session)
    found = await look(session, now=now)
    if gives_back and await _give_back(session, found, now=now):
        await outbox.enqueue_once(session, RouteSweep(), now=now)
        await session.flush()
        return 0
    kinds = await queues.kinds(session)
    if not kinds.needs and not found.helped and not found.alarmed:
        await _look_again(session, [found.answer_by], now)
        await session.flush()
        return 0
    day = await workload.day_of_shop(session, now=now)
    now = max(now, day.routed or now)  # one that waited for its turn decides no earlier than the one it waited for
    crew = await snapshot(session, day=day, now=now)
    served = await steer(session, kinds.needs, crew, day=day, now=now)
    one_pass = Pass(crew, day.efforts, at=now, kept=served.kept)
    asked = Asked(kinds, served, found, [each for each in crew if each.senior])
    most, at_once = _most(one_pass, asked, day=day, now=now)
    heads = await queues.heads(session, most, all=at_once, served=day.queueings)
    chosen = _decide(one_pass, heads, asked)
    stood = await _apply(session, chosen, crew=crew, served=served, day=day, now=now)
    missed = len(stood) < sum(each.decision.agent_id is not None for each in chosen)
    if missed or len(stood) >= MOST or (stood and len(heads) == at_once):
        await outbox.enqueue_once(session, RouteSweep(), now=now)
    alarms = deciding.wanted(chosen, crew, now=now)
    if alarms or found.alarmed:
        await raising.settle(session, alarms, now=now)
    await _look_again(
        session, [served.next_turn, found.answer_by, *(_answer_by(each, day, now) for each in stood)], now
    )
    await session.flush()
    return len(stood)


async def _give_back(session: TenantSession, found: Found, *, now: datetime) -> int:
    """Put back what lies in hands that do not begin, of one kind in a transaction, for its locks come in one order."""
    if found.answer_by is not None and found.answer_by <= now:
        return await absences.return_unanswered(session, now=now)
    return await absences.return_left(session, now=now) if found.somebody_left else 0


async def _look_again(session: TenantSession, instants: Iterable[datetime | None], now: datetime) -> None:
    """At the next whole second at which something is due, unless a sweep comes before anyway."""
    soon = [each for each in instants if each is not None and now < each < now + SWEPT_EVERY]
    if soon:
        second = min(soon) + timedelta(microseconds=999_999)
        await outbox.enqueue_once(session, RouteSweep(), now=now, due_at=second.replace(microsecond=0))


def _answer_by(each: Chosen, day: Day, now: datetime) -> datetime | None:
    seconds = day.efforts[each.waiting.need.channel].answer_seconds
    return None if seconds is None else now + timedelta(seconds=seconds)


@dataclass(frozen=True)
class Asked:
    """What tickets ask for at this time: by what they need, how their queues are served, and who gave them back.

    What was handed over too often asks for one of the seniors, unless none of them could have it.
    """

    kinds: Kinds
    served: Served
    found: Found
    seniors: Sequence[Candidate]
    _known: dict[tuple[Kind, bool], Need] = field(default_factory=dict)
    _passed_on: dict[Need, Need] = field(default_factory=dict)

    def by(self, head: Head) -> Need:
        """What the ticket asks of whoever gets it."""
        kind = head.kind, self.served.relaxes(head)
        need = self._known.get(kind)
        if need is None:
            need = self._known[kind] = self.served.asked(self.kinds.needs[head.kind], relaxed=kind[1])
        if without := self.found.gave_back.get(head.ticket_id):
            need = replace(need, without=without)
        return need if head.handed_over < HAND_OVERS else self.of_seniors(need)

    def of_seniors(self, need: Need) -> Need:
        """What tickets of the need ask for that were handed over too often."""
        found = self._passed_on.get(need)
        if found is None:
            waits = any(waited_for(need, senior) for senior in self.seniors)
            found = self._passed_on[need] = replace(need, senior=True) if waits else need
        return found


def _most(one_pass: Pass, asked: Asked, *, day: Day, now: datetime) -> tuple[dict[Part, int], int]:
    """How many of each part are looked at, and of all: as many as there are hands for, and so many more as wait for
    somebody else."""
    most: dict[Part, int] = {}
    at_once = MOST
    for kind, need in asked.kinds.needs.items():
        beyond = BEYOND + asked.found.waiting.get(kind, 0)
        for part in queues.parts_of(kind, day.queueings.get(kind[0], USUAL), now=now):
            anybodys = asked.served.asked(need, relaxed=part.relaxed)
            seniors = asked.of_seniors(anybodys) if kind in asked.kinds.passed_on else anybodys
            apart = [(part, anybodys)]
            if seniors.senior:  # for what waits for a senior must not stand before the others' eyes
                apart = [(part.without_passed_on(), anybodys), (part.of_passed_on(), seniors)]
            most |= {each: one_pass.room(wanted, most=MOST) + beyond for each, wanted in apart}
            at_once += beyond * len(apart)
    return most, at_once


def _decide(one_pass: Pass, heads: Sequence[Head], asked: Asked) -> list[Chosen]:
    waiting = [Waiting(each.ticket_id, asked.by(each), each.previous_id) for each in heads]
    decisions = one_pass.decide(waiting)
    return [Chosen(*each, place) for place, each in enumerate(zip(heads, waiting, decisions, strict=True))]


async def _apply(
    session: TenantSession,
    chosen: Sequence[Chosen],
    *,
    crew: Sequence[Candidate],
    served: Served,
    day: Day,
    now: datetime,
) -> list[Chosen]:
    """Lock seats, agents and tickets, and make the moves whose agent and ticket are as they were chosen on."""
    given = [each for each in chosen if each.decision.agent_id is not None]
    agents = await _unchanged_agents(session, _of(crew, given), now=now)
    ids = [each.head.ticket_id for each in given if each.agent_id in agents]
    versions = await queries.lock_queued(session, ids=ids)
    stood = [
        each for each in given if each.agent_id in agents and versions.get(each.head.ticket_id) == each.head.version
    ]
    known = await recording.known_to_wait(session, chosen)
    moves = [_move(each, day, now) for each in stood]
    async with bulk.meanwhile(moving.place_all(session, moves, now=now)):
        record = recording.recorded(chosen, stood, known, crew=crew, kept=served.kept, day=day, now=now)
    await record.write(session)
    await moving.tell_all(session, moves, record.decided, by=SYSTEM, now=now)
    await _count(session, stood, day=day, now=now)
    served.count((each.waiting.need.team_id, each.decision.line) for each in stood if each.decision.line is not None)
    return stood


def _of(crew: Iterable[Candidate], given: Iterable[Chosen]) -> dict[UUID, Candidate]:
    chosen = {each.decision.agent_id for each in given}
    return {candidate.agent_id: candidate for candidate in crew if candidate.agent_id in chosen}


_AGENTS = (
    select(Agent.id, Agent.version, Agent.presence, Agent.idle_since)
    .where(Agent.tenant_id == bindparam("tenant"), bulk.among_those(Agent.id, "agents"))
    .order_by(Agent.id)
    .with_for_update(key_share=True)
)


async def _unchanged_agents(
    session: TenantSession, chosen: Mapping[UUID, Candidate], *, now: datetime
) -> frozenset[UUID]:
    """Those who are still online, on the same kind of seat, as they were seen; locked, their seats held."""
    if not chosen:
        return frozenset()
    seats = await hold_seats(session, agent_ids=chosen.keys(), now=now)
    agents = await session.execute(_AGENTS, {"tenant": session.tenant_id, "agents": list(seats)})
    return frozenset(
        agent.id
        for agent in agents
        if agent.presence is Presence.ONLINE
        and seats[agent.id].kind is chosen[agent.id].seat
        and agent.version == chosen[agent.id].version
        and agent.idle_since == chosen[agent.id].idle_since  # else the agent has taken a ticket meanwhile
    )


def _move(each: Chosen, day: Day, now: datetime) -> Queued:
    place = Place(each.head.ticket_id, TicketState.QUEUED, each.waiting.need.team_id, None)
    move = lifecycle.assign(place, agent_id=each.agent_id, reason="routed")
    return Queued(move, each.head.version, _answer_by(each, day, now))


async def _count(session: TenantSession, stood: Sequence[Chosen], *, day: Day, now: datetime) -> None:
    """What the moves are for calls, for the agents' idle time and for their day."""
    calls = {each.head.ticket_id: each.agent_id for each in stood if each.waiting.need.channel is Channel.PHONE}
    await answering.note(session, calls, now=now)
    idle = [{"id": agent_id} for agent_id in sorted({each.agent_id for each in stood})]
    async with bulk.meanwhile(bulk.change(session, Agent, idle, same={"idle_since": now})):
        given = [Given(each.agent_id, each.waiting.need.team_id, each.waiting.need.channel) for each in stood]
    await workload.note(session, given, day=day, now=now)
