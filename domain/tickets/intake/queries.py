"""The rules as they stand, and the lock that keeps their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, literal_column, select, true
from sqlalchemy.orm import aliased

from domain.kit.database import TenantSession
from domain.orders.models import Order
from domain.tenants.models import Tenant
from domain.tickets.intake.errors import IntakeRuleNotFound
from domain.tickets.intake.models import IntakeRule, IntakeRuleSkill, IntakeRuleVersion
from domain.tickets.intake.rules import Effects, Rule
from domain.tickets.models import OPEN, Ticket
from domain.tickets.queries import by_skill, skills_said

Skills = Mapping[str, int] | None
"""The skills of a version as a statement finds them, by `skills_said`."""

_newest = (
    select(IntakeRuleVersion)
    .where(IntakeRuleVersion.tenant_id == IntakeRule.tenant_id, IntakeRuleVersion.rule_id == IntakeRule.id)
    .order_by(IntakeRuleVersion.number.desc())
    .limit(1)
    .lateral("newest")
)
Newest = aliased(IntakeRuleVersion, _newest, name="newest")
"""The version of a rule that counts."""


@dataclass(frozen=True)
class Standing:
    """The rules in force, in their order, and what they need to know besides the ticket itself."""

    rules: Sequence[Rule]
    zone: ZoneInfo
    open_tickets: int
    orders: int


def in_force(session: TenantSession) -> Select[IntakeRule, IntakeRuleVersion, Skills]:
    """The rules that are not archived with their newest versions and the skills of these, in their order."""
    return (
        select(IntakeRule, Newest, skills_said(IntakeRuleSkill.version_id, Newest.id))
        .join(Newest, true())
        .where(IntakeRule.tenant_id == session.tenant_id, IntakeRule.archived_at.is_(None))
        .order_by(IntakeRule.position)
    )


async def standing_for(session: TenantSession, *, customer_id: UUID) -> Standing | None:
    """The rules in force and the customer's numbers, in one statement; None for a shop without rules."""
    # Worked out once for the statement, and not at all where there is no rule.
    opened = (
        select(func.count())
        .select_from(Ticket)
        .where(
            Ticket.tenant_id == session.tenant_id, Ticket.customer_id == customer_id, literal_column(f"ticket.{OPEN}")
        )
    )
    orders = (
        select(func.count())
        .select_from(Order)
        .where(Order.tenant_id == session.tenant_id, Order.customer_id == customer_id)
    )
    statement = (
        select(
            *(getattr(Newest, name) for name in _RULE),
            skills_said(IntakeRuleSkill.version_id, Newest.id).label("skills"),
            Tenant.timezone,
            opened.scalar_subquery().label("open_tickets"),
            orders.scalar_subquery().label("orders"),
        )
        .select_from(IntakeRule)
        .join(Newest, true())
        .join(Tenant, Tenant.id == IntakeRule.tenant_id)
        .where(IntakeRule.tenant_id == session.tenant_id, IntakeRule.archived_at.is_(None))
        .order_by(IntakeRule.position)
    )
    rows: Sequence[Any] = (await session.execute(statement)).all()
    if not rows:
        return None
    first = rows[0]
    return Standing(
        [rule_of(row, row.skills) for row in rows], ZoneInfo(first.timezone), first.open_tickets, first.orders
    )


_RULE = ("rule_id", "id", "condition", "team_id", "priority", "language", "needs_contact", "tags", "stops")


def rule_of(version: IntakeRuleVersion, skills: Skills) -> Rule:
    """The rule that a version, or a row with its columns, says."""
    return Rule(version.rule_id, version.id, version.condition, effects_of(version, skills))


def effects_of(version: IntakeRuleVersion, skills: Skills) -> Effects:
    """The effects that a version, or a row with its columns, says."""
    return Effects(
        team_id=version.team_id,
        priority=version.priority,
        skills=by_skill(skills),
        language=version.language,
        needs_contact=version.needs_contact,
        tags=tuple(version.tags),
        stops=version.stops,
    )


async def take_turn(session: TenantSession) -> None:
    """Wait until no other transaction of this tenant changes its rules, and keep others waiting until this one ends."""
    turn = func.pg_advisory_xact_lock(func.hashtextextended(f"intake:{session.tenant_id}", 0))
    await session.execute(select(turn))


async def lock_rule(session: TenantSession, *, rule_id: UUID) -> tuple[IntakeRule, IntakeRuleVersion, Effects]:
    """The rule, locked until the transaction ends, its newest version and what that does. Raises IntakeRuleNotFound."""
    rule = await session.scalar(
        select(IntakeRule)
        .where(IntakeRule.tenant_id == session.tenant_id, IntakeRule.id == rule_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if rule is None:
        raise IntakeRuleNotFound(rule_id)
    newest = (
        select(IntakeRuleVersion, skills_said(IntakeRuleSkill.version_id, IntakeRuleVersion.id))
        .where(IntakeRuleVersion.tenant_id == session.tenant_id, IntakeRuleVersion.rule_id == rule_id)
        .order_by(IntakeRuleVersion.number.desc())
        .limit(1)
    )
    version, skills = (await session.execute(newest)).one()
    return rule, version, effects_of(version, skills)


async def lock_in_force(session: TenantSession) -> Sequence[IntakeRule]:
    """The rules that are not archived, in their order; locked in the order of their ids."""
    found = await session.scalars(
        select(IntakeRule)
        .where(and_(IntakeRule.tenant_id == session.tenant_id, IntakeRule.archived_at.is_(None)))
        .order_by(IntakeRule.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return sorted(found.all(), key=lambda rule: rule.position or 0)
