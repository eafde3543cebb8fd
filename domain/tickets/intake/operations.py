"""Writing down intake rules: each change is a new version, and what was said before stays."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.kit import bulk, events, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.tickets import needs
from domain.tickets.intake import conditions, queries, rules
from domain.tickets.intake.errors import (
    IntakeOrderIncomplete,
    IntakeRuleIsArchived,
    IntakeRuleNotFound,
    TooManyIntakeRules,
)
from domain.tickets.intake.events import IntakeRuleArchived, IntakeRuleChanged, IntakeRuleCreated, IntakeRuleMoved
from domain.tickets.intake.models import IntakeRule, IntakeRuleSkill, IntakeRuleVersion
from domain.tickets.intake.rules import Effects
from domain.tickets.queries import team

MOST_RULES = 100
"""Rules in force at once: each is looked at for every new ticket."""


async def create_rule(
    session: TenantSession, *, name: str, condition: str, effects: Effects, by: Actor, now: datetime
) -> IntakeRule:
    """Add a rule after all others; it acts on the next ticket that is opened.

    Raises ConditionRefused, TooManyIntakeRules, TeamNotFound, SkillNotFound, InvalidInput.
    """
    label = texts.label(name, field="name")
    condition, effects = await checked(session, condition=condition, effects=effects)
    await queries.take_turn(session)
    here = await queries.lock_in_force(session)
    if len(here) >= MOST_RULES:
        raise TooManyIntakeRules(MOST_RULES)
    rule = IntakeRule(
        tenant_id=session.tenant_id, id=new_id(), version=0, name=label, position=len(here) + 1, created_at=now
    )
    events.record(session, rule, IntakeRuleCreated(label, len(here) + 1, condition, 1), by=by, at=now)
    session.add(rule)
    await session.flush()
    await _say(session, rule, 1, condition=condition, effects=effects, by=by, now=now)
    return rule


async def update_rule(
    session: TenantSession,
    *,
    rule_id: UUID,
    name: str | None,
    condition: str,
    effects: Effects,
    by: Actor,
    now: datetime,
) -> IntakeRule:
    """Say anew what a rule does, as its next version; the same again changes nothing. A None name stays.

    Raises IntakeRuleNotFound, IntakeRuleIsArchived, ConditionRefused, TeamNotFound, SkillNotFound, InvalidInput.
    """
    label = texts.label(name, field="name") if name is not None else None
    condition, effects = await checked(session, condition=condition, effects=effects)
    rule, said, effects_said = await queries.lock_rule(session, rule_id=rule_id)
    if rule.archived_at is not None:
        raise IntakeRuleIsArchived(rule_id)
    named = label or rule.name
    same = (said.condition, effects_said) == (condition, effects)
    if same and named == rule.name:
        return rule
    number = said.number if same else said.number + 1
    rule.name = named
    events.record(session, rule, IntakeRuleChanged(named, condition, number), by=by, at=now)
    await session.flush()
    if not same:
        await _say(session, rule, number, condition=condition, effects=effects, by=by, now=now)
    return rule


async def reorder_rules(
    session: TenantSession, *, rule_ids: Sequence[UUID], by: Actor, now: datetime
) -> Sequence[IntakeRule]:
    """Put the rules in this order; the same again changes nothing.

    Raises IntakeRuleNotFound, and IntakeOrderIncomplete when one is missing, archived or named twice.
    """
    await queries.take_turn(session)
    here = {rule.id: rule for rule in await queries.lock_in_force(session)}
    if sorted(here) != sorted(rule_ids):
        for rule_id in rule_ids:
            if rule_id not in here and await session.get(IntakeRule, (session.tenant_id, rule_id)) is None:
                raise IntakeRuleNotFound(rule_id)
        raise IntakeOrderIncomplete
    ordered = [here[rule_id] for rule_id in rule_ids]
    _number(session, ordered, by=by, now=now)
    await session.flush()
    return ordered


async def move_rule(
    session: TenantSession, *, rule_id: UUID, places: int, by: Actor, now: datetime
) -> Sequence[IntakeRule]:
    """Move a rule so many places towards the end, or with a negative number towards the front; there it stays.

    Raises IntakeRuleNotFound, IntakeRuleIsArchived.
    """
    await queries.take_turn(session)
    rule, _, _ = await queries.lock_rule(session, rule_id=rule_id)
    if rule.archived_at is not None:
        raise IntakeRuleIsArchived(rule_id)
    here = list(await queries.lock_in_force(session))
    place = here.index(rule)
    here.insert(min(max(place + places, 0), len(here) - 1), here.pop(place))
    _number(session, here, by=by, now=now)
    await session.flush()
    return here


async def archive_rule(session: TenantSession, *, rule_id: UUID, by: Actor, now: datetime) -> IntakeRule:
    """Put a rule away for good: it acts on no new ticket, and those after it move up. Again changes nothing.

    Raises IntakeRuleNotFound.
    """
    await queries.take_turn(session)
    here = await queries.lock_in_force(session)
    rule, _, _ = await queries.lock_rule(session, rule_id=rule_id)
    if rule.archived_at is not None:
        return rule
    rule.archived_at, rule.position = now, None
    events.record(session, rule, IntakeRuleArchived(rule.name), by=by, at=now)
    _number(session, [each for each in here if each.id != rule_id], by=by, now=now)
    await session.flush()
    return rule


async def checked(session: TenantSession, *, condition: str, effects: Effects) -> tuple[str, Effects]:
    """Condition and effects as they are kept, once they mean something.

    Raises ConditionRefused, TeamNotFound, SkillNotFound, InvalidInput.
    """
    if not condition.strip():
        raise InvalidInput("condition", "must not be empty", "nie może być puste")
    conditions.condition(condition)
    effects = rules.checked(effects)
    if effects.team_id is not None:
        await team(session, team_id=effects.team_id)
    await needs.refuse_skills(session, effects.skills, field="effects.skills")
    return condition, effects


async def _say(
    session: TenantSession,
    rule: IntakeRule,
    number: int,
    *,
    condition: str,
    effects: Effects,
    by: Actor,
    now: datetime,
) -> None:
    version = IntakeRuleVersion(
        tenant_id=session.tenant_id,
        id=new_id(),
        rule_id=rule.id,
        number=number,
        condition=condition,
        team_id=effects.team_id,
        priority=effects.priority,
        sets_skills=bool(effects.skills),
        language=effects.language,
        needs_contact=effects.needs_contact,
        tags=list(effects.tags),
        stops=effects.stops,
        actor_kind=by.kind,
        actor_id=by.id,
        at=now,
    )
    session.add(version)
    await session.flush()
    skills = sorted(effects.skills.items())
    rows = [{"version_id": version.id, "skill_id": skill_id, "level": level} for skill_id, level in skills]
    await bulk.add(session, IntakeRuleSkill, rows)


def _number(session: TenantSession, ordered: Sequence[IntakeRule], *, by: Actor, now: datetime) -> None:
    for position, rule in enumerate(ordered, start=1):
        if rule.position != position:
            rule.position = position
            events.record(session, rule, IntakeRuleMoved(position), by=by, at=now)
