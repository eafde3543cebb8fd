"""What the people of a season get: they become agents as its template says, and have a seat or a place in the line."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from domain.agents import invitations
from domain.agents import operations as agents
from domain.agents import queries as people
from domain.agents.channels import Channel
from domain.agents.errors import AddressBelongsToCustomer, RoleAboveOwn
from domain.agents.levels import at_usual
from domain.agents.models import Agent, AgentCapacity, AgentSkill, AgentTeam, Member, MemberState
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.orders.customers import is_customer
from domain.seasons import queries
from domain.seasons.errors import PersonKeptOut
from domain.seasons.models import Season, SeasonPerson
from domain.seats import holding
from domain.seats.models import PlannedInvitation, SeatAssignment
from domain.seats.periods import period
from domain.seats.plans import plan_seat
from domain.seats.queries import already_seated, in_use


@dataclass(frozen=True)
class Template:
    """What the people of a season start with."""

    team_ids: Sequence[UUID]
    skill_ids: Sequence[UUID]
    capacities: dict[Channel, int]


async def enlist(
    session: TenantSession, *, season: Season, persons: Sequence[SeasonPerson], own_id: UUID, by: Actor, now: datetime
) -> None:
    """Make the people of a season agents, and give each a seat of it or a place in the line for one.

    Who is a member already keeps role, teams, skills and capacities, and gets the template's besides.
    The caller has taken the seats' turn and holds the season. Raises as `add_people` does.
    """
    template = Template(
        team_ids=await queries.team_ids(session, season_id=season.id),
        skill_ids=await queries.skill_ids(session, season_id=season.id),
        capacities=await queries.capacities(session, season_id=season.id),
    )
    for person in persons:
        agent = await _agent_for(session, season, person, template, own_id=own_id, by=by, now=now)
        planned = await plan_seat(
            session,
            agent_id=agent.id,
            kind=person.kind,
            wanted=season.period,
            season_id=season.id,
            successor_id=season.successor_id,
            invite_at=max(now, queries.invitation_day(season)),
            invited_by_id=own_id,
            by=by,
            now=now,
        )
        person.agent_id, person.invitation_id = agent.id, planned.id
    await session.flush()
    await holding.grant_held(session, now=now)


async def stay_on(
    session: TenantSession, *, season: Season, before: datetime, end: datetime, by: Actor, now: datetime
) -> None:
    """Plan the added time of a season for those whose seat ends where the season did, though its licence does not.

    That is one of no season, or one of the season that had been extended by itself. The added time follows without a
    gap, as soon as a licence is free for it. The caller has taken the seats' turn, and extended those who sit on the
    season's licences to their end.
    """
    found = await session.scalars(
        select(PlannedInvitation)
        .join(
            SeatAssignment,
            (SeatAssignment.tenant_id == PlannedInvitation.tenant_id)
            & (SeatAssignment.id == PlannedInvitation.assignment_id),
        )
        .where(
            PlannedInvitation.tenant_id == session.tenant_id,
            PlannedInvitation.season_id == season.id,
            PlannedInvitation.cancelled_at.is_(None),
            SeatAssignment.cancelled_at.is_(None),
            func.upper(SeatAssignment.period) == before,
        )
        .order_by(PlannedInvitation.id)
    )
    for planned in found.all():
        await plan_seat(
            session,
            agent_id=planned.agent_id,
            kind=planned.kind,
            wanted=period(before, end),
            season_id=season.id,
            successor_id=season.successor_id,
            invite_at=max(now, planned.invite_at),
            invited_by_id=planned.invited_by_id,
            by=by,
            now=now,
        )
    await holding.grant_held(session, now=now)


async def _agent_for(
    session: TenantSession,
    season: Season,
    person: SeasonPerson,
    template: Template,
    *,
    own_id: UUID,
    by: Actor,
    now: datetime,
) -> Agent:
    member = await people.member_by_email(session, email=person.email)
    if member is not None and member.state is MemberState.SUSPENDED:
        raise PersonKeptOut(person.email)
    if member is None:
        _, agent = await invitations.plan_member(
            session,
            email=person.email,
            name=person.name,
            role=season.role,
            team_ids=template.team_ids,
            skill_ids=template.skill_ids,
            capacities=template.capacities,
            language=season.language,
            belongs_to_customer=await is_customer(session, email=person.email),
            by=by,
            inviter_member_id=own_id,
            now=now,
        )
    else:
        await _must_be_addable(session, member, own_id=own_id)
        agent = await _with_more(session, member, template, by=by, now=now)
    await _refuse_seated(session, agent, season)
    return agent


async def _must_be_addable(session: TenantSession, member: Member, *, own_id: UUID) -> None:
    """Raises AddressBelongsToCustomer, and RoleAboveOwn for one who was invited as more than the inviter is."""
    if await is_customer(session, email=member.email):
        raise AddressBelongsToCustomer(member.email)
    own = await invitations.role_of(session, own_id)
    if member.state is MemberState.INVITED and not invitations.may_grant(own, member.role):
        raise RoleAboveOwn(member.role, own)


async def _with_more(session: TenantSession, member: Member, template: Template, *, by: Actor, now: datetime) -> Agent:
    """The agent that a member is, with the template's teams, skills and capacities beside the own ones."""
    await people.lock_member(session, member_id=member.id)
    agent = await people.lock_agent_of(session, member_id=member.id)
    if agent is None:
        agent = await agents.add_agent(session, member=member, by=by, now=now)
    mine = session.tenant_id
    teams = await session.scalars(
        select(AgentTeam.team_id).where(AgentTeam.tenant_id == mine, AgentTeam.agent_id == agent.id)
    )
    await agents.set_teams(session, agent_id=agent.id, team_ids={*teams, *template.team_ids}, by=by, now=now)
    skilled = await session.execute(
        select(AgentSkill.skill_id, AgentSkill.level).where(
            AgentSkill.tenant_id == mine, AgentSkill.agent_id == agent.id
        )
    )
    skills = {**at_usual(template.skill_ids), **{row.skill_id: row.level for row in skilled}}
    await agents.set_skills(session, agent_id=agent.id, skills=skills, by=by, now=now)
    own = await session.execute(
        select(AgentCapacity.channel, AgentCapacity.items).where(
            AgentCapacity.tenant_id == mine, AgentCapacity.agent_id == agent.id
        )
    )
    items = {**template.capacities, **{row.channel: row.items for row in own}}
    await agents.set_capacity(session, agent_id=agent.id, items=items, by=by, now=now)
    return agent


async def _refuse_seated(session: TenantSession, agent: Agent, season: Season) -> None:
    """Raises AgentAlreadySeated for somebody who sits elsewhere during the season."""
    other = await session.scalar(
        select(SeatAssignment.licence_id)
        .where(
            SeatAssignment.tenant_id == session.tenant_id,
            SeatAssignment.agent_id == agent.id,
            in_use(season.period),
            SeatAssignment.ended_at.is_(None),
        )
        .limit(1)
    )
    if other is not None:
        raise await already_seated(session, agent_id=agent.id, licence_id=other)
