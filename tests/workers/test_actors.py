import importlib
import pkgutil
from datetime import timedelta

from sqlalchemy import func, insert, select

import domain
from domain.kit.idempotency import IdempotencyRow
from domain.kit.ids import new_id
from domain.kit.outbox import InboxRow, Job
from domain.tenants.models import AccessToken, ApiClient
from domain.tickets.decisions import RoutingPass
from domain.tickets.jobs import Prune
from tests.conftest import NOW
from tests.workers.probe import Bench
from workers.actors import load_all
from workers.broker import MAIL, MAIL_ACTORS, WORK, queue_of
from workers.runtime import TASKS, Outcome


def all_jobs() -> set[type[Job]]:
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        importlib.import_module(module.name)
    return {job for job in Job.__subclasses__() if job.__module__.startswith("domain.")}


def test_every_job_of_the_domain_has_an_actor_and_every_actor_a_job() -> None:
    load_all()
    assert {job.actor: job for job in all_jobs()} == {name: task.job for name, task in TASKS.items()}


def test_mail_waits_in_a_queue_of_its_own() -> None:
    load_all()
    assert set(TASKS) > MAIL_ACTORS
    queues = {name: queue_of(name) for name in TASKS}
    assert {name for name, queue in queues.items() if queue == MAIL} == MAIL_ACTORS
    assert queues["route_sweep"] == WORK


async def test_pruning_forgets_what_is_old_and_keeps_what_is_not(bench_with_mail: Bench) -> None:
    bench, tenant_id, client_id = bench_with_mail, bench_with_mail.tenant_id, new_id()
    later = NOW + timedelta(days=30)
    async with bench.database.writing(tenant_id) as session:
        for days in (8, 6):
            row = {"tenant_id": tenant_id, "id": new_id(), "actor": "count", "done_at": later - timedelta(days=days)}
            await session.execute(insert(InboxRow).values(row))
        for hours in (25, 23):
            outcome = {"caller_id": client_id, "key": f"{hours}", "fingerprint": "", "outcome": {}}
            await session.execute(
                insert(IdempotencyRow).values(tenant_id=tenant_id, at=later - timedelta(hours=hours), **outcome)
            )
        client = {"id": client_id, "version": 0, "name": "shop", "secret_hash": "", "scopes": [], "created_at": NOW}
        await session.execute(insert(ApiClient).values(tenant_id=tenant_id, **client))
        for minutes in (-1, 1):
            expires_at = later + timedelta(minutes=minutes)
            token = {"id": new_id(), "client_id": client_id, "token_hash": f"{minutes}", "scopes": []}
            await session.execute(
                insert(AccessToken).values(tenant_id=tenant_id, issued_at=NOW, expires_at=expires_at, **token)
            )
        for days in (91, 89):
            seen = {"id": new_id(), "at": later - timedelta(days=days), "saw": {"days": days}}
            await session.execute(insert(RoutingPass).values(tenant_id=tenant_id, **seen))
    bench.clock.move(days=30)
    await bench.enqueue(Prune())
    (message,) = await bench.dispatch()
    assert await bench.perform(message) is Outcome.DONE
    async with bench.database.reading(tenant_id) as session:
        inbox = await session.scalar(select(func.count()).select_from(InboxRow))
        keys = list(await session.scalars(select(IdempotencyRow.key)))
        tokens = list(await session.scalars(select(AccessToken.token_hash)))
        passes = list(await session.scalars(select(RoutingPass.saw)))
    assert inbox == 2  # the one of six days ago, and that of the pruning itself
    assert keys == ["23"]
    assert tokens == ["1"]
    assert passes == [{"days": 89}]
    assert await bench.dispatch() == []  # nothing is left to forget
