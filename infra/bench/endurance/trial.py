"""One trial: a load, what breaks under it, and the proof afterwards."""

import asyncio
import time
from collections.abc import Mapping, Set
from dataclasses import dataclass
from uuid import UUID

import httpx2

from domain.kit.database import Database, engine_for
from infra.bench.endurance.breaking import Breaker, Pids, Way, Ways
from infra.bench.endurance.ledger import Ledger
from infra.bench.endurance.load import Load
from infra.bench.endurance.proof import Proof, prove
from infra.embedded.stack import Stack

ANSWER_PATIENCE = 10.0
DRAIN_WITHIN = 30.0


@dataclass(frozen=True)
class Trial:
    """What was broken, what was written meanwhile, and what was found afterwards."""

    seconds: float
    faults: dict[str, int]
    ledger: Ledger
    proof: Proof


async def run(
    stack: Stack,
    *,
    seconds: float,
    per_minute: float,
    seed: int,
    kinds: Set[str] = frozenset(),
    beside: Pids = dict,
    also: Mapping[str, Way] | None = None,
) -> Trial:
    """Break a running stack for so many seconds under load; then wait for it to come to rest and look.

    Where everything was down for so long that one of `kinds` of write was never acknowledged, the load goes on for a
    while after the last fault, until it is.
    `beside` are the processes of servers that it uses and somebody else runs, `also` further ways to break them.
    Raises what the ledger raises: a write that nobody acknowledged, or two answers that contradict each other.
    """
    ways = Ways(stack, seed=seed, beside=beside)
    breaker = Breaker({**ways.all(), **(also or {})}, per_minute=per_minute, seed=seed)
    async with httpx2.AsyncClient(timeout=ANSWER_PATIENCE) as http:
        ledger = Ledger()
        load = Load(stack, http, ledger, seed=seed, kinds=kinds)
        await load.prepare()
        begun = time.monotonic()
        await _under(load, breaker, ways, seconds)
        lasted = time.monotonic() - begun
    database = Database(engine_for(stack.addresses.database_url, pool_size=1))
    try:
        proof = await prove(
            database,
            UUID(stack.demo["tenant_id"]),
            ledger,
            mail_folder=stack.mail_folder,
            drain_within=DRAIN_WITHIN,
        )
    finally:
        await database.close()
    return Trial(lasted, dict(breaker.done), ledger, proof)


async def _under(load: Load, breaker: Breaker, ways: Ways, seconds: float) -> None:
    async with asyncio.TaskGroup() as group:
        writing = group.create_task(load.run())
        try:
            await breaker.run(seconds)
        finally:
            await ways.wake_all()
            load.stop()
        await writing
