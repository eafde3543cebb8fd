"""The benchmarks' data, small, in the suite's own database."""

import pytest

from infra.bench.data import Size, fill
from tests.servers import Servers

SIZE = Size(tenants=2, orders=4_000, tickets=20_000)


@pytest.fixture(scope="session")
async def bench_data(servers: Servers) -> Size:
    """Two shops of 10,000 tickets each."""
    await fill(SIZE, owner_url=servers.owner_url, app_url=servers.app_url)
    return SIZE
