"""What the API counts, for Prometheus."""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MOST_PROCESSES = 16
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one application; labels are routes and kinds, never anything that a caller can make up."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "sezon_http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self._request_seconds = Histogram(
            "sezon_http_request_seconds", "Time to answer.", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self._operations = Counter(
            "sezon_graphql_operations", "GraphQL operations, by outcome.", ["outcome"], registry=self.registry
        )
        self._operation_seconds = Histogram(
            "sezon_graphql_operation_seconds", "Time to run one.", buckets=_SECONDS, registry=self.registry
        )
        self._fallbacks = Counter(
            "sezon_graphql_fallbacks",
            "Fields that the executor read in place of a plan, by reason.",
            ["reason"],
            registry=self.registry,
        )
        self._observe_pool(engine)

    def request_answered(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer; `route` is the path's pattern."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._request_seconds.labels(route).observe(seconds)

    def operation_done(self, outcome: str, seconds: float, fallbacks: Iterable[str] = ()) -> None:
        """Count a GraphQL operation: `ok`, or `error` when its answer has errors.

        `fallbacks` are words for why fields of it were not read by plans.
        """
        self._operations.labels(outcome).inc()
        self._operation_seconds.observe(seconds)
        for reason in fallbacks:
            self._fallbacks.labels(reason).inc()

    @contextmanager
    def served(self, port: int) -> Iterator[int]:
        """While the block lasts, everything counted is at `/metrics` of the port that it gives, on loopback alone.

        That is `port`, or one of the next few: the processes of one service, told the same, take one each.
        """
        for place in range(port, port + MOST_PROCESSES):
            try:
                server, thread = start_http_server(place, addr="127.0.0.1", registry=self.registry)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or place == port + MOST_PROCESSES - 1:
                    raise
            else:
                break
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def _observe_pool(self, engine: AsyncEngine) -> None:
        pool = engine.pool
        if not isinstance(pool, QueuePool):
            return
        in_use = Gauge("sezon_database_connections_in_use", "Connections that work right now.", registry=self.registry)
        most = Gauge("sezon_database_connections_most", "Connections this process may have.", registry=self.registry)
        in_use.set_function(pool.checkedout)
        most.set_function(pool.size)
