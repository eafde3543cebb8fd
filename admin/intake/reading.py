"""What the pages of intake rules show: the rules with what they say, and where they could not be decided."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, true
from starlette.exceptions import HTTPException

from domain.agents.models import Skill, Team
from domain.kit.database import TenantSession
from domain.tickets.intake.models import IntakeFailure, IntakeRule, IntakeRuleSkill, IntakeRuleVersion
from domain.tickets.intake.queries import Newest
from domain.tickets.models import Ticket

MOST_ARCHIVED = 50
MOST_VERSIONS = 50
MOST_FAILURES = 20

Line = Any
"""A row of some of the columns, by their names."""


@dataclass(frozen=True)
class RulePart:
    """A rule with all that its page shows of it."""

    rule: IntakeRule
    versions: Sequence[Line]
    skills: Mapping[UUID, Sequence[Line]]
    failures: Sequence[Line]
    failed: int

    @property
    def skills_now(self) -> Sequence[Line]:
        """The skills that it sets now."""
        return self.skills[self.current.id]

    @property
    def current(self) -> IntakeRuleVersion:
        version: IntakeRuleVersion = self.versions[0].IntakeRuleVersion
        return version


async def rules_in_force(session: TenantSession) -> Sequence[Line]:
    """The rules that act on new tickets, in their order."""
    listed = _listed(session).where(IntakeRule.archived_at.is_(None)).order_by(IntakeRule.position)
    return (await session.execute(listed)).all()


async def rules_archived(session: TenantSession) -> Sequence[Line]:
    """The rules that were put away last."""
    listed = _listed(session).where(IntakeRule.archived_at.is_not(None))
    last = listed.order_by(IntakeRule.archived_at.desc(), IntakeRule.id).limit(MOST_ARCHIVED)
    return (await session.execute(last)).all()


def _listed(session: TenantSession) -> Any:
    failed = (
        select(func.count())
        .select_from(IntakeFailure)
        .where(IntakeFailure.tenant_id == IntakeRule.tenant_id, IntakeFailure.version_id == Newest.id)
    )
    return (
        select(
            IntakeRule,
            Newest,
            Team.name.label("team"),
            failed.scalar_subquery().label("failed"),
        )
        .select_from(IntakeRule)
        .join(Newest, true())
        .outerjoin(Team, and_(Team.tenant_id == IntakeRule.tenant_id, Team.id == Newest.team_id))
        .where(IntakeRule.tenant_id == session.tenant_id)
    )


async def skills_of_versions(session: TenantSession, version_ids: Collection[UUID]) -> dict[UUID, list[Line]]:
    """The skills that each version sets, by name, with id and level."""
    found: dict[UUID, list[Line]] = {version_id: [] for version_id in version_ids}
    said = (
        select(IntakeRuleSkill.version_id, Skill.id, Skill.name, IntakeRuleSkill.level)
        .join(Skill, and_(Skill.tenant_id == IntakeRuleSkill.tenant_id, Skill.id == IntakeRuleSkill.skill_id))
        .where(IntakeRuleSkill.tenant_id == session.tenant_id, IntakeRuleSkill.version_id.in_(version_ids))
        .order_by(Skill.name, Skill.id)
    )
    for row in await session.execute(said):
        found[row.version_id].append(row)
    return found


async def rule_part(session: TenantSession, *, rule_id: UUID) -> RulePart:
    """The rule of that id, what it said and says, the newest first, and its newest failures. Raises a 404."""
    rule = await session.get(IntakeRule, (session.tenant_id, rule_id))
    if rule is None:
        raise HTTPException(404)
    version = IntakeRuleVersion
    versions = await session.execute(
        select(version, Team.name.label("team"))
        .outerjoin(Team, and_(Team.tenant_id == version.tenant_id, Team.id == version.team_id))
        .where(version.tenant_id == session.tenant_id, version.rule_id == rule_id)
        .order_by(version.number.desc())
        .limit(MOST_VERSIONS)
    )
    of_rule = (
        select(
            IntakeFailure.at,
            IntakeFailure.why,
            IntakeFailure.detail,
            version.number.label("version"),
            Ticket.id.label("ticket_id"),
            Ticket.number,
            func.count().over().label("in_all"),
        )
        .join(version, and_(version.tenant_id == IntakeFailure.tenant_id, version.id == IntakeFailure.version_id))
        .join(Ticket, and_(Ticket.tenant_id == IntakeFailure.tenant_id, Ticket.id == IntakeFailure.ticket_id))
        .where(IntakeFailure.tenant_id == session.tenant_id, version.rule_id == rule_id)
        .order_by(IntakeFailure.at.desc(), IntakeFailure.id.desc())
        .limit(MOST_FAILURES)
    )
    failures = (await session.execute(of_rule)).all()
    listed = versions.all()
    skills = await skills_of_versions(session, [row.IntakeRuleVersion.id for row in listed])
    return RulePart(rule, listed, skills, failures, failures[0].in_all if failures else 0)
