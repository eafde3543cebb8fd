"""`sezon doctor`: is this machine, and everything the settings point to, as Sezon needs it?"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from infra.commands import checks
from infra.commands.configuration import configured
from infra.embedded.data_folder import DataFolder
from infra.embedded.errors import CannotRun

Check = Callable[[], str] | Callable[[], Awaitable[str]]


def run(*, data_dir: Path) -> bool:
    """Print one line a check; whether all is well."""
    table = Table("Check", "", "Found", "What to do", title="Sezon's doctor", title_justify="left")
    well = asyncio.run(_examine(table, data_dir))
    Console().print(table)
    return well


async def _examine(table: Table, data_dir: Path) -> bool:
    results = [
        await _check(table, "Python and C library", checks.python_and_libc),
        await _check(table, "Data folder", lambda: checks.folder_rights(data_dir)),
    ]
    try:
        told = configured()
    except CannotRun as error:
        table.add_row(
            "Settings", "[red]wrong[/]", str(error), _where_settings_are(DataFolder(data_dir).environment_file)
        )
        return False
    table.add_row("Settings", "[green]ok[/]", told.environment, "")
    about: dict[str, Check] = {
        "Database": lambda: checks.database_as_app(told),
        "Migrations": lambda: checks.database_as_owner(told),
        "Relay's database": lambda: checks.database_as_platform(told),
        "Broker": lambda: checks.broker(told),
        "Mail": lambda: checks.mail(told),
    }
    results += [await _check(table, name, check) for name, check in about.items()]
    return all(results)


def _where_settings_are(file: Path) -> str:
    if file.exists():
        return f"For what `sezon up` runs here: source {file}"
    return f"Set the SEZON_* variables, or start `sezon up`, which writes them to {file}."


async def _check(table: Table, name: str, check: Check) -> bool:
    try:
        result = check()
        found = result if isinstance(result, str) else await result
    except checks.Wrong as wrong:
        table.add_row(name, "[red]wrong[/]", str(wrong), wrong.remedy)
        return False
    table.add_row(name, "[green]ok[/]", found, "")
    return True
