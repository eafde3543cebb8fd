"""A dry run: what a rule would have done to the last tickets. It changes nothing."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.kit import inputs
from domain.kit.database import TenantSession
from domain.kit.ids import new_id
from domain.tenants.queries import tenant_of
from domain.tickets.intake import history, operations, queries, rules
from domain.tickets.intake.conditions import Failing, Failure, Patience
from domain.tickets.intake.errors import IntakeRuleIsArchived, IntakeRuleNotFound
from domain.tickets.intake.history import Past
from domain.tickets.intake.models import IntakeRule
from domain.tickets.intake.rules import Decide, Effects, Rule, Sorted, Start
from domain.tickets.intake.sorting import deciding

MOST_TICKETS = 1_000
SHOWN = 20
PATIENCE = 5.0
"""Seconds that deciding may take; what is not reached by then counts as too slow."""


@dataclass(frozen=True)
class Changed:
    """A ticket that the rule would have acted on, and what it would have asked for without the rule and with it."""

    ticket_id: UUID
    number: int
    subject: str
    before: Start
    after: Start


@dataclass(frozen=True)
class Shift:
    """So many tickets would have had another value in a field; skills are pairs of id and level, in their order.

    None is no language, and of a tag, that it is not there.
    """

    field: str
    before: Any
    after: Any
    tickets: int


@dataclass(frozen=True)
class DryRun:
    """What a rule would have done."""

    looked_at: int
    matched: int
    shifts: Sequence[Shift]
    failures: dict[Failing, int]
    details: Sequence[str]
    shown: Sequence[Changed]
    milliseconds: int


async def dry_run(
    session: TenantSession, *, condition: str, effects: Effects, last: int, rule_id: UUID | None
) -> DryRun:
    """Try a rule on the last tickets as the last of the rules in force, or with `rule_id` in that rule's place.

    Raises ConditionRefused, IntakeRuleNotFound, IntakeRuleIsArchived, TeamNotFound, SkillNotFound, InvalidInput.
    """
    began = time.monotonic()
    inputs.whole(last, field="last", least=1, most=MOST_TICKETS)
    condition, effects = await operations.checked(session, condition=condition, effects=effects)
    rows = await session.execute(queries.in_force(session))
    standing = [queries.rule_of(version, skills) for _, version, skills in rows]
    tried = Rule(rule_id or new_id(), new_id(), condition, effects)
    if rule_id is None:
        changed = [*standing, tried]
    else:
        await _refuse_unknown(session, rule_id)
        changed = [tried if rule.rule_id == rule_id else rule for rule in standing]
    zone = ZoneInfo((await tenant_of(session)).timezone)
    tickets = await history.last_tickets(session, count=last)
    # Beside the event loop: a thousand tickets and a hundred rules are a second of work.
    outcomes = await asyncio.to_thread(_outcomes, tickets, standing, changed, zone)
    return _summed(outcomes, tried, milliseconds=round((time.monotonic() - began) * 1000))


@dataclass(frozen=True)
class _Outcome:
    ticket: Past
    before: Sorted
    after: Sorted


def _outcomes(
    tickets: Sequence[Past], standing: Sequence[Rule], changed: Sequence[Rule], zone: ZoneInfo
) -> list[_Outcome]:
    patience = Patience(PATIENCE)
    found = []
    for ticket in tickets:
        decide = _once(deciding(ticket.facts, zone, patience))
        before = rules.sort(standing, ticket.start, decide)
        found.append(_Outcome(ticket, before, rules.sort(changed, ticket.start, decide)))
    return found


def _once(decide: Decide) -> Decide:
    """The same, deciding each version once."""
    known: dict[UUID, bool | Failure] = {}

    def decided(rule: Rule) -> bool | Failure:
        if rule.version_id not in known:
            known[rule.version_id] = decide(rule)
        return known[rule.version_id]

    return decided


def _summed(outcomes: Sequence[_Outcome], tried: Rule, *, milliseconds: int) -> DryRun:
    matched = [outcome for outcome in outcomes if any(act.version_id == tried.version_id for act in outcome.after.acts)]
    failures = [
        failure for outcome in outcomes for version, failure in outcome.after.failures if version == tried.version_id
    ]
    shifts = Counter(shift for outcome in outcomes for shift in _shifts(outcome.before.start, outcome.after.start))
    return DryRun(
        looked_at=len(outcomes),
        matched=len(matched),
        shifts=[Shift(*shift, count) for shift, count in shifts.most_common()],
        failures=dict(Counter(failure.why for failure in failures)),
        details=sorted({failure.detail for failure in failures if failure.detail})[:SHOWN],
        shown=[
            Changed(
                outcome.ticket.id,
                outcome.ticket.number,
                outcome.ticket.subject,
                outcome.before.start,
                outcome.after.start,
            )
            for outcome in matched[:SHOWN]
        ],
        milliseconds=milliseconds,
    )


def _shifts(before: Start, after: Start) -> Iterator[tuple[str, Any, Any]]:
    """What is different, by field; each tag by itself."""
    for name in ("team_id", "priority", "skills", "language", "needs_contact"):
        was, will_be = _plain(getattr(before, name)), _plain(getattr(after, name))
        if was != will_be:
            yield name, was, will_be
    yield from (("tags", None, tag) for tag in after.tags if tag not in before.tags)
    yield from (("tags", tag, None) for tag in before.tags if tag not in after.tags)


def _plain(value: Any) -> Any:
    """As it can be counted."""
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


async def _refuse_unknown(session: TenantSession, rule_id: UUID) -> None:
    rule = await session.get(IntakeRule, (session.tenant_id, rule_id))
    if rule is None:
        raise IntakeRuleNotFound(rule_id)
    if rule.archived_at is not None:
        raise IntakeRuleIsArchived(rule_id)
