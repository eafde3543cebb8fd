"""The refusals of the season operations."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.kit.errors import DomainError, Language

_STATES = {
    Language.EN: {
        "DRAFT": "a draft",
        "SCHEDULED": "scheduled",
        "ACTIVE": "active",
        "ENDED": "ended",
        "CANCELLED": "cancelled",
    },
    Language.PL: {
        "DRAFT": "szkicem",
        "SCHEDULED": "zaplanowany",
        "ACTIVE": "w toku",
        "ENDED": "zakończony",
        "CANCELLED": "odwołany",
    },
}
_INSTEAD = {
    Language.EN: {
        "SCHEDULED": ", so its plan stands. Extend, shorten or cancel it instead.",
        "ACTIVE": ", so its plan stands. Extend, shorten or end it instead.",
        "ENDED": ". Plan a new one.",
        "CANCELLED": ". Plan a new one.",
        "DRAFT": ", and its days are past. Choose later ones.",
    },
    Language.PL: {
        "SCHEDULED": ", więc jego plan obowiązuje. Możesz go wydłużyć, skrócić albo odwołać.",
        "ACTIVE": ", więc jego plan obowiązuje. Możesz go wydłużyć, skrócić albo zakończyć.",
        "ENDED": ". Zaplanuj nowy.",
        "CANCELLED": ". Zaplanuj nowy.",
        "DRAFT": ", a jego dni już minęły. Wybierz późniejsze.",
    },
}


@dataclass
class SeasonNotFound(DomainError):
    season_id: UUID

    en = "There is no such season."
    pl = "Nie ma takiego sezonu."


@dataclass
class SeasonPersonNotFound(DomainError):
    person_id: UUID

    en = "There is no such person in this season."
    pl = "Nie ma takiej osoby w tym sezonie."


@dataclass
class SeasonNotDraft(DomainError):
    """Only a draft can be changed or scheduled; `state` is what the season is."""

    state: str

    en = "This season is {state}{instead}"
    pl = "Ten sezon jest {state}{instead}"

    def spoken(self, language: Language) -> dict[str, Any]:
        return {"state": _STATES[language][self.state], "instead": _INSTEAD[language][self.state]}


@dataclass
class SeasonNotScheduled(DomainError):
    """The season is a draft: it has no seats yet."""

    en = "This season is a draft and has no seats yet. Schedule it first, or change the draft."
    pl = "Ten sezon jest szkicem i nie ma jeszcze licencji. Najpierw go zaplanuj albo zmień szkic."


@dataclass
class SeasonOver(DomainError):
    """The season has ended, was cancelled, or is a draft whose days are past; `state` says which."""

    state: str

    en = "This season is {state}{instead}"
    pl = "Ten sezon jest {state}{instead}"

    def spoken(self, language: Language) -> dict[str, Any]:
        return {"state": _STATES[language][self.state], "instead": _INSTEAD[language][self.state]}


@dataclass
class SeasonHasBegun(DomainError):
    """A season that runs is ended, not cancelled."""

    en = "This season has begun. End it instead."
    pl = "Ten sezon już trwa. Możesz go zakończyć."


@dataclass
class SeasonHasNotBegun(DomainError):
    """A season that is still to come is cancelled, not ended."""

    en = "This season has not begun. Call it off instead."
    pl = "Ten sezon jeszcze się nie zaczął. Możesz go odwołać."


@dataclass
class PersonNamedTwice(DomainError):
    """The address is in the season already."""

    email: str

    en = "{email} is in this season already."
    pl = "{email} jest już w tym sezonie."


@dataclass
class PersonKeptOut(DomainError):
    """The address belongs to a member who is kept out."""

    email: str

    en = "{email} is kept out. Let them back in first."
    pl = "{email} ma zablokowany dostęp. Najpierw go przywróć."
