"""What the router wrote down: what it saw, what it decided on every ticket, and how much it gave to whom."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Base, InTenant, TenantRow, View, check, enum, reference, to_tenant, unique
from domain.tickets.routing import RoutingReason


class RoutingPass(TenantRow, Base):
    """What the router saw when it looked at the queues as a whole: with it, each of its decisions can be made again.

    It is kept for a while; moves and stays name it for ever.
    """

    __tablename__ = "routing_pass"

    at: Mapped[datetime]
    saw: Mapped[dict[str, Any]]

    __table_args__ = (to_tenant(), Index("ix_routing_pass_at", "tenant_id", "at"))


class RoutingStay(TenantRow, Base):
    """That a ticket stays in its queue, and why: said once for the same rules. `place` is as in a transition."""

    __tablename__ = "routing_stay"

    ticket_id: Mapped[UUID]
    team_id: Mapped[UUID]
    pass_id: Mapped[UUID | None]
    place: Mapped[int | None] = mapped_column(Integer)
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("ticket_id", to="ticket.id"),
        reference("team_id", to="team.id"),
        check("(pass_id IS NULL) = (place IS NULL)", "place"),
        unique("pass_id", "place"),
        Index("ix_routing_stay_ticket_id", "tenant_id", "ticket_id", "at"),
    )


class RoutingDecision(TenantRow, View):
    """What the router chose for a ticket and why; no agent means it stays in the queue.

    One that moves a ticket is written with the move, as part of the transition, whose id it has.
    """

    __tablename__ = "routing_decision"

    ticket_id: Mapped[UUID]
    agent_id: Mapped[UUID | None]
    team_id: Mapped[UUID]
    pass_id: Mapped[UUID | None]
    place: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[RoutingReason] = mapped_column(enum(RoutingReason))
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class AgentDay(InTenant, Base):
    """What an agent was given of a queue on a day of the shop: tickets, and the minutes that they usually take."""

    __tablename__ = "agent_day"

    agent_id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    tickets: Mapped[int] = mapped_column(Integer)
    minutes: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        to_tenant(),
        reference("agent_id", to="agent.id"),
        reference("team_id", to="team.id"),
        check("tickets >= 0 AND minutes >= 0", "given"),
        Index("ix_agent_day_day", "tenant_id", "day", "agent_id"),
    )
