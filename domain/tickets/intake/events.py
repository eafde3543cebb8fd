"""What happens to intake rules, and to tickets by them."""

from dataclasses import dataclass
from uuid import UUID

from domain.kit.events import Event


@dataclass(frozen=True)
class IntakeRuleCreated(Event):
    """`number` is that of its first version."""

    rule_name: str
    position: int
    condition: str
    number: int


@dataclass(frozen=True)
class IntakeRuleChanged(Event):
    """`number` is that of its version from now on."""

    rule_name: str
    condition: str
    number: int


@dataclass(frozen=True)
class IntakeRuleMoved(Event):
    """Its place among the rules is another, because it or another rule was moved or put away."""

    position: int


@dataclass(frozen=True)
class IntakeRuleArchived(Event):
    """It acts on no ticket any more."""

    rule_name: str


@dataclass(frozen=True)
class TicketSorted(Event):
    """Intake rules acted on a new ticket: `rule_ids` did, in their order; what it asks for from then on follows."""

    rule_ids: tuple[UUID, ...]
    team_id: UUID
    priority: int
    skills: dict[UUID, int]
    language: str | None
    needs_contact: bool
    tags: tuple[str, ...]
