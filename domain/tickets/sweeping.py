"""The router at work: what waits is looked at as a whole, decided in one pure pass and written in few statements."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.agents.models import Agent, Presence
from domain.kit import bulk, outbox
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats.rights import hold_seats
from domain.tickets import lifecycle, logbook, moving, queries, queues, workload
from domain.tickets.candidates import snapshot
from domain.tickets.jobs import RouteSweep
from domain.tickets.lifecycle import Place
from domain.tickets.models import RoutingDecision, RoutingPass, TicketState
from domain.tickets.moving import Queued
from domain.tickets.passing import Decision, Pass, Waiting
from domain.tickets.queues import Head, Kind
from domain.tickets.routing import Candidate, Need, RoutingReason
from domain.tickets.workload import Day, Given

MOST = 2_000
"""Tickets that one sweep looks at, beside those that it only says why they wait: others have a turn after it."""

BEYOND = 20
"""Tickets of a kind that are looked at although there are no hands for them."""

HAND_OVERS = 2
"""How often a ticket changes hands at most before a senior gets it."""


async def route_sweep(session: TenantSession, *, now: datetime) -> int:
    """Choose agents for what waits in the shop, by priority, due time and arrival; returns how many tickets moved.

    It is one of a tenant at a time. When it leaves anything that could move, another sweep is on its way.
    """
    await _take_turn(session)
    kinds = await queues.kinds(session)
    if not kinds:
        return 0
    day = await workload.day_of_shop(session, now=now)
    now = max(now, day.routed or now)  # one that waited for its turn decides no earlier than the one it waited for
    crew = await snapshot(session, day=day, now=now)
    one_pass = Pass(crew, day.efforts, at=now)
    most = {kind: min(one_pass.room(need), MOST) + BEYOND for kind, need in kinds.items()}
    at_once = MOST + BEYOND * len(kinds)
    heads = await queues.heads(session, most, all=at_once)
    chosen = _decide(one_pass, heads, kinds, seniors=_seniors(crew))
    stood = await _apply(session, chosen, crew=crew, day=day, now=now)
    if len(stood) < sum(each.decision.agent_id is not None for each in chosen) or (stood and len(heads) == at_once):
        await outbox.enqueue_once(session, RouteSweep(), now=now)
        await session.flush()
    return len(stood)


async def _take_turn(session: TenantSession) -> None:
    """One router at a time in a tenant, so that two never count the same free hands."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"routing:{session.tenant_id}", 0))))


def _seniors(crew: Iterable[Candidate]) -> frozenset[UUID]:
    """The teams that have a senior. In others nobody waits for one."""
    return frozenset(team_id for candidate in crew if candidate.senior for team_id in candidate.teams)


@dataclass(frozen=True)
class _Chosen:
    head: Head
    waiting: Waiting
    decision: Decision
    place: int


def _decide(
    one_pass: Pass, heads: Sequence[Head], kinds: Mapping[Kind, Need], *, seniors: Collection[UUID]
) -> list[_Chosen]:
    waiting = [Waiting(each.ticket_id, _need(each, kinds[each.kind], seniors), each.previous_id) for each in heads]
    decisions = one_pass.decide(waiting)
    return [_Chosen(*each, place) for place, each in enumerate(zip(heads, waiting, decisions, strict=True))]


def _need(head: Head, need: Need, seniors: Collection[UUID]) -> Need:
    wants_senior = head.handed_over >= HAND_OVERS and need.team_id in seniors
    return replace(need, senior=True) if wants_senior else need


async def _apply(
    session: TenantSession, chosen: Sequence[_Chosen], *, crew: Sequence[Candidate], day: Day, now: datetime
) -> list[_Chosen]:
    """Lock seats, agents and tickets, and make the moves whose agent and ticket are as they were chosen on."""
    given = [each for each in chosen if each.decision.agent_id is not None]
    agents = await _unchanged_agents(session, _of(crew, given), now=now)
    versions = await queries.lock_queued(
        session, ids=[each.head.ticket_id for each in given if each.decision.agent_id in agents]
    )
    stood = [
        each
        for each in given
        if each.decision.agent_id in agents and versions.get(each.head.ticket_id) == each.head.version
    ]
    await _move(session, stood, day=day, now=now)
    await _record(session, chosen, stood, crew=crew, day=day, now=now)
    return stood


def _of(crew: Iterable[Candidate], given: Iterable[_Chosen]) -> dict[UUID, Candidate]:
    chosen = {each.decision.agent_id for each in given}
    return {candidate.agent_id: candidate for candidate in crew if candidate.agent_id in chosen}


async def _unchanged_agents(
    session: TenantSession, chosen: Mapping[UUID, Candidate], *, now: datetime
) -> frozenset[UUID]:
    """Those who are still online, on the same kind of seat, as they were seen; locked, their seats held."""
    if not chosen:
        return frozenset()
    seats = await hold_seats(session, agent_ids=chosen.keys(), now=now)
    agents = await session.execute(
        select(Agent.id, Agent.version, Agent.presence, Agent.idle_since)
        .where(Agent.tenant_id == session.tenant_id, bulk.among(Agent.id, seats.keys()))
        .order_by(Agent.id)
        .with_for_update(key_share=True)
    )
    return frozenset(
        agent.id
        for agent in agents
        if agent.presence is Presence.ONLINE
        and seats[agent.id].kind is chosen[agent.id].seat
        and agent.version == chosen[agent.id].version
        and agent.idle_since == chosen[agent.id].idle_since  # else the agent has taken a ticket meanwhile
    )


async def _move(session: TenantSession, stood: Sequence[_Chosen], *, day: Day, now: datetime) -> None:
    moves = []
    for each in stood:
        agent_id, team_id = _agent_of(each.decision), each.waiting.need.team_id
        place = Place(each.head.ticket_id, TicketState.QUEUED, team_id, None)
        moves.append(Queued(lifecycle.assign(place, agent_id=agent_id, reason="routed"), each.head.version))
    await moving.apply_all(session, moves, by=SYSTEM, now=now)
    idle = [{"id": agent_id} for agent_id in sorted({_agent_of(each.decision) for each in stood})]
    await bulk.change(session, Agent, idle, same={"idle_since": now})
    given = [Given(_agent_of(each.decision), each.waiting.need.team_id, each.waiting.need.channel) for each in stood]
    await workload.note(session, given, day=day, now=now)


def _agent_of(decision: Decision) -> UUID:
    if decision.agent_id is None:
        raise ValueError("It stays in its queue.")
    return decision.agent_id


async def _record(
    session: TenantSession,
    chosen: Sequence[_Chosen],
    stood: Sequence[_Chosen],
    *,
    crew: Sequence[Candidate],
    day: Day,
    now: datetime,
) -> None:
    """Write down what was decided, and what it was decided on; that a ticket waits is said once, not at every sweep."""
    stays = [each for each in chosen if each.decision.agent_id is None]
    known = await _known_to_wait(session, ticket_ids=[each.head.ticket_id for each in stays])
    told = [*stood, *(each for each in stays if each.head.ticket_id not in known)]
    if not told:
        return
    pass_id, stand = new_id(), {each.place for each in stood}
    missed = [each for each in chosen if each.decision.agent_id is not None and each.place not in stand]
    counts: dict[Need, int] = {}
    for each in chosen:
        counts[each.waiting.need] = counts.get(each.waiting.need, 0) + 1
    saw = logbook.written(crew, day.efforts) | {
        "waiting": [[*_named(need), count] for need, count in counts.items()],
        "missed": [[each.place, *_named(each.waiting.need), _text(each.waiting.previous_id)] for each in missed],
    }
    await bulk.add(session, RoutingPass, [{"id": pass_id, "at": now, "saw": saw}])
    rows = [_row(each) for each in told]
    await bulk.add(session, RoutingDecision, rows, same={"at": now, "pass_id": pass_id})


def _named(need: Need) -> list[Any]:
    return [need.channel.value, str(need.team_id), logbook.written_need(need)]


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)


def _row(each: _Chosen) -> dict[str, Any]:
    decision, need = each.decision, each.waiting.need
    return {
        "id": new_id(),
        "ticket_id": decision.ticket_id,
        "agent_id": decision.agent_id,
        "team_id": need.team_id,
        "reason": decision.reason,
        "place": each.place,
        "detail": _detail(each.waiting, decision),
    }


def _detail(waiting: Waiting, decision: Decision) -> dict[str, Any]:
    """What was asked for, and what decided: the work of the chosen and of who came next, or who could not and why."""
    detail: dict[str, Any] = {"channel": waiting.need.channel.value, "need": logbook.written_need(waiting.need)}
    if waiting.previous_id is not None:
        detail["previous"] = str(waiting.previous_id)
    if decision.agent_id is not None:
        detail["work"] = round(decision.work, 2)
    if decision.rival is not None:
        detail["next"] = [str(decision.rival.agent_id), round(decision.rival.work, 2)]
    if decision.excluded is not None:
        detail["excluded"] = {why.value: count for why, count in decision.excluded.items()}
    return detail


async def _known_to_wait(session: TenantSession, *, ticket_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those whose latest decision is that nobody is eligible."""
    if not ticket_ids:
        return frozenset()
    latest = (
        select(RoutingDecision.ticket_id, RoutingDecision.reason)
        .ext(distinct_on(RoutingDecision.ticket_id))
        .where(RoutingDecision.tenant_id == session.tenant_id, bulk.among(RoutingDecision.ticket_id, ticket_ids))
        .order_by(RoutingDecision.ticket_id, RoutingDecision.at.desc(), RoutingDecision.id.desc())
    )
    return frozenset(
        row.ticket_id for row in await session.execute(latest) if row.reason == RoutingReason.NOBODY_ELIGIBLE
    )
