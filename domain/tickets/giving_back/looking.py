"""What a sweep finds left from before, in one statement: who is not to be asked again, and what has become due."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, exists, func, select

from domain.kit.database import TenantSession
from domain.tickets.alarms.models import RoutingAlarm
from domain.tickets.giving_back.absences import GONE, TO_ANSWER, left
from domain.tickets.giving_back.models import GaveBack, TicketGivenBack
from domain.tickets.models import Ticket, TicketState
from domain.tickets.overflow.models import OverflowEpisode

REMEMBERED = timedelta(minutes=15)
"""How long whoever gave a ticket back is not given it again."""


@dataclass(frozen=True)
class Found:
    """`gave_back` tells by ticket who is not asked again, `waiting` how many of those wait, by team and need; the rest,
    whether there is anything of the kind.

    `answer_by` is when the next ticket is taken from whoever does not answer.
    """

    gave_back: Mapping[UUID, frozenset[UUID]]
    waiting: Mapping[tuple[UUID, UUID], int]
    answer_by: datetime | None
    somebody_left: bool
    helped: bool
    alarmed: bool


async def given_back_by(session: TenantSession, *, agent_id: UUID, now: datetime) -> frozenset[UUID]:
    """The tickets that are not given to the agent again yet."""
    theirs = select(TicketGivenBack.ticket_id).where(
        TicketGivenBack.tenant_id == session.tenant_id,
        TicketGivenBack.agent_id == agent_id,
        TicketGivenBack.at > now - REMEMBERED,
        TicketGivenBack.why != GaveBack.LEFT,
    )
    return frozenset(await session.scalars(theirs))


async def look(session: TenantSession, *, now: datetime) -> Found:
    """Look, locking nothing."""
    when = {"tenant": session.tenant_id, "remembered": now - REMEMBERED, "gone": now - GONE}
    row = (await session.execute(_LOOK, when)).one()
    given_back = row.gave_back or ()
    kinds = {ticket_id: (UUID(team_id), UUID(need_id)) for ticket_id, _, waits, team_id, need_id in given_back if waits}
    waiting = Counter(kinds.values())
    return Found(_by_ticket(given_back), waiting, row.answer_by, row.somebody_left, row.helped, row.alarmed)


def _look() -> Select[Any]:
    own = bindparam("tenant", type_=Ticket.tenant_id.type)
    remembered, gone = (bindparam(name, type_=Ticket.asked_at.type) for name in ("remembered", "gone"))
    waits = Ticket.state == TicketState.QUEUED
    told = func.jsonb_build_array(Ticket.id, TicketGivenBack.agent_id, waits, Ticket.team_id, Ticket.need_id)
    gave = select(func.jsonb_agg(told)).where(
        TicketGivenBack.tenant_id == own,
        TicketGivenBack.at > remembered,
        TicketGivenBack.why != GaveBack.LEFT,
        Ticket.tenant_id == TicketGivenBack.tenant_id,
        Ticket.id == TicketGivenBack.ticket_id,
    )
    answer_by = select(func.min(Ticket.answer_by)).where(Ticket.tenant_id == own, TO_ANSWER)
    going_on = exists().where(OverflowEpisode.tenant_id == own, OverflowEpisode.ended_at.is_(None))
    alarmed = exists().where(RoutingAlarm.tenant_id == own, RoutingAlarm.ended_at.is_(None))
    return select(
        gave.scalar_subquery().label("gave_back"),
        answer_by.scalar_subquery().label("answer_by"),
        exists().where(left(own, since=gone)).label("somebody_left"),
        going_on.label("helped"),
        alarmed.label("alarmed"),
    )


_LOOK = _look()
"""Made once: a shop in which nothing happens is looked at as often as others."""


def _by_ticket(given_back: Iterable[Any]) -> dict[UUID, frozenset[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for ticket_id, agent_id, *_ in given_back:
        found[UUID(ticket_id)].add(UUID(agent_id))
    return {ticket_id: frozenset(agents) for ticket_id, agents in found.items()}
