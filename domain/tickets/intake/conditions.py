"""Conditions in CEL, the Common Expression Language: read, checked against the variables there are, and decided.

The one module that knows the language's library. It has no loops here (macros are left out) and cannot make texts or
lists longer, so that a condition takes time in proportion to its own length and to the ticket's.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from cel_expr_python import cel

from domain.tickets.intake import tokens
from domain.tickets.intake.errors import ConditionProblem, ConditionRefused
from domain.tickets.intake.tokens import Position, Token
from domain.tickets.intake.variables import VARIABLES, Kind, Values

LONGEST = 2_000
LONGEST_PATTERNS = 500
"""Characters of a condition, and of all its patterns."""

_LANGUAGE = """
stdlib:
  exclude_macros: [all, exists, exists_one, filter, has, map]
  exclude_functions:
    - name: _+_
      overloads: [{id: add_bytes}, {id: add_list}, {id: add_string}]
"""

_TYPES = {Kind.TEXT: cel.Type.STRING, Kind.NUMBER: cel.Type.INT, Kind.TRUTH: cel.Type.BOOL}
_ENVIRONMENT = cel.NewEnv(
    config=cel.NewEnvConfigFromYaml(_LANGUAGE),
    variables={name: _TYPES[variable.kind] for name, variable in VARIABLES.items()},
)

_CALL = b"\x12\x07matches"
"""How the library writes the call of `matches` down: the function's name in the message of a call."""

_FAULT = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (.*)")
_KINDS = (
    ("undeclared reference", ConditionProblem.UNKNOWN_NAME),
    ("found no matching overload", ConditionProblem.WRONG_TYPES),
    ("Exceeded max recursion", ConditionProblem.TOO_DEEP),
)
"""How the library's messages begin: it gives faults as texts alone."""


class Failing(StrEnum):
    """Why a condition could not be decided for a ticket."""

    NO_VALUE = "NO_VALUE"
    FAILED = "FAILED"
    TOO_SLOW = "TOO_SLOW"


@dataclass(frozen=True)
class Failure:
    """A condition that could not be decided: the variables it asked for that had no value, or the library's words."""

    why: Failing
    detail: str


class Condition:
    """A condition that was read and checked."""

    def __init__(self, source: str, compiled: Any) -> None:
        self._compiled = compiled
        self._names = frozenset(
            re.sub(r"\s", "", name)
            for token in tokens.tokens(source)
            if token.kind == "name"
            for name in (token.text, token.text.rpartition(".")[0])
        )

    def decide(self, subject: "Subject") -> bool | Failure:
        """Whether it is true of the subject; a failure where that cannot be said."""
        decided = self._compiled.eval(subject.activation).value()
        if isinstance(decided, bool):
            return decided
        missing = sorted((self._names & VARIABLES.keys()) - subject.known)
        if missing:
            return Failure(Failing.NO_VALUE, ", ".join(missing))
        return Failure(Failing.FAILED, str(decided)[:200])


class Subject:
    """What conditions are decided about, made ready once for all of them."""

    def __init__(self, values: Values) -> None:
        self.known = values.keys()
        self.activation = _ENVIRONMENT.Activation(dict(values))


class Patience:
    """How long may be spent on deciding. Conditions are short work; whoever wrote long ones keeps nobody waiting."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._until = clock, clock() + seconds

    @property
    def is_over(self) -> bool:
        return self._clock() > self._until


@lru_cache(maxsize=1_024)
def condition(source: str) -> Condition:
    """The condition. Raises ConditionRefused for one that cannot be read, means nothing, or is too much work."""
    if len(source) > LONGEST:
        raise ConditionRefused(ConditionProblem.TOO_LONG, tokens.position_of(source, LONGEST), "")
    if (halved := tokens.HALVED.search(source)) is not None:
        raise ConditionRefused(ConditionProblem.UNREADABLE, tokens.position_of(source, halved.start()), "?")
    words = tokens.tokens(source)
    compiled = _compiled(source, words)
    _refuse_patterns(source, words, calls=compiled.serialize().count(_CALL))
    return Condition(source, compiled)


def _compiled(source: str, words: list[Token]) -> Any:
    try:
        compiled = _ENVIRONMENT.compile(source)
    except RuntimeError as error:
        raise _fault(str(error), source, words) from None
    if compiled.return_type() != cel.Type.BOOL:
        raise _refused(ConditionProblem.NO_YES_OR_NO, source, words[0] if words else None)
    return compiled


def _fault(message: str, source: str, words: list[Token]) -> ConditionRefused:
    """The first fault of which the library says where it is."""
    told = _FAULT.search(message)
    if told is None or int(told[1]) < 1:
        return _refused(ConditionProblem.TOO_DEEP, source, words[0] if words else None)
    problem = next((kind for said, kind in _KINDS if told[3].startswith(said)), ConditionProblem.UNREADABLE)
    offset = tokens.offset_of(source, Position(int(told[1]), int(told[2])))
    word = tokens.near(words, offset)
    if word is None:
        return ConditionRefused(problem, tokens.position_of(source, offset), source[offset : offset + 1].strip())
    return _refused(problem, source, word)


def _refused(problem: ConditionProblem, source: str, word: Token | None) -> ConditionRefused:
    if word is None:
        return ConditionRefused(problem, Position(1, 1), "")
    return ConditionRefused(problem, tokens.position_of(source, word.start), word.text[:80])


def _refuse_patterns(source: str, words: list[Token], *, calls: int) -> None:
    """Raises ConditionRefused for a pattern that is none, that is not written out, or that is too much work.

    `calls` is how many the library found, which must be all that were looked at here.
    """
    length, repetitions, found = 0, 0, list(tokens.patterns(words))
    if len(found) != calls:
        raise _refused(ConditionProblem.PATTERN_NOT_WRITTEN_OUT, source, words[0])
    for call, given in found:
        if given is None:
            raise _refused(ConditionProblem.PATTERN_NOT_WRITTEN_OUT, source, call)
        pattern = _ENVIRONMENT.compile(given.text).eval(_ENVIRONMENT.Activation({})).value()
        counted = tokens.counted(str(pattern))
        length, repetitions = length + len(str(pattern)), repetitions + (counted or 0)
        if counted is None or length > LONGEST_PATTERNS or repetitions > tokens.MOST_COUNTED:
            raise _refused(ConditionProblem.COSTLY_PATTERN, source, given)
        tried = _ENVIRONMENT.compile(f"''.matches({given.text})").eval(_ENVIRONMENT.Activation({})).value()
        if not isinstance(tried, bool):
            raise _refused(ConditionProblem.BAD_PATTERN, source, given)
