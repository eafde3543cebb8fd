"""Everything that can be killed is, again and again, under load; then all that was acknowledged is there, once."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest
import redis
from sqlalchemy import text

from domain.kit.database import Database, engine_for
from infra.embedded.stack import Stack
from tests.domain.invariants import broken
from tests.journey.people import User, invitation_token, mails, program, recipient, signed_in, until

LOAD_SECONDS = 30
DRAINED_WITHIN = 30
PAUSE_BETWEEN_FAULTS = 1.5
AGENTS = 4
PASSWORD = "sople i śnieg na dachu"


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with Stack(tmp_path / "data", port=0, demo=True, environment="test", fast=True) as started:
        yield started


@pytest.mark.timeout(180)
async def test_no_ticket_is_lost_or_routed_twice_while_everything_is_killed(stack: Stack) -> None:
    async with httpx2.AsyncClient(timeout=10) as http:
        shop = await program(http, stack.demo)
        await agents_are_there(http, stack)
        stop = asyncio.Event()
        writers = [asyncio.create_task(open_tickets(shop, writer, stop)) for writer in range(3)]
        faults = await break_things(stack)
        stop.set()
        acknowledged = set(itertools.chain.from_iterable(await asyncio.gather(*writers)))
    assert len(faults) >= 10
    assert len(acknowledged) >= 50

    tenant_id = UUID(stack.demo["tenant_id"])
    database = Database(engine_for(stack.demo["database_url"], pool_size=1))
    try:
        await until("the backlog drained", lambda: drained(database, tenant_id), seconds=DRAINED_WITHIN)
        await everything_happened_once(database, tenant_id, acknowledged)
    finally:
        await database.close()


async def everything_happened_once(database: Database, tenant_id: UUID, acknowledged: set[int]) -> None:
    async with database.reading(tenant_id) as session:
        numbers = set((await session.execute(text("SELECT number FROM ticket"))).scalars())
        states = list((await session.execute(text("SELECT DISTINCT state FROM ticket"))).scalars())
        decided = (
            await session.execute(text("SELECT count(*) FROM routing_decision WHERE agent_id IS NOT NULL"))
        ).scalar_one()
        routed = (
            await session.execute(text("SELECT count(*) FROM ticket_transition WHERE reason = 'routed'"))
        ).scalar_one()
        dead = (await session.execute(text("SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL"))).scalar_one()
    assert acknowledged <= numbers
    assert states == ["ASSIGNED"]
    assert decided == routed == len(numbers)
    assert dead == 0
    assert await broken(database, tenant_id) == {}


async def open_tickets(shop: User, writer: int, stop: asyncio.Event) -> list[int]:
    """Open tickets until told to stop, each until it is acknowledged, under one key; the numbers they got."""
    document = """mutation ($input: TicketOpenInput!) {
        ticketOpen(input: $input) { __typename ... on TicketOpened { ticket { number } } } }"""
    acknowledged: list[int] = []
    for turn in itertools.count():
        if stop.is_set():
            return acknowledged
        input = {
            "channel": "EMAIL",
            "topic": "question",
            "subject": f"Ticket {writer}/{turn}",
            "body": "Where is my parcel?",
            "customerExternalId": "patient",
        }
        acknowledged.append(await acknowledged_number(shop, document, input, key=f"{writer}/{turn}"))
    raise AssertionError("There is always a next turn.")


async def acknowledged_number(shop: User, document: str, input: dict[str, Any], *, key: str) -> int:
    for _attempt in range(200):
        try:
            answer = await shop.ask(document, key, input=input)
        except (httpx2.HTTPError, AssertionError, ValueError):
            await asyncio.sleep(0.05)
            continue
        outcome = answer["ticketOpen"]
        if outcome["__typename"] == "TicketOpened" and outcome["ticket"] is not None:
            return int(outcome["ticket"]["number"])
        assert outcome["__typename"] in ("IdempotencyKeyInUse", "TicketOpened"), outcome
        await asyncio.sleep(0.05)
    raise AssertionError(f"Ticket {key} was never acknowledged.")


async def break_things(stack: Stack) -> list[str]:
    """Break one thing after another, in an order that a seed fixes, for as long as the load runs."""
    chance = random.Random(2026)
    broker = redis.Redis.from_url(stack.addresses.broker_url)

    async def cut_connections() -> None:
        connection = await asyncpg.connect(stack.addresses.superuser_url)
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('app', 'platform')"
            )
        finally:
            await connection.close()

    async def flush_broker() -> None:
        try:
            await asyncio.to_thread(broker.flushall)
        except redis.RedisError:
            await asyncio.to_thread(stack.kill, "valkey")

    def killing(name: str) -> Callable[[], Any]:
        return lambda: asyncio.to_thread(stack.kill, name)

    ways = {
        "worker killed": killing("worker"),
        "relay killed": killing("relay"),
        "valkey killed": killing("valkey"),
        "broker flushed": flush_broker,
        "connections cut": cut_connections,
    }
    done: list[str] = []
    deadline = asyncio.get_running_loop().time() + LOAD_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        remaining = [name for name in ways if name not in done]
        name = remaining[0] if remaining else chance.choice(list(ways))
        await ways[name]()
        done.append(name)
        await asyncio.sleep(PAUSE_BETWEEN_FAULTS)
    broker.close()
    return done


async def drained(database: Database, tenant_id: UUID) -> bool | None:
    """True when every ticket has hands, no job waits but for later, and every event is stamped."""
    async with database.reading(tenant_id) as session:
        left = (
            await session.execute(
                text(
                    "SELECT (SELECT count(*) FROM ticket WHERE state = 'QUEUED')"
                    " + (SELECT count(*) FROM outbox WHERE due_at <= now() AND dead_at IS NULL)"
                    " + (SELECT count(*) FROM event WHERE sequence IS NULL)"
                )
            )
        ).scalar_one()
    return True if left == 0 else None


async def agents_are_there(http: httpx2.AsyncClient, stack: Stack) -> None:
    """Full agents with room for everything, online, and the one customer whose tickets come in."""
    demo = stack.demo
    shop = await program(http, demo)
    customer = {"externalId": "patient", "name": "Pat", "email": "pat@klienci.example"}
    line = {"sku": "A", "name": "A", "quantity": 1, "unitAmount": 100}
    created = await shop.do(
        "orderCreate",
        "",
        externalId="first",
        number="1",
        customer=customer,
        currency="PLN",
        totalAmount=100,
        placedAt="2026-11-01T10:00:00Z",
        lines=[line],
    )
    assert created["__typename"] == "OrderCreated"
    admin = await signed_in(http, demo, email=demo["admin_email"], password=demo["admin_password"])
    await admin.do("seatLicencesAdd", "", kind="FULL", count=AGENTS)
    team = (await admin.ask('{ team(key: "first-line") { id } }'))["team"]["id"]
    for number in range(AGENTS):
        invited = await admin.do(
            "agentInvite",
            "",
            email=f"agent{number}@bombka.example",
            name=f"Agent {number}",
            teamIds=[team],
            capacities=[{"channel": "EMAIL", "items": 1000}],
            seat={"kind": "FULL"},
        )
        assert invited["__typename"] == "AgentInvited"

    async def invitations() -> Any:
        found = mails(stack.mail_folder)
        return found if len(found) == AGENTS else None

    base = demo["graphql_url"].removesuffix("/graphql")
    for mail in await until("the invitations", invitations):
        accept = {"token": invitation_token(mail), "password": PASSWORD}
        accepted = await http.post(f"{base}/auth/invitations/accept", json=accept)
        assert accepted.status_code == 200, accepted.text
        person = await signed_in(http, demo, email=recipient(mail), password=PASSWORD)
        online = await person.do("agentSetPresence", "", presence="ONLINE")
        assert online["__typename"] == "AgentPresenceSet"
