"""`sezon import olist` and `sezon import orders`."""

import csv
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import typer

from domain.kit.clock import SystemClock
from infra.commands.imports import reviews
from infra.commands.imports.access import Access
from infra.commands.imports.graphql import ORDERS, TICKETS
from infra.commands.imports.olist import Folder
from infra.commands.imports.rows import Refused, shown
from infra.commands.imports.running import Load, run
from infra.commands.imports.shop_columns import Layout
from infra.commands.imports.shop_file import ShopFile
from infra.commands.imports.tables import Table
from infra.commands.imports.tally import Tally
from infra.embedded.errors import CannotRun

OUR_COLUMNS = ("sezon_line", "sezon_reason")


def import_olist(folder: Path, access: Access) -> int:
    """Send the data set's orders, then a ticket for each unhappy review; the exit code. Raises CannotRun."""
    files = Folder(folder)
    orders = Load(ORDERS, len(files), files.rows)
    tickets = Load(TICKETS, sum(1 for _ in reviews.rows(files.reviews)), lambda: reviews.rows(files.reviews))
    return run([orders, tickets], access)


def import_orders(table: Table, layout: Layout, access: Access, *, errors: Path | None) -> int:
    """Send the orders of a shop's own file; the exit code. Raises CannotRun."""
    file = _file(table, layout, errors)
    load = Load(ORDERS, len(file), file.rows)
    try:
        return run([load], access)
    finally:
        if errors is not None:
            leave_errors(errors, table, load.tally)


def try_orders(table: Table, layout: Layout, *, errors: Path | None) -> int:
    """Read a shop's own file as `import_orders` does, send nothing, and say line by line what is wrong."""
    file, tally, good = _file(table, layout, errors), Tally(), 0
    for row in file.rows():
        if isinstance(row, Refused):
            tally.refuse(row)
            for line, reason in reasons_of(row).items():
                typer.echo(shown(f"line {line}: order {row.external_id or '?'}: {reason}"))
        else:
            good += 1
    typer.echo(f"Orders: {good:,} of {len(file):,} could be sent, {len(tally.refused):,} would be refused.")
    for reason in tally.reasons():
        typer.echo(reason)
    if errors is not None:
        leave_errors(errors, table, tally)
    return 1 if tally.refused else 0


def _file(table: Table, layout: Layout, errors: Path | None) -> ShopFile:
    """The file, after what can be said of it at once."""
    file = ShopFile(table, layout, now=SystemClock().now())
    unused = [name for name in layout.unused(table) if name not in OUR_COLUMNS]
    if unused:
        typer.echo(shown(f"Not read: {', '.join(unused)}."), err=True)
    if errors is not None:
        if errors.exists() and errors.samefile(table.path):
            raise CannotRun("--errors names the file that is read; choose another.")
        write_errors(errors, table, Tally())  # now, while nothing is lost if it cannot be
    return file


def reasons_of(refused: Refused) -> Mapping[int, str]:
    """Why each of the row's lines is refused: by its own faults or, without any, by those of the order."""
    reasons: dict[int, list[str]] = {}
    for fault in refused.faults:
        if fault.line is not None:
            reasons.setdefault(fault.line, []).append(str(fault))
    whole = [str(fault) for fault in refused.faults if fault.line is None]
    whole = whole or [f"its order is refused for line {line}" for line in reasons]
    return {line: "; ".join(reasons.get(line, whole)) for line in refused.lines}


def leave_errors(path: Path, table: Table, tally: Tally) -> None:
    """`write_errors`, or no file when nothing was refused. Raises CannotRun."""
    if tally.refused:
        write_errors(path, table, tally)
    elif path.is_file():  # and no device
        with suppress(OSError):
            path.unlink()


def write_errors(path: Path, table: Table, tally: Tally) -> None:
    """Write the lines of what was refused as they stand in the table, each with its number and the reason before it.

    Mended, such a file can be imported as it is. Raises CannotRun.
    """
    reasons = {line: reason for row in tally.refused for line, reason in reasons_of(row).items()}
    kept = [position for position, name in enumerate(table.header) if name not in OUR_COLUMNS]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=table.delimiter, lineterminator="\n")
            writer.writerow([*OUR_COLUMNS, *(table.header[position] for position in kept)])
            for line in table.lines() if reasons else ():
                if line.number in reasons:
                    beyond = line.written[len(table.header) :]
                    cells = [line.written[position] for position in kept if position < len(line.written)]
                    writer.writerow([line.number, reasons[line.number], *cells, *beyond])
    except OSError as error:
        raise CannotRun(f"{path} cannot be written: {os.strerror(error.errno or 0)}.") from None
