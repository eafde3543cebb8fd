"""What was measured, for people and for programs."""

import os
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.table import Table

from infra.bench.driving import Round
from infra.bench.statements import Statements

API = "api"
"""The way that the others are compared with."""

FIGURES = {
    "requests_per_second": "requests/s",
    "p50_ms": "p50, ms",
    "p99_ms": "p99, ms",
    "server_cpu_ms": "CPU of the server, ms",
    "database_cpu_ms": "CPU of PostgreSQL, ms",
    "client_cpu_ms": "CPU of the load, ms",
    "server_memory_mb": "memory of the server, MB",
    "bytes_per_response": "bytes",
    "rows_per_request": "rows written",
}
WHOLE = ("server_memory_mb", "bytes_per_response", "rows_per_request")


@dataclass(frozen=True)
class Measured:
    """One thing at one number of connections: the rounds by way, and what one request of each takes if it is known."""

    what: str
    connections: int
    rounds: Mapping[str, Sequence[Round]]
    statements: Mapping[str, Statements] = field(default_factory=dict)

    def median(self, way: str) -> Round:
        """Every figure's own median."""
        rounds = [asdict(each) for each in self.rounds[way]]
        return Round(**{name: statistics.median(each[name] for each in rounds) for name in rounds[0]})

    def rate_ratio(self, other: str) -> "Ratio":
        """The API's requests per second over that way's."""
        return self._ratio(other, lambda each: each.requests_per_second)

    def cpu_ratio(self, other: str) -> "Ratio":
        """The API's CPU per request over that way's; other work on the machine disturbs it less than a rate."""
        return self._ratio(other, lambda each: each.cpu_ms)

    @property
    def compared(self) -> list[str]:
        """The ways that the API is compared with."""
        return [way for way in self.rounds if way != API and API in self.rounds]

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "connections": self.connections,
            "ways": {str(way): self._way_as_json(way) for way in self.rounds},
            "api_over": {
                str(way): {"requests_per_second": asdict(self.rate_ratio(way)), "cpu": asdict(self.cpu_ratio(way))}
                for way in self.compared
            },
        }

    def _way_as_json(self, way: str) -> dict[str, Any]:
        counted = {"statements": asdict(self.statements[way])} if way in self.statements else {}
        rounds = [asdict(each) for each in self.rounds[way]]
        return {"median": asdict(self.median(way)), **counted, "rounds": rounds}

    def _ratio(self, other: str, figure: Callable[[Round], float]) -> "Ratio":
        pairs = zip(self.rounds[API], self.rounds[other], strict=True)
        each = [figure(api) / figure(its) for api, its in pairs]
        return Ratio(statistics.median(each), min(each), max(each))


@dataclass(frozen=True)
class Ratio:
    """The rounds' own ratios: their median, the smallest and the largest."""

    median: float
    least: float
    most: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.least:.2f}-{self.most:.2f})"


@dataclass(frozen=True)
class Report:
    """All that one run measured, and on what."""

    about: Mapping[str, Any]
    measured: Sequence[Measured]

    def of(self, what: str, connections: int) -> Measured:
        return next(each for each in self.measured if (each.what, each.connections) == (what, connections))

    def under(self, bar: float, way: str) -> list[str]:
        """What the API answers less often than so many times as often as that way, in sentences."""
        compared = [(each, each.rate_ratio(way)) for each in self.measured if way in each.compared]
        return [
            f"{each.what} at {each.connections} connections: {ratio}, which is under {bar:.2f}."
            for each, ratio in compared
            if ratio.median < bar
        ]

    def as_json(self) -> dict[str, Any]:
        return {**self.about, "cores": os.cpu_count(), "measured": [each.as_json() for each in self.measured]}


def table(measured: Measured, words: Mapping[str, str]) -> Table:
    """One thing at one number of connections, for people; ways are called by these words."""
    shown = Table(
        title=f"{measured.what} at {measured.connections} connections, {os.cpu_count()} cores for everything",
        caption="Medians; CPU, bytes and statements of one request. The load runs on the same cores.",
    )
    shown.add_column("")
    for way in measured.rounds:
        shown.add_column(words[way], justify="right")
    medians = {way: asdict(measured.median(way)) for way in measured.rounds}
    for name, called in FIGURES.items():
        if not any(medians[way][name] for way in medians):
            continue
        shown.add_row(called, *(f"{medians[way][name]:,.{0 if name in WHOLE else 2}f}" for way in medians))
    for name, called in (("reading", "statements"), ("control", "BEGIN, SET, ROLLBACK")) if measured.statements else ():
        shown.add_row(called, *(str(getattr(measured.statements[way], name)) for way in measured.rounds))
    for called, ratio in (
        ("the API's requests/s, times its own", measured.rate_ratio),
        ("the API's CPU, times its own", measured.cpu_ratio),
    ):
        shown.add_row(called, *(str(ratio(way)) if way in measured.compared else "" for way in measured.rounds))
    return shown
