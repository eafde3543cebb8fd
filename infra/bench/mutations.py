"""The mutations whose cost is measured: what is sent, and by what an answer is known to be a success."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson

ORDERS_A_CALL = 250
"""As many as an import takes."""

TOPICS = ("payment", "delivery", "return", "complaint", "question")
"""Those that every shop begins with."""

BUYERS = 200
"""Customers that are there beforehand, each with one order; they write the tickets."""


class WriteName(StrEnum):
    ORDER_CREATE = "orderCreate"
    TICKET_OPEN = "ticketOpen"
    ORDERS_IMPORT = "ordersImport"


@dataclass(frozen=True, kw_only=True)
class Write:
    """A mutation, and the input of its call of a number. No two numbers say the same."""

    name: WriteName
    document: str
    input: Callable[[int], Mapping[str, Any]]
    success: str
    """What the answer of a call contains that has done all it was to do."""
    again: str | None = None
    """What it contains when the same is said once more, where that is worth measuring: nothing has changed."""
    rows: int = 1
    """Orders or tickets of a call."""

    def body(self, number: int) -> bytes:
        """The request's, as a program sends it."""
        return orjson.dumps({"query": self.document, "variables": {"input": self.input(number)}})


def _document(name: WriteName, payload: str, selection: str) -> str:
    kind = name[0].upper() + name[1:]
    return (
        f"mutation ($input: {kind}Input!) {{ {name}(input: $input) "
        f"{{ __typename ... on {payload} {{ {selection} }} ... on Failure {{ code message }} }} }}"
    )


def _order(number: int, series: str = "order") -> dict[str, Any]:
    """A paid order of a new customer, with two lines."""
    placed = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    return {
        "externalId": f"{series}-{number}",
        "number": f"BENCH/{series}/{number}",
        "customer": {
            "externalId": f"{series}-{number}",
            "name": "Zofia Żak",
            "email": f"{series}-{number}@klient.example",
            "phone": "600 000 000",
        },
        "currency": "PLN",
        "totalAmount": 15_900,
        "placedAt": placed.isoformat(),
        "promisedOn": (placed + timedelta(days=4)).date().isoformat(),
        "lines": [
            {"sku": f"B-{number % 97}", "name": "Bombka szklana, ręcznie malowana", "quantity": 3, "unitAmount": 4_800},
            {"sku": "DOSTAWA", "name": "Dostawa do paczkomatu", "quantity": 1, "unitAmount": 1_500},
        ],
        "payments": [{"method": "CARD", "amount": 15_900, "receivedAt": placed.isoformat()}],
    }


def _sent_order(number: int) -> dict[str, Any]:
    order = _order(number, "imported")
    parcel = {"carrier": "InPost", "trackingNumber": f"{number}", "shippedAt": order["placedAt"]}
    return {**order, "shipments": [parcel], "status": "SHIPPED"}


def _orders(number: int) -> dict[str, Any]:
    return {"orders": [_sent_order(number * ORDERS_A_CALL + place) for place in range(ORDERS_A_CALL)]}


def buyers() -> dict[str, Any]:
    """The import of the customers who are there beforehand."""
    return {"orders": [_order(number, "buyer") for number in range(BUYERS)]}


def _ticket(number: int) -> dict[str, Any]:
    buyer = f"buyer-{number % BUYERS}"
    return {
        "channel": "FORM",
        "topic": TOPICS[number % len(TOPICS)],
        "subject": f"Gdzie jest moja paczka? ({number})",
        "body": "Dzień dobry, piszę w sprawie zamówienia, które złożyłam w piątek. Bardzo proszę o odpowiedź.",
        "customerExternalId": buyer,
        "orderExternalId": buyer,
    }


IMPORT = _document(
    WriteName.ORDERS_IMPORT,
    "OrdersImported",
    "created unchanged rows { index externalId outcome id failures { code field message } }",
)

WRITES = {
    write.name: write
    for write in (
        Write(
            name=WriteName.ORDER_CREATE,
            document=_document(WriteName.ORDER_CREATE, "OrderCreated", "order { id }"),
            input=_order,
            success='"__typename":"OrderCreated"',
        ),
        Write(
            name=WriteName.TICKET_OPEN,
            document=_document(WriteName.TICKET_OPEN, "TicketOpened", "ticket { id number }"),
            input=_ticket,
            success='"__typename":"TicketOpened"',
        ),
        Write(
            name=WriteName.ORDERS_IMPORT,
            document=IMPORT,
            input=_orders,
            success=f'"created":{ORDERS_A_CALL},',
            again=f'"unchanged":{ORDERS_A_CALL},',
            rows=ORDERS_A_CALL,
        ),
    )
}
