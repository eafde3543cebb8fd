"""Imports through the API: their rows in the answer, replays, languages, bounds."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from api.context import Caller, RequestContext
from api.graphql import ids
from api.graphql.limits import MOST_VALUES
from api.graphql.schema import schema
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.idempotency import IdempotencyRow
from domain.kit.inputs import MOST_FAULTS
from domain.orders.models import Customer, Order
from domain.seats.rights import standing_of_client
from domain.tenants import clients
from domain.tenants.permissions import CLIENT_SCOPES, Permission
from domain.tickets.models import Ticket
from infra.commands.imports.graphql import ORDERS, TICKETS, Kind
from tests.api.graphql.conftest import execute
from tests.conftest import NOW, CountStatements, Shop
from tests.domain.invariants import broken
from tests.domain.world import World
from tests.state import everything

AT = NOW.isoformat()
ROWS = "rows { index externalId outcome id failures { code field message } }"


def document(mutation: str) -> str:
    name = mutation[0].upper() + mutation[1:]
    return f"""mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{
        __typename
        ... on {name}ed {{ created updated unchanged refused {ROWS} }}
        ... on ImportRejected {{ refused {ROWS} }}
        ... on Failure {{ code message path }}
    }} }}"""


def order(place: int, **more: Any) -> dict[str, Any]:
    return {
        "externalId": f"o-{place}",
        "number": f"{place}",
        "customer": {"externalId": f"c-{place}", "name": "Zofia", "email": f"c{place}@klient.example"},
        "currency": "PLN",
        "totalAmount": 300,
        "placedAt": AT,
        "lines": [{"sku": "A", "name": "A", "quantity": 1, "unitAmount": 300}],
        "payments": [{"method": "CARD", "amount": 300, "receivedAt": AT}],
        "shipments": [{"carrier": "InPost", "trackingNumber": f"{place}", "shippedAt": AT}],
        "status": "SHIPPED",
        **more,
    }


def ticket(number: int, **more: Any) -> dict[str, Any]:
    return {
        "externalId": f"t-{number}",
        "channel": "EMAIL",
        "topic": "delivery",
        "subject": "?",
        "body": "?",
        "customerExternalId": "c-1",
        "arrivedAt": AT,
        **more,
    }


@dataclass
class Program:
    """A shop's API client."""

    database: Database
    world: World
    actor: Actor
    scopes: frozenset[Permission] = CLIENT_SCOPES
    language: Language = Language.EN
    key: str | None = None

    async def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        assert self.actor.id is not None
        async with self.database.reading(self.world.tenant_id) as session:
            standing = await standing_of_client(session, client_id=self.actor.id, scopes=self.scopes)
        assert standing is not None
        context = RequestContext(
            database=self.database,
            caller=Caller(self.world.tenant_id, self.actor, standing, self.scopes),
            now=NOW,
            trace_id="",
            language=self.language,
            idempotency_key=self.key,
        )
        return await execute(schema(), query=query, variables=variables, context=context)

    async def send(self, mutation: str, rows: list[dict[str, Any]], policy: str | None = None) -> dict[str, Any]:
        """The outcome of an import."""
        input = {mutation.removesuffix("Import"): rows, **({} if policy is None else {"policy": policy})}
        answer = await self.ask(document(mutation), {"input": input})
        assert "errors" not in answer, answer
        outcome: dict[str, Any] = answer["data"][mutation]
        return outcome


@pytest.fixture
async def program(database: Database, shop: Shop) -> Program:
    world = await World.found(database, shop)
    async with database.writing(shop.tenant_id) as session:
        client, _ = await clients.create_client(session, name="Shop", scopes=CLIENT_SCOPES, by=SYSTEM, now=NOW)
    return Program(database, world, Actor(ActorKind.CLIENT, client.id))


async def count(program: Program, model: Any) -> int:
    async with program.database.reading(program.world.tenant_id) as session:
        return await session.scalar(select(func.count()).select_from(model)) or 0


async def test_orders_customers_and_tickets_come_in_with_their_ids(program: Program) -> None:
    orders = await program.send("ordersImport", [order(1), order(2)])
    async with program.database.reading(program.world.tenant_id) as session:
        known = {row.external_id: ids.spell("order", row.id) for row in await session.scalars(select(Order))}
    assert orders == {
        "__typename": "OrdersImported",
        "created": 2,
        "updated": 0,
        "unchanged": 0,
        "refused": 0,
        "rows": [
            {"index": 0, "externalId": "o-1", "outcome": "CREATED", "id": known["o-1"], "failures": []},
            {"index": 1, "externalId": "o-2", "outcome": "CREATED", "id": known["o-2"], "failures": []},
        ],
    }
    changed = {"externalId": "c-1", "name": "Zofia Żak"}
    customers = await program.send("customersImport", [changed, {"externalId": "c-9", "name": "Jan"}])
    assert (customers["created"], customers["updated"]) == (1, 1)
    tickets = await program.send("ticketsImport", [ticket(1), ticket(2, orderExternalId="o-1", priority=3)])
    assert (tickets["created"], tickets["rows"][1]["id"][:7]) == (2, "ticket_")
    answer = await program.ask(
        "query ($id: ID!) { ticket(id: $id) { externalId number priority order { externalId } } }",
        {"id": tickets["rows"][1]["id"]},
    )
    assert answer["data"]["ticket"] == {"externalId": "t-2", "number": 2, "priority": 3, "order": {"externalId": "o-1"}}
    assert await broken(program.database, program.world.tenant_id) == {}


async def test_a_bad_row_rejects_all_unless_it_may_be_skipped(program: Program) -> None:
    before = await everything(program.database, program.world.tenant_id)
    wrong = order(2, currency="zł", lines=[{"sku": "A", "name": "A", "quantity": 0, "unitAmount": 1}])
    refused = {
        "index": 1,
        "externalId": "o-2",
        "outcome": "REFUSED",
        "id": None,
        "failures": [
            {
                "code": "INVALID_INPUT",
                "field": "currency",
                "message": "currency: must be a code of three capital letters, such as PLN",
            },
            {
                "code": "INVALID_INPUT",
                "field": "lines[0].quantity",
                "message": "lines[0].quantity: must be 1 to 1,000,000",
            },
        ],
    }
    assert await program.send("ordersImport", [order(1), wrong]) == {
        "__typename": "ImportRejected",
        "code": "IMPORT_REJECTED",
        "message": "Nothing was saved, for 1 of the rows cannot be.",
        "path": None,
        "refused": 1,
        "rows": [refused],
    }
    assert await everything(program.database, program.world.tenant_id) == before
    skipped = await program.send("ordersImport", [order(1), wrong], policy="SKIP_FAILED")
    assert (skipped["created"], skipped["refused"], skipped["rows"][1]) == (1, 1, refused)
    program.language = Language.PL
    spoken = await program.send("ordersImport", [wrong])
    assert spoken["message"] == "Nic nie zostało zapisane. Liczba wierszy, których nie da się zapisać: 1."
    assert spoken["rows"][0]["failures"][1]["message"] == "lines[0].quantity: musi być od 1 do 1 000 000"


async def test_what_an_order_import_leaves_out_stays_and_an_update_cannot_bend_a_parcel(program: Program) -> None:
    first = await program.send("ordersImport", [order(1)])
    told = order(1)
    del told["number"], told["customer"]["name"]
    assert (await program.send("ordersImport", [told]))["unchanged"] == 1
    query = """mutation ($input: OrderUpdateInput!) { orderUpdate(input: $input) {
        __typename ... on ShipmentFixed { code path message }
    } }"""
    bent = {**told["shipments"][0], "shippedAt": (NOW - timedelta(days=1)).isoformat()}
    answer = await program.ask(query, {"input": {"orderId": first["rows"][0]["id"], "shipments": [bent]}})
    assert answer["data"]["orderUpdate"] == {
        "__typename": "ShipmentFixed",
        "code": "SHIPMENT_FIXED",
        "path": ["shipments", "0", "shippedAt"],
        "message": "shipments.0.shippedAt: is another instant than what was told of this parcel before, which stays",
    }


@pytest.mark.parametrize("count", [0, 251])
async def test_a_call_takes_1_to_250_rows(program: Program, count: int) -> None:
    for mutation in ("ordersImport", "customersImport", "ticketsImport"):
        rows = [order(1)["customer"] if mutation == "customersImport" else ticket(1)] * count
        rows = [order(1)] * count if mutation == "ordersImport" else rows
        outcome = await program.send(mutation, rows)
        assert (outcome["__typename"], outcome["path"]) == ("InvalidInput", [mutation.removesuffix("Import")])


async def test_a_text_that_cannot_be_kept_refuses_its_row_alone(program: Program) -> None:
    program.key = "nul"
    outcome = await program.send("ordersImport", [order(1), order(2, externalId="o\0")], policy="SKIP_FAILED")
    assert (outcome["created"], outcome["refused"], outcome["rows"][1]["externalId"]) == (1, 1, "o\ufffd")
    assert await program.send("ordersImport", [order(1), order(2, externalId="o\0")], policy="SKIP_FAILED") == outcome


async def test_the_same_key_replays_the_outcome_and_keeps_little(program: Program) -> None:
    program.key = "batch-1"
    rows = [order(number) for number in range(250)]
    first = await program.send("ordersImport", rows)
    before = await everything(program.database, program.world.tenant_id)
    assert first["created"] == 250
    assert await program.send("ordersImport", rows) == first
    assert await everything(program.database, program.world.tenant_id) == before
    other = await program.send("ordersImport", rows[1:])
    assert other["code"] == "IDEMPOTENCY_KEY_REUSED"
    async with program.database.reading(program.world.tenant_id) as session:
        [kept] = await session.scalars(select(IdempotencyRow))
    assert len(orjson.dumps(kept.outcome)) < 40_000
    program.key = None
    assert (await program.send("ordersImport", rows))["unchanged"] == 250


async def test_a_rejected_import_is_replayed_in_the_callers_language(program: Program) -> None:
    program.key = "batch-1"
    first = await program.send("ordersImport", [order(1, number="")])
    assert await program.send("ordersImport", [order(1, number="")]) == first
    program.language = Language.PL
    again = await program.send("ordersImport", [order(1, number="")])
    assert again["rows"][0]["failures"][0]["message"] == "number: nie może być puste"


async def test_an_import_takes_no_more_statements_for_many_than_for_one(
    program: Program, statements: CountStatements
) -> None:
    counted = []
    for key, first, size in (("one", 2, 1), ("many", 3, 250)):
        program.key = key
        with statements() as seen:
            outcome = await program.send("ordersImport", [order(number) for number in range(first, first + size)])
        assert outcome["created"] == size
        counted.append(len(seen))
    assert counted[0] == counted[1] <= 30


async def test_each_import_takes_its_own_permission(program: Program) -> None:
    before = await everything(program.database, program.world.tenant_id)
    orders = replace(program, scopes=CLIENT_SCOPES - {Permission.ORDERS_WRITE})
    tickets = replace(program, scopes=CLIENT_SCOPES - {Permission.TICKETS_OPEN})
    for who, mutation, rows in (
        (orders, "ordersImport", [order(1)]),
        (orders, "customersImport", [order(1)["customer"]]),
        (tickets, "ticketsImport", [ticket(1)]),
    ):
        assert (await who.send(mutation, rows))["code"] == "NOT_PERMITTED"
    assert await everything(program.database, program.world.tenant_id) == before


async def test_two_imports_at_once_in_other_orders_both_succeed(program: Program) -> None:
    rows = [order(number) for number in range(100)]
    ended = await asyncio.gather(program.send("ordersImport", rows), program.send("ordersImport", rows[::-1]))
    assert sum(outcome["created"] for outcome in ended) == 100
    assert sum(outcome["unchanged"] for outcome in ended) == 100
    assert (await count(program, Order), await count(program, Customer)) == (100, 100)  # c-1 was here


# Bounds.


async def test_rows_cost_something_wherever_they_are_written(program: Program) -> None:
    rows = [order(number) for number in range(250)]
    many = " ".join(f"m{place}: ordersImport(input: $input) {{ __typename }}" for place in range(4))
    answer = await program.ask(f"mutation ($input: OrdersImportInput!) {{ {many} }}", {"input": {"orders": rows}})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["QUERY_TOO_COMPLEX"]
    apart = " ".join(f"m{place}: ordersImport(input: {{ orders: $orders }}) {{ __typename }}" for place in range(4))
    answer = await program.ask(f"mutation ($orders: [OrderImportInput!]!) {{ {apart} }}", {"orders": rows})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["QUERY_TOO_COMPLEX"]
    assert await count(program, Order) == 0


async def test_rows_selected_again_and_again_cost_each_time(program: Program) -> None:
    rows = " ".join(f"r{place}: {ROWS}" for place in range(12))
    selection = f"{{ ... on OrdersImported {{ {rows} }} }}"
    query = f"mutation ($input: OrdersImportInput!) {{ ordersImport(input: $input) {selection} }}"
    answer = await program.ask(query, {"input": {"orders": [order(1)]}})
    assert [error["extensions"]["limit"] for error in answer["errors"]] == ["cost"]
    assert await count(program, Order) == 0


async def test_what_is_said_of_each_failure_costs_for_each(program: Program) -> None:
    messages = " ".join(f"m{place}: message" for place in range(48))
    query = f"""mutation ($input: OrdersImportInput!) {{ ordersImport(input: $input) {{
        ... on OrdersImported {{ rows {{ failures {{ {messages} }} }} }}
    }} }}"""
    answer = await program.ask(query, {"input": {"orders": [order(1)]}})
    assert [error["extensions"]["limit"] for error in answer["errors"]] == ["cost"]
    assert await count(program, Order) == 0


@pytest.mark.parametrize("kind", [ORDERS, TICKETS])
async def test_a_full_import_that_reads_all_about_its_failures_is_admitted(program: Program, kind: Kind) -> None:
    rows = [order(n, number="") if kind is ORDERS else ticket(n, subject="") for n in range(250)]
    outcome = await program.send(kind.field, rows)  # which reads them of what was saved and of what was rejected
    assert (outcome["code"], outcome["refused"]) == ("IMPORT_REJECTED", 250)
    answer = await program.ask(kind.document, {"input": kind.input(rows)})
    assert [row["outcome"] for row in answer["data"]["outcome"]["rows"]] == ["REFUSED"] * 250


async def test_the_wrong_lines_of_many_rows_are_looked_at_no_further_than_they_are_told(program: Program) -> None:
    bad = {"sku": "", "name": "", "quantity": 0, "unitAmount": -1}
    rows = [order(number, lines=[bad] * 32) for number in range(250)]
    outcome = await program.send("ordersImport", rows, policy="SKIP_FAILED")
    assert {len(row["failures"]) for row in outcome["rows"]} == {MOST_FAULTS}


async def test_too_many_values_are_refused_before_they_are_looked_at(program: Program) -> None:
    lines = order(1)["lines"] * 500
    answer = await program.ask(
        document("ordersImport"), {"input": {"orders": [order(number, lines=lines) for number in range(30)]}}
    )
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "TOO_MANY_VALUES", "allowed": MOST_VALUES}
    assert await count(program, Order) == 0


async def test_a_row_of_another_shape_refuses_the_request_and_names_its_place(program: Program) -> None:
    input = {"tickets": [ticket(1), ticket(2, arrivedAt="yesterday")]}
    answer = await program.ask(document("ticketsImport"), {"input": input})
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "INVALID_REQUEST"
    assert ".tickets[1].arrivedAt" in error["message"]
    assert await count(program, Ticket) == 0
