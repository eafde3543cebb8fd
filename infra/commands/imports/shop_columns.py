"""The columns of a shop's own CSV of orders, and how a file that calls them otherwise is read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.commands.imports.tables import Line, Table
from infra.embedded.errors import CannotRun

COLUMNS = {
    "order_id": "the shop's own id of the order; rows of the same id make one order",
    "placed_at": "when it was placed; the earliest of its rows counts",
    "currency": "ISO 4217, such as PLN",
    "sku": "the article's number",
    "quantity": "how many pieces, at least 1",
    "unit_price": "the price of one piece, such as 43.00 or 43,00",
    "name": "the article's name; blank: its sku",
    "number": "the number that the customer knows; blank: the one it has, or order_id when new",
    "customer_id": "the shop's own id of the customer; blank: the e-mail address",
    "customer_name": "blank: as before, or the id when new",
    "customer_email": "where replies go",
    "customer_phone": "a telephone number",
    "customer_language": "PL or EN; blank: as before, or PL when new",
    "status": "PLACED, PACKED, SHIPPED, DELIVERED or CANCELLED; blank: PLACED",
    "total_amount": "what is to be paid in all, delivery included; blank: the sum of the rows",
    "promised_on": "the day by which it was promised to arrive",
    "payment_method": "CARD, TRANSFER, CASH_ON_DELIVERY or VOUCHER; blank: no payment is noted",
    "payment_amount": "what is paid in that way; blank: the total",
    "payment_reference": "what the payer or the bank calls it",
    "paid_at": "when the money arrived; blank: not yet",
    "carrier": "who carries the parcel",
    "tracking_number": "the carrier's number",
    "shipped_at": "when the parcel left; blank: not yet",
    "delivered_at": "when it arrived; blank: not yet",
}
"""What may stand in the header. Those of an order can stand on any of its rows, and say the same wherever they do."""

EXAMPLE = """\
order_id;placed_at;currency;customer_email;sku;name;quantity;unit_price
1001;21.11.2025 10:00;PLN;zofia@example.com;BOMBKA;Bombka;3;43,00
1001;;;;SZPIC;Szpic na choinkę;1;59,90"""

NEEDED = ("order_id", "placed_at", "currency", "sku", "quantity", "unit_price")

SOURCES = {
    "externalId": "order_id",
    "number": "number",
    "currency": "currency",
    "totalAmount": "total_amount",
    "placedAt": "placed_at",
    "promisedOn": "promised_on",
    "customer.externalId": "customer_id",
    "customer.name": "customer_name",
    "customer.email": "customer_email",
    "customer.phone": "customer_phone",
    "lines.sku": "sku",
    "lines.name": "name",
    "lines.quantity": "quantity",
    "lines.unitAmount": "unit_price",
    "payments.amount": "payment_amount",
    "payments.reference": "payment_reference",
    "payments.receivedAt": "paid_at",
    "shipments.carrier": "carrier",
    "shipments.trackingNumber": "tracking_number",
    "shipments.shippedAt": "shipped_at",
    "shipments.deliveredAt": "delivered_at",
}
"""Where the parts of an order come from."""

COLUMNS_HELP = "\n\n".join(
    [
        "The columns, of which the first six are needed (as such, by --map or by --set):",
        "\n".join(f"{name}: {said}" for name, said in COLUMNS.items()),
        "For example:",
        EXAMPLE,
    ]
)


@dataclass(frozen=True)
class Layout:
    """How to read a file: what it calls our columns, what holds for all its rows, what its words mean, how it dates.

    Raises CannotRun for an option that makes no sense.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[tuple[str, str], str] = field(default_factory=dict)
    zone: ZoneInfo = ZoneInfo("Europe/Warsaw")  # noqa: RUF009 (never changes)
    date_formats: Sequence[str] = ()
    guests: bool = False

    @classmethod
    def told(
        cls,
        *,
        maps: Iterable[str] = (),
        constants: Iterable[str] = (),
        words: Iterable[str] = (),
        zone: str = "Europe/Warsaw",
        date_formats: Sequence[str] = (),
        guests: bool = False,
    ) -> "Layout":
        """The layout that a command line's options tell: `ours=theirs`, `ours=value`, `ours:theirs=ours`."""
        meanings = {}
        for said in words:
            column, _, rest = said.partition(":")
            theirs, found, ours = rest.rpartition("=")
            if column not in COLUMNS or not found:
                raise CannotRun(f"--value {said}: write COLUMN:THEIRS=OURS, such as status:complete=DELIVERED.")
            meanings[column, theirs.strip().casefold()] = ours.strip()
        return cls(
            names=_pairs("--map", maps),
            constants=_pairs("--set", constants),
            words=meanings,
            zone=_zone(zone),
            date_formats=date_formats,
            guests=guests,
        )

    def check(self, table: Table) -> None:
        """Raises CannotRun when the table lacks a column that is needed or was named, or has it twice."""
        for column in COLUMNS:
            there = table.header.count(self._name(column))
            if there > 1:
                raise CannotRun(f"{table.path} has {there} columns {self._name(column)}.")
            if there or column in self.constants:
                continue
            if column in self.names:
                raise CannotRun(f"{table.path} has no column {self._name(column)}; it has {table.columns}.")
            if column in NEEDED:
                raise CannotRun(
                    f"{table.path} has no column {column}; name it with --map {column}=THEIRS, or say it for all rows "
                    f"with --set {column}=VALUE. It has {table.columns}."
                )

    def unused(self, table: Table) -> list[str]:
        """The columns of the table that mean nothing here."""
        used = {self._name(column) for column in COLUMNS}
        return [name for name in table.header if name and name not in used]

    def cell(self, line: Line, column: str) -> str:
        """What a row says in one of our columns, trimmed and in our words; empty when it says nothing."""
        said = line.cells.get(self._name(column), "").strip() or self.constants.get(column, "")
        return self.words.get((column, said.casefold()), said) if self.words else said

    def _name(self, column: str) -> str:
        return self.names.get(column, column)


def column_of(place: str) -> tuple[str, int | None]:
    """Which column of a shop's file a place in the input comes from, and which of the order's lines, from 0."""
    position = re.match(r"lines\.(\d+)\.", place)
    bare = re.sub(r"\.\d+", "", place)
    return SOURCES.get(bare, bare), int(position[1]) if position else None


def _pairs(option: str, said: Iterable[str]) -> dict[str, str]:
    pairs = {}
    for each in said:
        column, _, value = (part.strip() for part in each.partition("="))
        if column not in COLUMNS or not value:
            raise CannotRun(f"{option} {each}: write COLUMN=... with one of the columns {', '.join(COLUMNS)}.")
        pairs[column] = value
    return pairs


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise CannotRun(f"There is no time zone {name}; say one such as Europe/Warsaw.") from None
