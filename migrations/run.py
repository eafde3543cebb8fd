"""Migrations as a function, for the command line, the launcher and the tests."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def _config(owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    return config


def upgrade(owner_url: str, *, revision: str = "head") -> None:
    """Bring the schema up to a revision. Must not run inside an event loop."""
    command.upgrade(_config(owner_url), revision)


def downgrade(owner_url: str, *, revision: str) -> None:
    """Take the schema down to a revision (`base`: nothing left). Must not run inside an event loop."""
    command.downgrade(_config(owner_url), revision)


def check(owner_url: str) -> None:
    """Raises alembic's CommandError where the models and the migrated schema differ."""
    command.check(_config(owner_url))


def head() -> str:
    """The newest revision of this code."""
    return ScriptDirectory(str(Path(__file__).parent)).get_current_head() or ""
