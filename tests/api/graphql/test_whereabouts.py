"""What a customer who asks is told, read through the API."""

from datetime import date

from api.graphql.schema import Schema
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.orders import operations
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderDetails
from domain.orders.models import PaymentMethod
from domain.orders.payments import PaymentDetails
from tests.api.graphql.conftest import Asker
from tests.conftest import NOW, Shop


async def test_cash_that_came_at_the_door_leaves_the_transfer_missing(
    queries: Schema, database: Database, shop: Shop
) -> None:
    details = OrderDetails(
        external_id="1",
        number="1",
        customer=CustomerDetails(external_id="c", name="Zofia"),
        currency="PLN",
        total_amount=150,
        placed_at=NOW,
        lines=[LineDetails("A", "A", 1, 150)],
        payments=[
            PaymentDetails(PaymentMethod.CASH_ON_DELIVERY, 100, received_at=NOW),
            PaymentDetails(PaymentMethod.TRANSFER, 50),
        ],
        promised_on=date(2026, 11, 6),
    )
    async with database.writing(shop.tenant_id) as session:
        await operations.create_order(session, details=details, by=SYSTEM, now=NOW)
    read = await Asker(queries, database, shop.tenant_id).data(
        "{ orders(first: 1) { edges { node { paidAmount cashOnDeliveryAmount whereabouts { code missingAmount } } } } }"
    )
    assert [edge["node"] for edge in read["orders"]["edges"]] == [
        {
            "paidAmount": 100,
            "cashOnDeliveryAmount": 100,
            "whereabouts": {"code": "AWAITING_PAYMENT", "missingAmount": 50},
        }
    ]
