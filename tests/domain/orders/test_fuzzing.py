"""Whatever a shop says of an order, it is taken in or refused by name: against the real tables."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import TypeVar
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from domain.kit.database import Database
from domain.kit.errors import DomainError, Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.orders import operations
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderChange, OrderDetails
from domain.orders.models import Order, OrderStatus, Payment, PaymentMethod
from domain.orders.parcels import ShipmentDetails
from domain.orders.payments import PaymentDetails, Receipt
from tests.conftest import NOW, Shop
from tests.domain.invariants import broken

BOUNDED = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12)), None])


T = TypeVar("T")


def mostly(usual: st.SearchStrategy[T], odd: st.SearchStrategy[T]) -> st.SearchStrategy[T]:
    """The usual, so that an example can be right as a whole, and the odd one time in twelve."""
    return st.integers(0, 11).flatmap(lambda chance: usual if chance else odd)


ODD_TEXTS = st.sampled_from(["", " ", "\0", "a\0", "\ud800", "\x85", "x" * 501, "a\u2028b"]) | st.text(max_size=8)
TEXTS = mostly(st.sampled_from(["a", "Ż", " b ", "x" * 200]), ODD_TEXTS)
ODD_NUMBERS = st.sampled_from([0, -1, 2**31, 2**63, -(2**63) - 1, 10**15, 10**15 + 1, 10**40]) | st.integers()
AMOUNTS = mostly(st.integers(1, 10**6), ODD_NUMBERS)
RECEIVED = mostly(st.integers(-(10**6), 10**6), ODD_NUMBERS)
INSTANTS = mostly(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 2), timezones=st.just(UTC)),  # noqa: DTZ001
    st.datetimes(timezones=ZONES)
    | st.sampled_from([datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]),
)
DAYS = st.none() | mostly(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.dates())
METHODS = st.sampled_from(PaymentMethod)
CUSTOMERS = st.builds(
    CustomerDetails,
    external_id=mostly(st.sampled_from(["c-1", "c-2"]), ODD_TEXTS),
    name=TEXTS,
    email=mostly(st.sampled_from([None, "zofia@klient.example"]), ODD_TEXTS),
    phone=st.none() | TEXTS.map(lambda text: text[:50]),
    language=st.sampled_from(Language),
)
PAYMENTS = st.builds(PaymentDetails, METHODS, AMOUNTS, reference=st.none() | TEXTS, received_at=st.none() | INSTANTS)
ORDERS = st.builds(
    OrderDetails,
    external_id=TEXTS,
    number=TEXTS,
    customer=CUSTOMERS,
    currency=mostly(st.just("PLN"), st.sampled_from(["PL1", "pln", "PLNN", "ZŁO", "\0\0\0", "123"])),
    total_amount=AMOUNTS,
    placed_at=INSTANTS,
    lines=mostly(
        st.lists(
            st.builds(LineDetails, TEXTS, TEXTS, mostly(st.integers(1, 9), ODD_NUMBERS), AMOUNTS),
            min_size=1,
            max_size=2,
        ),
        st.sampled_from([[], [LineDetails("B", "B", 1, 1)] * 501]),
    ),
    payments=mostly(
        st.lists(PAYMENTS, max_size=2),
        st.sampled_from([51, 1_000]).map(lambda count: [PaymentDetails(PaymentMethod.CARD, 1)] * count),
    ),
    promised_on=DAYS,
    status=st.sampled_from(OrderStatus),
)
SHIPMENTS = st.builds(
    ShipmentDetails,
    carrier=st.sampled_from(["InPost", "DPD"]) | TEXTS,
    tracking_number=st.none() | TEXTS,
    shipped_at=INSTANTS,
    delivered_at=st.none() | INSTANTS,
)
RECEIPTS = st.tuples(mostly(st.just(True), st.just(False)), RECEIVED, INSTANTS, TEXTS)
BASE = OrderDetails(
    external_id="base",
    number="1",
    customer=CustomerDetails(external_id="c-0", name="Zofia"),
    currency="PLN",
    total_amount=100,
    placed_at=NOW,
    lines=[LineDetails("B", "B", 1, 100)],
    payments=[PaymentDetails(PaymentMethod.CASH_ON_DELIVERY, 100)],
)


async def ended(database: Database, shop: Shop, details: OrderDetails) -> Order | DomainError:
    try:
        async with database.writing(shop.tenant_id) as session:
            return await operations.create_order(session, details=details, by=SYSTEM, now=NOW)
    except DomainError as refused:
        return refused


async def base_order(database: Database, shop: Shop) -> tuple[UUID, UUID]:
    """The one order that changes are tried on, and its payment."""
    await ended(database, shop, BASE)
    async with database.reading(shop.tenant_id) as session:
        found = select(Order.id, Payment.id).join(Payment, Payment.order_id == Order.id)
        order_id, payment_id = (await session.execute(found.where(Order.external_id == "base"))).one()
    return order_id, payment_id


@BOUNDED
@given(details=ORDERS)
async def test_an_order_is_taken_in_or_refused_by_name(database: Database, shop: Shop, details: OrderDetails) -> None:
    assert isinstance(await ended(database, shop, details), Order | DomainError)
    assert await broken(database, shop.tenant_id) == {}


@BOUNDED
@given(
    status=st.none() | st.sampled_from([OrderStatus.PLACED, OrderStatus.PACKED]),
    promised_on=DAYS,
    receipts=st.lists(RECEIPTS, max_size=3) | st.lists(RECEIPTS, max_size=1).map(lambda some: some * 101),
    shipments=st.lists(SHIPMENTS, max_size=3) | st.lists(SHIPMENTS, max_size=1).map(lambda some: some * 101),
)
async def test_a_change_is_made_or_refused_by_name(
    database: Database,
    shop: Shop,
    status: OrderStatus | None,
    promised_on: date | None,
    receipts: list[tuple[bool, int, datetime, str]],
    shipments: list[ShipmentDetails],
) -> None:
    order_id, payment_id = await base_order(database, shop)
    told = [
        Receipt(payment_id if known else new_id(), amount, at, source=source) for known, amount, at, source in receipts
    ]
    change = OrderChange(status=status, promised_on=promised_on, receipts=told, shipments=shipments)
    try:
        async with database.writing(shop.tenant_id) as session:
            await operations.update_order(session, order_id=order_id, change=change, by=SYSTEM, now=NOW)
    except DomainError:
        pass
    assert await broken(database, shop.tenant_id) == {}
