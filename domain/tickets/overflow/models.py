"""How each queue is served, and the times when another line helped it out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, Integer, column, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Aggregate, Base, InTenant, check, enum, reference, to_tenant, unique
from domain.tickets.overflow.lines import Cause

WEEK = 7 * 24 * 3600


class QueueSetting(InTenant, Base):
    """How a team's queue is served; without a row, as USUAL. Times are in seconds."""

    __tablename__ = "queue_setting"

    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    priority: Mapped[int] = mapped_column(Integer)
    delay: Mapped[int] = mapped_column(Integer)
    relax: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        to_tenant(),
        reference("team_id", to="team.id"),
        check("priority BETWEEN 0 AND 9", "priority"),
        check(f"delay BETWEEN 0 AND {WEEK}", "delay"),
        check(f"relax BETWEEN 1 AND {WEEK}", "relax"),
    )


class OverflowLine(InTenant, Base):
    """A team that helps a queue out; times are in seconds. `kept` of its people at work stay with its own work."""

    __tablename__ = "overflow_line"

    team_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(Integer)
    enter_oldest: Mapped[int | None] = mapped_column(Integer)
    leave_oldest: Mapped[int | None] = mapped_column(Integer)
    enter_expected: Mapped[int | None] = mapped_column(Integer)
    leave_expected: Mapped[int | None] = mapped_column(Integer)
    dwell: Mapped[int] = mapped_column(Integer)
    kept: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        to_tenant(),
        reference("team_id", to="queue_setting.team_id"),
        reference("line_id", to="team.id"),
        unique("team_id", "place"),
        check("team_id <> line_id", "another"),
        check("place >= 1", "place"),
        check(f"enter_oldest BETWEEN 1 AND {WEEK} AND leave_oldest BETWEEN 1 AND enter_oldest", "oldest"),
        check(f"enter_expected BETWEEN 1 AND {WEEK} AND leave_expected BETWEEN 1 AND enter_expected", "expected"),
        check(
            "num_nonnulls(enter_oldest, leave_oldest) <> 1 AND num_nonnulls(enter_expected, leave_expected) <> 1"
            " AND num_nonnulls(enter_oldest, enter_expected) > 0",
            "enters_and_leaves",
        ),
        check(f"dwell BETWEEN 0 AND {WEEK}", "dwell"),
        check("kept BETWEEN 0 AND 1000", "kept"),
    )


class OverflowEpisode(Aggregate, Base):
    """A time in which a line helped a queue out: why it began, with which waits, and how many tickets it was given.

    Waits are in seconds; `expected` is null if nobody of the queue's own team was at work.
    """

    __tablename__ = "overflow_episode"

    team_id: Mapped[UUID]
    line_id: Mapped[UUID]
    cause: Mapped[Cause] = mapped_column(enum(Cause))
    oldest: Mapped[int] = mapped_column(Integer)
    expected: Mapped[int | None] = mapped_column(Integer)
    moved: Mapped[int] = mapped_column(Integer, default=0)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("team_id", to="team.id"),
        reference("line_id", to="team.id"),
        check("ended_at >= began_at", "period"),
        check("moved >= 0", "moved"),
        ExcludeConstraint(
            ("tenant_id", "="),
            ("team_id", "="),
            ("line_id", "="),
            (func.tstzrange(column("began_at"), column("ended_at")), "&&"),
            name="ex_overflow_episode_one_at_a_time",
        ),
        Index("ix_overflow_episode_began_at", "tenant_id", "began_at", "id"),
        Index("ix_overflow_episode_open", "tenant_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_overflow_episode_line", "tenant_id", "team_id", "line_id", "began_at"),
    )
