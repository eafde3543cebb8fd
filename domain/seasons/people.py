"""The people of a season: named while it is planned, enlisted once it stands, removed when they do not come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from domain.agents import invitations, membership
from domain.agents import operations as agents
from domain.agents import queries as people
from domain.agents.channels import Channel
from domain.agents.errors import AddressBelongsToCustomer, RoleAboveOwn
from domain.agents.models import Agent, AgentCapacity, AgentSkill, AgentTeam, Member, MemberState
from domain.kit import events, inputs, texts
from domain.kit.addresses import email_address
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.orders.customers import is_customer
from domain.seasons import course, queries
from domain.seasons.course import SeasonState
from domain.seasons.errors import PersonKeptOut, PersonNamedTwice, SeasonPersonNotFound
from domain.seasons.events import SeasonPersonAdded, SeasonPersonRemoved
from domain.seasons.models import Season, SeasonPerson
from domain.seats import holding
from domain.seats.days import beginning_of
from domain.seats.models import PlannedInvitation, SeatAssignment, SeatKind, SeatLicence
from domain.seats.periods import SMALLEST, period
from domain.seats.plans import plan_seat
from domain.seats.queries import HELD, UNSETTLED, already_seated, in_use, take_turn
from domain.tickets import departures

MOST_AT_ONCE = 200
"""People that are named in one step."""


@dataclass(frozen=True)
class Named:
    """Whom to have in a season, and on which kind of seat."""

    email: str
    name: str
    kind: SeatKind


@dataclass(frozen=True)
class Template:
    """What the people of a season start with."""

    team_ids: Sequence[UUID]
    skill_ids: Sequence[UUID]
    capacities: dict[Channel, int]


def checked(named: Sequence[Named]) -> dict[str, Named]:
    """The people by address, trimmed and checked. Raises PersonNamedTwice, InvalidInput."""
    inputs.at_most(MOST_AT_ONCE, named, field="people")
    found: dict[str, Named] = {}
    for place, one in enumerate(named):
        with inputs.inside("people", place):
            email = email_address(one.email, field="email")
            name = texts.label(one.name, field="name")
        if email in found:
            raise PersonNamedTwice(email)
        found[email] = Named(email, name, one.kind)
    return found


async def name_all(
    session: TenantSession, *, season_id: UUID, wanted: Mapping[str, Named], own_id: UUID, now: datetime
) -> None:
    """Make these, whom `checked` has found in order, and no others the people of a draft, in that order."""
    known = {person.email: person for person in await _everybody(session, season_id=season_id)}
    for email, person in known.items():
        if email not in wanted and person.removed_at is None:
            person.removed_at = now
    before: SeasonPerson | None = None
    for email, one in wanted.items():
        person = _write(session, known.get(email), one, season_id=season_id, email=email, own_id=own_id, now=now)
        if before is not None and (person.added_at, person.id) <= (before.added_at, before.id):
            person.added_at = before.added_at + SMALLEST  # their order is that in which they were added
        before = person
    await session.flush()


async def add_people(
    session: TenantSession, *, season_id: UUID, named: Sequence[Named], own_id: UUID, by: Actor, now: datetime
) -> list[SeasonPerson]:
    """Name more people for a season. If it stands, each gets a seat, or waits in line for one, and is invited in time.

    Who is in it, but has lost seat and place in the line, is named anew as well.
    `own_id` is the member who does it. Raises SeasonNotFound, SeasonOver, PersonNamedTwice, PersonKeptOut,
    AgentAlreadySeated, AddressBelongsToCustomer, RoleAboveOwn, MemberNotFound, InvalidInput.
    """
    wanted = checked(named)
    await take_turn(session)
    season = await queries.lock_season(session, season_id=season_id)
    state = queries.state(season, now)
    course.must_not_be_over(state)
    known = {person.email: person for person in await _everybody(session, season_id=season_id)}
    added = []
    for email, one in wanted.items():
        before = known.get(email)
        if before is not None and before.removed_at is None:
            if state is SeasonState.DRAFT or await _has_something(session, before, season=season, now=now):
                raise PersonNamedTwice(email)
            before.removed_at = now  # named anew below, at the end of the line
        person = _write(session, before, one, season_id=season_id, email=email, own_id=own_id, now=now)
        events.record(session, season, SeasonPersonAdded(person.id, person.kind), by=by, at=now)
        added.append(person)
    await session.flush()
    if state is not SeasonState.DRAFT:
        await enlist(session, season=season, persons=added, own_id=own_id, by=by, now=now)
    return added


async def remove_person(
    session: TenantSession, *, person_id: UUID, own_id: UUID, by: Actor, now: datetime
) -> SeasonPerson:
    """Take somebody out of a season: the seat ends now (its tickets are handed over), an unused link is worthless.

    Again changes nothing. The seat is free for whoever waits for one. `own_id` is the member who does it.
    Raises SeasonPersonNotFound, SeasonOver.
    """
    await take_turn(session)
    found = await session.get(SeasonPerson, (session.tenant_id, person_id))
    if found is None:
        raise SeasonPersonNotFound(person_id)
    season = await queries.lock_season(session, season_id=found.season_id)
    person = await session.get_one(SeasonPerson, (session.tenant_id, person_id), populate_existing=True)
    if person.removed_at is not None:
        return person
    course.must_not_be_over(queries.state(season, now))
    if person.agent_id is not None:
        await leave(session, season=season, agent_ids=[person.agent_id], by=by, now=now)
    person.removed_at = now
    events.record(session, season, SeasonPersonRemoved(person.id), by=by, at=now)
    await session.flush()
    return person


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
            invite_at=max(now, invitation_day(season)),
            invited_by_id=own_id,
            by=by,
            now=now,
        )
        person.agent_id, person.invitation_id = agent.id, planned.id
    await session.flush()
    await holding.grant_held(session, now=now)


async def leave(session: TenantSession, *, season: Season, agent_ids: Sequence[UUID], by: Actor, now: datetime) -> None:
    """End what agents have of a season: its seats, places in the line, and the links that it had mailed in vain.

    The caller has taken the seats' turn and holds the season.
    """
    seats = await seats_of(session, season=season, agent_ids=agent_ids)
    await departures.release_seats(session, assignment_ids=seats, at=None, by=by, now=now)
    for agent_id in agent_ids:
        await holding.cancel_of_agent(session, agent_id=agent_id, season_id=season.id, by=by, now=now)
    await revoke_links(session, season=season, agent_ids=agent_ids, by=by, now=now)


async def revoke_links(
    session: TenantSession, *, season: Season, agent_ids: Sequence[UUID], by: Actor, now: datetime
) -> None:
    """Make the links worthless that a season had mailed to agents who have no seat left, nor wait for one.

    The caller holds the season.
    """
    uninvited = await _with_nothing_but(session, season=season, agent_ids=agent_ids, now=now)
    await membership.revoke_unused_links(session, member_ids=uninvited, by=by, now=now)


async def agents_of(session: TenantSession, *, season: Season) -> list[UUID]:
    """The agents that its people are, and those to whom a seat of theirs was moved, in id order."""
    planned = await session.scalars(
        select(PlannedInvitation.agent_id)
        .where(PlannedInvitation.tenant_id == session.tenant_id, PlannedInvitation.season_id == season.id)
        .distinct()
    )
    return sorted(planned)


async def seats_of(
    session: TenantSession, *, season: Season, agent_ids: Sequence[UUID], later_than: datetime | None = None
) -> list[UUID]:
    """The agents' unended assignments of a season, in id order: on its licences, or on others that it was given.

    `later_than` narrows them to those that go on after an instant.
    """
    planned = (
        select(PlannedInvitation.id)
        .where(
            PlannedInvitation.tenant_id == SeatAssignment.tenant_id,
            PlannedInvitation.assignment_id == SeatAssignment.id,
            PlannedInvitation.season_id == season.id,
        )
        .exists()
    )
    found = select(SeatAssignment.id).join(
        SeatLicence,
        (SeatLicence.tenant_id == SeatAssignment.tenant_id) & (SeatLicence.id == SeatAssignment.licence_id),
    )
    mine = found.where(
        SeatAssignment.tenant_id == session.tenant_id,
        SeatAssignment.agent_id.in_(agent_ids),
        (SeatLicence.season_id == season.id) | planned,
        SeatAssignment.ended_at.is_(None),
        SeatAssignment.cancelled_at.is_(None),
    )
    if later_than is not None:
        mine = mine.where(func.coalesce(func.upper(SeatAssignment.period) > later_than, True))
    return list(await session.scalars(mine.order_by(SeatAssignment.id)))


async def stay_elsewhere(
    session: TenantSession, *, season: Season, before: datetime, end: datetime, by: Actor, now: datetime
) -> None:
    """Plan the added time of a season for those whose seat of it is on a licence of no season, and ends with it.

    It follows on that seat without a gap, as soon as a licence is free for it. The caller has taken the seats' turn.
    """
    found = await session.scalars(
        select(PlannedInvitation)
        .join(
            SeatAssignment,
            (SeatAssignment.tenant_id == PlannedInvitation.tenant_id)
            & (SeatAssignment.id == PlannedInvitation.assignment_id),
        )
        .join(
            SeatLicence,
            (SeatLicence.tenant_id == SeatAssignment.tenant_id) & (SeatLicence.id == SeatAssignment.licence_id),
        )
        .where(
            PlannedInvitation.tenant_id == session.tenant_id,
            PlannedInvitation.season_id == season.id,
            PlannedInvitation.cancelled_at.is_(None),
            SeatLicence.season_id.is_(None),
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


async def _with_nothing_but(
    session: TenantSession, *, season: Season, agent_ids: Sequence[UUID], now: datetime
) -> list[UUID]:
    """The members whom the season had invited and who have no seat or planned seat left: their links lead nowhere."""
    seated = (
        select(SeatAssignment.id)
        .where(
            SeatAssignment.tenant_id == Agent.tenant_id,
            SeatAssignment.agent_id == Agent.id,
            SeatAssignment.ended_at.is_(None),
            SeatAssignment.cancelled_at.is_(None),
            func.coalesce(func.upper(SeatAssignment.period) > now, True),
        )
        .exists()
    )
    mine = (PlannedInvitation.tenant_id == Agent.tenant_id) & (PlannedInvitation.agent_id == Agent.id)
    invited = select(PlannedInvitation.id).where(
        mine, PlannedInvitation.season_id == season.id, PlannedInvitation.settled_at.is_not(None)
    )
    to_come = func.coalesce(func.upper(PlannedInvitation.wanted) > now, True)
    waiting = select(PlannedInvitation.id).where(mine, UNSETTLED, to_come)
    found = await session.scalars(
        select(Agent.member_id)
        .where(
            Agent.tenant_id == session.tenant_id,
            Agent.id.in_(agent_ids),
            invited.exists(),
            ~seated,
            ~waiting.exists(),
        )
        .order_by(Agent.member_id)
    )
    return list(found)


def invitation_day(season: Season) -> datetime:
    """When the season's invitations go out: as the day begins that is `lead_days` before its first."""
    return beginning_of(season.first_day - timedelta(days=season.lead_days), ZoneInfo(season.timezone))


async def _has_something(session: TenantSession, person: SeasonPerson, *, season: Season, now: datetime) -> bool:
    """Whether somebody has a seat of a season, or waits for one."""
    if person.agent_id is None:
        return False
    waits = await session.scalar(
        select(PlannedInvitation.id)
        .where(
            PlannedInvitation.tenant_id == session.tenant_id,
            PlannedInvitation.agent_id == person.agent_id,
            PlannedInvitation.season_id == season.id,
            HELD,
        )
        .limit(1)
    )
    return waits is not None or bool(
        await seats_of(session, season=season, agent_ids=[person.agent_id], later_than=now)
    )


async def _everybody(session: TenantSession, *, season_id: UUID) -> Sequence[SeasonPerson]:
    found = await session.scalars(
        select(SeasonPerson)
        .where(SeasonPerson.tenant_id == session.tenant_id, SeasonPerson.season_id == season_id)
        .order_by(SeasonPerson.id)
    )
    return found.all()


def _write(
    session: TenantSession,
    before: SeasonPerson | None,
    one: Named,
    *,
    season_id: UUID,
    email: str,
    own_id: UUID,
    now: datetime,
) -> SeasonPerson:
    """The person, new or named again."""
    person = before or SeasonPerson(tenant_id=session.tenant_id, id=new_id(), season_id=season_id, email=email)
    if before is None or before.removed_at is not None:
        person.added_at, person.added_by_id = now, own_id
        person.agent_id, person.invitation_id = None, None
    person.name, person.kind, person.removed_at = one.name, one.kind, None
    session.add(person)
    return person


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
    skills = await session.scalars(
        select(AgentSkill.skill_id).where(AgentSkill.tenant_id == mine, AgentSkill.agent_id == agent.id)
    )
    await agents.set_skills(session, agent_id=agent.id, skill_ids={*skills, *template.skill_ids}, by=by, now=now)
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
