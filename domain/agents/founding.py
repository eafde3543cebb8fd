"""The first person of a shop, whom nobody can invite."""

from datetime import datetime

from sqlalchemy import func, select

from domain.agents import invitations, operations
from domain.agents.errors import OwnerExists
from domain.agents.events import MemberJoined
from domain.agents.models import Invitation, Member, MemberState
from domain.agents.roles import Role
from domain.kit import events
from domain.kit.addresses import email_address
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.texts import label


async def invite_first_owner(
    session: TenantSession, *, email: str, name: str, language: Language, key: str, now: datetime
) -> tuple[Member, Invitation]:
    """Invite the shop's first owner, in that person's own name, and have the link mailed.

    `key` is the service's own. Raises OwnerExists when the shop has an owner, InvalidInput.
    """
    owner = await _first_owner(session, email=email, name=name, password_hash=None, language=language, now=now)
    invitation = await invitations.renew(session, member=owner, inviter_member_id=owner.id, key=key, by=SYSTEM, now=now)
    return owner, invitation


async def add_first_owner(
    session: TenantSession, *, email: str, name: str, password_hash: str, language: Language, now: datetime
) -> Member:
    """Make the shop's first owner, who can sign in at once. Raises OwnerExists when it has one, InvalidInput."""
    owner = await _first_owner(session, email=email, name=name, password_hash=password_hash, language=language, now=now)
    events.record(session, owner, MemberJoined(Role.OWNER), by=SYSTEM, at=now)
    await session.flush()
    return owner


async def _first_owner(
    session: TenantSession, *, email: str, name: str, password_hash: str | None, language: Language, now: datetime
) -> Member:
    address, named = email_address(email, field="email"), label(name, field="name")
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"owner:{session.tenant_id}", 0))))
    owners = select(Member.id).where(Member.tenant_id == session.tenant_id, Member.role == Role.OWNER)
    if await session.scalar(owners.limit(1)) is not None:
        raise OwnerExists
    member = Member(
        tenant_id=session.tenant_id,
        id=new_id(),
        version=0,
        email=address,
        name=named,
        role=Role.OWNER,
        language=language,
        state=MemberState.INVITED if password_hash is None else MemberState.ACTIVE,
        password_hash=password_hash,
        failed_sign_ins=0,
        created_at=now,
    )
    session.add(member)
    await session.flush()
    await operations.add_agent(session, member=member, by=SYSTEM, now=now)
    return member
