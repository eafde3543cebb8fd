"""Many rows of one table in one statement, of the session's tenant alone."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from domain.kit import bulk
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, EventRow, History, Recorder
from domain.kit.ids import new_id
from domain.orders.events import CustomerSaved
from domain.orders.models import Customer, Order, OrderStatus
from tests.conftest import NOW, CountStatements, FoundShop, Shop
from tests.state import everything


def customer(external_id: str, **more: Any) -> dict[str, Any]:
    row = {"id": new_id(), "version": 1, "external_id": external_id, "name": "Zofia", "email": None, "phone": None}
    return {**row, "language": Language.PL, "created_at": NOW, **more}


async def names(database: Database, shop: Shop) -> dict[str, tuple[str, str | None]]:
    async with database.reading(shop.tenant_id) as session:
        return {row.external_id: (row.name, row.phone) for row in await session.scalars(select(Customer))}


async def test_rows_are_added_and_changed_in_one_statement_each(
    database: Database, shop: Shop, statements: CountStatements
) -> None:
    rows = [customer(f"c-{number}", phone=None if number % 2 else "600") for number in range(300)]
    async with database.writing(shop.tenant_id) as session:
        await session.connection()
        with statements() as seen:
            await bulk.add(session, Customer, rows)
            await bulk.change(
                session, Customer, [{"id": row["id"], "name": "Jan", "phone": None} for row in rows[:200]]
            )
            await bulk.add(session, Customer, [])
            await bulk.change(session, Customer, [])
    assert len(seen) == 2
    kept = await names(database, shop)
    assert kept["c-0"] == kept["c-199"] == ("Jan", None)
    assert (kept["c-200"], kept["c-299"]) == (("Zofia", "600"), ("Zofia", None))


async def test_days_amounts_enums_and_json_arrive_as_they_are(database: Database, shop: Shop) -> None:
    buyer = customer("c-1")
    order = {
        "id": new_id(),
        "version": 1,
        "external_id": "o-1",
        "number": "1",
        "customer_id": buyer["id"],
        "status": OrderStatus.SHIPPED,
        "currency": "PLN",
        "total_amount": 2**40,
        "paid_amount": -1,
        "cash_on_delivery_amount": 0,
        "cash_received_amount": 0,
        "placed_at": NOW,
        "promised_on": date(2026, 12, 24),
        "created_at": NOW,
        "updated_at": NOW,
    }
    async with database.writing(shop.tenant_id) as session:
        await bulk.add(session, Customer, [buyer])
        await bulk.add(session, Order, [order])
        recorder = Recorder(session, by=SYSTEM, at=NOW)
        history = History("customer", buyer["id"])
        recorder.record(history, CustomerSaved("c-1 „Żak”", created=True))
        recorder.record(history, CustomerSaved("c-1", created=False))
        await recorder.write()
        await recorder.write()
    async with database.reading(shop.tenant_id) as session:
        kept = (await session.scalars(select(Order))).one()
        events = (await session.scalars(select(EventRow).order_by(EventRow.id))).all()
    assert {name: getattr(kept, name) for name in order} == order
    assert [(event.aggregate_version, event.data) for event in events] == [
        (1, {"external_id": "c-1 „Żak”", "created": True}),
        (2, {"external_id": "c-1", "created": False}),
    ]


async def test_only_rows_with_a_new_key_are_added(database: Database, shop: Shop, found_shop: FoundShop) -> None:
    other = await found_shop()
    here, there, new = customer("c-1"), customer("c-2"), customer("c-3")
    async with database.writing(other.tenant_id) as session:
        await bulk.add(session, Customer, [there])
    async with database.writing(shop.tenant_id) as session:
        await bulk.add(session, Customer, [here])
        again = [customer("c-1", name="Kto inny"), customer("c-2"), new]
        made = await bulk.add_new(session, Customer, again, key="external_id")
        assert made == {again[1]["id"], new["id"]}
        assert await bulk.add_new(session, Customer, [], key="external_id") == frozenset()
    assert (await names(database, shop))["c-1"] == ("Zofia", None)


async def test_another_tenants_rows_are_not_changed_or_removed(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    other, row = await found_shop(), customer("c-1")
    async with database.writing(other.tenant_id) as session:
        await bulk.add(session, Customer, [row])
    before = await everything(database, other.tenant_id)
    async with database.writing(shop.tenant_id) as session:
        await bulk.change(session, Customer, [{"id": row["id"], "name": "Kto inny"}])
        found = select(Customer.id).where(bulk.among(Customer.external_id, ["c-1", "c-2"]))
        assert await session.scalar(found) is None
    assert await everything(database, other.tenant_id) == before


async def test_a_row_that_cannot_be_fails_the_whole_statement(database: Database, shop: Shop) -> None:
    with pytest.raises(IntegrityError):
        async with database.writing(shop.tenant_id) as session:
            await bulk.add(session, Customer, [customer("c-1"), customer("c-1")])
    assert await names(database, shop) == {}
