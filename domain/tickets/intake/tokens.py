"""The words of a condition and where they stand; and which patterns it may look for: pure.

The language's own library reads conditions. What is here says what it does not: what an error's position points at, and
how much work a pattern can be.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_ESCAPED = r"(?:\\.|[^\\])"
_TEXTS = (
    r"[bB]?[rR]\"\"\".*?\"\"\"",
    r"[bB]?[rR]'''.*?'''",
    r"[bB]?[rR]\"[^\"\n\r]*\"",
    r"[bB]?[rR]'[^'\n\r]*'",
    rf"[bB]?\"\"\"{_ESCAPED}*?\"\"\"",
    rf"[bB]?'''{_ESCAPED}*?'''",
    r"[bB]?\"(?:\\.|[^\"\\\n\r])*\"",
    r"[bB]?'(?:\\.|[^'\\\n\r])*'",
)
"""As the language has them: a raw text ends at its first quote, whatever stands before it."""

_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*)"
    rf"|(?P<text>{'|'.join(_TEXTS)})"
    r"|(?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)"
    r"|(?P<number>\d[\w.]*)"
    r"|(?P<sign>&&|\|\||[=!<>]=|.)",
    re.DOTALL,
)

HALVED = re.compile(r"[\ud800-\udfff]")
"""Half a character, which no text of the language has."""

COUNTED = re.compile(r"\{(\d+)(?:,(\d*))?\}")
"""Something in a pattern so many times."""

GROUP_COUNTED = re.compile(r"\)\{\d")
CLASS_OF_LETTERS = re.compile(r"(?:^|[^\\])(?:\\\\)*\\[pPC]")

MOST_COUNTED = 100
"""How often the patterns of a condition can ask for something by number. A counted group is written out as often, and
classes such as \\pL are hundreds of ranges: those are refused."""


@dataclass(frozen=True)
class Token:
    """A word of a condition: its kind (`text`, `name`, `number` or `sign`), itself, and where it begins."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Position:
    """A place in a condition; line and column count from 1, the column in characters."""

    line: int
    column: int


def tokens(source: str) -> list[Token]:
    """The words of a condition, in order. A quote that is never closed is a sign."""
    found = (Token(str(match.lastgroup), match.group(), match.start()) for match in _TOKEN.finditer(source))
    return [token for token in found if token.kind != "space"]


def position_of(source: str, offset: int) -> Position:
    """Where a character of the condition stands."""
    before = source[:offset]
    return Position(before.count("\n") + 1, offset - before.rfind("\n"))


def offset_of(source: str, position: Position) -> int:
    """Which character stands there; the end of the condition for a place that it does not have."""
    lines = source.split("\n")
    if not 1 <= position.line <= len(lines):
        return len(source)
    before = sum(len(line) + 1 for line in lines[: position.line - 1])
    return min(before + max(position.column - 1, 0), len(source))


def near(words: Sequence[Token], offset: int) -> Token | None:
    """The word that an error at this place speaks of: for that of a call, the name before its parenthesis."""
    for index, token in enumerate(words):
        if token.start <= offset < token.end:
            called = token.text == "(" and index > 0 and words[index - 1].kind == "name"
            return words[index - 1] if called else token
    return None


def patterns(words: Sequence[Token]) -> Iterator[tuple[Token, Token | None]]:
    """What follows each call of `matches`: its pattern where that is written out, None where it is anything else."""
    for index, token in enumerate(words):
        if token.kind == "name" and re.split(r"\s*\.\s*", token.text)[-1] == "matches":
            call = [word.text for word in words[index + 1 : index + 4]]
            given = words[index + 2] if len(call) == 3 and (call[0], call[2]) == ("(", ")") else None
            yield token, given if given is not None and given.kind == "text" else None


def counted(pattern: str) -> int | None:
    """How often the pattern asks for something by number; None for what is too much work whatever the text."""
    if GROUP_COUNTED.search(pattern) or CLASS_OF_LETTERS.search(pattern):
        return None
    return sum(int(match[2] or match[1]) for match in COUNTED.finditer(pattern))
