"""The settings of a command, or a sentence about what is wrong with them."""

from pydantic import ValidationError

from domain.kit.settings import Settings, settings
from infra.embedded.errors import CannotRun


def configured() -> Settings:
    """The process's settings.

    Raises CannotRun naming every variable that is missing or wrong, without its value.
    """
    try:
        return settings()
    except ValidationError as error:
        problems = ", ".join(_problem(each["loc"], each["type"], each["msg"]) for each in error.errors())
        raise CannotRun(f"The settings are incomplete: {problems}.") from None


def _problem(place: tuple[int | str, ...], kind: str, message: str) -> str:
    if not place:
        return message.removeprefix("Value error, ").rstrip(".")
    name = f"SEZON_{str(place[0]).upper()}"
    return f"{name} is not set" if kind == "missing" else f"{name} is wrong ({message})"
