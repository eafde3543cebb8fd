"""Ending everything by which a member can act, and giving a new password."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from domain.agents import queries
from domain.agents.errors import MemberNotFound
from domain.agents.events import CredentialsEnded, PasswordSet
from domain.agents.models import PersonalToken, SignInSession
from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor


async def end_all_credentials(
    session: TenantSession, *, member_id: UUID, now: datetime, by: Actor = SYSTEM
) -> CredentialsEnded:
    """End a member's sign-in sessions and personal tokens; says how many were still good. Again changes nothing.

    The member can sign in again; whether that is worth anything, the standing decides. Members are locked: end those
    of many members in the order of their ids.
    """
    member = await queries.lock_member(session, member_id=member_id)
    sessions = await session.scalars(
        update(SignInSession)
        .where(
            SignInSession.tenant_id == session.tenant_id,
            SignInSession.member_id == member_id,
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
        )
        .values(ended_at=now)
        .returning(SignInSession.id)
    )
    tokens = await session.scalars(
        update(PersonalToken)
        .where(
            PersonalToken.tenant_id == session.tenant_id,
            PersonalToken.member_id == member_id,
            PersonalToken.revoked_at.is_(None),
            PersonalToken.expires_at > now,
        )
        .values(revoked_at=now)
        .returning(PersonalToken.id)
    )
    ended = CredentialsEnded(sessions=len(sessions.all()), tokens=len(tokens.all()))
    if member is not None and (ended.sessions or ended.tokens):
        events.record(session, member, ended, by=by, at=now)
        await session.flush()
    return ended


async def set_password(
    session: TenantSession, *, member_id: UUID, password_hash: str, by: Actor, now: datetime
) -> None:
    """Give a member a new password; whatever was signed in by the old one ends. Raises MemberNotFound."""
    member = await queries.lock_member(session, member_id=member_id)
    if member is None:
        raise MemberNotFound(member_id)
    member.password_hash = password_hash
    member.failed_sign_ins = 0
    member.locked_until = None
    events.record(session, member, PasswordSet(), by=by, at=now)
    await end_all_credentials(session, member_id=member_id, now=now, by=by)
    await session.flush()
