"""Why this agent: decisions of the router's, made again from what their pass saw, with everybody's place in one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select

from domain.agents.channels import Channel
from domain.kit.database import TenantSession
from domain.tickets import logbook
from domain.tickets.decisions import RoutingDecision, RoutingPass
from domain.tickets.models import Ticket
from domain.tickets.passing import Decision, Keep, Pass, Waiting
from domain.tickets.routing import Exclusion, Need

NOBODY = UUID(int=0)
"""In place of a ticket that changed meanwhile: its agent's hands were counted as fuller by it all the same."""


SEEN_KEPT_FOR = timedelta(days=90)
"""How long a decision can be made again. What was decided, and by what, is kept with the ticket."""


@dataclass(frozen=True)
class Standing:
    """Where somebody stood when a ticket's turn came: excluded for a reason, or with so much work per hour."""

    agent_id: UUID
    exclusion: Exclusion | None
    work: float


async def explain(
    session: TenantSession, *, ticket_id: UUID, most: int
) -> list[tuple[RoutingDecision, list[Standing]]] | None:
    """The latest decisions on a ticket, the newest first, with their standings; None for a ticket that is not there."""
    if await session.get(Ticket, (session.tenant_id, ticket_id)) is None:
        return None
    decisions = await session.scalars(
        select(RoutingDecision)
        .where(RoutingDecision.tenant_id == session.tenant_id, RoutingDecision.ticket_id == ticket_id)
        .order_by(RoutingDecision.at.desc(), RoutingDecision.id.desc())
        .limit(most)
    )
    return [(decision, await standings(session, decision)) for decision in decisions.all()]


async def standings(session: TenantSession, decision: RoutingDecision) -> list[Standing]:
    """Of everybody who was looked at for a decision, why they could not have the ticket, or how much work they had.

    Those who could come first, by work; then the others, the nearest to it first. Nobody for what was in no pass, or in
    one that is kept no more.
    """
    seen = None if decision.pass_id is None else await _seen(session, decision.pass_id)
    if seen is None:
        return []
    saw, kept = seen
    one_pass, turns = _begun(saw, kept)
    for waiting, each in turns:
        if each is not None and each.id == decision.id:
            whereabouts = one_pass.whereabouts(waiting.need)
            stood = [Standing(agent_id, why, one_pass.work_of(agent_id)) for agent_id, why in whereabouts.items()]
            return sorted(stood, key=_nearness)
        one_pass.decide_next(waiting)
    return []


async def remade(session: TenantSession, *, pass_id: UUID) -> list[tuple[RoutingDecision, Decision]]:
    """Every decision of a pass that is kept, with what comes of it when it is made again, in their order."""
    seen = await _seen(session, pass_id)
    if seen is None:
        return []
    one_pass, turns = _begun(*seen)
    again = [(each, one_pass.decide_next(waiting)) for waiting, each in turns]
    return [(kept, decision) for kept, decision in again if kept is not None]


async def forget_old(session: TenantSession, *, most: int = 5_000, now: datetime) -> bool:
    """Delete what passes saw longer ago than SEEN_KEPT_FOR, so many at once; returns whether there may be more."""
    old = (
        select(RoutingPass.id)
        .where(RoutingPass.tenant_id == session.tenant_id, RoutingPass.at <= now - SEEN_KEPT_FOR)
        .order_by(RoutingPass.at)
        .limit(most)
    )
    forgotten = await session.scalars(
        delete(RoutingPass)
        .where(RoutingPass.tenant_id == session.tenant_id, RoutingPass.id.in_(old))
        .returning(RoutingPass.id)
        .execution_options(synchronize_session=False)
    )
    return len(forgotten.all()) == most


async def _seen(session: TenantSession, pass_id: UUID) -> tuple[RoutingPass, Sequence[RoutingDecision]] | None:
    saw = await session.get(RoutingPass, (session.tenant_id, pass_id))
    if saw is None:
        return None
    decisions = await session.scalars(
        select(RoutingDecision)
        .where(
            RoutingDecision.tenant_id == session.tenant_id,
            RoutingDecision.at == saw.at,  # by which they are found
            RoutingDecision.pass_id == pass_id,
        )
        .order_by(RoutingDecision.place)
    )
    return saw, decisions.all()


Turn = tuple[Waiting, RoutingDecision | None]


def _begun(seen: RoutingPass, kept: Sequence[RoutingDecision]) -> tuple[Pass, Iterator[Turn]]:
    """The pass as it began, and the turns that filled hands in it, or that were written down."""
    saw: Mapping[str, Any] = seen.saw
    candidates, efforts = logbook.read(dict(saw))
    staying = {
        UUID(team_id): Keep(count, frozenset(map(UUID, helps)))
        for team_id, (count, helps) in saw.get("kept", {}).items()
    }
    one_pass = Pass(candidates, efforts, at=seen.at, kept=staying)
    one_pass.expect({_need(named): count for *named, count in saw["waiting"]})
    turns: dict[int, Turn] = {
        place: (Waiting(NOBODY, _need(named), _id(previous)), None) for place, *named, previous in saw["missed"]
    }
    turns |= {_place(decision): (_waiting(decision), decision) for decision in kept}
    return one_pass, (turns[place] for place in sorted(turns))


def _nearness(standing: Standing) -> tuple[int, float, UUID]:
    order = list(Exclusion)
    far = 0 if standing.exclusion is None else len(order) - order.index(standing.exclusion)
    return far, standing.work, standing.agent_id


def _place(decision: RoutingDecision) -> int:
    if decision.place is None:
        raise ValueError("A decision of a pass has a place in it.")
    return decision.place


def _waiting(decision: RoutingDecision) -> Waiting:
    detail = decision.detail
    need = logbook.read_need(detail["need"], channel=Channel(detail["channel"]), team_id=decision.team_id)
    return Waiting(decision.ticket_id, need, _id(detail.get("previous")))


def _need(named: Sequence[Any]) -> Need:
    channel, team_id, need = named
    return logbook.read_need(need, channel=Channel(channel), team_id=UUID(team_id))


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
