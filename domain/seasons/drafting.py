"""Making a plan for a season, and making it anew while nothing of it stands yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import Range

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.errors import AgentNotFound, RoleAboveOwn
from domain.agents.invitations import may_grant, role_of
from domain.agents.models import Agent
from domain.agents.roles import Role, needs_seat
from domain.kit import events, inputs, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput, Language
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.seasons import course, people, queries
from domain.seasons.events import SeasonDrafted, day
from domain.seasons.models import MOST_SEATS, Season, SeasonCapacity, SeasonSkill, SeasonTeam
from domain.seasons.people import Named
from domain.tenants.models import Tenant
from domain.tickets.abilities import MOST_SKILLS, MOST_TEAMS

MOST_LEAD_DAYS = 90
DEFAULT_LEAD_DAYS = 7


@dataclass(frozen=True)
class Plan:
    """What a season is to be: days in the shop's zone (both included), seats by kind, and what its people start as.

    Invitations go out `lead_days` before the first day. `successor_id` is the agent who gets what they leave open.
    The role is one that may do nothing without a seat, so that its rights end with the season.
    More people than seats is no mistake: those who are one too many wait for a seat in the order in which they stand.
    """

    name: str
    first_day: date
    last_day: date
    full_count: int
    light_count: int
    role: Role
    language: Language
    team_ids: Collection[UUID] = ()
    skill_ids: Collection[UUID] = ()
    capacities: Mapping[Channel, int] | None = None
    lead_days: int = DEFAULT_LEAD_DAYS
    successor_id: UUID | None = None
    people: Sequence[Named] = ()


async def draft_season(
    session: TenantSession, *, plan: Plan, season_id: UUID | None = None, own_id: UUID, by: Actor, now: datetime
) -> Season:
    """Write a plan down, as a new draft or in place of an older one; nobody is invited and nothing is bought.

    `own_id` is the member who does it. Raises SeasonNotFound, SeasonNotDraft, RoleAboveOwn, TeamNotFound,
    SkillNotFound, AgentNotFound, PersonNamedTwice, InvalidInput.
    """
    wanted = people.checked(plan.people)
    checked = await _checked(session, plan, own_id=own_id, now=now)
    if season_id is None:
        season = Season(tenant_id=session.tenant_id, id=new_id(), created_at=now, created_by_id=own_id, **checked)
        session.add(season)
    else:
        season = await queries.lock_season(session, season_id=season_id)
        course.must_be_draft(queries.state(season, now))
        for name, value in checked.items():
            setattr(season, name, value)
    drafted = SeasonDrafted(day(plan.first_day), day(plan.last_day), plan.full_count, plan.light_count)
    events.record(session, season, drafted, by=by, at=now)
    await session.flush()
    await _set_template(session, season.id, plan)
    await people.name_all(session, season_id=season.id, wanted=wanted, own_id=own_id, now=now)
    await session.flush()
    return season


async def _checked(session: TenantSession, plan: Plan, *, own_id: UUID, now: datetime) -> dict[str, Any]:
    """The plan's own columns. Raises what `draft_season` does."""
    tenant = await session.get_one(Tenant, session.tenant_id)
    zone = ZoneInfo(tenant.timezone)
    named = texts.label(plan.name, field="name")
    span = course.span(first=plan.first_day, last=plan.last_day, zone=zone)
    if plan.first_day < now.astimezone(zone).date():
        raise InvalidInput("firstDay", "must not be in the past", "nie może być w przeszłości")
    inputs.whole(plan.full_count, field="fullCount", least=0, most=MOST_SEATS)
    inputs.whole(plan.light_count, field="lightCount", least=0, most=MOST_SEATS)
    inputs.whole(plan.full_count + plan.light_count, field="lightCount", least=1, most=MOST_SEATS)
    inputs.whole(plan.lead_days, field="leadDays", least=0, most=MOST_LEAD_DAYS)
    inputs.at_most(MOST_TEAMS, plan.team_ids, field="teamIds")
    inputs.at_most(MOST_SKILLS, plan.skill_ids, field="skillIds")
    agents.refuse_capacities(plan.capacities or {})
    own = await role_of(session, own_id)
    if not may_grant(own, plan.role):
        raise RoleAboveOwn(plan.role, own)
    if not needs_seat(plan.role):
        raise InvalidInput(
            "role",
            "must be one that works on a seat only: what an admin or an owner may do would outlast the season",
            "musi działać tylko z licencją: uprawnienia administratora albo właściciela trwałyby dłużej niż sezon",
        )
    await agents.refuse_unknown(session, team_ids=plan.team_ids, skill_ids=plan.skill_ids)
    if plan.successor_id is not None and await session.get(Agent, (session.tenant_id, plan.successor_id)) is None:
        raise AgentNotFound(plan.successor_id)
    return {
        "name": named,
        "first_day": plan.first_day,
        "last_day": plan.last_day,
        "timezone": tenant.timezone,
        "period": Range(span.start, span.end, bounds="[)"),
        "full_count": plan.full_count,
        "light_count": plan.light_count,
        "role": plan.role,
        "language": plan.language,
        "lead_days": plan.lead_days,
        "successor_id": plan.successor_id,
    }


async def _set_template(session: TenantSession, season_id: UUID, plan: Plan) -> None:
    mine: dict[str, Any] = {"tenant_id": session.tenant_id, "season_id": season_id}
    rows = {
        SeasonTeam: [{**mine, "team_id": team_id} for team_id in sorted(set(plan.team_ids))],
        SeasonSkill: [{**mine, "skill_id": skill_id} for skill_id in sorted(set(plan.skill_ids))],
        SeasonCapacity: [
            {**mine, "channel": channel, "items": items} for channel, items in (plan.capacities or {}).items()
        ],
    }
    for table, wanted in rows.items():
        await session.execute(
            delete(table).where(table.tenant_id == session.tenant_id, table.season_id == season_id)  # type: ignore[attr-defined]
        )
        if wanted:
            await session.execute(insert(table), wanted)
