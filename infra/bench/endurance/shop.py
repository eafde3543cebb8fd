"""What a shop's program writes on a busy day."""

import random
from datetime import UTC, datetime
from typing import Any

from infra.bench.endurance.ledger import Ledger
from infra.bench.people import User

NEXT_WORD = "Jeszcze jedno pytanie."
CUSTOMERS = 50
IMPORT_EVERY, IMPORTED = 10, 5


class Shop:
    """Orders, their money, tickets about them and the customers' next words; every write goes through the ledger."""

    def __init__(self, program: User, ledger: Ledger, *, chance: random.Random) -> None:
        self._program, self._ledger, self._chance = program, ledger, chance
        self._orders: list[str] = []
        self._tickets: list[str] = []

    async def turn(self, writer: int, number: int) -> None:
        """One of each, and at times an import."""
        key = f"{writer}/{number}"
        if number % IMPORT_EVERY == 0:
            await self._import(key)
        await self._order(key)
        await self._ticket(key)
        await self._next_word(key)

    async def _import(self, key: str) -> None:
        """Some orders at once, of which the last cannot be taken in."""
        orders = [self._details(f"{key}/{place}") for place in range(IMPORTED)]
        await self._ledger.write(
            self._program,
            "imports of orders",
            "ordersImport",
            "... on OrdersImported { rows { id } }",
            key=f"import {key}",
            into={"rows": "order"},
            orders=[*orders, {**self._details(f"{key}/bad"), "currency": "PLN?"}],
            policy="SKIP_FAILED",
        )

    async def _order(self, key: str) -> None:
        created = await self._ledger.write(
            self._program,
            "orders created",
            "orderCreate",
            "... on OrderCreated { order { id externalId payments { edges { node { id amount } } } } }",
            key=f"order {key}",
            into={"order": "order"},
            **self._details(key),
        )
        if created is not None:
            self._orders.append(created["order"]["externalId"])
            await self._money_arrives(key, created["order"])

    async def _money_arrives(self, key: str, order: dict[str, Any]) -> None:
        (payment,) = (edge["node"] for edge in order["payments"]["edges"])
        receipt = {
            "paymentId": payment["id"],
            "amount": payment["amount"],
            "at": datetime.now(UTC).isoformat(),
            "source": f"bank {key}",
        }
        await self._ledger.write(
            self._program,
            "orders paid",
            "orderUpdate",
            "... on OrderUpdated { order { id } }",
            key=f"money {key}",
            into={"order": "paid"},
            orderId=order["id"],
            receipts=[receipt],
        )

    async def _ticket(self, key: str) -> None:
        opened = await self._ledger.write(
            self._program,
            "tickets opened",
            "ticketOpen",
            "... on TicketOpened { ticket { id } }",
            key=f"ticket {key}",
            into={"ticket": "ticket"},
            channel="EMAIL",
            topic="question",
            subject=f"Ticket {key}",
            body="Gdzie moja paczka?",
            orderExternalId=self._chance.choice(self._orders),
        )
        if opened is not None:
            self._tickets.append(opened["ticket"]["id"])

    async def _next_word(self, key: str) -> None:
        await self._ledger.write(
            self._program,
            "messages received",
            "ticketReceive",
            "... on TicketReceived { entry { id } }",
            key=f"message {key}",
            into={"entry": "inbound"},
            ticketId=self._chance.choice(self._tickets),
            body=NEXT_WORD,
        )

    def _details(self, key: str) -> dict[str, Any]:
        """A new order, not yet paid, of one of the shop's customers."""
        price, customer = self._chance.randrange(1_000, 90_000), self._chance.randrange(CUSTOMERS)
        return {
            "externalId": key,
            "number": f"BOM/{key}",
            "customer": {
                "externalId": f"c{customer}",
                "name": f"Klient {customer}",
                "email": f"klient{customer}@klienci.example",
            },
            "currency": "PLN",
            "totalAmount": price,
            "placedAt": datetime.now(UTC).isoformat(),
            "lines": [{"sku": "BOMBKA", "name": "Bombka", "quantity": 1, "unitAmount": price}],
            "payments": [{"method": "TRANSFER", "amount": price}],
        }
