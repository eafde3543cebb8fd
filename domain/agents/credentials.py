"""Ending everything by which a member can act, and giving a new password."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.agents import queries
from domain.agents.errors import MemberNotFound
from domain.agents.events import CredentialsEnded, PasswordSet
from domain.agents.models import Member, PersonalToken, SignInSession
from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor


async def end_credentials(
    session: TenantSession, *, member_ids: Collection[UUID], now: datetime, by: Actor = SYSTEM
) -> dict[UUID, CredentialsEnded]:
    """End the sign-in sessions and personal tokens of members; says how many were still good, for each who had any.

    Again changes nothing. They can sign in again; whether that is worth anything, the standing decides. The members
    are locked in id order.
    """
    if not member_ids:
        return {}
    members = await session.scalars(
        select(Member)
        .where(Member.tenant_id == session.tenant_id, Member.id.in_(member_ids))
        .order_by(Member.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    locked = members.all()
    sessions = await session.scalars(
        update(SignInSession)
        .where(
            SignInSession.tenant_id == session.tenant_id,
            SignInSession.member_id.in_(member_ids),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
        )
        .values(ended_at=now)
        .returning(SignInSession.member_id)
    )
    tokens = await session.scalars(
        update(PersonalToken)
        .where(
            PersonalToken.tenant_id == session.tenant_id,
            PersonalToken.member_id.in_(member_ids),
            PersonalToken.revoked_at.is_(None),
            PersonalToken.expires_at > now,
        )
        .values(revoked_at=now)
        .returning(PersonalToken.member_id)
    )
    signed_in, with_tokens = Counter(sessions), Counter(tokens)
    ended = {}
    for member in locked:
        if signed_in[member.id] or with_tokens[member.id]:
            ended[member.id] = CredentialsEnded(sessions=signed_in[member.id], tokens=with_tokens[member.id])
            events.record(session, member, ended[member.id], by=by, at=now)
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
    await end_credentials(session, member_ids=[member_id], now=now, by=by)
    await session.flush()
