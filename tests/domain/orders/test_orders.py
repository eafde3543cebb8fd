"""Orders as a shop sends them: once, with a ledger that adds up, never backwards."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from domain.kit.database import Database
from domain.kit.errors import DomainError, InvalidInput, Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.orders import operations, queries
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderChange, OrderDetails
from domain.orders.errors import (
    CustomerNotFound,
    OrderExists,
    OrderNotFound,
    OrderStatusRefused,
    PaymentNotFound,
    ShipmentFixed,
)
from domain.orders.fulfilment import Whereabouts, WhereaboutsCode, check, due_on_delivery, whereabouts
from domain.orders.models import (
    Customer,
    Order,
    OrderLine,
    OrderStatus,
    Payment,
    PaymentEntry,
    PaymentMethod,
    Shipment,
)
from domain.orders.parcels import ShipmentDetails
from domain.orders.payments import PaymentDetails, Receipt
from domain.orders.queries import NamedParties, Parties
from tests.conftest import NOW, CountStatements, FoundShop, Shop
from tests.domain.invariants import broken
from tests.state import events_of, everything

ORDER = OrderDetails(
    external_id="1001",
    number="BOM/1001",
    customer=CustomerDetails(external_id="c-7", name="Zofia Żak", email=" Zofia@Klient.example "),
    currency="PLN",
    total_amount=15_000,
    placed_at=NOW,
    lines=[LineDetails("B-1", "Bombka", 3, 4_000), LineDetails("D", "Dostawa", 1, 3_000)],
    payments=[
        PaymentDetails(PaymentMethod.VOUCHER, 5_000, received_at=NOW),
        PaymentDetails(PaymentMethod.TRANSFER, 10_000, reference="BOM 1001"),
    ],
    promised_on=date(2026, 11, 6),
)

SOON = NOW + timedelta(days=1, minutes=1)


async def create(database: Database, shop: Shop, details: OrderDetails = ORDER) -> Order:
    async with database.writing(shop.tenant_id) as session:
        return await operations.create_order(session, details=details, by=SYSTEM, now=NOW)


async def change(database: Database, shop: Shop, order_id: UUID, change: OrderChange) -> Order:
    async with database.writing(shop.tenant_id) as session:
        return await operations.update_order(session, order_id=order_id, change=change, by=SYSTEM, now=NOW)


async def transfer_of(database: Database, shop: Shop) -> UUID:
    async with database.reading(shop.tenant_id) as session:
        return (await session.scalars(select(Payment.id).where(Payment.method == PaymentMethod.TRANSFER))).one()


async def test_an_order_comes_in_whole(database: Database, shop: Shop) -> None:
    order = await create(database, shop)
    async with database.reading(shop.tenant_id) as session:
        customer = await session.get_one(Customer, (shop.tenant_id, order.customer_id))
        lines = (
            await session.execute(
                select(OrderLine.sku, OrderLine.quantity, OrderLine.unit_amount).order_by(OrderLine.position)
            )
        ).all()
        entries = (await session.execute(select(PaymentEntry.amount, PaymentEntry.source))).all()
    assert (customer.email, customer.name) == ("zofia@klient.example", "Zofia Żak")
    assert [tuple(line) for line in lines] == [("B-1", 3, 4_000), ("D", 1, 3_000)]
    assert [tuple(entry) for entry in entries] == [(5_000, "order")]
    assert (order.paid_amount, order.status, order.cash_on_delivery_amount) == (5_000, OrderStatus.PLACED, 0)
    assert await broken(database, shop.tenant_id) == {}


async def test_the_same_order_twice_at_once_is_one(database: Database, shop: Shop) -> None:
    outcomes = await asyncio.gather(*(create(database, shop) for _ in range(10)), return_exceptions=True)
    made = [outcome for outcome in outcomes if isinstance(outcome, Order)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, OrderExists)]
    assert (len(made), len(refused)) == (1, 9)
    assert {(outcome.external_id, outcome.order_id) for outcome in refused} == {("1001", made[0].id)}
    async with database.reading(shop.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(Order)) == 1
        assert await session.scalar(select(func.count()).select_from(Customer)) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"external_id": " "}, "externalId"),
        ({"number": "x" * 201}, "number"),
        ({"currency": "zł"}, "currency"),
        ({"currency": "PL1"}, "currency"),
        ({"currency": "pln"}, "currency"),
        ({"total_amount": -1}, "totalAmount"),
        ({"total_amount": 2 * 10**15}, "totalAmount"),
        ({"total_amount": 2**63}, "totalAmount"),
        ({"lines": []}, "lines"),
        ({"lines": [LineDetails("B", "B", 1, 1)] * 501}, "lines"),
        ({"lines": [LineDetails("B", "B", 2**31, 1)]}, "lines.0.quantity"),
        ({"lines": [LineDetails("\ud800", "B", 1, 1)]}, "lines.0.sku"),
        ({"lines": [LineDetails("B", "B", 0, 1)]}, "lines.0.quantity"),
        ({"lines": [LineDetails("B", "B", 1, -1)]}, "lines.0.unitAmount"),
        ({"lines": [LineDetails("B\x00", "B", 1, 1)]}, "lines.0.sku"),
        ({"payments": [PaymentDetails(PaymentMethod.CARD, 0)]}, "payments.0.amount"),
        ({"payments": [PaymentDetails(PaymentMethod.CARD, 1)] * 51}, "payments"),
        ({"payments": [PaymentDetails(PaymentMethod.CARD, 10**15)] * 2}, "payments"),
        ({"payments": [PaymentDetails(PaymentMethod.CARD, 1, reference="a\0")]}, "payments.0.reference"),
        (
            {"payments": [PaymentDetails(PaymentMethod.CARD, 1, received_at=NOW.replace(year=1))]},
            "payments.0.receivedAt",
        ),
        ({"placed_at": NOW.replace(tzinfo=None)}, "placedAt"),
        ({"placed_at": NOW.replace(year=1)}, "placedAt"),
        ({"placed_at": SOON}, "placedAt"),
        ({"payments": [PaymentDetails(PaymentMethod.CARD, 1, received_at=SOON)]}, "payments.0.receivedAt"),
        ({"shipments": [ShipmentDetails("InPost", None, SOON)]}, "shipments.0.shippedAt"),
        ({"shipments": [ShipmentDetails("InPost", None, NOW, SOON)]}, "shipments.0.deliveredAt"),
        ({"placed_at": NOW.replace(year=9999)}, "placedAt"),
        ({"promised_on": date(9999, 12, 31)}, "promisedOn"),
        ({"customer": CustomerDetails(external_id="", name="x")}, "customer.externalId"),
        ({"customer": CustomerDetails(external_id="c", name=" ")}, "customer.name"),
        ({"customer": CustomerDetails(external_id="c", name="x", phone="1" * 51)}, "customer.phone"),
        ({"customer": CustomerDetails(external_id="c", name="x", email="no address")}, "customer.email"),
    ],
)
async def test_a_wrong_order_is_refused_by_field_and_leaves_nothing(
    database: Database, shop: Shop, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await create(database, shop, replace(ORDER, **changes))  # type: ignore[arg-type]
    assert refused.value.field == field
    async with database.reading(shop.tenant_id) as session:
        for table in ("customer", '"order"', "event"):
            assert (await session.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one() == 0


UNKNOWN = new_id()
PARCEL = ShipmentDetails("InPost", None, NOW)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (OrderChange(promised_on=date(1, 1, 1)), "promisedOn"),
        (OrderChange(receipts=[Receipt(UNKNOWN, 1, NOW, "b")] * 101), "receipts"),
        (OrderChange(receipts=[Receipt(UNKNOWN, 0, NOW, "b")]), "receipts.0.amount"),
        (OrderChange(receipts=[Receipt(UNKNOWN, 2**63, NOW, "b")]), "receipts.0.amount"),
        (OrderChange(receipts=[Receipt(UNKNOWN, 1, NOW.replace(year=9999), "b")]), "receipts.0.at"),
        (OrderChange(receipts=[Receipt(UNKNOWN, 1, SOON, "b")]), "receipts.0.at"),
        (OrderChange(receipts=[Receipt(UNKNOWN, 1, NOW, "b\ud800")]), "receipts.0.source"),
        (OrderChange(shipments=[PARCEL] * 101), "shipments"),
        (OrderChange(shipments=[replace(PARCEL, carrier=" ")]), "shipments.0.carrier"),
        (OrderChange(shipments=[PARCEL, replace(PARCEL, tracking_number="6\0")]), "shipments.1.trackingNumber"),
        (OrderChange(shipments=[replace(PARCEL, shipped_at=NOW.replace(tzinfo=None))]), "shipments.0.shippedAt"),
        (OrderChange(shipments=[replace(PARCEL, shipped_at=SOON)]), "shipments.0.shippedAt"),
        (OrderChange(shipments=[replace(PARCEL, delivered_at=SOON)]), "shipments.0.deliveredAt"),
        (OrderChange(shipments=[replace(PARCEL, delivered_at=NOW.replace(year=9999))]), "shipments.0.deliveredAt"),
        (
            OrderChange(
                shipments=[replace(PARCEL, carrier=" ")] * 20
                + [replace(PARCEL, shipped_at=NOW.replace(tzinfo=None), delivered_at=NOW)]
            ),
            "shipments.0.carrier",
        ),
        (OrderChange(shipments=[replace(PARCEL, delivered_at=NOW - timedelta(days=1))]), "shipments.0.deliveredAt"),
    ],
)
async def test_a_wrong_change_is_refused_by_field_and_changes_nothing(
    database: Database, shop: Shop, changes: OrderChange, field: str
) -> None:
    order = await create(database, shop)
    before = await everything(database, shop.tenant_id)
    with pytest.raises(InvalidInput) as refused:
        await change(database, shop, order.id, replace(changes, status=OrderStatus.PACKED))
    assert refused.value.field == field
    assert await everything(database, shop.tenant_id) == before


@pytest.mark.parametrize(
    ("instants", "field"),
    [
        ({"shipped_at": NOW - timedelta(days=3)}, "shippedAt"),
        ({"delivered_at": NOW}, "deliveredAt"),
        ({"shipped_at": NOW - timedelta(days=3), "delivered_at": NOW}, "shippedAt"),
    ],
)
async def test_when_a_parcel_left_and_arrived_stays_as_it_was_told_first(
    database: Database, shop: Shop, instants: dict[str, Any], field: str
) -> None:
    order = await create(database, shop)
    other = ShipmentDetails("DPD", None, NOW)
    parcel = ShipmentDetails("InPost", "6200", NOW - timedelta(days=2), NOW - timedelta(days=1))
    await change(database, shop, order.id, OrderChange(shipments=[parcel]))
    before = await everything(database, shop.tenant_id)
    with pytest.raises(ShipmentFixed) as refused:
        await change(database, shop, order.id, OrderChange(shipments=[other, replace(parcel, **instants)]))
    assert refused.value.field == f"shipments.1.{field}"
    assert await everything(database, shop.tenant_id) == before


async def test_a_parcel_that_had_no_number_gets_the_one_that_is_told_later(database: Database, shop: Shop) -> None:
    order = await create(database, shop)
    parcel = ShipmentDetails("InPost", None, NOW - timedelta(days=1))
    numbered = replace(parcel, tracking_number="6200")
    for told in (parcel, numbered, replace(numbered, delivered_at=NOW), numbered):
        await change(database, shop, order.id, OrderChange(shipments=[told]))
    async with database.reading(shop.tenant_id) as session:
        row = (await session.scalars(select(Shipment))).one()
    assert (row.position, row.tracking_number, row.delivered_at) == (1, "6200", NOW)


async def test_receipts_never_add_up_to_more_than_the_ledger_holds(database: Database, shop: Shop) -> None:
    order = await create(database, shop)
    transfer = await transfer_of(database, shop)
    much = [Receipt(transfer, 10**15, NOW, source=f"bank-{number}") for number in range(2)]
    with pytest.raises(InvalidInput) as refused:
        await change(database, shop, order.id, OrderChange(receipts=much))
    assert refused.value.field == "receipts.0.amount"


async def test_an_order_and_its_customer_without_a_name_are_called_by_their_ids(database: Database, shop: Shop) -> None:
    order = await create(database, shop, replace(ORDER, number=None, customer=CustomerDetails("c-8")))
    async with database.reading(shop.tenant_id) as session:
        customer = await session.get_one(Customer, (shop.tenant_id, order.customer_id))
    assert (order.number, customer.name, customer.language) == ("1001", "c-8", Language.PL)


async def test_what_is_left_out_of_a_known_customer_stays(database: Database, shop: Shop) -> None:
    english = replace(ORDER.customer, language=Language.EN)
    await create(database, shop, replace(ORDER, customer=english))
    bare = CustomerDetails("c-7", email=ORDER.customer.email, phone="600")
    order = await create(database, shop, replace(ORDER, external_id="1002", customer=bare))
    async with database.reading(shop.tenant_id) as session:
        customer = await session.get_one(Customer, (shop.tenant_id, order.customer_id))
    assert (customer.name, customer.language, customer.phone) == ("Zofia Żak", Language.EN, "600")


async def test_an_order_that_is_here_is_refused_before_anything_is_saved(database: Database, shop: Shop) -> None:
    order = await create(database, shop)
    before = await everything(database, shop.tenant_id)
    newer = replace(ORDER, customer=replace(ORDER.customer, name="Kto inny", phone="1"))
    async with database.writing(shop.tenant_id) as session:
        with pytest.raises(OrderExists) as refused:
            await operations.create_order(session, details=newer, by=SYSTEM, now=NOW)
    assert refused.value.order_id == order.id
    assert await everything(database, shop.tenant_id) == before


async def test_an_order_takes_no_more_statements_than_it_has_tables(
    database: Database, shop: Shop, statements: CountStatements
) -> None:
    newer = replace(ORDER, external_id="1003", customer=replace(ORDER.customer, phone="600 000 000"))
    counted = []
    async with database.writing(shop.tenant_id) as session:
        for details in (ORDER, replace(ORDER, external_id="1002"), newer):
            with statements() as seen:
                await operations.create_order(session, details=details, by=SYSTEM, now=NOW)
            counted.append(len([statement for statement in seen if not statement.startswith("SET LOCAL")]))
    assert counted == [9, 7, 8]  # a new customer, a known one, and one with a new telephone number
    versions = await events_of(database, shop.tenant_id, aggregate="order")
    assert [(name, version) for name, version, _ in versions] == [("OrderCreated", 1), ("PaymentRecorded", 2)] * 3
    async with database.reading(shop.tenant_id) as session:
        assert set(await session.scalars(select(Order.version))) == {2}
        assert set(await session.scalars(select(Customer.version))) == {2}
    assert await broken(database, shop.tenant_id) == {}


async def test_many_receipts_and_parcels_take_no_more_statements_than_one(
    database: Database, shop: Shop, statements: CountStatements
) -> None:
    order = await create(database, shop)
    transfer = await transfer_of(database, shop)
    counted = []
    for batch, size in ((1, 1), (2, 20)):
        receipts = [Receipt(transfer, 1, NOW, source=f"bank-{batch}-{number}") for number in range(size)]
        shipments = [ShipmentDetails("InPost", f"{batch}-{number}", NOW) for number in range(size)]
        with statements() as seen:
            await change(database, shop, order.id, OrderChange(receipts=receipts, shipments=shipments))
        counted.append(len(seen))
    assert counted[0] == counted[1]


async def test_cash_that_came_at_the_door_is_not_counted_twice(database: Database, shop: Shop) -> None:
    payments = [
        PaymentDetails(PaymentMethod.CASH_ON_DELIVERY, 10_000),
        PaymentDetails(PaymentMethod.TRANSFER, 5_000),
    ]
    order = await create(database, shop, replace(ORDER, payments=payments))
    assert (order.cash_on_delivery_amount, order.cash_received_amount) == (10_000, 0)
    async with database.reading(shop.tenant_id) as session:
        rows = await session.execute(select(Payment.method, Payment.id))
        ids = {row.method: row.id for row in rows}
    courier = Receipt(ids[PaymentMethod.CASH_ON_DELIVERY], 10_000, NOW, source="courier-1")
    paid = await change(database, shop, order.id, OrderChange(receipts=[courier]))
    assert (paid.paid_amount, paid.cash_on_delivery_amount, paid.cash_received_amount) == (10_000, 10_000, 10_000)
    due = due_on_delivery(agreed_amount=paid.cash_on_delivery_amount, received_amount=paid.cash_received_amount)
    found = whereabouts(
        status=paid.status,
        total_amount=paid.total_amount,
        paid_amount=paid.paid_amount,
        due_on_delivery=due,
        promised_on=None,
        today=FRIDAY,
    )
    assert (found.code, found.missing_amount) == (WhereaboutsCode.AWAITING_PAYMENT, 5_000)
    transfer = Receipt(ids[PaymentMethod.TRANSFER], 5_000, NOW, source="bank-1")
    whole = await change(database, shop, order.id, OrderChange(receipts=[transfer]))
    assert (whole.paid_amount, whole.cash_received_amount) == (15_000, 10_000)
    assert await broken(database, shop.tenant_id) == {}


async def test_cash_that_came_with_the_order_is_on_both_balances(database: Database, shop: Shop) -> None:
    cash = PaymentDetails(PaymentMethod.CASH_ON_DELIVERY, 10_000, received_at=NOW)
    order = await create(database, shop, replace(ORDER, payments=[cash]))
    assert (order.paid_amount, order.cash_on_delivery_amount, order.cash_received_amount) == (10_000, 10_000, 10_000)
    assert await broken(database, shop.tenant_id) == {}


@pytest.mark.parametrize(("received", "due"), [(0, 100), (40, 60), (100, 0), (140, 0), (-10, 110)])
def test_what_is_due_at_the_door_is_the_cash_agreed_less_what_came(received: int, due: int) -> None:
    assert due_on_delivery(agreed_amount=100, received_amount=received) == due


async def test_a_case_names_its_customer_and_order_in_any_of_the_ways(database: Database, shop: Shop) -> None:
    order = await create(database, shop)
    whole = Parties(order.customer_id, order.id)
    cases = {
        NamedParties(order_external_id=" 1001 "): whole,
        NamedParties(order_id=order.id): whole,
        NamedParties(customer_external_id="c-7", order_external_id="1001"): whole,
        NamedParties(customer_external_id="c-7"): Parties(order.customer_id, None),
        NamedParties(customer_id=order.customer_id): Parties(order.customer_id, None),
    }
    async with database.reading(shop.tenant_id) as session:
        for named, expected in cases.items():
            assert await queries.parties(session, named=named) == expected


@pytest.mark.parametrize(
    ("named", "error"),
    [
        (NamedParties(), InvalidInput),
        (NamedParties(customer_external_id="c-unknown"), CustomerNotFound),
        (NamedParties(customer_external_id="c\0"), CustomerNotFound),
        (NamedParties(order_external_id="\ud800"), OrderNotFound),
        (NamedParties(order_id=UNKNOWN), OrderNotFound),
    ],
)
async def test_a_case_of_nobody_is_refused(
    database: Database, shop: Shop, named: NamedParties, error: type[DomainError]
) -> None:
    async with database.reading(shop.tenant_id) as session:
        with pytest.raises(error):
            await queries.parties(session, named=named)


async def test_a_case_is_looked_up_with_one_statement_for_each_name(
    database: Database, shop: Shop, statements: CountStatements
) -> None:
    await create(database, shop)
    counted = []
    async with database.reading(shop.tenant_id) as session:
        await session.connection()
        for named in (
            NamedParties(order_external_id="1001"),
            NamedParties(customer_external_id="c-7", order_external_id="1001"),
        ):
            with statements() as seen:
                await queries.parties(session, named=named)
            counted.append(len(seen))
    assert counted == [1, 2]


async def test_a_customer_is_brought_up_to_date_by_the_next_order(database: Database, shop: Shop) -> None:
    await create(database, shop)
    newer = replace(ORDER.customer, phone="+48 600 000 000")
    await create(database, shop, replace(ORDER, external_id="1002", customer=newer))
    await create(database, shop, replace(ORDER, external_id="1003", customer=newer))
    async with database.reading(shop.tenant_id) as session:
        customer = (await session.scalars(select(Customer))).one()
    assert (customer.phone, customer.version) == ("+48 600 000 000", 2)


async def test_money_that_is_told_of_twice_counts_once(database: Database, shop: Shop) -> None:
    order = await create(database, shop)
    transfer = await transfer_of(database, shop)
    receipt = Receipt(transfer, 10_000, NOW, source="bank-77")
    for _ in range(2):
        changed = await change(database, shop, order.id, OrderChange(receipts=[receipt, receipt]))
        assert changed.paid_amount == 15_000
    refund = Receipt(transfer, -2_500, NOW, source="refund-1")
    assert (await change(database, shop, order.id, OrderChange(receipts=[refund]))).paid_amount == 12_500
    assert await broken(database, shop.tenant_id) == {}


async def test_one_wrong_receipt_undoes_the_whole_change(database: Database, shop: Shop, found_shop: FoundShop) -> None:
    order = await create(database, shop)
    other = await found_shop()
    await create(database, other)
    transfer, foreign = await transfer_of(database, shop), await transfer_of(database, other)
    right = Receipt(transfer, 10_000, NOW, source="bank-1")
    for wrong_id in (new_id(), foreign):
        wrong = Receipt(wrong_id, 10_000, NOW, source="bank-2")
        with pytest.raises(PaymentNotFound):
            await change(database, shop, order.id, OrderChange(status=OrderStatus.PACKED, receipts=[right, wrong]))
    with pytest.raises(OrderNotFound):
        await change(database, other, order.id, OrderChange(status=OrderStatus.PACKED))
    async with database.reading(shop.tenant_id) as session:
        row = await session.get_one(Order, (shop.tenant_id, order.id))
    assert (row.paid_amount, row.status) == (5_000, OrderStatus.PLACED)


async def test_a_parcel_is_one_however_often_it_is_told_of(database: Database, shop: Shop) -> None:
    order = await create(database, shop)
    parcel = ShipmentDetails("InPost", "6200", NOW - timedelta(days=1))
    arrived = replace(parcel, delivered_at=NOW)
    for told in (parcel, parcel, arrived, parcel):
        await change(database, shop, order.id, OrderChange(shipments=[told]))
    async with database.reading(shop.tenant_id) as session:
        row = (await session.scalars(select(Shipment))).one()
    assert (row.position, row.tracking_number, row.delivered_at) == (1, "6200", NOW)


async def test_a_promise_can_be_moved_and_taken_back(database: Database, shop: Shop) -> None:
    order = await create(database, shop)
    moved = await change(database, shop, order.id, OrderChange(promised_on=date(2026, 11, 9)))
    assert moved.promised_on == date(2026, 11, 9)
    kept = await change(database, shop, order.id, OrderChange(status=OrderStatus.PACKED))
    assert kept.promised_on == date(2026, 11, 9)
    assert (await change(database, shop, order.id, OrderChange(promise_withdrawn=True))).promised_on is None


STATUSES = list(OrderStatus)
ROAD = [OrderStatus.PLACED, OrderStatus.PACKED, OrderStatus.SHIPPED, OrderStatus.DELIVERED]


@given(current=st.sampled_from(STATUSES), wanted=st.sampled_from(STATUSES))
def test_goods_never_travel_backwards(current: OrderStatus, wanted: OrderStatus) -> None:
    forward = current in ROAD and wanted in ROAD and ROAD.index(wanted) > ROAD.index(current)
    called_off = wanted is OrderStatus.CANCELLED and current in ROAD[:3]
    if wanted is current or forward or called_off:
        check(order_id=new_id(), current=current, wanted=wanted)
    else:
        with pytest.raises(OrderStatusRefused):
            check(order_id=new_id(), current=current, wanted=wanted)


FRIDAY = date(2026, 11, 6)


@pytest.mark.parametrize(
    ("status", "paid", "at_the_door", "today", "expected"),
    [
        (OrderStatus.PLACED, 0, 0, FRIDAY, (WhereaboutsCode.AWAITING_PAYMENT, 15_000, False)),
        (OrderStatus.PLACED, 14_999, 0, FRIDAY, (WhereaboutsCode.AWAITING_PAYMENT, 1, False)),
        (OrderStatus.PLACED, 15_000, 0, FRIDAY, (WhereaboutsCode.TO_PACK, 0, False)),
        (OrderStatus.PLACED, 0, 15_000, FRIDAY, (WhereaboutsCode.TO_PACK, 0, False)),
        (OrderStatus.PACKED, 15_000, 0, FRIDAY + timedelta(days=1), (WhereaboutsCode.TO_SHIP, 0, True)),
        (OrderStatus.SHIPPED, 15_000, 0, FRIDAY + timedelta(days=1), (WhereaboutsCode.ON_ITS_WAY, 0, True)),
        (OrderStatus.DELIVERED, 15_000, 0, FRIDAY + timedelta(days=9), (WhereaboutsCode.DELIVERED, 0, False)),
        (OrderStatus.CANCELLED, 0, 0, FRIDAY + timedelta(days=9), (WhereaboutsCode.CANCELLED, 15_000, False)),
    ],
)
def test_where_is_my_order(
    status: OrderStatus, paid: int, at_the_door: int, today: date, expected: tuple[WhereaboutsCode, int, bool]
) -> None:
    code, missing, late = expected
    assert whereabouts(
        status=status,
        total_amount=15_000,
        paid_amount=paid,
        due_on_delivery=at_the_door,
        promised_on=FRIDAY,
        today=today,
    ) == Whereabouts(code, missing, FRIDAY, late)
