"""Alarms for what nobody takes."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, column, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Aggregate, Base, check, enum, reference, to_tenant


class AlarmCause(StrEnum):
    """Why somebody must look at a queue: nobody of the team could ever take it, everybody gave it back, or its due
    time has passed while it waits."""

    NOBODY_FITS = "NOBODY_FITS"
    GIVEN_BACK = "GIVEN_BACK"
    OVERDUE = "OVERDUE"


class RoutingAlarm(Aggregate, Base):
    """Tickets of a queue that ask for the same wait in vain; `ticket_id` is the first of them.

    `told_at` is when those who supervise were told by mail.
    """

    __tablename__ = "routing_alarm"

    team_id: Mapped[UUID]
    need_id: Mapped[UUID]
    ticket_id: Mapped[UUID]
    cause: Mapped[AlarmCause] = mapped_column(enum(AlarmCause))
    raised_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("team_id", to="team.id"),
        reference("need_id", to="need.id"),
        reference("ticket_id", to="ticket.id"),
        check("ended_at >= raised_at", "period"),
        ExcludeConstraint(
            ("tenant_id", "="),
            ("team_id", "="),
            ("need_id", "="),
            ("cause", "="),
            (func.tstzrange(column("raised_at"), column("ended_at")), "&&"),
            name="ex_routing_alarm_one_at_a_time",
        ),
        Index("ix_routing_alarm_raised_at", "tenant_id", "raised_at", "id"),
        Index("ix_routing_alarm_open", "tenant_id", postgresql_where=text("ended_at IS NULL")),
    )
