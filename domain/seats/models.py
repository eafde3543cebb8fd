"""Seat licences and assignments; the database itself keeps two people off one licence and one person off two."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, Integer, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Aggregate, Base, TenantRow, check, enum, reference, to_tenant, unique
from domain.kit.events import ActorKind

Period = Range[datetime]


class SeatKind(StrEnum):
    """FULL reaches customers; LIGHT does everything else."""

    FULL = "FULL"
    LIGHT = "LIGHT"


class LicenceTerms(StrEnum):
    """How a licence is paid for: in ARREARS, by the time used; PREPAID, for its whole period; ONE_DAY, by day pass."""

    ARREARS = "ARREARS"
    PREPAID = "PREPAID"
    ONE_DAY = "ONE_DAY"


class SeatLicence(Aggregate, Base):
    """The right for one person at a time to work during `period`, `[from, to)`; its kind never changes.

    One that was taken back before it began keeps its period and is cancelled: it gives nothing at any instant.
    `season_id` is the season that it was added for, if any.
    """

    __tablename__ = "seat_licence"

    kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    period: Mapped[Period] = mapped_column(TSTZRANGE)
    label: Mapped[str]
    terms: Mapped[LicenceTerms] = mapped_column(enum(LicenceTerms), default=LicenceTerms.ARREARS)
    season_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[UUID | None]
    cancelled_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("created_by_id", to="member.id"),
        reference("season_id", to="season.id"),
        unique("id", "period", "kind", name="uq_seat_licence_id_period_kind"),
        check("NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)", "period"),
        check("terms = 'ARREARS' OR NOT upper_inf(period)", "end"),
        Index("ix_seat_licence_period", "tenant_id", text("upper(period)")),
        Index("ix_seat_licence_begun", "tenant_id", text("lower(period)"), "id"),
        Index("ix_seat_licence_season_id", "tenant_id", "season_id", postgresql_where=text("season_id IS NOT NULL")),
    )


class SeatAssignment(Aggregate, Base):
    """Who sits on a licence, `[from, to)`. It copies the licence's period and kind, and lies inside them.

    `started_at` and `ended_at` say when start and end were recorded; rights do not wait for that, they follow `period`.
    One that was taken back before it began keeps its period and is cancelled: nobody sat there, so others may.
    `successor_id` is the agent who is to get the open tickets when it ends; without one they go back to their queues.
    """

    __tablename__ = "seat_assignment"

    licence_id: Mapped[UUID]
    licence_period: Mapped[Period] = mapped_column(TSTZRANGE)
    kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    agent_id: Mapped[UUID]
    period: Mapped[Period] = mapped_column(TSTZRANGE)
    successor_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("licence_id", "licence_period", "kind", to="seat_licence.id,period,kind", deferrable=True),
        reference("agent_id", to="agent.id"),
        reference("successor_id", to="agent.id"),
        unique("id", "agent_id", "kind", name="uq_seat_assignment_id_agent_id_kind"),
        check("NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)", "period"),
        check("period <@ licence_period OR cancelled_at IS NOT NULL", "inside_licence"),
        check("successor_id <> agent_id", "successor"),
        check("ended_at IS NULL OR (started_at IS NOT NULL AND cancelled_at IS NULL)", "course"),
        ExcludeConstraint(
            ("tenant_id", "="),
            ("licence_id", "="),
            ("period", "&&"),
            where=text("cancelled_at IS NULL"),
            name="ex_seat_assignment_licence",
        ),
        ExcludeConstraint(
            ("tenant_id", "="),
            ("agent_id", "="),
            ("period", "&&"),
            where=text("cancelled_at IS NULL"),
            name="ex_seat_assignment_agent",
        ),
        Index("ix_seat_assignment_licence_id", "tenant_id", "licence_id", text("lower(period)"), "id"),
        Index("ix_seat_assignment_agent_id", "tenant_id", "agent_id", text("lower(period)"), "id"),
        Index(
            "ix_seat_assignment_unended",
            "tenant_id",
            text("upper(period)"),
            postgresql_where=text("ended_at IS NULL AND cancelled_at IS NULL"),
        ),
        Index(
            "ix_seat_assignment_unstarted",
            "tenant_id",
            text("lower(period)"),
            postgresql_where=text("started_at IS NULL AND cancelled_at IS NULL"),
        ),
    )


class PlannedInvitation(Aggregate, Base):
    """Somebody who is to have a seat of a kind for `wanted`, and to be invited no earlier than `invite_at`.

    Until `granted_at` it is held: no licence was free, and the first in the line (by `created_at`, then id) gets the
    next one. Until `settled_at` nothing was mailed. Without an end, `wanted` is the licence's own time. One of a season
    may be given that season's licences, others those of no season.
    """

    __tablename__ = "planned_invitation"

    agent_id: Mapped[UUID]
    kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    wanted: Mapped[Period] = mapped_column(TSTZRANGE)
    season_id: Mapped[UUID | None]
    successor_id: Mapped[UUID | None]
    invite_at: Mapped[datetime]
    invited_by_id: Mapped[UUID]
    created_at: Mapped[datetime]
    assignment_id: Mapped[UUID | None]
    granted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("agent_id", to="agent.id"),
        reference("invited_by_id", to="member.id"),
        reference("season_id", to="season.id"),
        reference("successor_id", to="agent.id"),
        reference("assignment_id", "agent_id", "kind", to="seat_assignment.id,agent_id,kind"),
        check("NOT isempty(wanted) AND lower_inc(wanted) AND NOT upper_inc(wanted)", "wanted"),
        check("(assignment_id IS NULL) = (granted_at IS NULL)", "granted"),
        check("settled_at IS NULL OR granted_at IS NOT NULL", "course"),
        Index(
            "ix_planned_invitation_held",
            "tenant_id",
            "created_at",
            "id",
            postgresql_where=text("granted_at IS NULL AND cancelled_at IS NULL"),
        ),
        Index(
            "ix_planned_invitation_due",
            "tenant_id",
            "invite_at",
            postgresql_where=text("granted_at IS NOT NULL AND settled_at IS NULL AND cancelled_at IS NULL"),
        ),
        Index("ix_planned_invitation_agent_id", "tenant_id", "agent_id"),
    )


class PassHolder(Aggregate, Base):
    """An agent who may come in on day passes of a kind. One who was removed, and is added again, keeps the row."""

    __tablename__ = "pass_holder"

    agent_id: Mapped[UUID]
    kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    added_at: Mapped[datetime]
    added_by_id: Mapped[UUID | None]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("agent_id", to="agent.id"),
        reference("added_by_id", to="member.id"),
        unique("agent_id"),
    )


class PassEntry(Aggregate, Base):
    """A line of the ledger of day passes: so many of a kind were added, taken back, or one was spent.

    A kind's lines are numbered from 1 by `position`, and `balance` is how many were left after each: of two writers who
    have seen the same last line, one fails. A spent pass says who came in on which day of the shop's zone, once a day
    at most, and the seat that was made of it.
    """

    __tablename__ = "pass_entry"

    kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    position: Mapped[int] = mapped_column(Integer)
    count: Mapped[int] = mapped_column(Integer)
    balance: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    actor_kind: Mapped[ActorKind] = mapped_column(enum(ActorKind))
    actor_id: Mapped[UUID | None]
    agent_id: Mapped[UUID | None]
    day: Mapped[date | None]
    licence_id: Mapped[UUID | None]
    assignment_id: Mapped[UUID | None]

    __table_args__ = (
        to_tenant(),
        reference("agent_id", to="agent.id"),
        reference("licence_id", to="seat_licence.id"),
        reference("assignment_id", "agent_id", "kind", to="seat_assignment.id,agent_id,kind"),
        unique("kind", "position"),
        unique("agent_id", "day"),
        unique("licence_id"),
        unique("assignment_id"),
        check("count <> 0", "count"),
        check("balance >= 0", "balance"),
        check("position > 1 OR (position = 1 AND balance = count)", "first"),
        check("num_nulls(agent_id, day, licence_id, assignment_id) IN (0, 4)", "spent_whole"),
        check("agent_id IS NULL OR count = -1", "spent_one"),
        Index("ix_pass_entry_at", "tenant_id", "at", "id"),
    )


class SeatReminder(TenantRow, Base):
    """Somebody's seat ends at `ends_at`, and so many hours before it was time to tell them, and the admins.

    One that is extended ends at another instant, and is told of anew.
    """

    __tablename__ = "seat_reminder"

    assignment_id: Mapped[UUID]
    hours: Mapped[int] = mapped_column(Integer)
    ends_at: Mapped[datetime]
    told_at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("assignment_id", to="seat_assignment.id"),
        unique("assignment_id", "hours", "ends_at"),
        check("hours IN (24, 72)", "hours"),
        check("told_at < ends_at", "in_time"),
        Index("ix_seat_reminder_ends_at", "tenant_id", "ends_at", "hours"),
    )
