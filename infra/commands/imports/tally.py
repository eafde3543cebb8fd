"""What became of every row, and how a person is told."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.kit.imports import ImportOutcome
from infra.commands.imports.batches import Batch
from infra.commands.imports.rows import Fault, Refused, Row, shown

EXAMPLES = 3
MOST_REASONS = 30
_IN_A_LIST = re.compile(r"\[\d+\]")


@dataclass
class Tally:
    """The rows of one kind, counted as they are through."""

    outcomes: Counter[str] = field(default_factory=Counter)
    refused: list[Refused] = field(default_factory=list)

    @property
    def through(self) -> int:
        """How many rows have an outcome."""
        return self.outcomes.total()

    def refuse(self, refused: Refused) -> None:
        self.outcomes[ImportOutcome.REFUSED] += 1
        self.refused.append(refused)

    def note(self, batch: Batch, rows: Sequence[Mapping[str, Any]]) -> None:
        """Count what the service says of a batch's rows."""
        for told in rows:
            if told["outcome"] == ImportOutcome.REFUSED:
                row = batch.rows[told["index"]]
                self.refuse(Refused(row.external_id, [_fault(each, row) for each in told["failures"]], row.lines))
            else:
                self.outcomes[told["outcome"]] += 1

    def counts(self) -> str:
        """The counts in words."""
        return ", ".join(f"{self.outcomes[outcome]:,} {outcome.lower()}" for outcome in ImportOutcome)

    def reasons(self) -> Iterator[str]:
        """Why rows were refused: each reason once, the most frequent first, with the first rows that have it."""
        found: dict[tuple[str, str | None, str], list[str]] = {}
        for row in self.refused:
            for reason in {_reason(fault): None for fault in row.faults}:
                found.setdefault(reason, []).append(row.external_id)
        ordered = sorted(found.items(), key=lambda each: -len(each[1]))
        for (code, place, message), ids in ordered[:MOST_REASONS]:
            said = f"{place}: {message}" if place else message
            yield shown(f"{len(ids):>7,}  {code}  {said}  ({_some(ids)})")
        if len(ordered) > MOST_REASONS:
            yield f"         and {len(ordered) - MOST_REASONS:,} other reasons"


def _fault(told: Mapping[str, Any], row: Row) -> Fault:
    """What the service says, by the file's own columns."""
    place = told["field"]
    column = row.columns.get(_IN_A_LIST.sub("", place), place) if place else None
    return Fault(told["code"], column, told["message"].removeprefix(f"{place}: "))


def _reason(fault: Fault) -> tuple[str, str | None, str]:
    """Without the place in a list, by which equal faults differ."""
    return fault.code, _IN_A_LIST.sub("[…]", fault.field) if fault.field else None, fault.message


def _some(ids: Sequence[str]) -> str:
    shown = ", ".join(each or "without an id" for each in ids[:EXAMPLES])
    return f"{shown}, …" if len(ids) > EXAMPLES else shown
