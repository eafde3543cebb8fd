"""`sezon migrate`."""

from infra.commands.configuration import configured
from infra.embedded.errors import CannotRun


def migrate(*, revision: str) -> None:
    """Bring the database up to `revision`.

    Raises CannotRun with what the database or the migrations said.
    """
    owner_url = configured().owner_url
    if owner_url is None:
        raise CannotRun("Migrations need the owner's database address: set SEZON_OWNER_URL.")

    from alembic.util import CommandError
    from sqlalchemy.exc import SQLAlchemyError

    from migrations.run import upgrade

    try:
        upgrade(str(owner_url), revision=revision)
    except CommandError as error:
        raise CannotRun(f"The migrations cannot run: {error}") from None
    except (SQLAlchemyError, OSError) as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise CannotRun(f"The database refused the migrations: {said}") from None
