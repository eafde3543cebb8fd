"""`sezon import` against the whole product: what goes in, goes in once, however often it is stopped and started."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import func, select

from domain.kit.database import Database, engine_for
from domain.kit.events import EventRow
from domain.orders.models import Order
from infra.embedded.stack import Stack
from tests.infra.imports.olist_folder import history, item, order, payment, review, write_folder
from tests.journey.people import User, program, until
from tests.state import everything

KEPT = ("customer", "order", "order_line", "payment", "payment_entry", "shipment", "ticket", "entry")
"""Tables that an import writes, and nothing else while nobody works."""


class Shop:
    """The demo shop of one running stack, seen from its database and from its own program."""

    def __init__(self, stack: Stack, database: Database, user: User) -> None:
        self.stack, self.database, self.user = stack, database, user
        self.tenant_id = UUID(stack.demo["tenant_id"])
        self.data_dir = stack.folder.path

    async def state(self) -> tuple[dict[str, list[Any]], int]:
        """What an import leaves behind: its tables, and how many events there are."""
        tables = await everything(self.database, self.tenant_id)
        return {name: tables[name] for name in KEPT}, len(tables["event"])

    async def orders(self) -> int:
        async with self.database.reading(self.tenant_id) as session:
            return await session.scalar(select(func.count()).select_from(Order)) or 0

    async def counted(self) -> tuple[int, int]:
        data = await self.user.ask("{ orders(first: 1) { totalCount } tickets(first: 1) { totalCount } }")
        return data["orders"]["totalCount"], data["tickets"]["totalCount"]


@asynccontextmanager
async def demo_shop(folder: Path) -> AsyncIterator[Shop]:
    stack = Stack(folder / "data", port=0, demo=True, environment="test", fast=True)
    async with stack, httpx2.AsyncClient(timeout=30) as http:
        database = Database(engine_for(stack.demo["database_url"], pool_size=2))
        try:
            yield Shop(stack, database, await program(http, stack.demo))
        finally:
            await database.close()


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shop]:
    """One for the tests that take in orders of their own and stop nothing."""
    async with demo_shop(tmp_path_factory.mktemp("imports")) as found:
        yield found


ENVIRONMENT = {"PATH": os.defpath, "HOME": "/", "TERM": "dumb", "COLUMNS": "200"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "infra.cli", "import", *arguments]


async def sezon(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return await asyncio.to_thread(
        subprocess.run,
        command(*arguments),
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@contextmanager
def running(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    pipe = subprocess.PIPE
    with subprocess.Popen(command(*arguments), env=ENVIRONMENT, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def without_pace(text: str) -> str:
    """The summary without its seconds, which differ from run to run."""
    return re.sub(r" \(([\d.,]+ s, [\d,]+ a second|in less than a second)\)", "", text)


async def test_a_history_goes_in_whole_and_a_second_time_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    rows = {name: list(lines) for name, lines in history(300).items()}
    rows["olist_orders"] += [order("odd", customer="nobody"), order("paid", customer="c1")]
    rows["olist_order_items"] += [item("paid", 1)]
    rows["olist_order_payments"] += [payment("paid", 1, "boleto", "18.71"), payment("paid", 2, "voucher", "20.00")]
    rows["olist_order_reviews"] += [review("lost", "odd", 1, "Não recebi")]
    folder = write_folder(tmp_path / "olist", rows)
    orders, tickets = await shop.counted()

    first = await sezon("olist", str(folder), "--data-dir", str(shop.data_dir))
    assert without_pace(first.stdout).splitlines() == [
        "Orders: 302 of 302 through: 301 created, 0 updated, 0 unchanged, 1 refused.",
        "Refused orders, by reason:",
        "      1  UNREADABLE  customer_id: is unknown  (odd)",
        "Tickets: 31 of 31 through: 30 created, 0 updated, 0 unchanged, 1 refused.",
        "Refused tickets, by reason:",
        "      1  ORDER_NOT_FOUND  orderExternalId: There is no such order of this customer.  (lost)",
    ]
    assert first.returncode == 1
    assert first.stderr.splitlines()[-1] == "tickets: 31 of 31"
    assert await shop.counted() == (orders + 301, tickets + 30)
    await the_paid_order_is_as_the_files_say(shop)

    before = await shop.state()
    again = await sezon("olist", str(folder), "--data-dir", str(shop.data_dir))
    assert [line for line in without_pace(again.stdout).splitlines() if "through" in line] == [
        "Orders: 302 of 302 through: 0 created, 0 updated, 301 unchanged, 1 refused.",
        "Tickets: 31 of 31 through: 0 created, 0 updated, 30 unchanged, 1 refused.",
    ]
    assert await shop.state() == before


async def the_paid_order_is_as_the_files_say(shop: Shop) -> None:
    data = await shop.user.ask(
        '{ orders(first: 1, filter: {externalId: "paid"}) { edges { node { status totalAmount paidAmount promisedOn '
        "placedAt customer { externalId } payments { edges { node { method amount } } } "
        "shipments { edges { node { shippedAt deliveredAt } } } } } } }"
    )
    (found,) = [edge["node"] for edge in data["orders"]["edges"]]
    assert found == {
        "status": "DELIVERED",
        "totalAmount": 3_871,
        "paidAmount": 3_871,
        "promisedOn": "2017-10-18",
        "placedAt": "2017-10-02T13:56:33Z",
        "customer": {"externalId": "person-0"},
        "payments": {
            "edges": [
                {"node": {"method": "TRANSFER", "amount": 1_871}},
                {"node": {"method": "VOUCHER", "amount": 2_000}},
            ]
        },
        "shipments": {
            "edges": [{"node": {"shippedAt": "2017-10-04T22:55:00Z", "deliveredAt": "2017-10-11T00:25:13Z"}}]
        },
    }


@pytest.mark.slow
async def test_stopped_by_ctrl_c_killed_or_with_the_service_killed_another_run_completes_it(tmp_path: Path) -> None:
    async with demo_shop(tmp_path) as shop:
        await stop_and_go_on(shop, tmp_path)


async def stop_and_go_on(shop: Shop, tmp_path: Path) -> None:
    count = 4_000
    folder = write_folder(tmp_path / "olist", history(count))
    arguments = ("olist", str(folder), "--data-dir", str(shop.data_dir))

    with running(*arguments) as polite:
        await more_than(shop, 500)
        polite.send_signal(signal.SIGINT)
        said, _ = await asyncio.to_thread(polite.communicate, timeout=30)
    stopped_at = await shop.orders()
    assert 500 < stopped_at < count
    assert polite.returncode == 130
    assert without_pace(said).splitlines() == [
        f"Orders: {stopped_at:,} of {count:,} through: {stopped_at:,} created, 0 updated, 0 unchanged, 0 refused.",
        "Tickets: 0 of 400 through (not begun): 0 created, 0 updated, 0 unchanged, 0 refused.",
        "Stopped. The same command goes on from here: what is in already is found unchanged.",
    ]

    with running(*arguments) as killed:
        await more_than(shop, stopped_at + 500)
        killed.kill()
    assert await shop.orders() < count

    with running(*arguments) as last:
        await more_than(shop, await shop.orders() + 250)
        shop.stack.kill("api")
        said, _ = await asyncio.to_thread(last.communicate, timeout=100)
    assert last.returncode == 0, said
    assert f"Orders: {count:,} of {count:,} through" in said
    assert ", 0 updated, " in said
    assert await shop.counted() == (count, 400)
    async with shop.database.reading(shop.tenant_id) as session:
        for name, times in (("OrderCreated", count), ("TicketOpened", 400)):
            query = select(func.count()).select_from(EventRow).where(EventRow.name == name)
            assert await session.scalar(query) == times


async def more_than(shop: Shop, orders: int) -> None:
    async def look() -> bool:
        return await shop.orders() > orders

    await until(f"more than {orders} orders", look, seconds=60)


async def test_a_shops_own_file_goes_in_and_what_the_service_refuses_is_written_with_its_reason(
    shop: Shop, tmp_path: Path
) -> None:
    file, errors = tmp_path / "orders.csv", tmp_path / "errors.csv"
    header = "order_id,placed_at,currency,customer_id,status,sku,quantity,unit_price,customer_email\n"
    file.write_text(header + "1,2025-11-21,PLN,c1,SHIPPED,A,2,10.00,\n2,2025-11-21,PLN,c2,PLACED,A,1,10.00,\n")
    arguments = ("orders", str(file), "--errors", str(errors), "--data-dir", str(shop.data_dir))
    first = await sezon(*arguments)
    assert (first.returncode, without_pace(first.stdout)) == (
        0,
        "Orders: 2 of 2 through: 2 created, 0 updated, 0 unchanged, 0 refused.\n",
    )

    assert not errors.exists()

    file.write_text(header + "1,2025-11-21,PLN,,SHIPPED,A,3,10.00,a@b.example\n2,2025-11-21,PLN,c2,PACKED,A,1,10.00,\n")
    second = await sezon(*arguments)
    assert second.returncode == 1
    assert without_pace(second.stdout).splitlines()[0] == (
        "Orders: 2 of 2 through: 0 created, 1 updated, 0 unchanged, 1 refused."
    )
    (_, refused) = errors.read_text().splitlines()
    assert refused.startswith("2,")
    assert "customer_id (blank here, so a@b.example): This cannot change once an order is here; it is c1." in refused
    assert "lines: " in refused
    assert refused.endswith(",1,2025-11-21,PLN,,SHIPPED,A,3,10.00,a@b.example")


async def test_who_may_not_is_told_so_in_one_sentence_and_nothing_happens(shop: Shop, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "olist", history(3))
    shop.stack.sezon("client", "create", "--shop", "demo", "--name", "Orders", "--scopes", "orders:read orders:write")
    log = (shop.stack.folder.logs / "client.log").read_text()
    created = dict(line.split("=", 1) for line in log.splitlines() if line.startswith("client_"))
    before = await shop.state()
    told = {
        "SEZON_IMPORT_URL": shop.stack.demo["graphql_url"],
        "SEZON_IMPORT_TOKEN_URL": shop.stack.demo["token_url"],
        "SEZON_CLIENT_ID": created["client_id"],
    }
    wrong = await sezon("olist", str(folder), **told, SEZON_CLIENT_SECRET="tell-nobody")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == (
        f"sezon: {told['SEZON_IMPORT_TOKEN_URL']} does not know this client id and secret: "
        "Client authentication failed.\n"
    )
    narrow = await sezon("olist", str(folder), **told, SEZON_CLIENT_SECRET=created["client_secret"])
    assert (narrow.returncode, narrow.stdout) == (2, "")
    assert narrow.stderr == (
        f"sezon: The API client {created['client_id']} lacks the scopes tickets:open; create one that has them.\n"
    )
    assert await shop.state() == before
