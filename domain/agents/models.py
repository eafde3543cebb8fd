"""Members, their credentials and invitations; agents with teams, skills, capacities and presence."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Boolean, Index, Integer, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from domain.agents import levels
from domain.agents.channels import Channel
from domain.agents.roles import Role
from domain.kit.base import Aggregate, Base, InTenant, TenantRow, check, enum, reference, to_tenant, unique
from domain.kit.errors import Language


class MemberState(StrEnum):
    INVITED = "INVITED"
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"


class Presence(StrEnum):
    ONLINE = "ONLINE"
    AWAY = "AWAY"
    OFFLINE = "OFFLINE"


class Member(Aggregate, Base):
    """A person's account in a tenant. The address is stored in lower case."""

    __tablename__ = "member"

    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(enum(Role))
    language: Mapped[Language] = mapped_column(enum(Language))
    state: Mapped[MemberState] = mapped_column(enum(MemberState))
    password_hash: Mapped[str | None]
    failed_sign_ins: Mapped[int] = mapped_column(Integer, default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        unique("email"),
        check("email = lower(email)", "email_lower"),
        check("state <> 'ACTIVE' OR password_hash IS NOT NULL", "active_has_password"),
    )


class SignInSession(TenantRow, Base):
    """A signed-in browser; the cookie carries the secret, the row its hash."""

    __tablename__ = "sign_in_session"

    member_id: Mapped[UUID]
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("member_id", to="member.id"),
        Index("ix_sign_in_session_member_id", "tenant_id", "member_id"),
    )


class PersonalToken(TenantRow, Base):
    """A member's own token for programs that act as that person, with that person's seat and no more."""

    __tablename__ = "personal_token"

    member_id: Mapped[UUID]
    name: Mapped[str]
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("member_id", to="member.id"),
        Index("ix_personal_token_member_id", "tenant_id", "member_id"),
    )


class Invitation(Aggregate, Base):
    """A one-time link by which a member sets a password."""

    __tablename__ = "invitation"

    member_id: Mapped[UUID]
    invited_by_id: Mapped[UUID]
    secret_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (
        to_tenant(),
        reference("member_id", to="member.id"),
        reference("invited_by_id", to="member.id"),
        Index("ix_invitation_member_id", "tenant_id", "member_id"),
    )


class Agent(Aggregate, Base):
    """A member who works on tickets. A senior gets what others have handed over too often.

    `extension` is where the telephone exchange rings the agent.
    """

    __tablename__ = "agent"

    member_id: Mapped[UUID]
    name: Mapped[str]
    senior: Mapped[bool] = mapped_column(Boolean, default=False)
    extension: Mapped[str | None]
    presence: Mapped[Presence] = mapped_column(enum(Presence), default=Presence.OFFLINE)
    presence_since: Mapped[datetime]
    idle_since: Mapped[datetime]
    created_at: Mapped[datetime]

    __table_args__ = (
        to_tenant(),
        reference("member_id", to="member.id"),
        unique("member_id"),
        check("extension ~ '^[0-9*#+]{1,20}$'", "extension"),
    )


class AgentOnline(TenantRow, Base):
    """A stretch of time in which an agent was online, written when it is over: `[from, to)`."""

    __tablename__ = "agent_online"

    agent_id: Mapped[UUID]
    period: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        to_tenant(),
        reference("agent_id", to="agent.id"),
        check("NOT isempty(period) AND lower(period) IS NOT NULL AND upper(period) IS NOT NULL", "period"),
        Index("ix_agent_online_until", "tenant_id", text("upper(period)"), "agent_id"),
    )


class Team(Aggregate, Base):
    """A group of agents with a queue of its own; `key` is the shop's name for it in programs."""

    __tablename__ = "team"

    key: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (to_tenant(), unique("key"))


class Skill(Aggregate, Base):
    """Something an agent can do and a topic can ask for, at levels from 1 to 5."""

    __tablename__ = "skill"

    key: Mapped[str]
    name: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (to_tenant(), unique("key"))


class AgentTeam(InTenant, Base):
    __tablename__ = "agent_team"

    agent_id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        to_tenant(),
        reference("agent_id", to="agent.id"),
        reference("team_id", to="team.id"),
        Index("ix_agent_team_team_id", "tenant_id", "team_id"),
    )


class AgentSkill(InTenant, Base):
    """Something an agent can do, and how well: from 1, a beginner, to 5."""

    __tablename__ = "agent_skill"

    agent_id: Mapped[UUID] = mapped_column(primary_key=True)
    skill_id: Mapped[UUID] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(Integer, default=levels.USUAL)

    __table_args__ = (
        to_tenant(),
        reference("agent_id", to="agent.id"),
        reference("skill_id", to="skill.id"),
        check(levels.ALLOWED, "level"),
        Index("ix_agent_skill_skill_id", "tenant_id", "skill_id"),
    )


class AgentLanguage(InTenant, Base):
    """A language that an agent speaks with customers; without a row, the shop's own."""

    __tablename__ = "agent_language"

    agent_id: Mapped[UUID] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = (
        to_tenant(),
        reference("agent_id", to="agent.id"),
        check("language ~ '^[a-z]{2}$'", "language"),
    )


class AgentShift(TenantRow, Base):
    """When an agent is at work by plan, `[from, to)`; of an agent without any, presence alone says it."""

    __tablename__ = "agent_shift"

    agent_id: Mapped[UUID]
    period: Mapped[Range[datetime]] = mapped_column(TSTZRANGE)

    __table_args__ = (
        to_tenant(),
        reference("agent_id", to="agent.id"),
        check(
            "NOT isempty(period) AND lower_inc(period) AND NOT upper_inc(period)"
            " AND NOT lower_inf(period) AND NOT upper_inf(period)",
            "period",
        ),
        ExcludeConstraint(("tenant_id", "="), ("agent_id", "="), ("period", "&&"), name="ex_agent_shift_agent"),
        Index("ix_agent_shift_agent_id", "tenant_id", "agent_id", text("lower(period)"), "id"),
    )


class AgentCapacity(InTenant, Base):
    """How many items of a channel the agent holds at once; without a row, DEFAULT_CAPACITY."""

    __tablename__ = "agent_capacity"

    agent_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[Channel] = mapped_column(enum(Channel), primary_key=True)
    items: Mapped[int] = mapped_column(Integer)

    __table_args__ = (to_tenant(), reference("agent_id", to="agent.id"), check("items >= 0", "items"))


class ChannelSetting(InTenant, Base):
    """What an item of a channel takes of whoever holds it; without a row, DEFAULT_EFFORT."""

    __tablename__ = "channel_setting"

    channel: Mapped[Channel] = mapped_column(enum(Channel), primary_key=True)
    weight: Mapped[int] = mapped_column(Integer)
    work_minutes: Mapped[int] = mapped_column(Integer)
    exclusive: Mapped[bool] = mapped_column(Boolean)
    answer_seconds: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        to_tenant(),
        check("answer_seconds BETWEEN 10 AND 86400", "answer_seconds"),
        check("weight BETWEEN 1 AND 100", "weight"),
        check("work_minutes BETWEEN 1 AND 1440", "work_minutes"),
    )
