"""Intake rules with their versions; what they did to each ticket, where they failed, and the tickets' tags."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.agents import levels
from domain.kit.base import Aggregate, Base, InTenant, TenantRow, check, enum, reference, to_tenant, unique
from domain.kit.events import ActorKind
from domain.tickets.intake.conditions import Failing


class IntakeRule(Aggregate, Base):
    """A rule about new tickets. It has a place among the others, counted from 1, until it is archived.

    What it says is in its versions, of which the newest counts.
    """

    __tablename__ = "intake_rule"

    name: Mapped[str]
    position: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        check("(position IS NULL) = (archived_at IS NOT NULL)", "in_its_place"),
        check("position >= 1", "position"),
        UniqueConstraint("tenant_id", "position", deferrable=True, initially="DEFERRED"),
        Index("ix_intake_rule_created_at", "tenant_id", "created_at", "id"),
    )


class IntakeRuleVersion(TenantRow, Base):
    """What a rule said from then on, never changed: its condition, its effects, who said so and when.

    `sets_skills` tells whether it says which skills are needed; they are in `intake_rule_skill`.
    """

    __tablename__ = "intake_rule_version"

    rule_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(Integer)
    condition: Mapped[str]
    team_id: Mapped[UUID | None]
    priority: Mapped[int | None] = mapped_column(Integer)
    sets_skills: Mapped[bool] = mapped_column(Boolean)
    language: Mapped[str | None]
    needs_contact: Mapped[bool | None] = mapped_column(Boolean)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    stops: Mapped[bool] = mapped_column(Boolean)
    actor_kind: Mapped[ActorKind] = mapped_column(enum(ActorKind))
    actor_id: Mapped[UUID | None]
    at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("rule_id", to="intake_rule.id"),
        reference("team_id", to="team.id"),
        unique("rule_id", "number"),
        check("number >= 1", "number"),
        check("priority BETWEEN 0 AND 9", "priority"),
        check("language ~ '^[a-z]{2}$'", "language"),
        check(
            "stops OR sets_skills OR cardinality(tags) > 0"
            " OR num_nonnulls(team_id, priority, language, needs_contact) > 0",
            "says_something",
        ),
    )


class IntakeRuleSkill(InTenant, Base):
    """A skill that a version of a rule has tickets ask for, and how much of it at least. Never changed."""

    __tablename__ = "intake_rule_skill"

    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    skill_id: Mapped[UUID] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(Integer)

    __table_args__ = (
        to_tenant(),
        reference("version_id", to="intake_rule_version.id"),
        reference("skill_id", to="skill.id"),
        check(levels.ALLOWED, "level"),
    )


class TicketIntake(TenantRow, Base):
    """What rules did to a ticket when it came: one row for each that any acted on, never changed.

    `acts` has, in their order, the versions that acted and what each was the first to say; `before` what the ticket
    would have asked for without them.
    """

    __tablename__ = "ticket_intake"

    ticket_id: Mapped[UUID]
    acts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    before: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    __table_args__ = (to_tenant(), reference("ticket_id", to="ticket.id"), unique("ticket_id"))


class IntakeFailure(TenantRow, Base):
    """A version that could not be decided for a ticket, and so did not act on it. Never changed."""

    __tablename__ = "intake_failure"

    ticket_id: Mapped[UUID]
    version_id: Mapped[UUID]
    why: Mapped[Failing] = mapped_column(enum(Failing))
    detail: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("ticket_id", to="ticket.id"),
        reference("version_id", to="intake_rule_version.id"),
        unique("ticket_id", "version_id"),
        Index("ix_intake_failure_version_id", "tenant_id", "version_id", "at", "id"),
    )


class TicketTag(TenantRow, Base):
    """A short label of a ticket."""

    __tablename__ = "ticket_tag"

    ticket_id: Mapped[UUID]
    tag: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("ticket_id", to="ticket.id"),
        unique("ticket_id", "tag"),
        check("length(tag) BETWEEN 1 AND 40", "tag"),
        Index("ix_ticket_tag_tag", "tenant_id", "tag", "ticket_id"),
    )
