"""One world in the database, built once and only read: everything that a row may be, in as few rows as show it.

Nulls wherever they may stand, empty lists, lists longer than the pages that are asked for, ties in every order,
texts of all kinds, amounts and instants at their edges; and another tenant with rows of every kind.
"""

from dataclasses import dataclass
from itertools import groupby

from domain.kit.database import Database
from tests.api.graphql.differential.data import billing, odd, orders, people, queues, seats, tickets
from tests.api.graphql.filled import Filled, fill
from tests.conftest import bare_shop


@dataclass(frozen=True)
class Shops:
    """The tenants: the one that is asked about, another whose ids are tried on it, one of values that cannot be told,
    and one with nothing in it."""

    main: Filled
    other: Filled
    odd: Filled
    bare: Filled


async def found(database: Database) -> Shops:
    """The world, in tenants of its own."""
    main, other, strange, bare = [await bare_shop(database) for _ in range(4)]
    return Shops(
        main=await _main(database, Filled(main.tenant_id)),
        other=await fill(database, other),
        odd=await _written(database, odd.rows(Filled(strange.tenant_id))),
        bare=Filled(bare.tenant_id),
    )


async def _main(database: Database, filled: Filled) -> Filled:
    people.add(filled)
    queues.add(filled)
    seats.add(filled)
    billing.add(filled)
    orders.add(filled)
    tickets.add(filled)
    return await _written(database, filled)


async def _written(database: Database, filled: Filled) -> Filled:
    async with database.writing(filled.tenant_id) as session:
        for _, rows in groupby(filled.made, key=type):
            session.add_all(rows)
            await session.flush()
    return filled
