"""For what an alarm is raised: pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from domain.tickets.alarms.models import AlarmCause
from domain.tickets.passing import Decision
from domain.tickets.recording import Chosen
from domain.tickets.routing import Candidate, Exclusion, Need, turn_of, unfit

Alarm = tuple[UUID, UUID, AlarmCause]
"""A team, a need, and what is wrong with the tickets that ask for it."""

MOST_GAVE_BACK = 3
"""From so many people on who gave a ticket back somebody must look at it, whoever else could take it."""

GRACE = timedelta(minutes=5)
"""How long after it was due something that waits is worth an alarm: a call is due as it comes."""

BUSY = frozenset(
    {
        Exclusion.ON_A_CALL,
        Exclusion.FULL_HANDS,
        Exclusion.COLLEAGUES_COMING,
        Exclusion.KEPT_FOR_OWN_WORK,
    }
)
"""Why somebody could not have a ticket at this moment, and will be able to."""


def wanted(chosen: Iterable[Chosen], crew: Sequence[Candidate], *, now: datetime) -> dict[Alarm, UUID]:
    """The alarms that are called for, each with the first ticket that it is about."""
    found: dict[Alarm, UUID] = {}
    fits: dict[Need, bool] = {}
    for each in chosen:
        if each.decision.agent_id is not None:
            continue
        need = each.waiting.need
        if need not in fits:
            fits[need] = any(turn_of(need, who) is not None and unfit(need, who) is None for who in crew)
        for cause in _causes(each, fits=fits[need], now=now):
            found.setdefault((*each.head.kind, cause), each.head.ticket_id)
    return found


def _causes(each: Chosen, *, fits: bool, now: datetime) -> Iterable[AlarmCause]:
    if not fits:
        yield AlarmCause.NOBODY_FITS
    if _given_back(each.waiting.need, each.decision):
        yield AlarmCause.GIVEN_BACK
    if each.head.due_at + GRACE <= now:
        yield AlarmCause.OVERDUE


def _given_back(need: Need, decision: Decision) -> bool:
    """Whether many have given it back, or all who are there for it."""
    others = decision.excluded is not None and BUSY & decision.excluded.keys()
    return len(need.without) >= MOST_GAVE_BACK or (bool(need.without) and not others)
