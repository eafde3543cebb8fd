"""The servers under the journeys: a stack's own, unless others are given."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.supervisor import Supervisor
from tests import rabbitmq
from tests.rabbitmq import RabbitMq
from tests.servers import database_of_its_own, given_servers


@pytest.fixture
def elsewhere() -> Iterator[dict[str, Any]]:
    """What a `Stack` is to use instead of servers of its own: nothing, or those of `SEZON_TEST_*_URL`.

    The database and the broker's keys are not those of the other tests, which may run at the same time.
    """
    given = given_servers()
    if given is None:
        yield {}
        return
    with database_of_its_own(given) as database:
        yield {"database": database, "broker_url": f"{given.broker_url.rpartition('/')[0]}/1"}


@pytest.fixture
def own_rabbitmq(tmp_path: Path) -> Iterator[tuple[RabbitMq, Supervisor]]:
    with rabbitmq.running(tmp_path) as started:
        yield started


@pytest.fixture(params=["redis", "rabbitmq"])
def servers_of_a_journey(request: pytest.FixtureRequest, elsewhere: dict[str, Any]) -> dict[str, Any]:
    """Every journey that asks goes over Redis or Valkey, and over RabbitMQ where there is one."""
    if request.param == "redis":
        return elsewhere
    given = os.environ.get(rabbitmq.GIVEN)
    return {**elsewhere, "broker_url": given or request.getfixturevalue("own_rabbitmq")[0].url}
