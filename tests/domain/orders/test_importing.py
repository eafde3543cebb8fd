"""Orders and customers by the hundred: each once, brought up to date, or refused with all that is wrong with it."""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain.kit import bulk
from domain.kit.database import Database, TenantSession
from domain.kit.errors import InvalidInput, Language
from domain.kit.events import SYSTEM
from domain.kit.imports import ImportedRow, ImportOutcome, ImportPolicy, ImportRejected
from domain.kit.inputs import MOST_FAULTS, Faults
from domain.orders import details as telling
from domain.orders import importing, operations
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderChange, OrderDetails
from domain.orders.errors import OrderExists
from domain.orders.models import (
    Customer,
    CustomerMailbox,
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
from tests.conftest import NOW, CountStatements, FoundShop, Shop
from tests.domain.invariants import broken
from tests.state import events_of, everything

CREATED, UPDATED, UNCHANGED, REFUSED = ImportOutcome
ORDER = OrderDetails(
    external_id="1001",
    number="BOM/1001",
    customer=CustomerDetails(external_id="c-7", name="Zofia Żak", email=" Zofia@Klient.example "),
    currency="PLN",
    total_amount=15_000,
    placed_at=NOW - timedelta(days=3),
    lines=[LineDetails("B-1", "Bombka", 3, 4_000), LineDetails("D", "Dostawa", 1, 3_000)],
    payments=[
        PaymentDetails(PaymentMethod.VOUCHER, 5_000, received_at=NOW - timedelta(days=2)),
        PaymentDetails(PaymentMethod.TRANSFER, 10_000, reference="BOM 1001"),
    ],
    promised_on=date(2026, 11, 6),
    shipments=[ShipmentDetails("InPost", "6200", NOW - timedelta(days=1))],
)
SOON = NOW + timedelta(days=1, minutes=1)


def numbered(number: int, order: OrderDetails = ORDER) -> OrderDetails:
    customer = replace(order.customer, external_id=f"c-{number}", email=f"c{number}@klient.example")
    return replace(order, external_id=f"{number}", number=f"BOM/{number}", customer=customer)


async def send(
    database: Database, shop: Shop, *orders: OrderDetails, policy: ImportPolicy = ImportPolicy.REJECT_ALL
) -> list[ImportedRow]:
    async with database.writing(shop.tenant_id) as session:
        return await importing.import_orders(session, orders=orders, policy=policy, by=SYSTEM, now=NOW)


def outcomes(rows: Sequence[ImportedRow]) -> list[ImportOutcome]:
    return [row.outcome for row in rows]


def faults(row: ImportedRow) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.field) for fault in row.faults]


async def rejected(database: Database, shop: Shop, *orders: OrderDetails) -> list[ImportedRow]:
    """The rows that are wrong; nothing has changed."""
    before = await everything(database, shop.tenant_id)
    with pytest.raises(ImportRejected) as refused:
        await send(database, shop, *orders)
    assert await everything(database, shop.tenant_id) == before
    assert refused.value.refused == len(refused.value.rows)
    return refused.value.rows


async def change(database: Database, shop: Shop, order_id: UUID, change: OrderChange) -> None:
    async with database.writing(shop.tenant_id) as session:
        await operations.update_order(session, order_id=order_id, change=change, by=SYSTEM, now=NOW)


async def picture(database: Database, shop: Shop) -> list[Any]:
    """All that can be seen of the shop's orders and customers, and their events, without the ids made for them."""
    async with database.reading(shop.tenant_id) as session:
        ids: dict[UUID, str] = {}
        seen: list[Any] = []
        for customer in await session.scalars(select(Customer).order_by(Customer.external_id)):
            ids[customer.id] = f"customer {customer.external_id}"
            seen.append((customer.external_id, customer.name, customer.email, customer.phone, customer.version))
        for order in await session.scalars(select(Order).order_by(Order.external_id)):
            name = ids[order.id] = f"order {order.external_id}"
            amounts = order.total_amount, order.paid_amount, order.cash_on_delivery_amount, order.cash_received_amount
            seen.append(
                (name, ids[order.customer_id], order.number, order.status, order.currency, *amounts, order.version)
            )
            seen.append((order.placed_at, order.promised_on))
            lines = await session.scalars(
                select(OrderLine).where(OrderLine.order_id == order.id).order_by(OrderLine.position)
            )
            seen += [(name, line.position, line.sku, line.name, line.quantity, line.unit_amount) for line in lines]
            for payment in await session.scalars(
                select(Payment).where(Payment.order_id == order.id).order_by(Payment.position)
            ):
                ids[payment.id] = f"{name} payment {payment.position}"
                seen.append((ids[payment.id], payment.method, payment.amount, payment.external_reference))
                entries = await session.scalars(
                    select(PaymentEntry).where(PaymentEntry.payment_id == payment.id).order_by(PaymentEntry.source)
                )
                seen += [(ids[payment.id], entry.amount, entry.at, entry.source) for entry in entries]
            for parcel in await session.scalars(
                select(Shipment).where(Shipment.order_id == order.id).order_by(Shipment.position)
            ):
                ids[parcel.id] = f"{name} parcel {parcel.position}"
                told = parcel.carrier, parcel.tracking_number, parcel.shipped_at, parcel.delivered_at
                seen.append((ids[parcel.id], *told))
        seen.append(sorted(await session.scalars(select(CustomerMailbox.mailbox))))
    known = {str(id): name for id, name in ids.items()}
    for aggregate in ("customer", "order"):
        told_events = await events_of(database, shop.tenant_id, aggregate=aggregate)
        seen.append(
            sorted(
                repr((name, version, sorted((key, known.get(str(value), value)) for key, value in data.items())))
                for name, version, data in told_events
            )
        )
    return seen


async def test_an_import_leaves_what_the_single_operations_leave(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    other = await found_shop()
    orders = [numbered(1), numbered(2), replace(numbered(3), customer=numbered(1).customer)]
    rows = await send(database, shop, *orders)
    async with database.writing(other.tenant_id) as session:
        for order in orders:
            await operations.create_order(session, details=order, by=SYSTEM, now=NOW)
    assert outcomes(rows) == [CREATED] * 3
    assert await picture(database, shop) == await picture(database, other)
    assert await broken(database, shop.tenant_id) == {}
    assert await broken(database, other.tenant_id) == {}


async def test_rows_tell_the_ids_of_their_orders(database: Database, shop: Shop) -> None:
    rows = await send(database, shop, numbered(1), numbered(2))
    async with database.reading(shop.tenant_id) as session:
        known = {order.external_id: order.id for order in await session.scalars(select(Order))}
    assert rows == [ImportedRow(0, "1", CREATED, known["1"]), ImportedRow(1, "2", CREATED, known["2"])]
    assert await send(database, shop, numbered(1)) == [ImportedRow(0, "1", UNCHANGED, known["1"])]


async def test_the_same_again_writes_nothing(database: Database, shop: Shop) -> None:
    await send(database, shop, ORDER, numbered(2))
    before = await everything(database, shop.tenant_id)
    assert outcomes(await send(database, shop, numbered(2), ORDER)) == [UNCHANGED] * 2
    assert await everything(database, shop.tenant_id) == before


async def test_rows_that_others_make_one_by_one_meanwhile_are_known_in_the_end(
    database: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [
        replace(numbered(number), customer=CustomerDetails(f"c-{number}", "Zofia Żak", f"c{number}@klient.example"))
        for number in range(8)
    ]
    quicker, add_new = iter(told[:7]), bulk.add_new

    async def a_little_later(session: TenantSession, model: Any, rows: Any, *, key: str) -> frozenset[UUID]:
        if model is Customer and (order := next(quicker, None)) is not None:
            async with database.writing(shop.tenant_id) as other:
                await operations.create_order(other, details=order, by=SYSTEM, now=NOW)
        return await add_new(session, model, rows, key=key)

    async with database.writing(shop.tenant_id) as session:
        with monkeypatch.context() as patching:
            patching.setattr(bulk, "add_new", _only_from(session, a_little_later, add_new))
            rows = await importing.import_orders(
                session, orders=told, policy=ImportPolicy.REJECT_ALL, by=SYSTEM, now=NOW
            )
    assert outcomes(rows) == [UNCHANGED] * 7 + [CREATED]
    assert next(quicker, None) is None
    assert await broken(database, shop.tenant_id) == {}


def _only_from(session: TenantSession, first: Any, usual: Any) -> Any:
    """What the session calls is `first`, what others call is as usual."""

    async def add_new(caller: TenantSession, *arguments: Any, **named: Any) -> Any:
        return await (first if caller is session else usual)(caller, *arguments, **named)

    return add_new


async def test_an_order_that_the_shop_created_is_known_to_an_import(database: Database, shop: Shop) -> None:
    async with database.writing(shop.tenant_id) as session:
        await operations.create_order(session, details=ORDER, by=SYSTEM, now=NOW)
    before = await everything(database, shop.tenant_id)
    assert outcomes(await send(database, shop, ORDER)) == [UNCHANGED]
    assert await everything(database, shop.tenant_id) == before


async def test_two_hundred_and_fifty_take_as_many_statements_as_one(
    database: Database, found_shop: FoundShop, statements: CountStatements
) -> None:
    counted = []
    for size in (1, 250):
        shop = await found_shop()
        orders = [numbered(number) for number in range(size)]
        told = [
            replace(
                order,
                number=f"{order.number}/2",
                customer=replace(order.customer, phone="600 000 000", email=f"neu-{order.customer.email}"),
                total_amount=16_000,
                lines=[LineDetails("B-2", "Bombka", 4, 4_000)],
                payments=[
                    ORDER.payments[0],
                    PaymentDetails(PaymentMethod.CARD, 10_000, received_at=NOW),
                    PaymentDetails(PaymentMethod.CASH_ON_DELIVERY, 1_000),
                ],
                shipments=[
                    replace(ORDER.shipments[0], delivered_at=NOW),
                    ShipmentDetails("DPD", None, NOW),
                ],
                status=OrderStatus.PACKED,
                promised_on=None,
            )
            for order in orders
        ]
        for rows in (orders, orders, told):
            with statements() as seen:
                ended = await send(database, shop, *rows)
            counted.append((ended[0].outcome, len(seen)))
        assert await broken(database, shop.tenant_id) == {}
    assert counted[:3] == counted[3:]
    assert [outcome for outcome, _ in counted[:3]] == [CREATED, UNCHANGED, UPDATED]
    assert max(count for _, count in counted) <= 25


ARRIVED = NOW - timedelta(hours=5)


@pytest.mark.parametrize(
    ("changes", "events"),
    [
        ({"number": "BOM/1001-A"}, ["OrderCorrected"]),
        ({"placed_at": NOW - timedelta(days=4)}, ["OrderCorrected"]),
        ({"total_amount": 16_000, "lines": [LineDetails("B-1", "Bombka", 4, 4_000)]}, ["OrderCorrected"]),
        ({"promised_on": date(2026, 11, 9)}, ["OrderPromised"]),
        ({"promised_on": None}, ["OrderPromised"]),
        ({"status": OrderStatus.SHIPPED}, ["OrderStatusChanged"]),
        (
            {"payments": [ORDER.payments[0], replace(ORDER.payments[1], received_at=ARRIVED)]},
            ["PaymentRecorded"],
        ),
        ({"payments": [ORDER.payments[0], replace(ORDER.payments[1], reference=None)]}, ["OrderCorrected"]),
        (
            {"payments": [ORDER.payments[0], PaymentDetails(PaymentMethod.CASH_ON_DELIVERY, 9_000)]},
            ["OrderCorrected"],
        ),
        (
            {"payments": [*ORDER.payments, PaymentDetails(PaymentMethod.CARD, 1, received_at=ARRIVED)]},
            ["OrderCorrected", "PaymentRecorded"],
        ),
        ({"shipments": [replace(ORDER.shipments[0], delivered_at=ARRIVED)]}, ["ShipmentRecorded"]),
        ({"shipments": [ShipmentDetails("DPD", None, ARRIVED)]}, ["ShipmentRecorded"]),
        (
            {"status": OrderStatus.PACKED, "total_amount": 1, "promised_on": None},
            ["OrderCorrected", "OrderStatusChanged", "OrderPromised"],
        ),
    ],
)
async def test_a_known_order_becomes_the_same_as_it_is_told(
    database: Database, shop: Shop, found_shop: FoundShop, changes: dict[str, Any], events: list[str]
) -> None:
    told = replace(ORDER, **changes)
    await send(database, shop, ORDER)
    known = len(await events_of(database, shop.tenant_id, aggregate="order"))
    assert outcomes(await send(database, shop, told)) == [UPDATED]
    after = await everything(database, shop.tenant_id)
    assert [name for name, _, _ in (await events_of(database, shop.tenant_id, aggregate="order"))[known:]] == events
    assert outcomes(await send(database, shop, told)) == [UNCHANGED]
    assert await everything(database, shop.tenant_id) == after
    assert await broken(database, shop.tenant_id) == {}
    fresh = await found_shop()
    await send(database, fresh, told)
    parcels = len(ORDER.shipments) if "shipments" in changes else 0
    assert (await state_of(database, shop))[: 6 - parcels] == (await state_of(database, fresh))[: 6 - parcels]


async def state_of(database: Database, shop: Shop) -> list[Any]:
    """An order's own figures, its lines, payments, ledger and parcels."""
    columns = (
        (Order.number, Order.status, Order.total_amount, Order.placed_at, Order.promised_on),
        (Order.paid_amount, Order.cash_on_delivery_amount, Order.cash_received_amount),
        (OrderLine.position, OrderLine.sku, OrderLine.quantity),
        (Payment.position, Payment.method, Payment.amount, Payment.external_reference),
        (PaymentEntry.amount, PaymentEntry.at, PaymentEntry.source),
        (Shipment.position, Shipment.carrier, Shipment.shipped_at, Shipment.delivered_at),
    )
    async with database.reading(shop.tenant_id) as session:
        return [sorted([tuple(row) for row in await session.execute(select(*each))], key=repr) for each in columns]


async def test_what_a_description_leaves_unsaid_of_the_past_stays(database: Database, shop: Shop) -> None:
    await send(database, shop, ORDER)
    before = await everything(database, shop.tenant_id)
    silent = replace(ORDER, payments=[replace(payment, received_at=None) for payment in ORDER.payments], shipments=[])
    assert outcomes(await send(database, shop, silent)) == [UNCHANGED]
    assert await everything(database, shop.tenant_id) == before


TRANSFER = ORDER.payments[1]
"""Of 10,000, on which nothing is booked by the order itself."""


async def with_receipts(database: Database, shop: Shop, *amounts: int) -> UUID:
    """The transfer's id, once a bank has told of so much, an hour after the other."""
    [row] = await send(database, shop, ORDER)
    assert row.id is not None
    async with database.reading(shop.tenant_id) as session:
        transfer = (await session.scalars(select(Payment.id).where(Payment.position == 2))).one()
    first = NOW - timedelta(hours=9)
    receipts = [
        Receipt(transfer, amount, first + timedelta(hours=number), f"bank-{number}")
        for number, amount in enumerate(amounts)
    ]
    await change(database, shop, row.id, OrderChange(receipts=receipts))
    return transfer


def received(at: datetime) -> OrderDetails:
    return replace(ORDER, payments=[ORDER.payments[0], replace(TRANSFER, received_at=at)])


@pytest.mark.parametrize("amounts", [[10_000], [4_000, 6_000], [11_000, -1_000], [12_000]])
async def test_an_arrival_that_a_bank_told_of_is_not_booked_again(
    database: Database, shop: Shop, amounts: list[int]
) -> None:
    await with_receipts(database, shop, *amounts)
    before = await everything(database, shop.tenant_id)
    assert outcomes(await send(database, shop, received(NOW))) == [UNCHANGED]
    assert await everything(database, shop.tenant_id) == before


@pytest.mark.parametrize(
    ("amounts", "at"),
    [([4_000], NOW), ([7_000, -1_000], NOW), ([-10], NOW), ([10_000, -10_000], NOW - timedelta(hours=9))],
)
async def test_an_arrival_that_the_ledger_contradicts_refuses_its_row(
    database: Database, shop: Shop, amounts: list[int], at: datetime
) -> None:
    await with_receipts(database, shop, *amounts)
    [row] = await rejected(database, shop, received(at))
    assert faults(row) == [("PAYMENT_FIXED", "payments[1].receivedAt")]


async def test_money_that_the_order_told_of_and_that_went_back_is_not_told_by_it_again(
    database: Database, shop: Shop
) -> None:
    [row] = await send(database, shop, ORDER)
    assert row.id is not None
    async with database.reading(shop.tenant_id) as session:
        voucher = (await session.scalars(select(Payment.id).where(Payment.position == 1))).one()
    back = Receipt(voucher, -5_000, NOW - timedelta(hours=9), "taken back")
    await change(database, shop, row.id, OrderChange(receipts=[back]))
    again = replace(ORDER, payments=[replace(ORDER.payments[0], received_at=NOW), TRANSFER])
    [row] = await rejected(database, shop, again)
    assert faults(row) == [("PAYMENT_FIXED", "payments[0].receivedAt")]


async def test_a_transfer_that_came_after_it_had_gone_back_is_booked_once(database: Database, shop: Shop) -> None:
    transfer = await with_receipts(database, shop, 10_000, -10_000)
    assert outcomes(await send(database, shop, received(NOW))) == [UPDATED]
    assert outcomes(await send(database, shop, received(NOW))) == [UNCHANGED]
    async with database.reading(shop.tenant_id) as session:
        booked = await session.execute(
            select(PaymentEntry.amount, PaymentEntry.source).where(PaymentEntry.payment_id == transfer)
        )
        assert sorted(tuple(entry) for entry in booked) == [
            (-10_000, "bank-1"),
            (10_000, "bank-0"),
            (10_000, "order"),
        ]
        assert await session.scalar(select(Order.paid_amount)) == 15_000
    assert await broken(database, shop.tenant_id) == {}


@pytest.mark.parametrize(
    ("here", "told"),
    [(("A", "B"), ("B", "A")), ((None, "B"), ("B", None)), (("A", None), (None, "A")), (("A", "B"), ("C", "B"))],
)
async def test_payments_that_change_places_book_nothing_twice(
    database: Database, shop: Shop, here: tuple[str | None, str | None], told: tuple[str | None, str | None]
) -> None:
    paid, unpaid = (PaymentDetails(PaymentMethod.TRANSFER, 7_500, reference=reference) for reference in here)
    paid = replace(paid, received_at=NOW)
    await send(database, shop, replace(ORDER, payments=[paid, unpaid]))
    first, second = (replace(unpaid, reference=reference) for reference in told)
    [row] = await rejected(database, shop, replace(ORDER, payments=[first, replace(second, received_at=NOW)]))
    assert ("PAYMENT_FIXED", "payments[0].reference") in faults(row)


async def test_a_payment_on_which_money_is_booked_can_get_the_reference_that_it_lacks(
    database: Database, shop: Shop
) -> None:
    await send(database, shop, ORDER)
    named = replace(ORDER, payments=[replace(ORDER.payments[0], reference="voucher 7"), TRANSFER])
    assert outcomes(await send(database, shop, named)) == [UPDATED]
    assert outcomes(await send(database, shop, named)) == [UNCHANGED]


async def test_a_number_or_name_that_is_left_out_stays(database: Database, shop: Shop) -> None:
    silent = replace(ORDER, number=None, customer=replace(ORDER.customer, name=None))
    new = replace(silent, external_id="1002", customer=CustomerDetails("c-8"))
    assert outcomes(await send(database, shop, ORDER)) == [CREATED]
    assert outcomes(await send(database, shop, silent, new)) == [UNCHANGED, CREATED]
    assert [order.number for order in await orders_of(database, shop)] == ["BOM/1001", "1002"]
    async with database.reading(shop.tenant_id) as session:
        names = await session.execute(select(Customer.external_id, Customer.name, Customer.language))
        assert sorted(tuple(row) for row in names) == [
            ("c-7", "Zofia Żak", Language.PL),
            ("c-8", "c-8", Language.PL),
        ]


@pytest.mark.parametrize(
    ("status", "changes", "told"),
    [
        ("PLACED", {"currency": "EUR"}, [("ORDER_PART_FIXED", "currency")]),
        (
            "PLACED",
            {"customer": CustomerDetails(external_id="c-8", name="Jan")},
            [("ORDER_PART_FIXED", "customer.externalId")],
        ),
        (
            "PLACED",
            {"payments": [replace(ORDER.payments[0], amount=6_000), ORDER.payments[1]]},
            [("PAYMENT_FIXED", "payments[0].amount")],
        ),
        (
            "PLACED",
            {"payments": [replace(ORDER.payments[0], method=PaymentMethod.CARD), ORDER.payments[1]]},
            [("PAYMENT_FIXED", "payments[0].method")],
        ),
        (
            "PLACED",
            {"payments": [replace(ORDER.payments[0], received_at=NOW), ORDER.payments[1]]},
            [("PAYMENT_FIXED", "payments[0].receivedAt")],
        ),
        ("PLACED", {"payments": ORDER.payments[:1]}, [("PAYMENT_MISSING", "payments")]),
        (
            "PLACED",
            {"shipments": [replace(ORDER.shipments[0], delivered_at=NOW - timedelta(days=9), shipped_at=NOW.min)]},
            [("INVALID_INPUT", "shipments[0].shippedAt")],
        ),
        ("SHIPPED", {"status": OrderStatus.PACKED}, [("ORDER_STATUS_REFUSED", "status")]),
        ("DELIVERED", {"status": OrderStatus.CANCELLED}, [("ORDER_STATUS_REFUSED", "status")]),
        (
            "PACKED",
            {
                "status": OrderStatus.PLACED,
                "total_amount": 1,
                "placed_at": NOW,
                "lines": [LineDetails("B", "B", 1, 1)],
                "payments": [
                    ORDER.payments[0],
                    PaymentDetails(PaymentMethod.CARD, 1),
                    PaymentDetails(PaymentMethod.CARD, 2),
                ],
                "currency": "EUR",
            },
            [
                ("ORDER_PART_FIXED", "currency"),
                ("ORDER_CONTENT_FIXED", "placedAt"),
                ("ORDER_CONTENT_FIXED", "totalAmount"),
                ("ORDER_CONTENT_FIXED", "lines"),
                ("ORDER_CONTENT_FIXED", "payments[1].method"),
                ("ORDER_CONTENT_FIXED", "payments[1].amount"),
                ("ORDER_CONTENT_FIXED", "payments[2]"),
                ("ORDER_STATUS_REFUSED", "status"),
            ],
        ),
    ],
)
async def test_what_is_history_refuses_its_row_with_all_that_comes_too_late(
    database: Database, shop: Shop, status: str, changes: dict[str, Any], told: list[tuple[str, str | None]]
) -> None:
    here = replace(ORDER, status=OrderStatus(status))
    await send(database, shop, here)
    late = replace(here, **changes)
    [row] = await rejected(database, shop, late)
    assert (row.outcome, row.id, faults(row)) == (REFUSED, None, told)
    before = await everything(database, shop.tenant_id)
    skipped = await send(database, shop, late, policy=ImportPolicy.SKIP_FAILED)
    assert outcomes(skipped) == [REFUSED]
    assert await everything(database, shop.tenant_id) == before


@pytest.mark.parametrize(
    ("instants", "fields"),
    [
        ({"shipped_at": NOW - timedelta(days=8)}, ["shippedAt"]),
        ({"delivered_at": NOW}, ["deliveredAt"]),
        ({"shipped_at": NOW - timedelta(days=8), "delivered_at": NOW}, ["shippedAt", "deliveredAt"]),
    ],
)
async def test_when_a_parcel_left_and_arrived_stays_as_it_was_told_first(
    database: Database, shop: Shop, instants: dict[str, Any], fields: list[str]
) -> None:
    parcel = replace(ORDER.shipments[0], delivered_at=NOW - timedelta(hours=9))
    await send(database, shop, replace(ORDER, shipments=[parcel]))
    [row] = await rejected(database, shop, replace(ORDER, shipments=[replace(parcel, **instants)]))
    assert faults(row) == [("SHIPMENT_FIXED", f"shipments[0].{field}") for field in fields]
    [row] = await rejected(database, shop, replace(numbered(2), shipments=[parcel, replace(parcel, **instants)]))
    assert faults(row) == [("SHIPMENT_FIXED", f"shipments[1].{field}") for field in fields]


LEFT = NOW - timedelta(days=1)
BARE = ShipmentDetails("DPD", None, LEFT)


@pytest.mark.parametrize(
    ("calls", "left"),
    [
        ([[BARE], [replace(BARE, tracking_number="1")]], [("1", None)]),
        (
            [
                [BARE],
                [
                    replace(BARE, tracking_number="1"),
                    replace(BARE, tracking_number="1", delivered_at=NOW),
                ],
            ],
            [("1", NOW)],
        ),
        (
            [[BARE], [replace(BARE, tracking_number="1"), replace(BARE, tracking_number="2")]],
            [("1", None), ("2", None)],
        ),
        ([[BARE], [replace(BARE, tracking_number="1", shipped_at=NOW)]], [(None, None), ("1", None)]),
        ([[BARE, replace(BARE, tracking_number="1")]], [(None, None), ("1", None)]),
        ([[replace(BARE, tracking_number="1"), BARE]], [("1", None), (None, None)]),
        ([[BARE], [replace(BARE, tracking_number="1"), BARE]], [(None, None), ("1", None)]),
    ],
)
async def test_a_number_completes_the_parcel_that_was_told_without_one(
    database: Database, shop: Shop, calls: list[list[ShipmentDetails]], left: list[tuple[str | None, datetime | None]]
) -> None:
    for parcels in calls:
        await send(database, shop, replace(ORDER, shipments=parcels))
    before = await everything(database, shop.tenant_id)
    assert outcomes(await send(database, shop, replace(ORDER, shipments=calls[-1]))) == [UNCHANGED]
    assert outcomes(await send(database, shop, replace(ORDER, shipments=calls[-1][::-1]))) == [UNCHANGED]
    assert await everything(database, shop.tenant_id) == before
    async with database.reading(shop.tenant_id) as session:
        found = await session.execute(
            select(Shipment.tracking_number, Shipment.delivered_at).order_by(Shipment.position)
        )
        assert [tuple(row) for row in found] == left


async def test_all_faults_of_all_rows_are_told(database: Database, shop: Shop) -> None:
    wrong = replace(
        numbered(2),
        number=" ",
        currency="zł",
        customer=CustomerDetails(external_id="", name="", email="no address"),
        lines=[LineDetails("B", "B", 1, 1), LineDetails("", "B", 0, -1)],
        payments=[PaymentDetails(PaymentMethod.CARD, 0)],
    )
    rows = await rejected(database, shop, ORDER, wrong, replace(numbered(3), lines=[]), numbered(4))
    assert [(row.index, row.external_id) for row in rows] == [(1, "2"), (2, "3")]
    assert {field for _, field in faults(rows[0])} == {
        "number",
        "currency",
        "customer.externalId",
        "customer.name",
        "customer.email",
        "lines[1].sku",
        "lines[1].quantity",
        "lines[1].unitAmount",
        "payments[0].amount",
    }
    assert faults(rows[1]) == [("INVALID_INPUT", "lines")]
    [fault] = rows[1].faults
    assert (fault.message(Language.EN), fault.message(Language.PL)) == (
        "lines: must not be empty",
        "lines: nie może być puste",
    )


async def test_no_more_faults_of_a_row_are_told_than_are_read(database: Database, shop: Shop) -> None:
    bare = PaymentDetails(PaymentMethod.CARD, 0, received_at=NOW.replace(tzinfo=None))
    wrong = replace(ORDER, lines=[LineDetails("", "", 0, -1)] * 500, payments=[bare] * 50)
    [row] = await rejected(database, shop, wrong)
    places = [f"lines[{line}].{part}" for line in range(3) for part in ("sku", "name", "quantity", "unitAmount")]
    assert [field for _, field in faults(row)] == places[:MOST_FAULTS]


def test_what_comes_after_too_many_faults_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def wrong(line: LineDetails, faults: Faults) -> LineDetails:
        looked.append(line)
        faults.note(InvalidInput("sku", "is wrong", "jest złe"))
        return line

    monkeypatch.setattr(telling, "_line", wrong)
    telling.examined(replace(ORDER, lines=[LineDetails("B", "B", 1, 1)] * 500), now=NOW)
    assert len(looked) == MOST_FAULTS


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"placed_at": SOON}, "placedAt"),
        ({"payments": [PaymentDetails(PaymentMethod.CARD, 1, received_at=SOON)]}, "payments[0].receivedAt"),
        ({"shipments": [ShipmentDetails("DPD", None, SOON)]}, "shipments[0].shippedAt"),
        ({"shipments": [ShipmentDetails("DPD", None, NOW, SOON)]}, "shipments[0].deliveredAt"),
    ],
)
async def test_what_is_to_have_happened_in_the_future_refuses_its_row(
    database: Database, shop: Shop, changes: dict[str, Any], field: str
) -> None:
    [row] = await rejected(database, shop, replace(ORDER, **changes))
    assert faults(row) == [("INVALID_INPUT", field)]
    assert row.faults[0].en.endswith(": must not be in the future")


async def test_good_rows_are_saved_and_bad_ones_leave_nothing(database: Database, shop: Shop) -> None:
    await send(database, shop, ORDER)
    strangers = replace(ORDER, customer=CustomerDetails(external_id="stranger", name="Kto inny", email="x@y.example"))
    wrong = replace(numbered(3), number="")
    rows = await send(database, shop, strangers, numbered(2), wrong, policy=ImportPolicy.SKIP_FAILED)
    assert outcomes(rows) == [REFUSED, CREATED, REFUSED]
    async with database.reading(shop.tenant_id) as session:
        assert set(await session.scalars(select(Customer.external_id))) == {"c-7", "c-2"}
        assert set(await session.scalars(select(CustomerMailbox.mailbox))) == {
            "zofia@klient.example",
            "c2@klient.example",
        }
    assert await broken(database, shop.tenant_id) == {}


async def test_a_call_of_bad_rows_alone_writes_nothing(database: Database, shop: Shop) -> None:
    before = await everything(database, shop.tenant_id)
    rows = await send(database, shop, replace(ORDER, number=""), policy=ImportPolicy.SKIP_FAILED)
    assert outcomes(rows) == [REFUSED]
    rows = await send_customers(database, shop, replace(customer(1), name=""), policy=ImportPolicy.SKIP_FAILED)
    assert outcomes(rows) == [REFUSED]
    assert await everything(database, shop.tenant_id) == before


async def test_rows_with_the_same_id_are_all_refused(database: Database, shop: Shop) -> None:
    rows = await send(
        database, shop, ORDER, numbered(2), replace(ORDER, external_id=" 1001 "), ORDER, policy=ImportPolicy.SKIP_FAILED
    )
    assert outcomes(rows) == [REFUSED, CREATED, REFUSED, REFUSED]
    assert [faults(row) for row in rows if row.faults] == [[("ROW_REPEATED", "externalId")]] * 3
    assert ["Row 2 " in rows[0].faults[0].en, *("Row 0 " in rows[index].faults[0].en for index in (2, 3))] == [True] * 3


async def test_a_call_takes_1_to_250_rows(database: Database, shop: Shop) -> None:
    before = await everything(database, shop.tenant_id)
    for orders in ([], [numbered(number) for number in range(251)]):
        with pytest.raises(InvalidInput) as refused:
            await send(database, shop, *orders)
        assert refused.value.field == "orders"
    assert await everything(database, shop.tenant_id) == before


async def test_what_cannot_be_kept_is_refused_row_by_row(database: Database, shop: Shop) -> None:
    rows = await send(database, shop, replace(ORDER, external_id="a\0"), numbered(2), policy=ImportPolicy.SKIP_FAILED)
    assert outcomes(rows) == [REFUSED, CREATED]
    assert rows[0].external_id == "a\N{REPLACEMENT CHARACTER}"


async def test_another_shops_orders_and_customers_are_not_here(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    other = await found_shop()
    await send(database, other, ORDER)
    there = await everything(database, other.tenant_id)
    changed = replace(ORDER, currency="EUR", customer=replace(ORDER.customer, name="Ktoś inny"))
    assert outcomes(await send(database, shop, changed)) == [CREATED]
    assert await everything(database, other.tenant_id) == there


async def test_of_many_descriptions_of_one_customer_the_last_one_counts_and_is_compared_once(
    database: Database, shop: Shop
) -> None:
    orders = [
        replace(numbered(number), customer=CustomerDetails("c-1", name=name, email=f"z{number}@klient.example"))
        for number, name in enumerate(["Zofia", "Zofia Żak", "Zofia Nowak"])
    ]
    assert outcomes(await send(database, shop, *orders)) == [CREATED] * 3
    before = await everything(database, shop.tenant_id)
    assert outcomes(await send(database, shop, *orders)) == [UNCHANGED] * 3
    assert await everything(database, shop.tenant_id) == before
    async with database.reading(shop.tenant_id) as session:
        [kept] = await session.scalars(select(Customer))
        addresses = set(await session.scalars(select(CustomerMailbox.mailbox)))
    assert (kept.name, kept.email, kept.version) == ("Zofia Nowak", "z2@klient.example", 1)
    assert addresses == {f"z{number}@klient.example" for number in range(3)}, "all that were told are remembered"
    assert outcomes(await send(database, shop, *reversed(orders))) == [UPDATED] * 3
    events = await events_of(database, shop.tenant_id, aggregate="customer")
    assert [(name, version) for name, version, _ in events] == [("CustomerSaved", 1), ("CustomerSaved", 2)]
    assert await broken(database, shop.tenant_id) == {}


async def test_a_new_address_of_the_customer_makes_the_row_updated(database: Database, shop: Shop) -> None:
    await send(database, shop, ORDER)
    moved = replace(ORDER, customer=replace(ORDER.customer, email="nowa@klient.example"))
    version = [row.version for row in await orders_of(database, shop)]
    assert outcomes(await send(database, shop, moved)) == [UPDATED]
    assert [row.version for row in await orders_of(database, shop)] == version
    async with database.reading(shop.tenant_id) as session:
        kept = set(await session.scalars(select(CustomerMailbox.mailbox)))
    assert kept == {"zofia@klient.example", "nowa@klient.example"}


async def orders_of(database: Database, shop: Shop) -> Sequence[Order]:
    async with database.reading(shop.tenant_id) as session:
        return (await session.scalars(select(Order).order_by(Order.external_id))).all()


# At the same instant.


async def test_imports_of_the_same_rows_in_other_orders_do_not_wait_in_a_circle(database: Database, shop: Shop) -> None:
    orders = [numbered(number) for number in range(60)]
    again = [replace(order, number=f"{order.number}/2") for order in orders]
    for rows in (orders, again):
        ended = await asyncio.gather(*(send(database, shop, *(rows[::-1] if turn % 2 else rows)) for turn in range(6)))
        told = [outcome for each in ended for outcome in outcomes(each)]
        assert sorted(told) == sorted([CREATED if rows is orders else UPDATED] * 60 + [UNCHANGED] * 300)
    assert await broken(database, shop.tenant_id) == {}


async def test_an_import_and_single_creations_of_the_same_orders_make_each_once(database: Database, shop: Shop) -> None:
    orders = [numbered(number) for number in range(40)]

    async def create(order: OrderDetails) -> bool:
        async with database.writing(shop.tenant_id) as session:
            try:
                await operations.create_order(session, details=order, by=SYSTEM, now=NOW)
            except OrderExists:
                return False
        return True

    attempts: list[Awaitable[Any]] = [create(order) for order in reversed(orders)]
    attempts[20:20] = [send(database, shop, *orders), send(database, shop, *reversed(orders))]
    ended = await asyncio.gather(*attempts)
    made = sum(each is True for each in ended)
    created = sum(outcomes(each).count(CREATED) for each in ended if isinstance(each, list))
    assert made + created == 40
    assert len(await orders_of(database, shop)) == 40
    assert await broken(database, shop.tenant_id) == {}


async def test_an_order_that_is_made_meanwhile_is_found_out_and_brought_up_to_date(
    database: Database, shop: Shop
) -> None:
    """The single creation commits between the import's look and its insert, for which it waits."""
    async with database.writing(shop.tenant_id) as session:
        await operations.create_order(session, details=ORDER, by=SYSTEM, now=NOW)
        stranger = replace(ORDER, number="BOM/1001-A", customer=replace(ORDER.customer, external_id="c-8"))
        sending = asyncio.create_task(
            send(database, shop, stranger, replace(numbered(2)), policy=ImportPolicy.SKIP_FAILED)
        )
        await asyncio.wait({sending}, timeout=0.3)
        assert not sending.done()
    rows = await sending
    assert outcomes(rows) == [REFUSED, CREATED]
    assert faults(rows[0]) == [("ORDER_PART_FIXED", "customer.externalId")]
    async with database.reading(shop.tenant_id) as session:
        assert set(await session.scalars(select(Customer.external_id))) == {"c-7", "c-2"}
    assert await broken(database, shop.tenant_id) == {}


# Whatever the order of the rows, and however they are split.

AMOUNTS = st.integers(1, 3)
ANY_ORDER = st.builds(
    lambda lines, methods, received, status, parcels: replace(
        ORDER,
        lines=[LineDetails("B", "B", quantity, 1) for quantity in lines],
        payments=[PaymentDetails(method, 100, received_at=NOW if received else None) for method in methods],
        status=status,
        shipments=[ShipmentDetails("DPD", str(number), NOW) for number in range(parcels)],
    ),
    lines=st.lists(AMOUNTS, min_size=1, max_size=3),
    methods=st.lists(st.sampled_from(PaymentMethod), max_size=2),
    received=st.booleans(),
    status=st.sampled_from([OrderStatus.PLACED, OrderStatus.SHIPPED, OrderStatus.DELIVERED]),
    parcels=st.integers(0, 2),
)


@st.composite
def calls(draw: st.DrawFn) -> tuple[list[OrderDetails], list[list[OrderDetails]]]:
    """Some orders, some of one customer, and calls in which each comes once or more."""
    orders = [
        replace(numbered(number, draw(ANY_ORDER)), customer=CustomerDetails(f"c-{number % 3}", name="Zofia"))
        for number in range(draw(st.integers(1, 6)))
    ]
    told = [orders, *([draw(st.sampled_from(orders))] for _ in range(draw(st.integers(0, 4))))]
    mixed = draw(st.permutations([order for call in told for order in call]))
    split: list[list[OrderDetails]] = [[]]
    for order in mixed:
        if order in split[-1] or draw(st.booleans()):
            split.append([])
        split[-1].append(order)
    return orders, [call for call in split if call]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(drawn=calls())
async def test_any_order_and_any_splitting_of_the_rows_gives_the_same_shop(
    database: Database, found_shop: FoundShop, drawn: tuple[list[OrderDetails], list[list[OrderDetails]]]
) -> None:
    orders, split = drawn
    once, often = await found_shop(), await found_shop()
    await send(database, once, *orders)
    told = [outcome for call in split for outcome in outcomes(await send(database, often, *call))]
    assert told.count(CREATED) == len(orders)
    assert told.count(UNCHANGED) == len(told) - len(orders)
    assert await picture(database, often) == await picture(database, once)
    assert await broken(database, often.tenant_id) == {}


# Customers alone.


async def send_customers(
    database: Database, shop: Shop, *customers: CustomerDetails, policy: ImportPolicy = ImportPolicy.REJECT_ALL
) -> list[ImportedRow]:
    async with database.writing(shop.tenant_id) as session:
        return await importing.import_customers(session, customers=customers, policy=policy, by=SYSTEM, now=NOW)


def customer(number: int, **more: Any) -> CustomerDetails:
    return CustomerDetails(f"c-{number}", name="Zofia", email=f"c{number}@klient.example", **more)


async def test_customers_are_made_once_and_brought_up_to_date(
    database: Database, shop: Shop, statements: CountStatements
) -> None:
    customers = [customer(number) for number in range(250)]
    with statements() as first:
        assert outcomes(await send_customers(database, shop, *customers)) == [CREATED] * 250
    before = await everything(database, shop.tenant_id)
    assert outcomes(await send_customers(database, shop, *customers)) == [UNCHANGED] * 250
    assert await everything(database, shop.tenant_id) == before
    with statements() as later:
        told = await send_customers(database, shop, customer(0), customer(1, phone="600"), customer(250))
    assert outcomes(told) == [UNCHANGED, UPDATED, CREATED]
    assert (len(first), len(later)) == (7, 8)  # the tenant, the savepoint's two, and one for each table and change
    named = [
        (name, data["created"]) for name, _, data in await events_of(database, shop.tenant_id, aggregate="customer")
    ]
    assert named == [("CustomerSaved", True)] * 250 + [("CustomerSaved", False), ("CustomerSaved", True)]
    assert await broken(database, shop.tenant_id) == {}


async def test_wrong_customers_are_told_by_field(database: Database, shop: Shop) -> None:
    before = await everything(database, shop.tenant_id)
    wrong = CustomerDetails("", name="", email="no address", phone="1" * 51)
    with pytest.raises(ImportRejected) as refused:
        await send_customers(database, shop, customer(1), wrong)
    assert await everything(database, shop.tenant_id) == before
    [row] = refused.value.rows
    assert faults(row) == [("INVALID_INPUT", field) for field in ("externalId", "name", "email", "phone")]
    assert outcomes(await send_customers(database, shop, customer(1), wrong, policy=ImportPolicy.SKIP_FAILED)) == [
        CREATED,
        REFUSED,
    ]


async def test_customers_of_two_imports_and_of_orders_do_not_wait_in_a_circle(database: Database, shop: Shop) -> None:
    customers = [customer(number) for number in range(50)]
    orders = [replace(numbered(number), customer=customer(number, phone="1")) for number in range(50)]
    await asyncio.gather(
        send_customers(database, shop, *customers),
        send_customers(database, shop, *reversed(customers)),
        send(database, shop, *orders),
        send(database, shop, *reversed(orders)),
    )
    assert await broken(database, shop.tenant_id) == {}
