"""The refusals of the seat operations."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.kit.errors import DomainError, Language
from domain.seats.models import SeatKind

_KINDS = {
    Language.EN: {SeatKind.FULL: "full", SeatKind.LIGHT: "light"},
    Language.PL: {SeatKind.FULL: "pełna", SeatKind.LIGHT: "lekka"},
}
_OF_A_DAY = {
    Language.EN: " They came in on a day pass: let the new seat begin tomorrow, or end today's seat first.",
    Language.PL: " Korzysta dziś z karnetu dziennego: przydziel licencję od jutra albo najpierw zakończ dzisiejszą.",
}


@dataclass
class SeatLicenceNotFound(DomainError):
    licence_id: UUID

    en = "There is no such seat licence."
    pl = "Nie ma takiej licencji."


@dataclass
class SeatLicenceOver(DomainError):
    """Its time is over, or it was taken back before it began: what is over stays as it was."""

    licence_id: UUID

    en = "This licence is over. Add a new one instead."
    pl = "Ta licencja już się skończyła. Zamiast tego dodaj nową."


@dataclass
class SeatLicenceOfOneDay(DomainError):
    """It was made by a day pass: for one person, and one day."""

    licence_id: UUID

    en = "This seat is a day pass: it is one person's, and ends with the day. Add a licence instead."
    pl = "To licencja z karnetu dziennego: jest dla jednej osoby i kończy się z końcem dnia. Dodaj zwykłą licencję."


@dataclass
class SeatAssignmentNotFound(DomainError):
    assignment_id: UUID

    en = "There is no such seat assignment."
    pl = "Nie ma takiego przydziału licencji."


@dataclass
class PlannedInvitationNotFound(DomainError):
    planned_id: UUID

    en = "There is no such planned invitation."
    pl = "Nie ma takiego planowanego zaproszenia."


@dataclass
class SeatAssignmentOver(DomainError):
    """It has ended, or was taken back before it began: what is over stays as it was."""

    assignment_id: UUID

    en = "This person's time on the seat is over. Give them a seat anew."
    pl = "Czas tej osoby na licencji już minął. Przydziel jej licencję od nowa."


@dataclass
class SuccessorNotFound(DomainError):
    """Whoever is to get the tickets is no agent of the shop."""

    successor_id: UUID

    en = "There is no such agent to pass the tickets on to."
    pl = "Nie ma takiego agenta, któremu można przekazać zgłoszenia."


@dataclass
class SeatTaken(DomainError):
    """Somebody else sits on the licence during some of the period."""

    licence_id: UUID
    agent_id: UUID

    en = "Somebody else sits on this licence during that time. Release it first, or choose another."
    pl = "W tym czasie z licencji korzysta już ktoś inny. Najpierw ją zwolnij albo wybierz inną."


@dataclass
class AgentAlreadySeated(DomainError):
    """The agent sits on another licence in that time; `day_pass` says whether it is one that a day pass became."""

    agent_id: UUID
    licence_id: UUID
    day_pass: bool = field(default=False, metadata={"said": "Whether that licence is one that a day pass became."})

    en = "This agent already has a seat during that time.{of_a_day}"
    pl = "Ten agent ma już w tym czasie licencję.{of_a_day}"

    def spoken(self, language: Language) -> dict[str, Any]:
        return {**self.data(), "of_a_day": _OF_A_DAY[language] if self.day_pass else ""}


@dataclass
class NoFreeSeat(DomainError):
    """Every licence of the kind is taken; `limit` of them run at the instant asked for."""

    kind: str
    limit: int

    en = "No {kind} licence is free; there are {limit} at that time. Add licences or release one."
    pl = "Żadna {kind} licencja nie jest wolna (jest ich wtedy {limit}). Dodaj licencje albo zwolnij jedną."

    def spoken(self, language: Language) -> dict[str, Any]:
        return {**self.data(), "kind": _KINDS[language][SeatKind(self.kind)]}


@dataclass
class AgentSuspended(DomainError):
    """The agent is a member who is kept out: nobody sits where they cannot come in."""

    agent_id: UUID

    en = "This person is kept out. Let them back in first, then give them a seat."
    pl = "Ta osoba ma zablokowany dostęp. Najpierw go przywróć, potem przydziel licencję."


@dataclass
class OutsideLicence(DomainError):
    """The period asked for is not inside the licence's."""

    licence_id: UUID

    en = "The time asked for is not inside the licence's period."
    pl = "Podany czas wykracza poza okres licencji."


@dataclass
class DayPassHolderNotFound(DomainError):
    """The agent never came in on day passes."""

    agent_id: UUID

    en = "This person does not come in on day passes."
    pl = "Ta osoba nie korzysta z karnetów dziennych."


@dataclass
class TooFewDayPasses(DomainError):
    """More were to be taken back than are left; those that were spent stay spent."""

    kind: str
    left: int
    asked: int

    en = "There are {left} {kind} day passes left, so {asked} cannot be taken back."
    pl = "Karnetów dziennych ({kind} licencja) zostało: {left}. Nie można cofnąć: {asked}."

    def spoken(self, language: Language) -> dict[str, Any]:
        return {**self.data(), "kind": _KINDS[language][SeatKind(self.kind)]}
