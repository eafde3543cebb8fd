"""Telephone calls, each with the ticket it is about; menus of the exchange, and what the keys of each lead to."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Boolean, Index, Integer, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kit.base import Aggregate, Base, InTenant, check, enum, reference, to_tenant, unique


class CallOutcome(StrEnum):
    """How a call ended, as the exchange says it; CALLED_AGAIN: the caller did not wait to be called back."""

    COMPLETED = "COMPLETED"
    ABANDONED = "ABANDONED"
    NOT_REACHED = "NOT_REACHED"
    CALLED_AGAIN = "CALLED_AGAIN"


class Call(Aggregate, Base):
    """A call of the exchange's, by its own id, and the ticket it is about, of which at most one call is not over.

    Where a call is follows from where its ticket is: `course.state` says how. `answered_by_id` is whose hands it came
    into first. `connected_at` is since when the caller talks with `connected_to_id`, as the exchange said; it is true
    of the present only while the ticket stays in that agent's hands (`connecting.CONNECTED`), so that a move of the
    ticket needs no second write: `connected_version` is the ticket's at that time. `call_back_at` is since when the
    caller is to be called back, `missed` that nobody asked for it: the caller hung up. Without a `number`, withheld,
    nobody can be called back.
    """

    __tablename__ = "call"

    external_id: Mapped[str]
    ticket_id: Mapped[UUID]
    number: Mapped[str | None]
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[UUID | None]
    connected_at: Mapped[datetime | None]
    connected_to_id: Mapped[UUID | None]
    connected_version: Mapped[int | None] = mapped_column(Integer)
    call_back_at: Mapped[datetime | None]
    missed: Mapped[bool] = mapped_column(Boolean, default=False)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[CallOutcome | None] = mapped_column(enum(CallOutcome))

    __table_args__ = (
        to_tenant(),
        reference("ticket_id", to="ticket.id"),
        reference("answered_by_id", to="agent.id"),
        reference("connected_to_id", to="agent.id"),
        unique("external_id"),
        check("number ~ '^[+]?[0-9]{3,15}$'", "number"),
        check("(answered_at IS NULL) = (answered_by_id IS NULL)", "answered"),
        check("num_nonnulls(connected_at, connected_to_id, connected_version) IN (0, 3)", "connected"),
        check("call_back_at IS NULL OR number IS NOT NULL", "call_back"),
        check("NOT missed OR call_back_at IS NOT NULL", "missed"),
        check("(ended_at IS NULL) = (outcome IS NULL)", "ended"),
        ExcludeConstraint(
            ("tenant_id", "="),
            ("ticket_id", "="),
            name="ex_call_on_the_line",
            using="btree",
            where=text("ended_at IS NULL"),
        ),
        Index("ix_call_ticket_id", "tenant_id", "ticket_id", "started_at", "id"),
        Index("ix_call_started_at", "tenant_id", "started_at", "id"),
        Index(
            "ix_call_back",
            "tenant_id",
            "number",
            postgresql_where=text("ended_at IS NULL AND call_back_at IS NOT NULL"),
        ),
    )


class IvrMenu(Aggregate, Base):
    """What callers hear and can press; who presses nothing has chosen the topic that stands here."""

    __tablename__ = "ivr_menu"

    key: Mapped[str]
    prompt_en: Mapped[str]
    prompt_pl: Mapped[str]
    topic_id: Mapped[UUID]
    team_id: Mapped[UUID | None]
    priority: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        to_tenant(),
        reference("topic_id", to="topic.id"),
        reference("team_id", to="team.id"),
        unique("key"),
        check("priority BETWEEN 0 AND 9", "priority"),
    )


class IvrChoice(InTenant, Base):
    """A key of a menu, and what it leads to: another menu, or a topic and whatever else is said of the ticket."""

    __tablename__ = "ivr_choice"

    menu_id: Mapped[UUID] = mapped_column(primary_key=True)
    digit: Mapped[str] = mapped_column(primary_key=True)
    prompt_en: Mapped[str]
    prompt_pl: Mapped[str]
    submenu_id: Mapped[UUID | None]
    topic_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    priority: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        to_tenant(),
        reference("menu_id", to="ivr_menu.id"),
        reference("submenu_id", to="ivr_menu.id"),
        reference("topic_id", to="topic.id"),
        reference("team_id", to="team.id"),
        check("digit ~ '^[0-9*#]$'", "digit"),
        check("(submenu_id IS NULL) = (topic_id IS NOT NULL)", "leads_somewhere"),
        check("submenu_id IS NULL OR num_nonnulls(team_id, priority) = 0", "of_a_topic"),
        check("submenu_id <> menu_id", "another"),
        check("priority BETWEEN 0 AND 9", "priority"),
    )
