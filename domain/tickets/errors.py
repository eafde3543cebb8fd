"""The refusals of the ticket operations."""

from dataclasses import dataclass
from uuid import UUID

from domain.kit.errors import DomainError


@dataclass
class TicketNotFound(DomainError):
    ticket_id: UUID

    en = "There is no such ticket."
    pl = "Nie ma takiego zgłoszenia."


@dataclass
class TicketClosed(DomainError):
    """Closed tickets are put away: only the customer's answer brings one back."""

    ticket_id: UUID

    en = "This ticket is closed. Only an answer from the customer opens it again."
    pl = "To zgłoszenie jest zamknięte. Otworzy je ponownie tylko odpowiedź klienta."


@dataclass
class TicketAlreadyBegun(DomainError):
    """What was begun, by a word to the customer or to colleagues, is handed over and not declined."""

    ticket_id: UUID

    en = "You have begun with this ticket. Hand it over instead."
    pl = "Praca nad tym zgłoszeniem już się zaczęła. Można je przekazać."


@dataclass
class TicketNotYours(DomainError):
    """It is not in the caller's hands; `assignee_id` is who holds it, if anybody does."""

    ticket_id: UUID
    assignee_id: UUID | None

    en = "This ticket is not in your hands. Take it first, or ask for it to be handed over."
    pl = "To zgłoszenie nie jest u Ciebie. Najpierw je weź albo poproś o przekazanie."


@dataclass
class TicketNotOpen(DomainError):
    """It is resolved already, and this takes an open ticket."""

    ticket_id: UUID

    en = "This ticket is resolved. Reopen it first."
    pl = "To zgłoszenie jest rozwiązane. Najpierw otwórz je ponownie."


@dataclass
class TicketNotResolved(DomainError):
    """Only a resolved ticket can be reopened or closed."""

    ticket_id: UUID

    en = "This ticket is not resolved."
    pl = "To zgłoszenie nie jest rozwiązane."


@dataclass
class TopicNotFound(DomainError):
    topic: str

    en = "There is no topic “{topic}”."
    pl = "Nie ma tematu „{topic}”."


@dataclass
class TopicKeyTaken(DomainError):
    key: str

    en = "Another topic has the key “{key}”."
    pl = "Inny temat ma już klucz „{key}”."


@dataclass
class AssigneeHasNoSeat(DomainError):
    """Owning a ticket takes a live seat."""

    agent_id: UUID

    en = "This agent has no seat at the moment, so no ticket can be put into their hands."
    pl = "Ten agent nie ma teraz licencji, więc nie można mu przekazać zgłoszenia."


@dataclass
class AssigneeCannotComeIn(DomainError):
    """Whoever is to hold a ticket has not joined yet: nobody would work on it."""

    agent_id: UUID

    en = "This person has not joined yet, so nobody would work on the ticket. Choose somebody else."
    pl = "Ta osoba jeszcze nie dołączyła i nikt nie pracowałby nad zgłoszeniem. Wybierz kogoś innego."


@dataclass
class CustomerUnreachable(DomainError):
    """The customer has no e-mail address."""

    customer_id: UUID

    en = "This customer has no e-mail address, so there is nowhere to send a reply."
    pl = "Ten klient nie ma adresu e-mail, więc nie ma dokąd wysłać odpowiedzi."


@dataclass
class EvidenceNotFound(DomainError):
    """The payment named as evidence does not exist, or is of another customer's order."""

    payment_id: UUID

    en = "The payment named as evidence is not one of this customer's."
    pl = "Płatność podana jako dowód nie należy do tego klienta."


@dataclass
class DraftNotFound(DomainError):
    draft_id: UUID

    en = "There is no such draft."
    pl = "Nie ma takiego szkicu."


@dataclass
class DraftSettled(DomainError):
    """A draft is sent, returned or replaced once; `outcome` says which it was."""

    draft_id: UUID
    outcome: str

    en = "This draft has been dealt with already. Look at the ticket again."
    pl = "Ten szkic został już rozpatrzony. Otwórz zgłoszenie ponownie."


@dataclass
class DraftNotYours(DomainError):
    """Only its author replaces a draft while on a seat; somebody on a full one may approve it with other words."""

    draft_id: UUID

    en = "This draft is somebody else's. Write one of your own, or ask its author to change it."
    pl = "To szkic innej osoby. Napisz własny albo poproś autora o zmianę."


@dataclass
class TicketPartFixed(DomainError):
    """A ticket keeps its channel, topic, customer, arrival and first words: they are its history."""

    ticket_id: UUID

    en = "This is a ticket's history, and stays as it came in first."
    pl = "To historia zgłoszenia, więc pozostaje taka, jaka przyszła na początku."
