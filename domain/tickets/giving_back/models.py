"""What was given back, by whom and why."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Base, TenantRow, enum, reference, to_tenant


class GaveBack(StrEnum):
    """Why a ticket left hands in which nobody had begun: its agent did not want it, did not answer, or had gone."""

    DECLINED = "DECLINED"
    UNANSWERED = "UNANSWERED"
    LEFT = "LEFT"


class TicketGivenBack(TenantRow, Base):
    """A ticket went back into its queue with all the time it has waited, and did not count as a hand-over."""

    __tablename__ = "ticket_given_back"

    ticket_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    why: Mapped[GaveBack] = mapped_column(enum(GaveBack))
    at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("ticket_id", to="ticket.id"),
        reference("agent_id", to="agent.id"),
        Index("ix_ticket_given_back_at", "tenant_id", "at"),
        Index("ix_ticket_given_back_ticket_id", "tenant_id", "ticket_id", "agent_id", "at"),
    )
