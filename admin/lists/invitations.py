"""Invitations: who was asked to join, by whom, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased
from starlette.requests import Request

from admin import looks
from admin.lists.history import History, history
from admin.lists.places import Order as Ordering
from admin.lists.places import Rows
from admin.lists.reader import Reader, reader_of
from admin.lists.shown import Column, instant, person, text, word
from admin.lists.view import View
from domain.agents.models import Agent, Invitation, Member
from domain.kit.database import TenantSession
from domain.tenants.permissions import Permission
from domain.tickets.search import Kind

INVITER = aliased(Member)


class InvitationState(Enum):
    """What became of an invitation."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


TONES = {InvitationState.OPEN: "wait", InvitationState.ACCEPTED: "good"}


def state_of(
    *, accepted_at: datetime | None, revoked_at: datetime | None, expires_at: datetime, now: datetime
) -> InvitationState:
    """What has become of an invitation by now."""
    if accepted_at is not None:
        return InvitationState.ACCEPTED
    if revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.OPEN if now < expires_at else InvitationState.EXPIRED


@dataclass(frozen=True)
class InvitationPage:
    """An invitation, whom it asks and who asked."""

    invitation: Invitation
    member: Member
    inviter: str
    agent_id: UUID | None
    state: InvitationState
    tone: str
    history: History | None

    @property
    def id(self) -> UUID:
        return self.invitation.id


def _state(row: Any, _: str, request: Request) -> str:
    reader = reader_of(request)
    found = state_of(accepted_at=row.accepted_at, revoked_at=row.revoked_at, expires_at=row.expires_at, now=reader.now)
    return looks.tag(looks.word(reader.language, found), TONES.get(found, ""))


class Invitations(View, model=Invitation):
    path = "invitations"
    needs = Permission.PEOPLE_MANAGE
    search_kind = Kind.MEMBER
    order = Ordering((Invitation.created_at, Invitation.id))
    columns = (
        Column("name", person("/invitations"), "wide", heading="col_person"),
        Column("role", word),
        Column("state", _state),
        Column("invited_by", text, "name"),
        Column("created_at", instant, "when"),
        Column("expires_at", instant, "when"),
    )

    def rows(self, reader: Reader) -> Rows:
        return (
            select(
                Invitation.id,
                Member.name,
                Member.email,
                Member.role,
                Invitation.accepted_at,
                Invitation.revoked_at,
                Invitation.expires_at.label("state"),
                Invitation.expires_at,
                INVITER.name.label("invited_by"),
                Invitation.created_at,
            )
            .join(Member, and_(Member.tenant_id == Invitation.tenant_id, Member.id == Invitation.member_id))
            .join(INVITER, and_(INVITER.tenant_id == Invitation.tenant_id, INVITER.id == Invitation.invited_by_id))
        )

    def found(self, ids: Sequence[UUID]) -> ColumnElement[bool]:
        return Invitation.member_id.in_(ids)

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> InvitationPage | None:
        statement = (
            select(Invitation, Member, INVITER.name, Agent.id)
            .join(Member, and_(Member.tenant_id == Invitation.tenant_id, Member.id == Invitation.member_id))
            .join(INVITER, and_(INVITER.tenant_id == Invitation.tenant_id, INVITER.id == Invitation.invited_by_id))
            .outerjoin(Agent, and_(Agent.tenant_id == Invitation.tenant_id, Agent.member_id == Invitation.member_id))
            .where(Invitation.tenant_id == session.tenant_id, Invitation.id == row_id)
        )
        found = (await session.execute(statement)).one_or_none()
        if found is None:
            return None
        invitation, member, inviter, agent_id = found
        state = state_of(
            accepted_at=invitation.accepted_at,
            revoked_at=invitation.revoked_at,
            expires_at=invitation.expires_at,
            now=reader.now,
        )
        return InvitationPage(
            invitation=invitation,
            member=member,
            inviter=inviter,
            agent_id=agent_id,
            state=state,
            tone=TONES.get(state, ""),
            history=await history(session, aggregate_id=row_id, reader=reader),
        )
