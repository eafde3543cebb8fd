"""What `dramatiq workers.main` loads into each worker process: broker, database, clock and all actors."""

import asyncio

import dramatiq
from prometheus_client import start_http_server

from domain.kit import garbage, logging
from domain.kit.clock import clock_from
from domain.kit.database import START_PATIENCE, Database, engine_for, refuse_if_app_can_bypass
from domain.kit.settings import Settings, settings
from workers import runtime
from workers.actors import load_all
from workers.broker import broker_for


def start(told: Settings) -> dramatiq.Broker:
    """The broker of this process, with every actor declared on it.

    Raises AppCouldBypass when the database's role could see past a tenant's policy.
    """
    logging.configure()
    asyncio.run(_check(told))
    if told.metrics_port is not None:
        start_http_server(told.metrics_port, addr="127.0.0.1")
    broker = broker_for(str(told.broker_url))
    dramatiq.set_broker(broker)
    load_all()
    runtime.declare(
        broker,
        database=Database(engine_for(told.database_url, pool_size=told.pool_size, name="sezon-worker")),
        clock=clock_from(told.clock_file),
    )
    return broker


async def _check(told: Settings) -> None:
    engine = engine_for(told.database_url, pool_size=1, name="sezon-worker-start")
    try:
        await refuse_if_app_can_bypass(engine, patience=START_PATIENCE)
    finally:
        await engine.dispose()


broker = start(settings())
garbage.settle()
