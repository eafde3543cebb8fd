"""Who may be here as what: keeping a member out, letting one back in, another role, and invitations called back."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from domain.agents import credentials, invitations, queries
from domain.agents.errors import (
    InvitationNotFound,
    MemberExists,
    MemberNotFound,
    MemberOutranksYou,
    NotYourself,
    OwnerNeeded,
    RoleAboveOwn,
)
from domain.agents.events import InvitationRevoked, MemberReactivated, MemberRoleSet, MemberSuspended
from domain.agents.invitations import may_grant, role_of
from domain.agents.models import Invitation, Member, MemberState
from domain.agents.roles import Role
from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.events import Actor


async def take_turn(session: TenantSession) -> None:
    """Wait until no other transaction of this tenant is changing who is here as what. Before all other locks.

    Two owners who demote each other at once would leave the shop without one.
    """
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"owner:{session.tenant_id}", 0))))


async def suspend(session: TenantSession, *, member_id: UUID, own_id: UUID, by: Actor, now: datetime) -> Member:
    """Keep a member out: whatever was signed in, every token and open invitation ends; again changes nothing.

    `own_id` is the member who does it. Seats are the caller's to end before. Raises MemberNotFound, NotYourself,
    MemberOutranksYou, OwnerNeeded.
    """
    member = await _lock(session, member_id=member_id, own_id=own_id)
    if member.state is MemberState.SUSPENDED:
        return member
    await _refuse_the_last_owner(session, member)
    for invitation in await queries.lock_open_invitations(session, member_id=member_id):
        _revoke(session, invitation, by=by, now=now)
    await credentials.end_credentials(session, member_ids=[member_id], now=now, by=by)
    member.state = MemberState.SUSPENDED
    events.record(session, member, MemberSuspended(), by=by, at=now)
    await session.flush()
    return member


async def reactivate(
    session: TenantSession, *, member_id: UUID, own_id: UUID, key: str, by: Actor, now: datetime
) -> Member:
    """Let a member back in, without a seat: with the old password, or by a new link if there is none yet.

    Again changes nothing. `key` is the service's own.
    Raises MemberNotFound, NotYourself, MemberOutranksYou, InvitationTooSoon, InvitationsUsedUp.
    """
    member = await _lock(session, member_id=member_id, own_id=own_id)
    if member.state is not MemberState.SUSPENDED:
        return member
    member.state = MemberState.INVITED if member.password_hash is None else MemberState.ACTIVE
    events.record(session, member, MemberReactivated(), by=by, at=now)
    if member.state is MemberState.INVITED:
        await invitations.renew(session, member=member, inviter_member_id=own_id, key=key, by=by, now=now)
    await session.flush()
    return member


async def set_role(
    session: TenantSession, *, member_id: UUID, role: Role, own_id: UUID, by: Actor, now: datetime
) -> Member:
    """Give a member another role, which counts from the next thing they do; the same again changes nothing.

    Raises MemberNotFound, NotYourself, MemberOutranksYou, RoleAboveOwn, OwnerNeeded.
    """
    member = await _lock(session, member_id=member_id, own_id=own_id)
    own = await role_of(session, own_id)
    if not may_grant(own, role):
        raise RoleAboveOwn(role, own)
    if member.role is role:
        return member
    await _refuse_the_last_owner(session, member)
    before, member.role = member.role, role
    events.record(session, member, MemberRoleSet(role, before), by=by, at=now)
    await session.flush()
    return member


async def resend_invitation(
    session: TenantSession, *, invitation_id: UUID, own_id: UUID, key: str, by: Actor, now: datetime
) -> Invitation:
    """Mail a new link to somebody who was invited and has not joined; older ones are worthless from now on.

    `key` is the service's own.
    Raises InvitationNotFound, MemberExists, NotYourself, MemberOutranksYou, InvitationTooSoon, InvitationsUsedUp.
    """
    found = await _invitation(session, invitation_id)
    member = await _lock(session, member_id=found.member_id, own_id=own_id)
    if member.state is not MemberState.INVITED:
        raise MemberExists(member.email)
    return await invitations.renew(session, member=member, inviter_member_id=own_id, key=key, by=by, now=now)


async def revoke_invitation(
    session: TenantSession, *, invitation_id: UUID, own_id: UUID, by: Actor, now: datetime
) -> bool:
    """Make an invitation's link worthless; one that was used, replaced or called back stays as it is.

    Returns whether it did: then the seats kept for the person are the caller's to end.
    Raises InvitationNotFound, NotYourself, MemberOutranksYou.
    """
    found = await _invitation(session, invitation_id)
    await _lock(session, member_id=found.member_id, own_id=own_id)
    still_open = await queries.lock_open_invitations(session, member_id=found.member_id)
    revoked = [invitation for invitation in still_open if invitation.id == invitation_id]
    for invitation in revoked:
        _revoke(session, invitation, by=by, now=now)
    await session.flush()
    return bool(revoked)


async def revoke_unused_links(
    session: TenantSession, *, member_ids: Collection[UUID], by: Actor, now: datetime
) -> None:
    """Make the links of those of the members worthless who have not joined. Members are locked in id order."""
    waiting = await session.scalars(
        select(Member)
        .where(Member.tenant_id == session.tenant_id, Member.id.in_(member_ids), Member.state == MemberState.INVITED)
        .order_by(Member.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    for member in waiting.all():
        for invitation in await queries.lock_open_invitations(session, member_id=member.id):
            _revoke(session, invitation, by=by, now=now)
    await session.flush()


async def _lock(session: TenantSession, *, member_id: UUID, own_id: UUID) -> Member:
    """The member, locked, if it is one whom the other may change: nobody changes themselves or one of a higher role."""
    await take_turn(session)
    member = await queries.lock_member(session, member_id=member_id)
    if member is None:
        raise MemberNotFound(member_id)
    if member_id == own_id:
        raise NotYourself
    own = await role_of(session, own_id)
    if not may_grant(own, member.role):
        raise MemberOutranksYou(member.role, own)
    return member


async def _refuse_the_last_owner(session: TenantSession, member: Member) -> None:
    others = select(Member.id).where(
        Member.tenant_id == session.tenant_id,
        Member.role == Role.OWNER,
        Member.state == MemberState.ACTIVE,
        Member.id != member.id,
    )
    if member.role is Role.OWNER and await session.scalar(others.limit(1)) is None:
        raise OwnerNeeded


async def _invitation(session: TenantSession, invitation_id: UUID) -> Invitation:
    found = await session.get(Invitation, (session.tenant_id, invitation_id))
    if found is None:
        raise InvitationNotFound(invitation_id)
    return found


def _revoke(session: TenantSession, invitation: Invitation, *, by: Actor, now: datetime) -> None:
    invitation.revoked_at = now
    events.record(session, invitation, InvitationRevoked(invitation.member_id), by=by, at=now)
