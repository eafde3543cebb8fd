"""Puts load on, from a process of its own, and sees what that costs everybody."""

import subprocess
import tempfile
from dataclasses import asdict, dataclass

import orjson

from infra.bench import load
from infra.bench.cpu import cpu_seconds, resident_bytes
from infra.bench.load import Plan, Seen
from infra.embedded.errors import CannotRun
from infra.embedded.parts import PYTHON


@dataclass(frozen=True)
class Round:
    """What one way did in one round. CPU is in milliseconds per request."""

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    server_cpu_ms: float
    database_cpu_ms: float
    client_cpu_ms: float
    server_memory_mb: float
    bytes_per_response: float

    @property
    def cpu_ms(self) -> float:
        """Of everybody who took part."""
        return self.server_cpu_ms + self.database_cpu_ms + self.client_cpu_ms


def drive(plan: Plan) -> Seen:
    """Put the plan's load on. Raises CannotRun when an answer was a failure."""
    with tempfile.TemporaryFile() as answer:
        done = subprocess.run(
            [*PYTHON, load.__name__],
            input=orjson.dumps(asdict(plan)),
            stdout=answer,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode != 0:
            raise CannotRun(f"The load generator failed: {done.stderr.decode().strip()}")
        answer.seek(0)
        seen = Seen(**orjson.loads(answer.read()))
    if seen.failures:
        raise CannotRun(f"{len(seen.failures)} of {len(seen.took)} requests failed: {seen.failures[0]}")
    return seen


def measure(plan: Plan, *, server_pid: int | None, postgres_pid: int) -> Round:
    """Drive the plan once. Raises CannotRun."""

    def used() -> tuple[float, float]:
        return cpu_seconds(server_pid) if server_pid is not None else 0.0, cpu_seconds(postgres_pid)

    before = used()
    seen = drive(plan)
    server, database = (1000 * (now - then) for now, then in zip(used(), before, strict=True))
    count, took = len(seen.took), sorted(seen.took)
    return Round(
        requests_per_second=count / seen.seconds,
        p50_ms=took[count // 2],
        p99_ms=took[min(count - 1, count * 99 // 100)],
        server_cpu_ms=server / count,
        database_cpu_ms=database / count,
        client_cpu_ms=1000 * seen.cpu_seconds / count,
        server_memory_mb=0.0 if server_pid is None else resident_bytes(server_pid) / 2**20,
        bytes_per_response=seen.received / count,
    )
