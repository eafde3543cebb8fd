"""The refusals of the operations on people."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.agents.roles import Role
from domain.kit.errors import DomainError, Language

_ROLES = {
    Language.EN: {
        Role.OWNER: "an owner",
        Role.ADMIN: "an admin",
        Role.SUPERVISOR: "a supervisor",
        Role.AGENT: "an agent",
    },
    Language.PL: {
        Role.OWNER: "„właściciel”",
        Role.ADMIN: "„administrator”",
        Role.SUPERVISOR: "„kierownik”",
        Role.AGENT: "„agent”",
    },
}


@dataclass
class _OfRoles(DomainError):
    """A refusal that compares two roles, and says them in words."""

    role: str
    own_role: str

    def spoken(self, language: Language) -> dict[str, Any]:
        return {name: _ROLES[language][Role(role)] for name, role in self.data().items()}


@dataclass
class WrongCredentials(DomainError):
    """The one answer to every sign-in that fails, whatever the reason, so that a stranger learns nothing from it."""

    en = "The shop, the e-mail address or the password is wrong."
    pl = "Nieprawidłowy sklep, adres e-mail lub hasło."


@dataclass
class SignInBusy(DomainError):
    """More people sign in at this moment than can be checked soon."""

    en = "Too many people are signing in right now. Try again in a moment."
    pl = "Zbyt wiele osób loguje się w tej chwili. Spróbuj ponownie za chwilę."


@dataclass
class PersonalTokenNotFound(DomainError):
    token_id: UUID

    en = "You have no such token."
    pl = "Nie masz takiego tokenu."


@dataclass
class MemberNotFound(DomainError):
    member_id: UUID

    en = "There is no such member."
    pl = "Nie ma takiej osoby."


@dataclass
class MemberExists(DomainError):
    """The address belongs to a member who has joined already."""

    email: str

    en = "{email} belongs to a member already."
    pl = "{email} należy już do osoby z zespołu."


@dataclass
class AddressBelongsToCustomer(DomainError):
    """Mail to staff must never reach a customer."""

    email: str

    en = "{email} is the address of a customer, and mail to staff never goes to customers. Use another address."
    pl = "{email} to adres klienta, a poczta do pracowników nigdy nie trafia do klientów. Podaj inny adres."


@dataclass
class RoleAboveOwn(_OfRoles):
    """Nobody grants a role above their own, nor touches the invitation of one who has it."""

    en = "As {own_role} you cannot make anyone {role}."
    pl = "Z rolą {own_role} nie można nikomu nadać roli {role}."


@dataclass
class OwnerExists(DomainError):
    """The shop has an owner, who invites everybody else."""

    en = "This shop has an owner already. Ask an owner to invite others."
    pl = "Ten sklep ma już właściciela. O zaproszenie poproś właściciela."


@dataclass
class InvitationInvalid(DomainError):
    """The link is wrong, used, replaced by a newer one, or too old."""

    en = "This invitation is no longer valid. Ask for a new one."
    pl = "To zaproszenie jest już nieważne. Poproś o nowe."


@dataclass
class AgentNotFound(DomainError):
    agent_id: UUID

    en = "There is no such agent."
    pl = "Nie ma takiego agenta."


@dataclass
class TeamNotFound(DomainError):
    team_id: UUID

    en = "There is no such team."
    pl = "Nie ma takiego zespołu."


@dataclass
class SkillNotFound(DomainError):
    skill_id: UUID

    en = "There is no such skill."
    pl = "Nie ma takiej umiejętności."


@dataclass
class TeamKeyTaken(DomainError):
    key: str

    en = "Another team has the key “{key}”."
    pl = "Inny zespół ma już klucz „{key}”."


@dataclass
class SkillKeyTaken(DomainError):
    key: str

    en = "Another skill has the key “{key}”."
    pl = "Inna umiejętność ma już klucz „{key}”."


@dataclass
class MemberOutranksYou(_OfRoles):
    """Nobody changes somebody whose role is above their own."""

    en = "As {own_role} you cannot change somebody who is {role}."
    pl = "Z rolą {own_role} nie można zmieniać osoby z rolą {role}."


@dataclass
class NotYourself(DomainError):
    """Nobody keeps themselves out or changes their own role."""

    en = "You cannot do this to yourself. Ask another admin."
    pl = "Nie można tego zrobić samemu sobie. Poproś innego administratora."


@dataclass
class OwnerNeeded(DomainError):
    """The shop would be left without an owner who can sign in."""

    en = "This is the shop's only owner. Make somebody else an owner first."
    pl = "To jedyny właściciel sklepu. Najpierw nadaj tę rolę komuś innemu."


@dataclass
class InvitationNotFound(DomainError):
    invitation_id: UUID

    en = "There is no such invitation."
    pl = "Nie ma takiego zaproszenia."


@dataclass
class InvitationTooSoon(DomainError):
    """The newest link is younger than a minute: a mailbox is not filled by pressing a button."""

    en = "A link went to this person less than a minute ago. Wait a minute before you send another."
    pl = "Link wysłano do tej osoby niecałą minutę temu. Odczekaj minutę, zanim wyślesz następny."


@dataclass
class InvitationsUsedUp(DomainError):
    """The person was sent as many links within 24 hours as anybody is."""

    limit: int

    en = "This person was sent {limit} links within a day. Check the address, and send the next one tomorrow."
    pl = "W ciągu doby wysłano tej osobie tyle linków: {limit}. Sprawdź adres i wyślij następny jutro."
