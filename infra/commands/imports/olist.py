"""The public data set of Olist, a Brazilian marketplace, as orders.

What the files do not say is said so, never made up:
- Customers have no names: one is called `Customer` and the first characters of the shop's id. They are written to in
  English, for Sezon has no Portuguese.
- Times have no zone: they are on the clocks of São Paulo; of an hour that those show twice, the first is taken.
- An order's total is what was agreed to be paid: the sum of its payments, which holds goods, freight and what
  instalments cost; without payments, goods and freight. Lines hold the goods alone.
- Articles have no names: one is called by its category. An order without items gets one line, of the whole total, that
  says so.
- Money arrives when the payment is approved; without that instant it has not arrived. Nothing is said of refunds.
- A boleto is a transfer. A voucher that pays nothing is left out.
- What is `created`, `approved`, `invoiced` or `processing` was not handed to a carrier: PLACED. What is `unavailable`
  never will be: CANCELLED, like `canceled`.
- A parcel that arrived before its carrier took it, left when it arrived.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.kit.errors import Language
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderDetails
from domain.orders.models import OrderStatus, PaymentMethod
from domain.orders.parcels import ShipmentDetails
from domain.orders.payments import PaymentDetails
from infra.commands.imports import values
from infra.commands.imports.graphql import order_input
from infra.commands.imports.rows import Fault, Refused, Row, Unreadable, about
from infra.commands.imports.tables import Line, Table
from infra.embedded.errors import CannotRun

ZONE = ZoneInfo("America/Sao_Paulo")
CURRENCY = "BRL"
CARRIER = "unnamed carrier"

STATUSES = {
    "created": OrderStatus.PLACED,
    "approved": OrderStatus.PLACED,
    "invoiced": OrderStatus.PLACED,
    "processing": OrderStatus.PLACED,
    "shipped": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    "canceled": OrderStatus.CANCELLED,
    "unavailable": OrderStatus.CANCELLED,
}
METHODS = {
    "credit_card": PaymentMethod.CARD,
    "debit_card": PaymentMethod.CARD,
    "boleto": PaymentMethod.TRANSFER,
    "voucher": PaymentMethod.VOUCHER,
}

PUBLISHED = {"olist_category_translation": "product_category_name_translation"}
"""What a file is called where the data set is published, unless that is its name here and `_dataset`."""

PACKED = (".csv", ".csv.gz")
T = TypeVar("T")


class Folder:
    """The files, under their names here or as published (`olist_orders_dataset.csv`), plain or gzipped.

    Raises CannotRun when one is missing or lacks a column.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise CannotRun(f"There is no folder {path}.")
        self.orders = _table(
            path,
            "olist_orders",
            "order_id customer_id order_status order_purchase_timestamp order_approved_at order_delivered_carrier_date "
            "order_delivered_customer_date order_estimated_delivery_date",
        )
        self.reviews = _table(
            path,
            "olist_order_reviews",
            "review_id order_id review_score review_comment_title review_comment_message review_creation_date "
            "review_answer_timestamp",
        )
        items = _table(path, "olist_order_items", "order_id order_item_id product_id price freight_value")
        payments = _table(path, "olist_order_payments", "order_id payment_sequential payment_type payment_value")
        customers = _table(path, "olist_customers", "customer_id customer_unique_id")
        products = _table(path, "olist_products", "product_id product_category_name")
        categories = _table(path, "olist_category_translation", "product_category_name product_category_name_english")
        self._items, self._payments = _by_order(items), _by_order(payments)
        self._customers = _column(customers, "customer_id", "customer_unique_id")
        self._categories = _column(products, "product_id", "product_category_name")
        self._english = _column(categories, "product_category_name", "product_category_name_english")

    def rows(self) -> Iterator[Row | Refused]:
        """Every order of the file, in its order."""
        return map(self._row, self.orders.even_lines())

    def __len__(self) -> int:
        """How many orders there are."""
        return sum(1 for _ in self.orders.even_lines())

    def _row(self, line: Line) -> Row | Refused:
        order_id = line.cells["order_id"]
        try:
            order = self._order(line.cells)
        except Unreadable as fault:
            return Refused(order_id, [Fault("UNREADABLE", fault.field, fault.problem)], [line.number])
        return Row(order_id, order_input(order), [line.number])

    def _order(self, cells: Mapping[str, str]) -> OrderDetails:
        items, paid = self._items.get(cells["order_id"], ()), self._payments.get(cells["order_id"], ())
        payments = _payments(paid, approved_at=_instant(cells, "order_approved_at"))
        placed_at = _instant(cells, "order_purchase_timestamp")
        if placed_at is None:
            raise Unreadable("must not be empty", field="order_purchase_timestamp")
        charged = sum(_amount(item, "price") + _amount(item, "freight_value") for item in items)
        total = sum(payment.amount for payment in payments) if payments else charged
        return OrderDetails(
            external_id=cells["order_id"],
            number=cells["order_id"],
            customer=self._customer(cells["customer_id"]),
            currency=CURRENCY,
            total_amount=total,
            placed_at=placed_at,
            lines=self._lines(items) or [LineDetails("unknown", "Goods that the file does not name", 1, total)],
            payments=payments,
            promised_on=_day(cells, "order_estimated_delivery_date"),
            status=_known(STATUSES, cells["order_status"], "order_status"),
            shipments=_shipments(cells),
        )

    def _customer(self, customer_id: str) -> CustomerDetails:
        unique_id = _known(self._customers, customer_id, "customer_id")
        return CustomerDetails(unique_id, f"Customer {unique_id[:8]}", language=Language.EN)

    def _lines(self, items: Sequence[Line]) -> list[LineDetails]:
        """The file has a row for each piece; pieces of one article at one price are one line."""
        pieces = Counter((item.cells["product_id"], _amount(item, "price")) for item in items)
        return [LineDetails(sku, self._name(sku), count, price) for (sku, price), count in pieces.items()]

    def _name(self, product_id: str) -> str:
        category = self._categories.get(product_id, "")
        words = self._english.get(category, category).replace("_", " ").strip()
        return words.capitalize() or "Article without a category"


def _payments(paid: Sequence[Line], *, approved_at: datetime | None) -> list[PaymentDetails]:
    with about("payment_sequential"):
        told = sorted(paid, key=lambda line: values.whole(line.cells["payment_sequential"]))
    return [
        PaymentDetails(_known(METHODS, line.cells["payment_type"], "payment_type"), amount, received_at=approved_at)
        for line in told
        if (amount := _amount(line, "payment_value")) != 0
    ]


def _shipments(cells: Mapping[str, str]) -> list[ShipmentDetails]:
    shipped_at = _instant(cells, "order_delivered_carrier_date")
    delivered_at = _instant(cells, "order_delivered_customer_date")
    left_at = min((at for at in (shipped_at, delivered_at) if at is not None), default=None)
    return [] if left_at is None else [ShipmentDetails(CARRIER, None, left_at, delivered_at)]


def _instant(cells: Mapping[str, str], column: str) -> datetime | None:
    with about(column):
        return values.instant(cells[column], zone=ZONE) if cells[column] else None


def _day(cells: Mapping[str, str], column: str) -> date | None:
    with about(column):
        return values.day(cells[column]) if cells[column] else None


def _amount(line: Line, column: str) -> int:
    with about(column):
        return values.minor_units(line.cells[column], currency=CURRENCY)


def _known(known: Mapping[str, T], name: str, column: str) -> T:
    if name not in known:
        raise Unreadable("is unknown", field=column)
    return known[name]


def _table(folder: Path, name: str, columns: str) -> Table:
    files = (folder / f"{each}{packed}" for each in (name, PUBLISHED.get(name, f"{name}_dataset")) for packed in PACKED)
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise CannotRun(f"{folder} has no {name}.csv, plain or gzipped.")
    table = Table(found)
    table.require(*columns.split())
    return table


def _by_order(table: Table) -> Mapping[str, Sequence[Line]]:
    grouped: dict[str, list[Line]] = defaultdict(list)
    for line in table.even_lines():
        grouped[line.cells["order_id"]].append(line)
    return grouped


def _column(table: Table, key: str, value: str) -> dict[str, str]:
    return {line.cells[key]: line.cells[value] for line in table.even_lines()}
