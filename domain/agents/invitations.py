"""Inviting people: a one-time link by which they join."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.agents import operations, queries
from domain.agents.channels import Channel
from domain.agents.errors import (
    AddressBelongsToCustomer,
    InvitationsUsedUp,
    InvitationTooSoon,
    MemberExists,
    MemberNotFound,
    RoleAboveOwn,
)
from domain.agents.events import (
    InvitationRevoked,
    InvitationSent,
    MemberInvited,
    MemberPlanned,
)
from domain.agents.jobs import SendInvitation
from domain.agents.levels import at_usual
from domain.agents.models import Agent, Invitation, Member, MemberState
from domain.agents.roles import Role
from domain.kit import events, outbox, secrets
from domain.kit.addresses import email_address
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from domain.kit.texts import label

INVITATION_LIFETIME = timedelta(days=7)
BETWEEN_INVITATIONS = timedelta(minutes=1)
MOST_INVITATIONS_A_DAY = 5

_RANK = {Role.AGENT: 0, Role.SUPERVISOR: 1, Role.ADMIN: 2, Role.OWNER: 3}


@dataclass(frozen=True)
class Invited:
    """Who was invited, and by which invitation; its link goes out by mail alone."""

    member: Member
    agent: Agent
    invitation: Invitation


def may_grant(own: Role, role: Role) -> bool:
    """Nobody grants a role above their own: an admin invites admins, and only an owner invites an owner."""
    return _RANK[role] <= _RANK[own]


def link_credential(*, tenant_id: UUID, invitation_id: UUID, key: str) -> Credential:
    """The secret of an invitation's link, made again from the service's own key whenever it is to be mailed."""
    return secrets.derive(Prefix.INVITATION, tenant_id=tenant_id, id=invitation_id, key=key)


def link(credential: Credential, *, public_url: str) -> str:
    """The address by which the invited person joins."""
    return f"{public_url.rstrip('/')}/admin/invitation/{credential}"


async def invite_member(
    session: TenantSession,
    *,
    email: str,
    name: str,
    role: Role,
    team_ids: Collection[UUID],
    skill_ids: Collection[UUID],
    capacities: Mapping[Channel, int],
    language: Language,
    belongs_to_customer: bool,
    by: Actor,
    inviter_member_id: UUID,
    key: str,
    now: datetime,
) -> Invited:
    """Invite a person to the staff and have the link mailed; it is good for 7 days.

    Inviting somebody again who has not joined makes the older link worthless, and what is said now counts. `key`
    is the service's own; `belongs_to_customer` says whether a customer of the shop has the address. Raises
    MemberExists, AddressBelongsToCustomer, RoleAboveOwn, TeamNotFound, SkillNotFound, MemberNotFound, InvalidInput,
    InvitationTooSoon, InvitationsUsedUp.
    """
    member, agent = await _register(
        session,
        email=email,
        name=name,
        role=role,
        team_ids=team_ids,
        skill_ids=skill_ids,
        capacities=capacities,
        language=language,
        belongs_to_customer=belongs_to_customer,
        by=by,
        inviter_member_id=inviter_member_id,
        now=now,
    )
    invitation = await renew(session, member=member, inviter_member_id=inviter_member_id, key=key, by=by, now=now)
    invited = MemberInvited(invitation.id, role, agent.id, tuple(sorted(set(team_ids))), tuple(sorted(set(skill_ids))))
    events.record(session, member, invited, by=by, at=now)
    await session.flush()
    return Invited(member, agent, invitation)


async def plan_member(
    session: TenantSession,
    *,
    email: str,
    name: str,
    role: Role,
    team_ids: Collection[UUID],
    skill_ids: Collection[UUID],
    capacities: Mapping[Channel, int],
    language: Language,
    belongs_to_customer: bool,
    by: Actor,
    inviter_member_id: UUID,
    now: datetime,
) -> tuple[Member, Agent]:
    """Make somebody a member who is to be invited later: as `invite_member`, but nothing is mailed and no link exists.

    Links that were sent before stay good. Raises as `invite_member` does, but for what concerns mailing.
    """
    member, agent = await _register(
        session,
        email=email,
        name=name,
        role=role,
        team_ids=team_ids,
        skill_ids=skill_ids,
        capacities=capacities,
        language=language,
        belongs_to_customer=belongs_to_customer,
        by=by,
        inviter_member_id=inviter_member_id,
        now=now,
    )
    planned = MemberPlanned(role, agent.id, tuple(sorted(set(team_ids))), tuple(sorted(set(skill_ids))))
    events.record(session, member, planned, by=by, at=now)
    await session.flush()
    return member, agent


async def _register(
    session: TenantSession,
    *,
    email: str,
    name: str,
    role: Role,
    team_ids: Collection[UUID],
    skill_ids: Collection[UUID],
    capacities: Mapping[Channel, int],
    language: Language,
    belongs_to_customer: bool,
    by: Actor,
    inviter_member_id: UUID,
    now: datetime,
) -> tuple[Member, Agent]:
    address = email_address(email, field="email")
    named = label(name, field="name")
    if belongs_to_customer:
        raise AddressBelongsToCustomer(address)
    own = await role_of(session, inviter_member_id)
    if not may_grant(own, role):
        raise RoleAboveOwn(role, own)
    await operations.refuse_unknown(session, team_ids=team_ids, skill_ids=skill_ids)
    operations.refuse_capacities(capacities)
    member = await _new_or_invited(session, email=address, name=named, role=role, language=language, now=now)
    if not may_grant(own, member.role):
        raise RoleAboveOwn(member.role, own)
    member.name, member.role, member.language = named, role, language

    agent = await _agent_for(session, member, by=by, now=now)
    await operations.set_teams(session, agent_id=agent.id, team_ids=team_ids, by=by, now=now)
    await operations.set_skills(session, agent_id=agent.id, skills=at_usual(skill_ids), by=by, now=now)
    await operations.set_capacity(session, agent_id=agent.id, items=capacities, by=by, now=now)
    return member, agent


async def renew(
    session: TenantSession,
    *,
    member: Member,
    inviter_member_id: UUID,
    key: str,
    by: Actor,
    now: datetime,
    needed_at: datetime | None = None,
) -> Invitation:
    """Make a member's older links worthless, and have a new one mailed. The caller holds the member's lock.

    It is good for 7 days, counted from `needed_at` if that is still to come (the day on which a seat begins), and as
    long as the older ones were.
    Raises InvitationTooSoon within a minute of the last one, InvitationsUsedUp for the sixth within 24 hours.
    """
    await _refuse_a_flood(session, member=member, now=now)
    expires_at = max(now, needed_at or now) + INVITATION_LIFETIME
    for older in await queries.lock_open_invitations(session, member_id=member.id):
        expires_at = max(expires_at, older.expires_at)
        older.revoked_at = now
        events.record(session, older, InvitationRevoked(member.id), by=by, at=now)
    invitation_id = new_id()
    credential = link_credential(tenant_id=session.tenant_id, invitation_id=invitation_id, key=key)
    invitation = Invitation(
        tenant_id=session.tenant_id,
        id=invitation_id,
        member_id=member.id,
        invited_by_id=inviter_member_id,
        secret_hash=credential.secret_hash(),
        created_at=now,
        expires_at=expires_at,
    )
    session.add(invitation)
    events.record(session, invitation, InvitationSent(member.id, invitation.expires_at), by=by, at=now)
    outbox.enqueue(session, SendInvitation(invitation.id), now=now)
    await session.flush()
    return invitation


async def _refuse_a_flood(session: TenantSession, *, member: Member, now: datetime) -> None:
    lately = (
        await session.scalars(
            select(Invitation.created_at).where(
                Invitation.tenant_id == session.tenant_id,
                Invitation.member_id == member.id,
                Invitation.created_at > now - timedelta(days=1),
            )
        )
    ).all()
    if any(sent > now - BETWEEN_INVITATIONS for sent in lately):
        raise InvitationTooSoon
    if len(lately) >= MOST_INVITATIONS_A_DAY:
        raise InvitationsUsedUp(MOST_INVITATIONS_A_DAY)


async def role_of(session: TenantSession, member_id: UUID) -> Role:
    """What an active member is. Raises MemberNotFound."""
    member = await queries.member_by_id(session, member_id=member_id)
    if member is None or member.state is not MemberState.ACTIVE:
        raise MemberNotFound(member_id)
    return member.role


async def _new_or_invited(
    session: TenantSession, *, email: str, name: str, role: Role, language: Language, now: datetime
) -> Member:
    row = insert(Member).values(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=0,
        email=email,
        name=name,
        role=role,
        language=language,
        state=MemberState.INVITED,
        failed_sign_ins=0,
        created_at=now,
    )
    # Of two invitations of one address at the same time the second waits here and finds the first one's member.
    created: Member | None = await session.scalar(row.on_conflict_do_nothing().returning(Member))
    if created is not None:
        return created
    member = await session.scalar(
        select(Member)
        .where(Member.tenant_id == session.tenant_id, Member.email == email)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if member is None or member.state is not MemberState.INVITED:
        raise MemberExists(email)
    return member


async def _agent_for(session: TenantSession, member: Member, *, by: Actor, now: datetime) -> Agent:
    agent = await queries.lock_agent_of(session, member_id=member.id)
    if agent is not None:
        agent.name = member.name
        return agent
    return await operations.add_agent(session, member=member, by=by, now=now)
