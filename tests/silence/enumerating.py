"""Every path there is, found in the product itself: nothing here has to be kept up by hand."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import typer
from fastapi import FastAPI
from starlette.routing import Mount, Route

from api.graphql.schema import schema
from domain.kit.outbox import Job
from domain.kit.settings import Settings
from infra.application import build
from infra.cli import app as command_line
from workers.actors import load_all
from workers.runtime import TASKS

_CONVERTOR = re.compile(r":\w+}")


def mutations() -> list[str]:
    """The mutations of the schema, which has nothing else that writes."""
    whole = schema()._schema
    assert whole.subscription_type is None, "A subscription is a new kind of path: enumerate and play it."
    assert whole.mutation_type is not None
    return list(whole.mutation_type.fields)


@cache
def application() -> FastAPI:
    """The web side as it is served, in an environment that shows every route."""
    told = {
        "environment": "test",
        "database_url": "postgresql://nobody@127.0.0.1/nothing",
        "broker_url": "redis://127.0.0.1",
        "secret_key": "-" * 32,
    }
    return build(Settings.model_validate(told))


def routes() -> list[str]:
    """Every route of API, panel and desk as `METHOD /path`, without the HEAD that goes with a GET."""
    return sorted({f"{method} {_CONVERTOR.sub('}', path)}" for method, path in _routes(application().routes)})


def _routes(found: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in found:
        if isinstance(route, Mount) and route.routes:
            yield from _routes(route.routes, prefix + route.path)
        elif isinstance(route, Mount):
            yield "FILES", prefix + route.path
        elif isinstance(route, Route) or hasattr(route, "methods"):
            for method in (route.methods or set()) - {"HEAD"}:
                yield method, prefix + route.path
        elif hasattr(route, "original_router"):
            yield from _routes(route.original_router.routes, prefix + route.include_context.prefix)
        else:
            raise TypeError(f"{type(route).__name__} is a new kind of route: teach this function to walk it.")


def tasks() -> list[str]:
    """What the workers do, by the names of the jobs."""
    load_all()
    return sorted(TASKS)


def job(task: str) -> type[Job]:
    """The job that a task does."""
    load_all()
    return TASKS[task].job


def commands() -> list[str]:
    """The commands of `sezon`."""
    return sorted(_commands(command_line))


def _commands(group: typer.Typer, prefix: str = "") -> Iterator[str]:
    for command in group.registered_commands:
        assert command.callback is not None
        yield prefix + (command.name or command.callback.__name__)
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from _commands(inner.typer_instance, f"{prefix}{inner.name} ")
