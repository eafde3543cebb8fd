"""Joining by an invitation: the invited person sets a password, once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.agents import queries
from domain.agents.errors import InvitationInvalid
from domain.agents.events import InvitationAccepted, MemberJoined
from domain.agents.models import Invitation, Member, MemberState
from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import Actor, ActorKind
from domain.kit.secrets import Credential, Prefix
from domain.kit.texts import label


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation that can be accepted at the instant asked for."""

    invitation_id: UUID
    member_id: UUID
    email: str
    name: str
    language: Language


async def open_invitation(session: TenantSession, *, credential: Credential, now: datetime) -> OpenInvitation:
    """Who is invited by a link; looking uses nothing up. Raises InvitationInvalid."""
    invitation = await _find(session, credential)
    member = await queries.member_by_id(session, member_id=invitation.member_id)
    if member is None or not _acceptable(invitation, member, now):
        raise InvitationInvalid
    return OpenInvitation(invitation.id, member.id, member.email, member.name, member.language)


async def accept_invitation(
    session: TenantSession, *, credential: Credential, password_hash: str, name: str | None = None, now: datetime
) -> Member:
    """Make the invited person an active member with that password, once. Raises InvitationInvalid, InvalidInput."""
    named = label(name, field="name") if name is not None else None
    found = await _find(session, credential)
    member = await queries.lock_member(session, member_id=found.member_id)
    agent = await queries.lock_agent_of(session, member_id=found.member_id)
    still_open = await queries.lock_open_invitations(session, member_id=found.member_id)
    invitation = next((one for one in still_open if one.id == found.id), None)
    if member is None or invitation is None or not _acceptable(invitation, member, now):
        raise InvitationInvalid
    member.state = MemberState.ACTIVE
    member.password_hash = password_hash
    member.name = named or member.name
    if agent is not None:
        agent.name = member.name
    invitation.accepted_at = now
    herself = Actor(ActorKind.MEMBER, member.id)
    events.record(session, invitation, InvitationAccepted(member.id), by=herself, at=now)
    events.record(session, member, MemberJoined(member.role), by=herself, at=now)
    await session.flush()
    return member


async def _find(session: TenantSession, credential: Credential) -> Invitation:
    if credential.prefix is Prefix.INVITATION and credential.tenant_id == session.tenant_id:
        invitation = await session.get(Invitation, (session.tenant_id, credential.id))
        if invitation is not None and credential.matches(invitation.secret_hash):
            return invitation
    raise InvitationInvalid


def _acceptable(invitation: Invitation, member: Member, now: datetime) -> bool:
    return (
        invitation.accepted_at is None
        and invitation.revoked_at is None
        and now < invitation.expires_at
        and member.state is MemberState.INVITED
    )
