"""What can be done from a page of the panel: the lists ask here, whoever has a button says so here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from admin.visitors import Visitor


@dataclass(frozen=True)
class Button:
    """A word of the catalogue that leads to a page, or with `post` does what it says when it is pressed.

    With `file` it leads to something to keep, and not to a page. `values` are those that the word speaks of.
    """

    word: str
    path: str
    danger: bool = False
    post: bool = False
    file: bool = False
    values: Mapping[str, str] = field(default_factory=dict)


Provider = Callable[[Any, Visitor], Iterable[Button]]
"""The buttons for a row of one kind; for the list as a whole, the row is None."""


class Buttons:
    """Who has buttons for which pages, by the identity of their list.

    ```python
    buttons = Buttons()
    buttons.add("seats", lambda licence, visitor: [Button("seats_add", "/seats/add")] if licence is None else [])
    ```
    """

    def __init__(self) -> None:
        self._providers: dict[str, list[Provider]] = {}

    def add(self, identity: str, provider: Provider) -> None:
        """Ask the provider for the buttons of this kind's list and detail pages, after those added before it."""
        self._providers.setdefault(identity, []).append(provider)

    def of(self, identity: str, row: Any, visitor: Visitor) -> list[Button]:
        """The buttons of a page, in the order in which they were added."""
        return [button for provider in self._providers.get(identity, []) for button in provider(row, visitor)]


_registered = Buttons()


def register(identity: str, provider: Provider) -> None:
    """Say which buttons a kind's pages have; once, when the module that does what they say is imported."""
    _registered.add(identity, provider)


def buttons_for(identity: str, row: Any, visitor: Visitor) -> list[Button]:
    """The buttons that the visitor sees on the page of a row, or with None on its list.

    `row` is what the detail page shows, of `admin.lists`: its `id`, and what else that page's class names.
    """
    return _registered.of(identity, row, visitor)
