"""Everything that can be killed is, again and again, under load; then all that was acknowledged is there, once."""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from domain.kit.database import Database, engine_for
from infra.bench.endurance import trial
from infra.bench.endurance.proof import prove
from infra.embedded.stack import Stack
from infra.embedded.supervisor import Supervisor
from tests.rabbitmq import NAME, RabbitMq

SECONDS, PER_MINUTE, SEED = 30, 40, 2026
EVERY_KIND = {
    "imports of orders",
    "messages received",
    "orders created",
    "orders paid",
    "people invited",
    "replies",
    "seats added",
    "seats assigned",
    "seats cut short",
    "seats released",
    "tickets opened",
    "tickets resolved",
}


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with Stack(tmp_path / "data", port=0, demo=True, environment="test", fast=True) as started:
        yield started


@pytest.mark.timeout(360)
async def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice_while_everything_is_broken(stack: Stack) -> None:
    done = await trial.run(stack, seconds=SECONDS, per_minute=PER_MINUTE, seed=SEED, kinds=EVERY_KIND)
    assert done.proof.problems == []
    assert sum(done.faults.values()) >= 12
    assert set(done.ledger.acknowledged) == EVERY_KIND

    lost, (doubled, *_) = f"ticket_{secrets.token_hex(16)}", sorted(done.ledger.written["outbound"])
    done.ledger.written["ticket"].add(lost)
    done.ledger.written["outbound"].remove(doubled)
    min(stack.mail_folder.glob("*.eml")).unlink()
    database = Database(engine_for(stack.addresses.database_url, pool_size=1))
    proof = await prove(
        database, UUID(stack.demo["tenant_id"]), done.ledger, mail_folder=stack.mail_folder, drain_within=10
    )
    await database.close()
    assert [problem.partition(",")[0] for problem in proof.problems] == [
        "acknowledged and not there: ticket: 1",
        "there and never acknowledged: outbound: 1",
        "7 people were invited",
    ]


@pytest.mark.timeout(360)
async def test_nothing_is_lost_on_a_rabbitmq_that_is_killed_hangs_and_comes_back_empty(
    tmp_path: Path, own_rabbitmq: tuple[RabbitMq, Supervisor]
) -> None:
    rabbitmq, supervisor = own_rabbitmq

    def come_back_empty() -> None:
        supervisor.stop([NAME])
        shutil.rmtree(rabbitmq.data)
        supervisor.restart(NAME, within=60)

    async with Stack(
        tmp_path / "data", port=0, demo=True, environment="test", fast=True, broker_url=rabbitmq.url
    ) as stack:
        done = await trial.run(
            stack,
            seconds=SECONDS,
            per_minute=PER_MINUTE,
            seed=SEED,
            kinds=EVERY_KIND,
            beside=supervisor.pids,
            also={"rabbitmq emptied": lambda: asyncio.to_thread(come_back_empty)},
        )
    assert done.proof.problems == []
    assert {"rabbitmq killed", "rabbitmq told to end", "rabbitmq stopped for a while", "rabbitmq emptied"} <= set(
        done.faults
    )
