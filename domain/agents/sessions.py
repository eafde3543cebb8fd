"""Signing in and out. The slow check of a password happens between two transactions, never inside one."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, text

from domain.agents import queries
from domain.agents.errors import WrongCredentials
from domain.agents.events import MemberLockedOut, MemberSignedIn, MemberSignedOut
from domain.agents.models import Member, MemberState, SignInSession
from domain.agents.passwords import Passwords
from domain.kit import events, secrets
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix

SESSION_LIFETIME = timedelta(hours=12)
MOST_FAILURES = 10
LOCKED_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Claim:
    """Somebody says to be a member. `proven` once the password was found right."""

    member_id: UUID | None
    password_hash: str | None
    proven: bool = False


@dataclass(frozen=True)
class SignedIn:
    """A session at the only moment its credential can be shown."""

    member: Member
    credential: Credential
    expires_at: datetime


async def claim(session: TenantSession, *, email: str, now: datetime) -> Claim:
    """What a check of the password needs; an unknown, inactive or locked member leaves nothing that could be right."""
    member = await queries.member_by_email(session, email=email)
    if member is None:
        return Claim(None, None)
    open_to = member.state is MemberState.ACTIVE and not _locked(member, now)
    return Claim(member.id, member.password_hash if open_to else None)


async def prove(claimed: Claim, *, password: str, passwords: Passwords) -> Claim:
    """The claim with its password checked, in the same time whoever it is. Raises SignInBusy."""
    return replace(claimed, proven=await passwords.matches(password, claimed.password_hash))


async def sign_in(session: TenantSession, *, claimed: Claim, now: datetime) -> SignedIn | WrongCredentials:
    """Begin a session of 12 hours for a proven claim.

    A failure is returned rather than raised, because the caller must commit it: ten in a row lock the account for
    15 minutes, during which even the right password gets the same answer and nothing is counted.
    """
    member = await queries.lock_member(session, member_id=claimed.member_id or new_id())
    if member is None or not _fits(member, claimed, now):
        await _count_failure(session, member, now=now)
        return WrongCredentials()
    member.failed_sign_ins = 0
    member.locked_until = None
    await _clear_expired(session, member_id=member.id, before=now - timedelta(days=1))
    credential = secrets.issue(Prefix.SESSION, tenant_id=session.tenant_id, id=new_id())
    row = SignInSession(
        tenant_id=session.tenant_id,
        id=credential.id,
        member_id=member.id,
        secret_hash=credential.secret_hash(),
        created_at=now,
        expires_at=now + SESSION_LIFETIME,
    )
    session.add(row)
    events.record(session, member, MemberSignedIn(row.id), by=Actor(ActorKind.MEMBER, member.id), at=now)
    await session.flush()
    return SignedIn(member, credential, row.expires_at)


async def sign_out(session: TenantSession, *, credential: Credential, now: datetime) -> None:
    """End the session of the credential; ending it twice, or one that is none, changes nothing."""
    found = await _session_of(session, credential=credential)
    if found is None:
        return
    member = await queries.lock_member(session, member_id=found.member_id)
    await session.refresh(found)
    if member is None or found.ended_at is not None:
        return
    found.ended_at = now
    events.record(session, member, MemberSignedOut(found.id), by=Actor(ActorKind.MEMBER, member.id), at=now)
    await session.flush()


def _fits(member: Member, claimed: Claim, now: datetime) -> bool:
    """Whether what was proven still holds, now that the member is locked."""
    return (
        claimed.proven
        and member.state is MemberState.ACTIVE
        and member.password_hash == claimed.password_hash
        and not _locked(member, now)
    )


def _locked(member: Member, now: datetime) -> bool:
    return member.locked_until is not None and now < member.locked_until


async def _count_failure(session: TenantSession, member: Member | None, *, now: datetime) -> None:
    # Waiting for the disk would tell a known address from an unknown one, and a counter lost in a crash harms nobody.
    await session.execute(text("SET LOCAL synchronous_commit = off"))
    if member is None or _locked(member, now):
        return
    member.failed_sign_ins += 1
    if member.failed_sign_ins >= MOST_FAILURES:
        member.failed_sign_ins = 0
        member.locked_until = now + LOCKED_FOR
        events.record(session, member, MemberLockedOut(member.locked_until), by=SYSTEM, at=now)
    await session.flush()


async def _session_of(session: TenantSession, *, credential: Credential) -> SignInSession | None:
    if credential.prefix is not Prefix.SESSION or credential.tenant_id != session.tenant_id:
        return None
    found = await session.get(SignInSession, (session.tenant_id, credential.id))
    return found if found is not None and credential.matches(found.secret_hash) else None


async def _clear_expired(session: TenantSession, *, member_id: UUID, before: datetime) -> None:
    old = select(SignInSession.id).where(
        SignInSession.tenant_id == session.tenant_id,
        SignInSession.member_id == member_id,
        SignInSession.expires_at < before,
    )
    await session.execute(
        delete(SignInSession).where(
            SignInSession.tenant_id == session.tenant_id,
            SignInSession.id.in_(old.with_for_update(skip_locked=True, key_share=True)),
        ),
        execution_options={"synchronize_session": False},
    )
