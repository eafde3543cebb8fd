"""Rows put together into requests: as many as one takes, and no more bytes than one takes."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.kit.imports import MOST_ROWS
from infra.commands.imports.rows import Row

MOST_BYTES = 512 * 1024
"""Of a request's rows: less than the service takes, and than proxies before it usually do."""


@dataclass(frozen=True)
class Batch:
    """The rows of one request."""

    rows: Sequence[Row]

    def key(self, run: str) -> str:
        """The idempotency key: the same for a request that is sent again, another one in another run.

        A later run asks what becomes of its rows now, not what became of them then: others may have changed them since.
        """
        content = json.dumps([row.input for row in self.rows], sort_keys=True)
        return f"import-{run}-{hashlib.sha256(content.encode()).hexdigest()[:32]}"

    @property
    def customers(self) -> frozenset[str]:
        """Whom the rows describe: of two descriptions of one customer the later counts, so their order matters."""
        told = (row.input.get("customer", {}) for row in self.rows)
        return frozenset(customer["externalId"] for customer in told if customer)

    def halves(self) -> "tuple[Batch, Batch]":
        middle = len(self.rows) // 2
        return Batch(self.rows[:middle]), Batch(self.rows[middle:])


def batched(rows: Iterable[Row]) -> Iterator[Batch]:
    """The rows in their order, in as few requests as they fit into; a row too large for any is alone."""
    held: list[Row] = []
    size = 0
    for row in rows:
        more = len(json.dumps(row.input, ensure_ascii=False).encode()) + 1
        if held and (len(held) == MOST_ROWS or size + more > MOST_BYTES):
            yield Batch(held)
            held, size = [], 0
        held.append(row)
        size += more
    if held:
        yield Batch(held)
