"""Expected failures: named, carrying data, readable by people in English and Polish."""

from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, ClassVar


class Language(StrEnum):
    EN = "EN"
    PL = "PL"


@dataclass
class DomainError(Exception):
    """A refusal that a caller can expect; subclasses are dataclasses whose fields are its data.

    `en` and `pl` are sentences with the fields in braces. The code is the class's name in upper snake case.
    """

    en: ClassVar[str]
    pl: ClassVar[str]

    @classmethod
    def code(cls) -> str:
        """The name for programs, such as `SEAT_LIMIT_REACHED`."""
        return "".join("_" + c if c.isupper() and i else c for i, c in enumerate(cls.__name__)).upper()

    def data(self) -> dict[str, Any]:
        """The fields, by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    def message(self, language: Language = Language.EN) -> str:
        """The sentence for a person."""
        template = self.pl if language is Language.PL else self.en
        return template.format(**self.spoken(language))

    def spoken(self, language: Language) -> dict[str, Any]:
        """The fields as the sentence says them; a subclass whose data has codes says words for them."""
        return self.data()

    def __str__(self) -> str:
        return self.message()


@dataclass
class InvalidInput(DomainError):
    """A value that can never be right, whatever the state of things; `field` names it in the caller's words."""

    field: str
    problem: str
    problem_pl: str

    en = "{field}: {problem}"
    pl = "{field}: {problem_pl}"
