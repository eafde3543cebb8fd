"""The refusals of the intake rules."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.kit.errors import DomainError, Language
from domain.tickets.intake.tokens import Position


class ConditionProblem(StrEnum):
    """What is wrong with a condition."""

    UNREADABLE = "UNREADABLE"
    UNKNOWN_NAME = "UNKNOWN_NAME"
    WRONG_TYPES = "WRONG_TYPES"
    NO_YES_OR_NO = "NO_YES_OR_NO"
    TOO_LONG = "TOO_LONG"
    TOO_DEEP = "TOO_DEEP"
    BAD_PATTERN = "BAD_PATTERN"
    COSTLY_PATTERN = "COSTLY_PATTERN"
    PATTERN_NOT_WRITTEN_OUT = "PATTERN_NOT_WRITTEN_OUT"


_SAID: dict[ConditionProblem, tuple[str, str]] = {
    ConditionProblem.UNREADABLE: ("“{near}” cannot stand here", "„{near}” nie może tu stać"),
    ConditionProblem.UNKNOWN_NAME: (
        "there is no “{near}” that conditions could use",
        "nie ma „{near}”, czego warunki mogłyby użyć",
    ),
    ConditionProblem.WRONG_TYPES: (
        "“{near}” cannot be used with values of these types",
        "„{near}” nie działa na wartościach tych typów",
    ),
    ConditionProblem.NO_YES_OR_NO: (
        "the condition must be true or false, and this is something else",
        "warunek musi być prawdą albo fałszem, a to jest coś innego",
    ),
    ConditionProblem.TOO_LONG: ("the condition is too long", "warunek jest za długi"),
    ConditionProblem.TOO_DEEP: ("the condition is nested too deeply", "warunek jest zbyt głęboko zagnieżdżony"),
    ConditionProblem.BAD_PATTERN: ("{near} is no pattern", "{near} nie jest wzorcem"),
    ConditionProblem.COSTLY_PATTERN: (
        "the pattern is too much work: no counted groups, no classes such as \\pL, at most 500 characters and 100 "
        "repetitions by number in all",
        "wzorzec wymaga zbyt wiele pracy: bez grup powtarzanych liczbą, bez klas takich jak \\pL, razem najwyżej 500 "
        "znaków i 100 powtórzeń podanych liczbą",
    ),
    ConditionProblem.PATTERN_NOT_WRITTEN_OUT: (
        "matches() takes a pattern that is written out in quotes",
        "matches() przyjmuje wzorzec zapisany w cudzysłowie",
    ),
}

_END = {Language.EN: "the end", Language.PL: "koniec"}


@dataclass
class ConditionRefused(DomainError):
    """The condition says nothing that could be decided; `near` is what stands where the fault was found."""

    problem: ConditionProblem
    position: Position
    near: str

    en = "Line {line}, column {column}: {said}."
    pl = "Wiersz {line}, kolumna {column}: {said}."

    def spoken(self, language: Language) -> dict[str, Any]:
        sentence = _SAID[self.problem][language is Language.PL]
        said = sentence.format(near=self.near or _END[language])
        return {"line": self.position.line, "column": self.position.column, "said": said}


@dataclass
class IntakeRuleNotFound(DomainError):
    rule_id: UUID

    en = "There is no such intake rule."
    pl = "Nie ma takiej reguły przyjęć."


@dataclass
class IntakeRuleIsArchived(DomainError):
    """An archived rule stays as it was: it is what tickets of its time tell of."""

    rule_id: UUID

    en = "This rule is archived. Add a new one."
    pl = "Ta reguła jest zarchiwizowana. Dodaj nową."


@dataclass
class TooManyIntakeRules(DomainError):
    limit: int

    en = "A shop can have {limit} intake rules at once. Archive one that is no longer needed."
    pl = "Sklep może mieć naraz {limit} reguł przyjęć. Zarchiwizuj którąś z niepotrzebnych."


@dataclass
class IntakeOrderIncomplete(DomainError):
    """The new order names each rule once that is not archived, and no other."""

    en = "The order must name every intake rule once, without those that are archived. Look at the list again."
    pl = "Kolejność musi wymieniać każdą regułę raz, bez zarchiwizowanych. Otwórz listę ponownie."
