"""Every path is classified, and nothing else is."""

from collections.abc import Collection

import pytest

from tests.silence import enumerating, register


@pytest.mark.parametrize(
    ("kind", "found", "table"),
    [
        ("mutation", enumerating.mutations, register.MUTATIONS),
        ("route", enumerating.routes, register.ROUTES.keys() | register.LOOKS),
        ("task of the workers", enumerating.tasks, register.TASKS),
        ("command", enumerating.commands, register.COMMANDS),
    ],
)
def test_every_path_says_whom_it_can_reach(kind: str, found: object, table: Collection[str]) -> None:
    assert callable(found)
    there = set(found())
    new, gone = sorted(there - set(table)), sorted(set(table) - there)
    assert not new, (
        f"Each of these is a {kind} that nobody has thought about: {new}. Can somebody on a light seat reach a "
        "customer by it? Say so in tests/silence/register.py, with what it is to be played with; then it is played."
    )
    assert not gone, f"There is no such {kind} any more: {gone}. Take it out of tests/silence/register.py."


def test_what_only_shows_something_is_asked_for_by_a_method_that_changes_nothing() -> None:
    assert {path.partition(" ")[0] for path in register.LOOKS} <= {"GET", "FILES"}
    assert not {path for path in register.ROUTES if path.startswith("GET ")}
