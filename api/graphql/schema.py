"""The schema: what can be asked and done, built once from the declarations."""

from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

import strawberry
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type

from api.graphql.admission import Memory
from api.graphql.idempotency import idempotent
from api.graphql.inputs import make_at_once
from api.graphql.mutations import Mutation
from api.graphql.queries import Query
from api.graphql.reading.direct import resolve_directly
from api.graphql.reading.faults import faults
from api.graphql.reading.fields import TYPES
from api.graphql.reading.planner import Planner
from api.graphql.scalars import SCALARS
from api.graphql.types.dry_runs import IntakeAsked, IntakeDryRunTicket, IntakeShift, IntakeSkill
from api.graphql.types.statistics import StatisticsGroup
from api.graphql.types.viewer import Viewer
from api.graphql.writing import (
    abilities,
    calls,
    channels,
    clients,
    imports,
    intake,
    intake_rules,
    orders,
    passes,
    people,
    queues,
    seasons,
    seat_changes,
    seats,
    tickets,
)


class Schema(strawberry.Schema):
    """A strawberry schema with what it remembers of documents and plans.

    `execution.execute` runs operations in place of its own `execute`, whose extensions, parsing and validation cost
    more than reading a page.
    """

    def __init__(self, **declared: Any) -> None:
        super().__init__(**declared)
        self.memory = Memory(self._schema)
        self.planner = Planner(self)


def build(mutations: Sequence[Mutation] = ()) -> Schema:
    """The schema with these mutations.

    Raises TypeError naming every fault of the declarations.
    """
    declared = [
        Query,
        Viewer,
        StatisticsGroup,
        *DRY_RUN,
        *TYPES.values(),
        *(mutation.payload for mutation in mutations),
    ]
    wrong = [fault for cls in declared for fault in faults(cls)]
    wrong += [fault for mutation in mutations for fault in mutation.faults()]
    if wrong:
        raise TypeError("\n".join(wrong))
    fields: list[Any] = [mutation.field() for mutation in mutations]
    done = "What can be done. Each mutation is one transaction, and says in its result how it ended."
    built = Schema(
        query=Query,
        mutation=create_type("Mutation", fields, description=done) if fields else None,
        types=list(TYPES.values()),
        directives=[idempotent],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    resolve_directly(built._schema)
    make_at_once(built._schema)
    return built


def declared_mutations(*modules: ModuleType) -> list[Mutation]:
    """The mutations of these modules, in the order in which they stand there."""
    return [value for module in modules for value in vars(module).values() if isinstance(value, Mutation)]


DRY_RUN = (IntakeAsked, IntakeDryRunTicket, IntakeShift, IntakeSkill)

MODULES: tuple[ModuleType, ...] = (
    orders,
    intake,
    intake_rules,
    imports,
    calls,
    tickets,
    people,
    abilities,
    channels,
    queues,
    seats,
    seat_changes,
    passes,
    seasons,
    clients,
)
"""Where the mutations are declared."""


@cache
def schema() -> Schema:
    """The schema of Sezon."""
    return build(declared_mutations(*MODULES))


def printed() -> str:
    """The schema in GraphQL's own language, as committed in `schema.graphql`."""
    return print_schema(schema()) + "\n"
