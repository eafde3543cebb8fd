"""What a pass decided is written down, and what it was decided on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.kit.ids import new_id
from domain.tickets import logbook
from domain.tickets.models import RoutingDecision, RoutingPass
from domain.tickets.passing import Decision, Kept, Waiting
from domain.tickets.queues import Head
from domain.tickets.routing import Candidate, Need, RoutingReason
from domain.tickets.workload import Day


@dataclass(frozen=True)
class Chosen:
    """A ticket that was looked at, in its place of the order, and what was decided on it."""

    head: Head
    waiting: Waiting
    decision: Decision
    place: int

    @property
    def agent_id(self) -> UUID:
        if self.decision.agent_id is None:
            raise ValueError("It stays in its queue.")
        return self.decision.agent_id


async def record(
    session: TenantSession,
    chosen: Sequence[Chosen],
    stood: Sequence[Chosen],
    *,
    crew: Sequence[Candidate],
    kept: Kept,
    day: Day,
    now: datetime,
) -> None:
    """Write down what was decided, and what it was decided on; that a ticket waits is said once for the same rules."""
    stays = [each for each in chosen if each.decision.agent_id is None]
    known = await _known_to_wait(session, ticket_ids=[each.head.ticket_id for each in stays])
    told = [*stood, *(each for each in stays if known.get(each.head.ticket_id) != _rules(each))]
    if not told:
        return
    pass_id, stand = new_id(), {each.place for each in stood}
    missed = [each for each in chosen if each.decision.agent_id is not None and each.place not in stand]
    missed += _first_stays(stays, told)
    counts: dict[Need, int] = {}
    for each in chosen:
        counts[each.waiting.need] = counts.get(each.waiting.need, 0) + 1
    saw = logbook.written(crew, day.efforts) | {
        "waiting": [[*_named(need), count] for need, count in counts.items()],
        "missed": [[each.place, *_named(each.waiting.need), _text(each.waiting.previous_id)] for each in missed],
    }
    if kept:
        saw["kept"] = {str(team_id): [keep.count, sorted(map(str, keep.helps))] for team_id, keep in kept.items()}
    await bulk.add(session, RoutingPass, [{"id": pass_id, "at": now, "saw": saw}])
    rows = [_row(each) for each in told]
    await bulk.add(session, RoutingDecision, rows, same={"at": now, "pass_id": pass_id})


def _rules(each: Chosen) -> frozenset[str]:
    """By which rules a ticket stays."""
    return frozenset(why.value for why in each.decision.excluded or ())


def _first_stays(stays: Sequence[Chosen], told: Sequence[Chosen]) -> list[Chosen]:
    """The first of each kind that stays: from its place on the exclusions of its kind are what they were."""
    first: dict[Need, Chosen] = {}
    for each in stays:
        first.setdefault(each.waiting.need, each)
    places = {each.place for each in told}
    return [each for each in first.values() if each.place not in places]


def _named(need: Need) -> list[Any]:
    return [need.channel.value, str(need.team_id), logbook.written_need(need)]


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)


def _row(each: Chosen) -> dict[str, Any]:
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
    if decision.line is not None:
        detail["line"] = str(decision.line)
    return detail


async def _known_to_wait(session: TenantSession, *, ticket_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Of those whose latest decision is that nobody is eligible, by which rules."""
    if not ticket_ids:
        return {}
    latest = (
        select(RoutingDecision.ticket_id, RoutingDecision.reason, RoutingDecision.detail["excluded"].label("excluded"))
        .ext(distinct_on(RoutingDecision.ticket_id))
        .where(RoutingDecision.tenant_id == session.tenant_id, bulk.among(RoutingDecision.ticket_id, ticket_ids))
        .order_by(RoutingDecision.ticket_id, RoutingDecision.at.desc(), RoutingDecision.id.desc())
    )
    return {
        row.ticket_id: frozenset(row.excluded or ())
        for row in await session.execute(latest)
        if row.reason == RoutingReason.NOBODY_ELIGIBLE
    }
