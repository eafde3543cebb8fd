"""What a file gives: rows to send, and rows that cannot be sent."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category

LONGEST = 80
"""Characters of a cell that are said again."""


def shown(text: str) -> str:
    """A line as a terminal can show it: what a file holds is not to move its cursor or change its colours."""
    return "".join("\N{REPLACEMENT CHARACTER}" if category(each).startswith("C") else each for each in text)


@dataclass(frozen=True)
class Fault:
    """Why a row is refused: `message` never holds the `value`, so that equal faults can be counted together."""

    code: str
    field: str | None
    message: str
    value: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        said = f"{self.field}: {self.message}" if self.field else self.message
        if not self.value:
            return said
        return f"{said} (“{self.value if len(self.value) <= LONGEST else self.value[:LONGEST] + '…'}”)"


@dataclass(frozen=True)
class Row:
    """One order or ticket as the API takes it, and the numbers of the file's lines that it stands on.

    `columns` are what the file calls the places of the input, where it calls them otherwise.
    """

    external_id: str
    input: Mapping[str, Any]
    lines: Sequence[int]
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """A row that does not go in, with every reason that was found."""

    external_id: str
    faults: Sequence[Fault]
    lines: Sequence[int]


class Unreadable(ValueError):
    """A cell that does not say what its column is for; the problem is told without the cell's text."""

    def __init__(self, problem: str, *, field: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.field = field


@contextmanager
def about(field: str) -> Iterator[None]:
    """Name what an unreadable cell is about."""
    try:
        yield
    except Unreadable as fault:
        fault.field = field
        raise
