"""Many rows in one call: what becomes of each, and what is wrong with those that are refused."""

import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.kit import texts
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError, InvalidInput, Language
from domain.kit.inputs import MOST_FAULTS

MOST_ROWS = 250
"""Rows of one call."""

PATIENCE = 15.0
"""Seconds for which rows are tried anew, as long as a transaction waits for a lock at most."""

LONGEST_NAME = 200
"""Characters of a row's own id that are said again."""


class ImportPolicy(StrEnum):
    """What happens to the good rows of a call that has bad ones."""

    REJECT_ALL = "REJECT_ALL"
    SKIP_FAILED = "SKIP_FAILED"


class ImportOutcome(StrEnum):
    """What became of a row."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class Fault:
    """A reason why a row is refused. `field` is its place inside the row, such as `lines[0].quantity`, or None."""

    code: str
    field: str | None
    en: str
    pl: str

    @classmethod
    def of(cls, error: DomainError, *, field: str | None = None) -> Self:
        """The error as a fault of the row; invalid input names its own field."""
        if isinstance(error, InvalidInput):
            error = replace(error, field=re.sub(r"\.(\d+)(?=\.|$)", r"[\1]", error.field))
            field = error.field
        return cls(error.code(), field, error.message(Language.EN), error.message(Language.PL))

    def message(self, language: Language) -> str:
        """The sentence for a person."""
        return self.pl if language is Language.PL else self.en


@dataclass(frozen=True)
class ImportedRow:
    """What became of the row at `index`; `id` is its order's, customer's or ticket's, None when it was refused."""

    index: int
    external_id: str
    outcome: ImportOutcome
    id: UUID | None = None
    faults: tuple[Fault, ...] = ()


@dataclass
class ImportRejected(DomainError):
    """Some rows are wrong, so nothing was saved: `rows` are those, each with all that is wrong with it."""

    refused: int
    rows: list[ImportedRow]

    en = "Nothing was saved, for {refused} of the rows cannot be."
    pl = "Nic nie zostało zapisane. Liczba wierszy, których nie da się zapisać: {refused}."


@dataclass
class RowRepeated(DomainError):
    """Two rows of one call have the same id of the shop's own."""

    other_index: int

    en = "Row {other_index} of this call has the same externalId. Which of them counts is for the shop to say."
    pl = "Wiersz {other_index} tego wywołania ma ten sam externalId. O tym, który się liczy, decyduje sklep."


class MadeMeanwhile(Exception):
    """Another transaction has made what was new when it was decided on."""


@dataclass
class Rows:
    """The rows of one call, by index, and what is found out about each.

    An id that two rows share refuses both, for the order of a list should not decide what is true.
    ```python
    rows = Rows([order.external_id for order in told], policy, named="orders")
    rows.refuse(0, InvalidInput("number", "must not be empty", "nie może być puste"))
    rows.reject_all_if_asked()
    rows.settle(1, ImportOutcome.CREATED, order_id)
    ```
    """

    external_ids: Sequence[str]
    policy: ImportPolicy
    named: str
    _faults: dict[int, list[Fault]] = field(init=False)
    _settled: dict[int, tuple[ImportOutcome, UUID]] = field(init=False)

    def __post_init__(self) -> None:
        if not 1 <= self._count <= MOST_ROWS:
            raise InvalidInput(self.named, f"must be 1 to {MOST_ROWS}", f"musi ich być od 1 do {MOST_ROWS}")
        self._faults, self._settled = defaultdict(list), {}
        seen: dict[str, int] = {}
        for index, external_id in enumerate(self.external_ids):
            first = seen.setdefault(external_id.strip(), index)
            if first != index:
                self.refuse(index, RowRepeated(first), field="externalId")
                if first not in self._faults:
                    self.refuse(first, RowRepeated(index), field="externalId")

    def copy(self) -> Self:
        """The same rows, to find out more about them without changing these."""
        copied = replace(self)
        copied._faults = defaultdict(list, {index: list(faults) for index, faults in self._faults.items()})
        copied._settled = dict(self._settled)
        return copied

    def refuse(self, index: int, error: DomainError, *, field: str | None = None) -> None:
        """Note one more thing that is wrong with a row, of which MOST_FAULTS are kept."""
        if len(self._faults[index]) < MOST_FAULTS:
            self._faults[index].append(Fault.of(error, field=field))

    @property
    def good(self) -> Iterator[int]:
        """The rows that nothing is known to be wrong with."""
        return (index for index in range(len(self.external_ids)) if index not in self._faults)

    def settle(self, index: int, outcome: ImportOutcome, id: UUID) -> None:
        """Note what becomes of a good row."""
        self._settled[index] = (outcome, id)

    def reject_all_if_asked(self) -> None:
        """Raises ImportRejected when a row was refused and the call is all or nothing."""
        if self._faults and self.policy is ImportPolicy.REJECT_ALL:
            raise ImportRejected(len(self._faults), [self._refused(index) for index in sorted(self._faults)])

    def told(self) -> list[ImportedRow]:
        """What became of each, in their order."""
        return [self._refused(index) if index in self._faults else self._saved(index) for index in range(self._count)]

    @property
    def _count(self) -> int:
        return len(self.external_ids)

    def _saved(self, index: int) -> ImportedRow:
        outcome, id = self._settled[index]
        return ImportedRow(index, self._name(index), outcome, id)

    def _refused(self, index: int) -> ImportedRow:
        return ImportedRow(index, self._name(index), ImportOutcome.REFUSED, None, tuple(self._faults[index]))

    def _name(self, index: int) -> str:
        return texts.shown(self.external_ids[index].strip()[:LONGEST_NAME])


async def save(session: TenantSession, rows: Rows, attempt: Callable[[Rows], Awaitable[None]]) -> list[ImportedRow]:
    """What the attempt makes of the rows. One that raises MadeMeanwhile is undone and made again.

    Each time at least one of the things that the rows name is there that was not, and stays: there are no more tries
    than such things, and one.
    Raises what the attempt raises; MadeMeanwhile once others have been quicker for PATIENCE.
    """
    give_up = time.monotonic() + PATIENCE
    while True:
        trying = rows.copy()
        try:
            async with session.begin_nested():
                await attempt(trying)
        except MadeMeanwhile:
            if time.monotonic() >= give_up:
                raise
            continue
        return trying.told()
