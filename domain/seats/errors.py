"""The refusals of the seat operations."""

from dataclasses import dataclass
from uuid import UUID

from domain.kit.errors import DomainError


@dataclass
class SeatLicenceNotFound(DomainError):
    licence_id: UUID

    en = "There is no such seat licence."
    pl = "Nie ma takiej licencji."


@dataclass
class SeatAssignmentNotFound(DomainError):
    assignment_id: UUID

    en = "There is no such seat assignment."
    pl = "Nie ma takiego przydziału licencji."


@dataclass
class SeatTaken(DomainError):
    """Somebody else sits on the licence during some of the period."""

    licence_id: UUID
    agent_id: UUID

    en = "Somebody else sits on this licence during that time. Release it first, or choose another."
    pl = "W tym czasie z licencji korzysta już ktoś inny. Najpierw ją zwolnij albo wybierz inną."


@dataclass
class AgentAlreadySeated(DomainError):
    """The agent sits on another licence during some of the period."""

    agent_id: UUID
    licence_id: UUID

    en = "This agent already has a seat during that time."
    pl = "Ten agent ma już w tym czasie licencję."


@dataclass
class NoFreeSeat(DomainError):
    """Every licence of the kind is taken; `limit` of them run at the instant asked for."""

    kind: str
    limit: int

    en = "All {limit} {kind} licences are taken. Add licences or release one."
    pl = "Wszystkie licencje {kind} są zajęte (jest ich {limit}). Dodaj licencje albo zwolnij jedną."


@dataclass
class OutsideLicence(DomainError):
    """The period asked for is not inside the licence's."""

    licence_id: UUID

    en = "The time asked for is not inside the licence's period."
    pl = "Podany czas wykracza poza okres licencji."
