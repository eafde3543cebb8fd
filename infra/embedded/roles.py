"""The database and its roles on the embedded server, from the same script an administrator runs on a real one."""

from dataclasses import dataclass
from pathlib import Path

from infra.embedded.postgres import Postgres

SCRIPT = Path(__file__).parent.parent / "roles.sql"
DATABASE = "sezon"


@dataclass(frozen=True)
class RolePasswords:
    """Of the roles that sign in."""

    app: str
    owner: str
    platform: str


def create_roles(postgres: Postgres, passwords: RolePasswords) -> None:
    """Make the database, its roles and their passwords what they should be; running it again changes nothing.

    Raises CannotRun with what the server said.
    """
    postgres.run_sql(SCRIPT.read_text(encoding="utf-8"), _set_passwords(passwords))


def _set_passwords(passwords: RolePasswords) -> str:
    return "".join(
        f"ALTER ROLE {role} PASSWORD {_literal(password)};\n"
        for role, password in (
            ("app", passwords.app),
            ("owner", passwords.owner),
            ("platform", passwords.platform),
        )
    )


def _literal(text: str) -> str:
    quoted = text.replace("'", "''")
    return f"'{quoted}'"
