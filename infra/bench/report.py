"""What was measured, for people and for programs."""

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from infra.bench.data import Size
from infra.bench.driving import Round
from infra.bench.pages.page import PageName
from infra.bench.statements import Statements
from infra.bench.ways import WORDS, Way

COMPARED = (Way.BARE, Way.REFERENCE, Way.SQL)
FIGURES = {
    "requests_per_second": "requests/s",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "server_cpu_ms": "CPU of the server, ms",
    "database_cpu_ms": "CPU of PostgreSQL, ms",
    "client_cpu_ms": "CPU of the load, ms",
    "server_memory_mb": "memory of the server, MB",
    "bytes_per_response": "bytes",
}
WHOLE = ("server_memory_mb", "bytes_per_response")


@dataclass(frozen=True)
class Measured:
    """One page at one number of connections: the rounds by way, and what one request of each takes."""

    page: PageName
    connections: int
    rounds: Mapping[Way, Sequence[Round]]
    statements: Mapping[Way, Statements]

    def median(self, way: Way) -> Round:
        rounds = [asdict(each) for each in self.rounds[way]]
        return Round(**{name: statistics.median(each[name] for each in rounds) for name in rounds[0]})

    def rate_ratio(self, other: Way) -> float:
        """The API's requests per second over that way's: the median of each round's own ratio."""
        return self._ratio(other, lambda each: each.requests_per_second)

    def cpu_ratio(self, other: Way) -> float:
        """The API's CPU per request over that way's; other work on the machine disturbs it less than a rate."""
        return self._ratio(other, lambda each: each.cpu_ms)

    @property
    def compared(self) -> list[Way]:
        """The ways that the API is compared with."""
        return [way for way in COMPARED if way in self.rounds and Way.API in self.rounds]

    def as_json(self) -> dict[str, Any]:
        return {
            "page": self.page,
            "connections": self.connections,
            "ways": {
                way.value: {
                    "median": asdict(self.median(way)),
                    "statements": asdict(self.statements[way]),
                    "rounds": [asdict(each) for each in rounds],
                }
                for way, rounds in self.rounds.items()
            },
            "api_over": {
                way.value: {"requests_per_second": self.rate_ratio(way), "cpu": self.cpu_ratio(way)}
                for way in self.compared
            },
        }

    def _ratio(self, other: Way, figure: Callable[[Round], float]) -> float:
        pairs = zip(self.rounds[Way.API], self.rounds[other], strict=True)
        return statistics.median(figure(api) / figure(its) for api, its in pairs)


@dataclass(frozen=True)
class Report:
    size: Size
    measured: Sequence[Measured]

    def of(self, page: PageName, connections: int) -> Measured:
        return next(each for each in self.measured if (each.page, each.connections) == (page, connections))

    def as_json(self) -> dict[str, Any]:
        return {
            "size": asdict(self.size),
            "cores": os.cpu_count(),
            "measured": [each.as_json() for each in self.measured],
        }


def table(measured: Measured) -> Table:
    """One page at one number of connections, for people."""
    shown = Table(
        title=f"Page {measured.page} at {measured.connections} connections, {os.cpu_count()} cores for everything",
        caption="Medians; CPU, bytes and statements of one request. The load runs on the same cores.",
    )
    shown.add_column("")
    for way in measured.rounds:
        shown.add_column(WORDS[way], justify="right")
    medians = {way: asdict(measured.median(way)) for way in measured.rounds}
    for name, words in FIGURES.items():
        shown.add_row(words, *(f"{medians[way][name]:,.{0 if name in WHOLE else 2}f}" for way in medians))
    for name, words in (("reading", "statements"), ("control", "BEGIN, SET, ROLLBACK")):
        shown.add_row(words, *(str(getattr(measured.statements[way], name)) for way in measured.rounds))
    for words, ratio in (
        ("the API's requests/s, times its own", measured.rate_ratio),
        ("the API's CPU, times its own", measured.cpu_ratio),
    ):
        shown.add_row(words, *(f"{ratio(way):.2f}" if way in measured.compared else "" for way in measured.rounds))
    return shown
