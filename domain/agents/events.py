"""What happens to people, their credentials, agents, teams and skills. No event holds an address or a secret."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.agents.channels import Channel
from domain.agents.models import Presence
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.kit.events import Event


@dataclass(frozen=True)
class MemberInvited(Event):
    invitation_id: UUID
    role: Role
    agent_id: UUID
    team_ids: tuple[UUID, ...]
    skill_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class MemberPlanned(Event):
    """Somebody is to be invited later: on a day, or once a seat is free."""

    role: Role
    agent_id: UUID
    team_ids: tuple[UUID, ...]
    skill_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class InvitationSent(Event):
    member_id: UUID
    expires_at: datetime


@dataclass(frozen=True)
class InvitationRevoked(Event):
    """Its link is worthless from then on: a newer one takes its place, or it was called back."""

    member_id: UUID


@dataclass(frozen=True)
class InvitationAccepted(Event):
    member_id: UUID


@dataclass(frozen=True)
class MemberJoined(Event):
    """The member has set a password and can sign in."""

    role: Role


@dataclass(frozen=True)
class MemberSuspended(Event):
    """The member is kept out."""


@dataclass(frozen=True)
class MemberReactivated(Event):
    """The member may come in again."""


@dataclass(frozen=True)
class MemberRoleSet(Event):
    role: Role
    before: Role


@dataclass(frozen=True)
class MemberSignedIn(Event):
    session_id: UUID


@dataclass(frozen=True)
class MemberSignedOut(Event):
    session_id: UUID


@dataclass(frozen=True)
class MemberLockedOut(Event):
    """Too many wrong passwords in a row; nobody signs in as this member until then."""

    until: datetime


@dataclass(frozen=True)
class MemberLanguageSet(Event):
    """The member chose in which language Sezon speaks to them."""

    language: Language
    before: Language


@dataclass(frozen=True)
class PasswordSet(Event):
    """Somebody gave the member a new password."""


@dataclass(frozen=True)
class PersonalTokenCreated(Event):
    token_id: UUID
    token_name: str
    expires_at: datetime


@dataclass(frozen=True)
class PersonalTokenRevoked(Event):
    token_id: UUID


@dataclass(frozen=True)
class CredentialsEnded(Event):
    """How many sign-in sessions and personal tokens ended at once."""

    sessions: int
    tokens: int


@dataclass(frozen=True)
class AgentAdded(Event):
    member_id: UUID


@dataclass(frozen=True)
class AgentTeamsSet(Event):
    team_ids: tuple[UUID, ...]
    added: tuple[UUID, ...]
    removed: tuple[UUID, ...]


@dataclass(frozen=True)
class AgentSkillsSet(Event):
    """All skills with their levels; `added` are new ones, and none of those whose level alone is another."""

    skills: dict[UUID, int]
    added: tuple[UUID, ...]
    removed: tuple[UUID, ...]


@dataclass(frozen=True)
class AgentLanguagesSet(Event):
    """By their two letters; none stands for the shop's own."""

    languages: tuple[str, ...]
    before: tuple[str, ...]


@dataclass(frozen=True)
class AgentSeniorSet(Event):
    senior: bool


@dataclass(frozen=True)
class AgentExtensionSet(Event):
    """Where the telephone exchange rings the agent; None for nowhere."""

    extension: str | None
    before: str | None


@dataclass(frozen=True)
class AgentCapacitySet(Event):
    """Items at once, by channel; channels not named follow the default."""

    items: dict[str, int]
    before: dict[str, int]


@dataclass(frozen=True)
class AgentShiftsSet(Event):
    """All shifts that begin in `[start, end)`: when each begins and when each is over."""

    start: datetime
    end: datetime
    begins: tuple[datetime, ...]
    ends: tuple[datetime, ...]


@dataclass(frozen=True)
class ChannelSettingsSet(Event):
    """What an item takes, by channel, of all channels; `alone` are those whose items are taken alone, and
    `answers` within how many seconds whoever is given one has to begin, where that matters."""

    weights: dict[str, int]
    minutes: dict[str, int]
    alone: tuple[Channel, ...]
    answers: dict[str, int]


@dataclass(frozen=True)
class AgentPresenceSet(Event):
    presence: Presence
    before: Presence


@dataclass(frozen=True)
class TeamCreated(Event):
    key: str
    team_name: str


@dataclass(frozen=True)
class SkillCreated(Event):
    key: str
    skill_name: str
