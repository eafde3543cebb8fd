"""The first person of a shop, whom nobody can invite."""

from datetime import datetime

from sqlalchemy import func, select

from domain.agents import operations
from domain.agents.errors import OwnerExists
from domain.agents.events import MemberJoined
from domain.agents.models import Member, MemberState
from domain.agents.roles import Role
from domain.kit import events
from domain.kit.addresses import email_address
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.texts import label


async def add_first_owner(
    session: TenantSession, *, email: str, name: str, password_hash: str, language: Language, now: datetime
) -> Member:
    """Make the shop's first owner, active at once. Raises OwnerExists when it has one, InvalidInput."""
    address, named = email_address(email, field="email"), label(name, field="name")
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"owner:{session.tenant_id}", 0))))
    owner = select(Member.id).where(Member.tenant_id == session.tenant_id, Member.role == Role.OWNER)
    if await session.scalar(owner.limit(1)) is not None:
        raise OwnerExists
    member = Member(
        tenant_id=session.tenant_id,
        id=new_id(),
        email=address,
        name=named,
        role=Role.OWNER,
        language=language,
        state=MemberState.ACTIVE,
        password_hash=password_hash,
        created_at=now,
    )
    session.add(member)
    events.record(session, member, MemberJoined(Role.OWNER), by=SYSTEM, at=now)
    await session.flush()
    await operations.add_agent(session, member=member, by=SYSTEM, now=now)
    return member
