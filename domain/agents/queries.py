"""Looking up and locking people. Lock order: a member, then its agent or invitation; many rows in id order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select

from domain.agents.models import Agent, Invitation, Member, MemberState, Skill, Team
from domain.kit.addresses import normalised
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.tenants.models import Tenant


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
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def lock_agent(session: TenantSession, *, agent_id: UUID) -> Agent | None:
    """The agent, locked, or None."""
    return await session.scalar(
        select(Agent)
        .where(Agent.tenant_id == session.tenant_id, Agent.id == agent_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def lock_agent_of(session: TenantSession, *, member_id: UUID) -> Agent | None:
    """The agent that a member is, locked, or None."""
    return await session.scalar(
        select(Agent)
        .where(Agent.tenant_id == session.tenant_id, Agent.member_id == member_id)
        .with_for_update()
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
        .with_for_update()
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


@dataclass(frozen=True)
class InvitationMail:
    """What a mail with an invitation's link says, and to whom."""

    invitation_id: UUID
    email: str
    name: str
    language: Language
    inviter: str
    shop: str
    mail_from: str
    expires_at: datetime


async def invitation_to_mail(session: TenantSession, *, invitation_id: UUID, now: datetime) -> InvitationMail | None:
    """What to mail for an invitation, or None when its link is worth nothing at this instant."""
    member, inviter = Member.__table__.alias("member"), Member.__table__.alias("inviter")
    row = (
        await session.execute(
            select(
                member.c.email,
                member.c.name,
                member.c.language,
                inviter.c.name.label("inviter"),
                Tenant.name.label("shop"),
                Tenant.mail_from,
                Invitation.expires_at,
            )
            .select_from(Invitation)
            .join(member, and_(member.c.tenant_id == Invitation.tenant_id, member.c.id == Invitation.member_id))
            .join(inviter, and_(inviter.c.tenant_id == Invitation.tenant_id, inviter.c.id == Invitation.invited_by_id))
            .join(Tenant, Tenant.id == Invitation.tenant_id)
            .where(
                Invitation.tenant_id == session.tenant_id,
                Invitation.id == invitation_id,
                Invitation.accepted_at.is_(None),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > now,
                member.c.state == MemberState.INVITED,
            )
        )
    ).first()
    return None if row is None else InvitationMail(invitation_id=invitation_id, **row._asdict())
