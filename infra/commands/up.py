"""`sezon up`: the whole stack in the foreground."""

import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.table import Table

from infra.embedded.stack import Stack

PLAIN_WIDTH = 160
"""Of the table where the output is no terminal: no address is to be broken in two."""

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _StopAsked(BaseException):
    """A signal came before the stack was up."""


def run(*, data_dir: Path, port: int, demo: bool) -> None:
    """Start everything, say where it is, stay until a signal, stop everything."""
    begun = time.monotonic()
    stopped = threading.Event()
    started = False

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        asked_before = stopped.is_set()
        stopped.set()
        if not started and not asked_before:
            raise _StopAsked

    for number in STOPS:
        signal.signal(number, on_signal)
    stack = Stack(data_dir, port=port, demo=demo, say=_complain)
    with suppress(_StopAsked), stack:
        started = True
        _show(stack, seconds=time.monotonic() - begun)
        stopped.wait()
        _complain("stopping")


def _complain(line: str) -> None:
    with suppress(OSError, ValueError):  # the terminal may be gone
        print(f"sezon: {line}", file=sys.stderr, flush=True)


def _show(stack: Stack, *, seconds: float) -> None:
    here, demo = stack.addresses, stack.demo
    table = Table(title=f"Sezon is up ({seconds:.1f} s)", show_header=False, title_justify="left")
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("GraphQL", here.graphql_url)
    table.add_row("Token", here.token_url)
    table.add_row("Panel", here.admin_url)
    if demo:
        table.add_row("Sign in", f"shop {demo['admin_shop']}, {demo['admin_email']}, {demo['admin_password']}")
        table.add_row("API client", f"{demo['client_id']}; its secret is in {stack.folder.demo_file}")
    table.add_row("Mail", f"{stack.mail_folder} (nothing leaves this machine)")
    table.add_row("Database", here.database_url)
    table.add_row("Logs", str(stack.folder.logs))
    table.add_row(
        "Command line", f"source {stack.folder.environment_file}; {Path(sys.executable).with_name('sezon')} --help"
    )
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH)
    with suppress(OSError):
        console.print(table)
        console.print("Ctrl-C stops everything.")
