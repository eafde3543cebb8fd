"""What transactions of one tenant wrote, and the same rows once more in another tenant, by bare INSERTs, from a process
of its own: `python -m infra.bench.inserting`.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from infra.bench.talking import Seen
from infra.bench.timing import Lane, Plan, connected, serve, timed
from infra.bench.transactions import set_tenant, to_write

Tables = Mapping[str, Mapping[str, str]]
"""Of each table, the type of each column that is written; tables in the order in which rows refer to each other."""

TAKE_NUMBERS = "UPDATE counter SET next = next + $2 WHERE tenant_id = $1 AND name = 'ticket'"


@dataclass(frozen=True, kw_only=True)
class Inserting(Plan):
    """Once more, in another tenant, what each transaction of one tenant has written since one of a number."""

    module: ClassVar[str] = "infra.bench.inserting"
    database_url: str
    tables: Tables
    source: str
    target: str
    since: int


async def drive(plan: Inserting) -> Seen:
    """Do what is planned, until nothing is left."""
    async with connected(plan.database_url, plan.connections) as connections:
        written = await written_since(connections[0], plan.tables, UUID(plan.source), since=plan.since)
        batches = [batch.in_tenant(UUID(plan.target)) for batch in written]
        names = {name for batch in batches for name in batch.columns}
        tables = {name: columns for name, columns in plan.tables.items() if name in names}
        inserters = [await Inserter.on(connection, tables) for connection in connections]
        return await timed(_lane(batches, inserters), plan)


def _lane(batches: "Iterable[Batch]", inserters: "Sequence[Inserter]") -> Lane:
    waiting = iter(batches)

    async def write(place: int, seen: Seen, _until: float) -> None:
        for batch in waiting:
            begun = time.perf_counter()
            await inserters[place].insert(batch)
            seen.answered(begun, rows=batch.rows)

    return write


@dataclass(frozen=True)
class Batch:
    """What one transaction wrote: of each table that it wrote to, a list of values for each column."""

    tenant_id: UUID
    columns: Mapping[str, Mapping[str, Sequence[Any]]]

    @property
    def rows(self) -> int:
        return sum(len(columns["tenant_id"]) for columns in self.columns.values())

    def in_tenant(self, tenant_id: UUID) -> "Batch":
        """The same rows of another tenant."""
        moved = {
            name: {**columns, "tenant_id": [tenant_id] * len(columns["tenant_id"])}
            for name, columns in self.columns.items()
        }
        return Batch(tenant_id, moved)


async def written_since(app: Any, tables: Tables, tenant_id: UUID, *, since: int) -> list[Batch]:
    """All rows of a tenant that transactions from a number on have written and not changed again, by transaction."""
    found: dict[int, dict[str, list[Any]]] = defaultdict(dict)
    async with app.transaction():
        await app.execute(set_tenant(tenant_id))
        for name, columns in tables.items():
            for row in await app.fetch(_written(name, columns), tenant_id, since):
                found[row["written_by"]].setdefault(name, []).append(row)
    return [
        Batch(
            tenant_id,
            {
                name: {column: [row[column] for row in rows] for column in tables[name]}
                for name, rows in by_table.items()
            },
        )
        for _, by_table in sorted(found.items())
    ]


def _written(table: str, columns: Iterable[str]) -> str:
    writer = "xmin::text::bigint"
    return (
        f'SELECT {writer} AS written_by, {_names(columns)} FROM "{table}" '  # noqa: S608
        f"WHERE tenant_id = $1 AND {writer} >= $2"
    )


class Inserter:
    """Writes batches on one connection, which knows its statements by then."""

    def __init__(self, app: Any, numbers: Any, insertions: Mapping[str, Any]) -> None:
        self._app, self._numbers, self._insertions = app, numbers, insertions

    @classmethod
    async def on(cls, app: Any, tables: Tables) -> "Inserter":
        insertions = {name: await app.prepare(_insertion(name, columns)) for name, columns in tables.items()}
        return cls(app, await app.prepare(TAKE_NUMBERS), insertions)

    async def insert(self, batch: Batch) -> None:
        """Write the rows in one transaction: one INSERT a table, and the numbers that tickets take."""
        await self._app.execute(to_write(batch.tenant_id))
        if "ticket" in batch.columns:
            await self._numbers.fetch(batch.tenant_id, len(batch.columns["ticket"]["id"]))
        for name, columns in batch.columns.items():
            await self._insertions[name].fetch(*columns.values())
        await self._app.execute("COMMIT")


def _insertion(table: str, columns: Mapping[str, str]) -> str:
    arrays = ", ".join(f"${place}::{type_}[]" for place, type_ in enumerate(columns.values(), start=1))
    return f'INSERT INTO "{table}" ({_names(columns)}) SELECT * FROM unnest({arrays})'  # noqa: S608


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


if __name__ == "__main__":
    serve(lambda told: drive(Inserting(**told)))
