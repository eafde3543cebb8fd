"""How far an import is: a bar on a terminal, a line for each tenth elsewhere; on stderr, for stdout is the result's."""

from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Meter(Protocol):
    """Is told how many rows more are through."""

    def advance(self, rows: int) -> None: ...


def meter(name: str, *, total: int) -> AbstractContextManager[Meter]:
    """A meter for so many rows, for as long as the context lasts."""
    console = Console(stderr=True)
    return _Bar(name, total, console) if console.is_terminal else _Lines(name, total, console)


class _Bar:
    def __init__(self, name: str, total: int, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console
        )
        self._task: TaskID = self._progress.add_task(name, total=total)

    def advance(self, rows: int) -> None:
        self._progress.advance(self._task, rows)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._progress.stop()


class _Lines:
    def __init__(self, name: str, total: int, console: Console) -> None:
        self._name, self._total, self._console = name, total, console
        self._through = 0

    def advance(self, rows: int) -> None:
        before, self._through = self._through, self._through + rows
        if self._tenth(before) != self._tenth(self._through):
            self._console.print(f"{self._name}: {self._through:,} of {self._total:,}", highlight=False)

    def _tenth(self, rows: int) -> int:
        return rows * 10 // self._total

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass
