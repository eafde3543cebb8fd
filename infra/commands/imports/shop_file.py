"""A shop's own CSV, a row per order line, as orders."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TypeVar

from domain.kit.errors import Language
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderDetails, examined
from domain.orders.models import OrderStatus, PaymentMethod
from domain.orders.parcels import ShipmentDetails
from domain.orders.payments import PaymentDetails
from infra.commands.imports import values
from infra.commands.imports.graphql import order_input
from infra.commands.imports.rows import Fault, Refused, Row, Unreadable
from infra.commands.imports.shop_columns import COLUMNS, SOURCES, Layout, column_of
from infra.commands.imports.tables import Line, Table

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)
NEVER = datetime.max.replace(tzinfo=UTC)
"""In place of an instant that cannot be read, in an order that is refused for it."""


class ShopFile:
    """The orders of one file. It is read through once for where each order ends; then no more is held than is open.

    Raises CannotRun when the file cannot be read or lacks a column.
    """

    def __init__(self, table: Table, layout: Layout, *, now: datetime) -> None:
        layout.check(table)
        self._table, self._layout, self._now = table, layout, now
        self._ends: dict[str, int] = {}
        self._nameless = 0
        for line in table.lines():
            order_id = layout.cell(line, "order_id")
            self._nameless += not order_id
            self._ends[order_id] = line.number

    def __len__(self) -> int:
        """How many rows there will be: orders, and lines that name none."""
        return len(self._ends.keys() - {""}) + self._nameless

    def rows(self) -> Iterator[Row | Refused]:
        """Every order, where its last line is."""
        under_way: dict[str, list[Line]] = {}
        for line in self._table.lines():
            order_id = self._layout.cell(line, "order_id")
            if not order_id:
                yield Refused("", [Fault("NO_ORDER", "order_id", "must not be empty", line=line.number)], [line.number])
                continue
            under_way.setdefault(order_id, []).append(line)
            if line.number == self._ends[order_id]:
                yield row_of(order_id, under_way.pop(order_id), self._layout, now=self._now)


def row_of(order_id: str, lines: Sequence[Line], layout: Layout, *, now: datetime) -> Row | Refused:
    """One order of its lines, or everything that is wrong with it."""
    numbers = [line.number for line in lines]
    reading = _Reading(lines, layout, now)
    if reading.is_credit_note():
        fault = Fault("CREDIT_NOTE", "quantity", "is negative on every row: a cancellation or a return, not an order")
        return Refused(order_id, [fault], numbers)
    order = reading.order(order_id)
    if order is None:
        return Refused(order_id, reading.faults, numbers)
    return Row(order_id, order_input(order), numbers, reading.columns)


@dataclass
class _Reading:
    """One order being read, with what is found wrong on the way."""

    lines: Sequence[Line]
    layout: Layout
    now: datetime
    faults: list[Fault] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=lambda: dict(SOURCES))
    """Where the parts of the order come from."""

    def is_credit_note(self) -> bool:
        try:
            return all(values.whole(self.layout.cell(line, "quantity")) < 0 for line in self.lines)
        except Unreadable:
            return False

    def order(self, order_id: str) -> OrderDetails | None:
        """The order, or None when something is wrong with it: then `faults` say all that is."""
        order = self._order(order_id)
        if not self.faults:
            self._check(order)
        return None if self.faults else order

    def _order(self, order_id: str) -> OrderDetails:
        """As much of the order as can be read."""
        self._check_shape()
        currency = self._said("currency").upper()
        lines = [self._line(line, currency) for line in self.lines]
        total = self._amount("total_amount", currency)
        if total is None:
            total = sum(line.quantity * line.unit_amount for line in lines)
        return OrderDetails(
            external_id=order_id,
            number=self._said("number") or None,
            customer=self._customer(order_id),
            currency=currency,
            total_amount=total,
            placed_at=self._placed_at(),
            lines=lines,
            payments=self._payments(total, currency),
            promised_on=self._read("promised_on", lambda text: values.day(text, formats=self.layout.date_formats)),
            status=self._word(OrderStatus, "status") or OrderStatus.PLACED,
            shipments=self._shipments(),
        )

    def _check(self, order: OrderDetails) -> None:
        """Note what the API would refuse, by our columns and the file's lines."""
        _, faults = examined(order, now=self.now)
        for fault in faults.found:
            column, position = column_of(fault.field)
            line = self.lines[position or 0]
            value = self._cell(line, column) if column in COLUMNS else None
            self.faults.append(Fault("INVALID", column, fault.problem, value=value, line=line.number))

    def _check_shape(self) -> None:
        for line in self.lines:
            if line.surplus:
                what = "more" if line.surplus > 0 else "fewer"
                self.faults.append(Fault("MISSHAPEN", None, f"has {what} cells than the header", line=line.number))

    def _placed_at(self) -> datetime:
        """The earliest that a row says."""
        said = [line for line in self.lines if self._cell(line, "placed_at")]
        if not said:
            self._refuse("placed_at", "must not be empty")
        return min((self._value(line, "placed_at", self._as_instant, NEVER) for line in said), default=NEVER)

    def _line(self, line: Line, currency: str) -> LineDetails:
        sku = self._cell(line, "sku")
        quantity = self._value(line, "quantity", values.whole, 1)
        unit_amount = self._value(line, "unit_price", lambda text: values.minor_units(text, currency=currency), 0)
        if quantity < 1:
            self._refuse_line(line, "quantity", "must be at least 1: returns and corrections are no part of an order")
        if unit_amount < 0:
            self._refuse_line(line, "unit_price", "must not be negative")
        return LineDetails(sku, self._cell(line, "name") or sku, quantity, unit_amount)

    def _customer(self, order_id: str) -> CustomerDetails:
        known_as = self._said("customer_id")
        email = self._said("customer_email").lower()
        external_id = known_as or email
        if not external_id:
            if not self.layout.guests:
                self._refuse(
                    "customer_id", "is blank and so is customer_email; --guests takes such orders", "NO_CUSTOMER"
                )
            external_id = f"guest-{order_id}"
        if not known_as:
            self.columns["customer.externalId"] = f"customer_id (blank here, so {external_id})"
        return CustomerDetails(
            external_id=external_id,
            name=self._said("customer_name") or None,
            email=email or None,
            phone=self._said("customer_phone") or None,
            language=self._word(Language, "customer_language"),
        )

    def _shipments(self) -> list[ShipmentDetails]:
        """The one parcel, once it has left."""
        shipped_at, delivered_at = self._instant("shipped_at"), self._instant("delivered_at")
        carrier, tracking_number = self._said("carrier"), self._said("tracking_number")
        if shipped_at is None:
            if delivered_at is not None:
                self._refuse("shipped_at", "must not be empty where delivered_at is there")
            return []
        return [ShipmentDetails(carrier, tracking_number or None, shipped_at, delivered_at)]

    def _payments(self, total: int, currency: str) -> list[PaymentDetails]:
        """The one way in which it is paid; nothing of an order that costs nothing."""
        method = self._word(PaymentMethod, "payment_method")
        amount = self._amount("payment_amount", currency)
        reference, received_at = self._said("payment_reference"), self._instant("paid_at")
        if method is None:
            if amount is not None or received_at is not None:
                self._refuse("payment_method", "must not be empty where payment_amount or paid_at is there")
            return []
        amount = total if amount is None else amount
        return [PaymentDetails(method, amount, reference or None, received_at)] if amount != 0 else []

    def _instant(self, column: str) -> datetime | None:
        return self._read(column, self._as_instant)

    def _as_instant(self, text: str) -> datetime:
        return values.instant(text, zone=self.layout.zone, formats=self.layout.date_formats)

    def _amount(self, column: str, currency: str) -> int | None:
        return self._read(column, lambda text: values.minor_units(text, currency=currency))

    def _word(self, words: type[Word], column: str) -> Word | None:
        def known(text: str) -> Word:
            try:
                return words(text.upper().replace(" ", "_"))
            except ValueError:
                raise Unreadable(f"must be {', '.join(words)}; see --value") from None

        return self._read(column, known)

    def _read(self, column: str, meaning: Callable[[str], T]) -> T | None:
        """What the order says in one column, None for nothing."""
        said = self._said(column)
        try:
            return meaning(said) if said else None
        except Unreadable as fault:
            self._refuse(column, fault.problem, value=said)
            return None

    def _said(self, column: str) -> str:
        """What the rows of the order say in one column; they may not say two things."""
        first = ""
        for line in self.lines:
            said = self._cell(line, column)
            if first and said and said != first:
                self._refuse_line(line, column, "is another one than on an earlier row of the order")
                break
            first = first or said
        return first

    def _value(self, line: Line, column: str, meaning: Callable[[str], T], otherwise: T) -> T:
        """What one row says in one column, which may not be blank; `otherwise` when it cannot be read."""
        try:
            return meaning(self._cell(line, column))
        except Unreadable as fault:
            self._refuse_line(line, column, fault.problem)
            return otherwise

    def _cell(self, line: Line, column: str) -> str:
        return self.layout.cell(line, column)

    def _refuse(self, column: str, problem: str, code: str = "INVALID", *, value: str | None = None) -> None:
        self.faults.append(Fault(code, column, problem, value=value, line=self.lines[0].number))

    def _refuse_line(self, line: Line, column: str, problem: str) -> None:
        self.faults.append(Fault("INVALID", column, problem, value=self._cell(line, column), line=line.number))
