"""What a condition can speak of, and its values for one ticket: pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.agents.channels import Channel
from domain.kit.errors import Language
from domain.orders.fulfilment import due_on_delivery
from domain.orders.models import OrderStatus

TEXT_READ = 4_000
"""Characters of a ticket's first words that conditions read: what a case is about stands at its beginning, and how long
a pattern takes depends on it."""

NO_ORDER = "without an order"
NO_PROMISE = "without a promised day"


class Kind(StrEnum):
    """The type of a variable."""

    TEXT = "string"
    NUMBER = "int"
    TRUTH = "bool"


@dataclass(frozen=True)
class Variable:
    """A name that conditions can use. `absent` says when it has no value, so that asking for it fails."""

    kind: Kind
    en: str
    pl: str
    absent: str | None = None


VARIABLES: Mapping[str, Variable] = {
    "ticket.channel": Variable(Kind.TEXT, "how it came, such as 'EMAIL'", "jak przyszło, na przykład 'EMAIL'"),
    "ticket.topic": Variable(Kind.TEXT, "the key of its topic", "klucz tematu"),
    "ticket.subject": Variable(Kind.TEXT, "its subject", "tytuł"),
    "ticket.body": Variable(
        Kind.TEXT, f"the first {TEXT_READ:,} characters of its text", "pierwsze 4000 znaków treści"
    ),
    "ticket.hour": Variable(Kind.NUMBER, "the hour it came, 0 to 23, shop time", "godzina, od 0 do 23, czas sklepu"),
    "ticket.weekday": Variable(
        Kind.NUMBER, "the day it came, 1 (Monday) to 7", "dzień tygodnia, od 1 (poniedziałek) do 7"
    ),
    "customer.externalId": Variable(Kind.TEXT, "the shop's own id of the customer", "identyfikator klienta w sklepie"),
    "customer.language": Variable(Kind.TEXT, "'PL' or 'EN'", "'PL' albo 'EN'"),
    "customer.emailDomain": Variable(
        Kind.TEXT, "what follows the @ in the customer's address, or ''", "część adresu klienta po @ albo ''"
    ),
    "customer.openTickets": Variable(
        Kind.NUMBER, "the customer's other open tickets", "inne otwarte zgłoszenia klienta"
    ),
    "customer.orders": Variable(Kind.NUMBER, "the customer's orders", "liczba zamówień klienta"),
    "order.present": Variable(Kind.TRUTH, "whether it is about an order", "czy dotyczy zamówienia"),
    "order.promised": Variable(Kind.TRUTH, "whether a day is promised", "czy obiecano dzień"),
    "order.status": Variable(Kind.TEXT, "such as 'SHIPPED'", "na przykład 'SHIPPED'", NO_ORDER),
    "order.currency": Variable(Kind.TEXT, "such as 'PLN'", "na przykład 'PLN'", NO_ORDER),
    "order.total": Variable(Kind.NUMBER, "the price, in grosz or cents", "wartość, w groszach", NO_ORDER),
    "order.paid": Variable(Kind.NUMBER, "what was paid, in grosz or cents", "wpłacono, w groszach", NO_ORDER),
    "order.due": Variable(
        Kind.NUMBER,
        "what is missing, without cash on delivery, in grosz or cents",
        "ile brakuje, bez pobrania, w groszach",
        NO_ORDER,
    ),
    "order.daysSincePlaced": Variable(
        Kind.NUMBER, "days of the shop's calendar since it was placed", "dni od złożenia", NO_ORDER
    ),
    "order.promisedInDays": Variable(
        Kind.NUMBER, "days until the promised one, below 0 when it has passed", "dni do obiecanego dnia", NO_PROMISE
    ),
}
"""All of them, by name. An order's have no value on a ticket without one: ask for `order.present` first."""

Value = str | int | bool
Values = Mapping[str, Value]


@dataclass(frozen=True)
class CustomerFacts:
    """The customer as conditions see them."""

    external_id: str
    language: Language
    email: str | None
    open_tickets: int
    orders: int


@dataclass(frozen=True)
class OrderFacts:
    """The order as conditions see it; amounts in minor units."""

    status: OrderStatus
    currency: str
    total_amount: int
    paid_amount: int
    cash_on_delivery_amount: int
    cash_received_amount: int
    placed_at: datetime
    promised_on: date | None


@dataclass(frozen=True)
class TicketFacts:
    """A ticket as conditions see it."""

    channel: Channel
    topic: str
    subject: str
    body: str
    arrived_at: datetime
    customer: CustomerFacts
    order: OrderFacts | None


def values_of(facts: TicketFacts, *, zone: ZoneInfo) -> Values:
    """The values of all variables that have one. Days and hours are those of the shop's zone, at the arrival."""
    arrived, customer = facts.arrived_at.astimezone(zone), facts.customer
    values: dict[str, Value] = {
        "ticket.channel": facts.channel.value,
        "ticket.topic": facts.topic,
        "ticket.subject": facts.subject,
        "ticket.body": facts.body[:TEXT_READ],
        "ticket.hour": arrived.hour,
        "ticket.weekday": arrived.isoweekday(),
        "customer.externalId": customer.external_id,
        "customer.language": customer.language.value,
        "customer.emailDomain": (customer.email or "").rpartition("@")[2],
        "customer.openTickets": customer.open_tickets,
        "customer.orders": customer.orders,
        "order.present": facts.order is not None,
        "order.promised": facts.order is not None and facts.order.promised_on is not None,
    }
    return values | (_of_order(facts.order, today=arrived.date(), zone=zone) if facts.order is not None else {})


def _of_order(order: OrderFacts, *, today: date, zone: ZoneInfo) -> dict[str, Value]:
    at_the_door = due_on_delivery(
        agreed_amount=order.cash_on_delivery_amount, received_amount=order.cash_received_amount
    )
    values: dict[str, Value] = {
        "order.status": order.status.value,
        "order.currency": order.currency,
        "order.total": order.total_amount,
        "order.paid": order.paid_amount,
        "order.due": max(order.total_amount - order.paid_amount - at_the_door, 0),
        "order.daysSincePlaced": (today - order.placed_at.astimezone(zone).date()).days,
    }
    if order.promised_on is not None:
        values["order.promisedInDays"] = (order.promised_on - today).days
    return values
