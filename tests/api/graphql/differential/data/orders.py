"""Customers and their orders, from none to many, with amounts at their edges."""

from datetime import timedelta

from domain.kit.errors import Language
from domain.orders.models import Customer, Order, OrderLine, OrderStatus, Payment, PaymentEntry, PaymentMethod, Shipment
from tests.api.graphql.differential.data.values import AMOUNTS, DAYS, INSTANTS, LAST_INSTANT, TEXTS, nth
from tests.api.graphql.filled import Filled
from tests.conftest import NOW


def add(filled: Filled) -> None:
    """Eleven customers, the last without orders; sixteen orders, half of them the first customer's."""
    for index in range(11):
        filled.add(
            Customer,
            external_id=f"c-{index}" if index else "c'\"\\\N{SNOWMAN}",
            email=nth(("zofia@klient.example", None, "żaba@klient.example"), index),
            name=nth(TEXTS, index),
            phone=nth((None, "+48 600 000 000"), index),
            language=nth(tuple(Language), index),
            created_at=nth(INSTANTS, index),
        )
    for index in range(16):
        _order(filled, index)


def _order(filled: Filled, index: int) -> None:
    customers = filled.ids("customer")
    order = filled.add(
        Order,
        external_id=f"o-{index}",
        number=nth(("2026/1", "2026/1", "№ 7", "", "2026/2"), index),
        customer_id=customers[0] if index % 2 else nth(customers[:-1], index),
        status=nth(tuple(OrderStatus), index),
        currency=nth(("PLN", "EUR"), index),
        total_amount=nth(AMOUNTS, index),
        paid_amount=nth((0, 1, 2**40), index),
        cash_on_delivery_amount=nth((0, 0, 500), index),
        cash_received_amount=nth((0, 499), index),
        placed_at=nth(INSTANTS, index),
        promised_on=nth(DAYS, index),
        created_at=nth(INSTANTS, index + 1),
        updated_at=nth(INSTANTS, index + 2),
    )
    for position in range(1, nth((0, 1, 7, 2), index) + 1):
        filled.add(
            OrderLine,
            order_id=order.id,
            position=position,
            sku=nth(TEXTS, position),
            name=nth(TEXTS, position + 1),
            quantity=nth((1, 2**31 - 1), position),
            unit_amount=nth(AMOUNTS, position),
        )
    for position in range(1, nth((2, 0, 5, 1), index) + 1):
        payment = filled.add(
            Payment,
            order_id=order.id,
            position=position,
            method=nth(tuple(PaymentMethod), index + position),
            amount=nth(AMOUNTS[1:], position),
            external_reference=nth((None, "przelew 7", ""), position),
            created_at=nth(INSTANTS, position),
        )
        _entries(filled, payment, nth((0, 5, 1), position))
    for position in range(1, nth((1, 0, 4), index) + 1):
        filled.add(
            Shipment,
            order_id=order.id,
            position=position,
            carrier=nth(TEXTS, position),
            tracking_number=nth((None, "00359007"), position),
            shipped_at=NOW - timedelta(days=position),
            delivered_at=nth((None, LAST_INSTANT, NOW), position),
        )


def _entries(filled: Filled, payment: Payment, count: int) -> None:
    for index in range(count):
        amount = nth((1, -1, 2**63 - 1, -(2**63), 100), index)
        filled.add(PaymentEntry, payment_id=payment.id, amount=amount, at=nth(INSTANTS, index), source=f"{index}")
