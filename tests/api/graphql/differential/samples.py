"""Values for arguments: most of them name something in the world, some are at the edges, some are nothing at all."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from api.graphql import ids
from api.graphql.reading import cursors
from api.graphql.reading.keysets import Keyset
from api.graphql.reading.nodes import PREFIXES
from domain.kit.database import Database
from domain.kit.ids import new_id
from tests.api.graphql.differential.data import Shops
from tests.api.graphql.differential.data.values import TEXTS
from tests.api.graphql.differential.tables import tables
from tests.api.graphql.filled import Filled

MOST = 40
"""Of each kind of sample."""

ID_OF = {"assigneeId": "agent", "answeredById": "agent", "licenceId": "seat_licence"}
"""What an id names where its argument is not called after the table."""

ODD_TEXTS = ("", "\0", "a\0b", "%", "'; --", "\\", '"', "\N{GRINNING FACE}", "\ufeff", "ż" * 1_001)
GARBAGE = ("", " ", "W10", "====", "!", "bnVsbA", "WzEsMl0", "ż", "e30", "\0", "x" * 1_001, "WzEsICJhIiwgMV0=")
ODD_SIZES = (-1, 251, 2**31 - 1, -(2**31))
ODD_NUMBERS = (0, -1, 2**31 - 1, -(2**31))
INSTANTS = (
    "2026-11-02T09:00:00Z",
    "2026-11-02T10:00:00.000001+01:00",
    "1970-01-01T00:00:00Z",
    "2199-12-31T23:59:59.999999Z",
    "2026-10-30T20:59:59.5Z",
)
BAD_INSTANTS = ("1969-12-31T23:59:59Z", "2026-11-02T09:00:00", "2026-11-02", "", "9999-12-31T23:59:59-01:00")
DATES = ("2026-11-02", "1970-01-01", "2199-12-31", "2026-11-01", "0001-01-01", "9999-12-31")
BAD_DATES = ("2026-02-30", "", "2026-11-02T00:00:00Z", "1")


@dataclass(frozen=True)
class Samples:
    """What there is in the main shop: typed ids by their prefix, natural keys, cursors by the order they belong to."""

    ids: dict[str, list[str]]
    odd_ids: dict[str, list[str]]
    keys: dict[str, list[Any]]
    cursors: dict[Keyset, list[str]]
    extremes: dict[Keyset, list[str]]


async def sampled(database: Database, shops: Shops) -> Samples:
    """The samples of a world."""
    orders = {order for field in tables().fields() for order in field.orders.values()}
    async with database.reading(shops.main.tenant_id) as session:
        found = {order: await _cursors(session, order) for order in orders}
    spelt = _ids(shops.main)
    return Samples(
        ids=spelt,
        odd_ids={prefix: _odd(prefix, spelt, _ids(shops.other)) for prefix in PREFIXES},
        keys={
            "externalId": [
                id for table in ("order", "customer", "call") for id in _column(shops.main, table, "external_id")
            ],
            "number": _column(shops.main, "ticket", "number"),
            "key": [f"{table}-{index}" for table in ("team", "skill", "topic") for index in range(5)],
            "email": ["osoba1@bombka.example", "OSOBA2@Bombka.example", "żaba@klient.example", "zofia@klient.example"],
            "name": list(TEXTS),
            "label": list(TEXTS),
            "tag": ["zwrot", "PILNE", "a" * 40, "nic"],
        },
        cursors=found,
        extremes={order: _extremes(order) for order in orders},
    )


async def _cursors(session: Any, order: Keyset) -> list[str]:
    columns = [column.expression for column in order.columns]
    rows = await session.execute(select(*columns).order_by(*order.order_by(backward=False)).limit(MOST))
    return [cursors.encode(order, row) for row in rows]


def _extremes(order: Keyset) -> list[str]:
    """Places that no row has: past every number that a column takes, and in the years one and 9999."""
    least, most = {int: -(2**63), str: "", bool: 0}, {int: 2**63 - 1, str: "\U0010ffff", bool: 1}
    instants = "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00"
    return [_crafted(order, values, at) for values, at in zip((least, most), instants, strict=True)]


def _crafted(order: Keyset, values: dict[type, Any], at: str) -> str:
    id = UUID(int=0 if values[int] < 0 else 2**128 - 1)
    kinds = {"UUID": str(id), "datetime": at, "date": at[:10]}
    position = []
    for column in order.columns:
        kind = column.expression.type.python_type
        position.append(kinds.get(kind.__name__, values.get(kind, "EMAIL")))
    return cursors.encode(order, position)


def _ids(filled: Filled) -> dict[str, list[str]]:
    return {
        prefix: [ids.spell(prefix, id) for id in (filled.ids(prefix) if prefix != "tenant" else [filled.tenant_id])]
        for prefix in PREFIXES
    }


def _odd(prefix: str, spelt: dict[str, list[str]], foreign: dict[str, list[str]]) -> list[str]:
    """Ids that name nothing here: nobody's, another tenant's, another type's, misspelt."""
    one, another = spelt[prefix][0], spelt["skill" if prefix == "team" else "team"][0]
    wrong = [one.upper(), one[:-1], f"{one}0", one.replace("_", ":"), f" {one}", "", "\0", one.rpartition("_")[2]]
    return [ids.spell(prefix, new_id()), *foreign[prefix][:3], another, ids.spell("nothing", new_id()), *wrong]


def _column(filled: Filled, table: str, name: str) -> list[Any]:
    return [getattr(row, name) for row in filled.rows[table]]
