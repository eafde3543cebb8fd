"""What a pass saw is written down, and why what stays does; what moves is told with its move."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.kit.ids import new_id
from domain.tickets import logbook
from domain.tickets.decisions import RoutingDecision, RoutingPass, RoutingStay
from domain.tickets.moving import Decided
from domain.tickets.passing import Decision, Kept, Waiting
from domain.tickets.queues import Head
from domain.tickets.routing import Candidate, Need, RoutingReason
from domain.tickets.workload import Day


class Chosen(NamedTuple):
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


@dataclass(frozen=True)
class Record:
    """What is written of a pass: its row, None where there is nothing to tell; what stays, and why what moves does."""

    row: dict[str, Any] | None
    stays: Sequence[dict[str, Any]]
    decided: Sequence[Decided]

    async def write(self, session: TenantSession) -> None:
        """All but the moves, which refer to it."""
        if self.row is not None:
            await bulk.add(session, RoutingPass, [self.row])
            await bulk.add(session, RoutingStay, self.stays)


def recorded(
    chosen: Sequence[Chosen],
    stood: Sequence[Chosen],
    known: Mapping[UUID, frozenset[str]],
    *,
    crew: Sequence[Candidate],
    kept: Kept,
    day: Day,
    now: datetime,
) -> Record:
    """What the choices were made on, by what each that `stood` was, and why what stays does, unless that is known."""
    stays = [each for each in chosen if each.decision.agent_id is None]
    said = [each for each in stays if known.get(each.head.ticket_id) != _rules(each)]
    if not stood and not said:
        return Record(None, (), ())
    pass_id, stand = new_id(), {each.place for each in stood}
    missed = [each for each in chosen if each.decision.agent_id is not None and each.place not in stand]
    missed += _first_stays(stays, said)
    counts: dict[Need, int] = {}
    for each in chosen:
        counts[each.waiting.need] = counts.get(each.waiting.need, 0) + 1
    saw = logbook.written(crew, day.efforts) | {
        "waiting": [[*_named(need), count] for need, count in counts.items()],
        "missed": [[each.place, *_named(each.waiting.need), _text(each.waiting.previous_id)] for each in missed],
    }
    if kept:
        saw["kept"] = {str(team_id): [keep.count, sorted(map(str, keep.helps))] for team_id, keep in kept.items()}
    detail = _Details()
    return Record(
        {"id": pass_id, "at": now, "saw": saw},
        [_stay(each, detail.of(each)) | {"at": now, "pass_id": pass_id} for each in said],
        [Decided(each.decision.reason, detail.of(each), pass_id, each.place) for each in stood],
    )


def _rules(each: Chosen) -> frozenset[str]:
    """By which rules a ticket stays."""
    return frozenset(why.value for why in each.decision.excluded or ())


def _first_stays(stays: Sequence[Chosen], said: Sequence[Chosen]) -> list[Chosen]:
    """The first of each kind that stays: from its place on the exclusions of its kind are what they were."""
    first: dict[Need, Chosen] = {}
    for each in stays:
        first.setdefault(each.waiting.need, each)
    places = {each.place for each in said}
    return [each for each in first.values() if each.place not in places]


def _named(need: Need) -> list[Any]:
    return [need.channel.value, str(need.team_id), logbook.written_need(need)]


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)


def _stay(each: Chosen, detail: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "ticket_id": each.head.ticket_id,
        "team_id": each.waiting.need.team_id,
        "place": each.place,
        "detail": detail,
    }


class _Details:
    """What decisions were made on, as they are kept; what a kind of tickets asks for is said in the same words."""

    def __init__(self) -> None:
        self._needs: dict[Need, dict[str, Any]] = {}

    def of(self, each: Chosen) -> dict[str, Any]:
        """What was asked for, and what decided: the work of the chosen and the next, or who could not, and why."""
        decision, need = each.decision, each.waiting.need
        asked = self._needs.get(need)
        if asked is None:
            asked = self._needs[need] = {"channel": need.channel.value, "need": logbook.written_need(need)}
        detail = dict(asked)
        if each.waiting.previous_id is not None:
            detail["previous"] = str(each.waiting.previous_id)
        if decision.agent_id is not None:
            detail["work"] = round(decision.work, 2)
        if decision.rival is not None:
            detail["next"] = [str(decision.rival.agent_id), round(decision.rival.work, 2)]
        if decision.excluded is not None:
            detail["excluded"] = {why.value: count for why, count in decision.excluded.items()}
        if decision.line is not None:
            detail["line"] = str(decision.line)
        return detail


async def known_to_wait(session: TenantSession, chosen: Iterable[Chosen]) -> dict[UUID, frozenset[str]]:
    """Of those that stay, and whose latest decision is that nobody is eligible, by which rules."""
    ticket_ids = [each.head.ticket_id for each in chosen if each.decision.agent_id is None]
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
