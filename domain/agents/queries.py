"""Looking up and locking people. Lock order: a member, then its agent or invitation; many rows in id order."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from domain.agents.models import Agent, Invitation, Member, Skill, Team
from domain.kit.addresses import normalised
from domain.kit.database import TenantSession


async def member_by_id(session: TenantSession, *, member_id: UUID) -> Member | None:
    """The member, or None."""
    return await session.scalar(select(Member).where(Member.tenant_id == session.tenant_id, Member.id == member_id))


async def member_by_email(session: TenantSession, *, email: str) -> Member | None:
    """The member with that address, in whatever case it is written, or None."""
    return await session.scalar(
        select(Member).where(Member.tenant_id == session.tenant_id, Member.email == normalised(email))
    )


async def lock_member(session: TenantSession, *, member_id: UUID) -> Member | None:
    """The member, locked, or None."""
    return await session.scalar(
        select(Member)
        .where(Member.tenant_id == session.tenant_id, Member.id == member_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def lock_agent(session: TenantSession, *, agent_id: UUID) -> Agent | None:
    """The agent, locked, or None."""
    return await session.scalar(
        select(Agent)
        .where(Agent.tenant_id == session.tenant_id, Agent.id == agent_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def lock_agent_of(session: TenantSession, *, member_id: UUID) -> Agent | None:
    """The agent that a member is, locked, or None."""
    return await session.scalar(
        select(Agent)
        .where(Agent.tenant_id == session.tenant_id, Agent.member_id == member_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def lock_open_invitations(session: TenantSession, *, member_id: UUID) -> Sequence[Invitation]:
    """A member's invitations that were neither accepted nor revoked, locked in id order."""
    found = await session.scalars(
        select(Invitation)
        .where(
            Invitation.tenant_id == session.tenant_id,
            Invitation.member_id == member_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .order_by(Invitation.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found.all()


async def missing_teams(session: TenantSession, *, ids: Collection[UUID]) -> list[UUID]:
    """Those of the ids that are no team."""
    found = await session.scalars(select(Team.id).where(Team.tenant_id == session.tenant_id, Team.id.in_(ids)))
    return sorted(set(ids) - set(found))


async def missing_skills(session: TenantSession, *, ids: Collection[UUID]) -> list[UUID]:
    """Those of the ids that are no skill."""
    found = await session.scalars(select(Skill.id).where(Skill.tenant_id == session.tenant_id, Skill.id.in_(ids)))
    return sorted(set(ids) - set(found))
