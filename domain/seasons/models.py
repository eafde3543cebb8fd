"""Seasons, their template, and the people who are named for them. The seats themselves are licences with its id."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, Integer
from sqlalchemy.dialects.postgresql import TSTZRANGE
from sqlalchemy.orm import Mapped, mapped_column

from domain.agents.channels import Channel
from domain.agents.roles import Role
from domain.kit.base import Aggregate, Base, InTenant, TenantRow, check, enum, reference, to_tenant, unique
from domain.kit.errors import Language
from domain.seats.models import Period, SeatKind

MOST_SEATS = 1000


class Season(Aggregate, Base):
    """A plan: so many seats of each kind, from the first day to the last in the shop's zone, and what people start as.

    `period` is those days as instants. What state it is in follows from facts and the clock (`course.state_of`):
    `started_at` and `ended_at` only say when start and end were recorded.
    """

    __tablename__ = "season"

    name: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]
    timezone: Mapped[str]
    period: Mapped[Period] = mapped_column(TSTZRANGE)
    full_count: Mapped[int] = mapped_column(Integer)
    light_count: Mapped[int] = mapped_column(Integer)
    role: Mapped[Role] = mapped_column(enum(Role))
    language: Mapped[Language] = mapped_column(enum(Language))
    lead_days: Mapped[int] = mapped_column(Integer)
    successor_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    created_by_id: Mapped[UUID | None]
    scheduled_at: Mapped[datetime | None]
    scheduled_by_id: Mapped[UUID | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("successor_id", to="agent.id"),
        reference("created_by_id", to="member.id"),
        reference("scheduled_by_id", to="member.id"),
        check("last_day >= first_day", "days"),
        check(
            "NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period) AND NOT upper_inf(period)", "period"
        ),
        check(
            f"full_count >= 0 AND light_count >= 0 AND full_count + light_count BETWEEN 1 AND {MOST_SEATS}",
            "counts",
        ),
        check("lead_days BETWEEN 0 AND 90", "lead_days"),
        check("scheduled_at IS NOT NULL OR (started_at IS NULL AND ended_at IS NULL)", "course"),
        Index("ix_season_created_at", "tenant_id", "created_at", "id"),
    )


class SeasonTeam(InTenant, Base):
    __tablename__ = "season_team"

    season_id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (to_tenant(), reference("season_id", to="season.id"), reference("team_id", to="team.id"))


class SeasonSkill(InTenant, Base):
    __tablename__ = "season_skill"

    season_id: Mapped[UUID] = mapped_column(primary_key=True)
    skill_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (to_tenant(), reference("season_id", to="season.id"), reference("skill_id", to="skill.id"))


class SeasonCapacity(InTenant, Base):
    """How many items of a channel its people hold at once; without a row, DEFAULT_CAPACITY."""

    __tablename__ = "season_capacity"

    season_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(enum(Channel), primary_key=True)
    items: Mapped[int] = mapped_column(Integer)

    __table_args__ = (to_tenant(), reference("season_id", to="season.id"), check("items >= 0", "items"))


class SeasonPerson(TenantRow, Base):
    """Somebody named for a season. From its scheduling on they are an agent with a planned invitation."""

    __tablename__ = "season_person"

    season_id: Mapped[UUID]
    kind: Mapped[SeatKind] = mapped_column(enum(SeatKind))
    email: Mapped[str]
    name: Mapped[str]
    added_at: Mapped[datetime]
    added_by_id: Mapped[UUID | None]
    removed_at: Mapped[datetime | None]
    agent_id: Mapped[UUID | None]
    invitation_id: Mapped[UUID | None]

    __table_args__ = (
        to_tenant(),
        reference("season_id", to="season.id"),
        reference("added_by_id", to="member.id"),
        reference("agent_id", to="agent.id"),
        reference("invitation_id", to="planned_invitation.id"),
        unique("season_id", "email"),
        check("email = lower(email)", "email_lower"),
        check("(agent_id IS NULL) = (invitation_id IS NULL)", "invited"),
    )
