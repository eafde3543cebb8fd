"""The routes of the whole application, as it is put together."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.routing import Mount, Route

from domain.kit.ids import new_id
from domain.kit.settings import Settings
from infra.application import build
from infra.embedded.stack import Stack

LOOKING = frozenset({"GET", "HEAD"})

_PARAMETER = re.compile(r"{(\w+)(?::(\w+))?}")


@dataclass(frozen=True)
class Leaf:
    """A route, and the methods it answers to."""

    path: str
    methods: frozenset[str]

    @property
    def example(self) -> str:
        """A path of the route, leading to nothing."""
        return _PARAMETER.sub(lambda found: "404" if found[2] == "int" else str(new_id()), self.path)

    def leads_to(self, path: str) -> bool:
        """Whether the path is one of the route's."""
        pattern = _PARAMETER.sub(lambda found: ".+" if found[2] == "path" else "[^/]+", self.path)
        return re.fullmatch(pattern, path.partition("?")[0]) is not None


def leaves_of(stack: Stack) -> list[Leaf]:
    """Every route of a running product, those of the panel under /admin."""
    told = {name.removeprefix("SEZON_").lower(): value for name, value in stack.settings().items()}
    app = build(Settings.model_validate(told))
    described = app.openapi()["paths"].items()
    rest = [Leaf(path, frozenset(method.upper() for method in methods)) for path, methods in described]
    return [*rest, *_leaves(app.routes)]


def _leaves(routes: Any, prefix: str = "") -> Iterator[Leaf]:
    for route in routes:
        if isinstance(route, Mount) and route.routes:
            yield from _leaves(route.routes, prefix + route.path)
        elif isinstance(route, Route):
            yield Leaf(prefix + route.path, frozenset(route.methods or ()))
