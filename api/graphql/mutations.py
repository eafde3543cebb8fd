"""How a mutation runs: rights, replay, the operation and its outcome in one transaction; reading only after it."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Union, get_type_hints

import strawberry
from sqlalchemy.exc import DBAPIError
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from api.context import RequestContext
from api.graphql.errors import Refusal
from api.graphql.failures import failure, failure_type
from api.graphql.idempotency import key_of
from api.graphql.payloads import asked, input_faults, revived, with_ids, written
from api.graphql.reading import Info
from api.graphql.reading.fields import NAMES
from api.graphql.reading.loaders import loaders_of
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError, InvalidInput
from domain.kit.events import Actor
from domain.kit.idempotency import (
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    earlier_outcome,
    fingerprint,
    keep,
)
from domain.seats.rights import (
    FullSeatRequired,
    LiveSeat,
    NotPermitted,
    Seat,
    SeatRequired,
    Standing,
    hold_seat,
    must_allow,
)
from domain.tenants.permissions import Permission

COMMON: tuple[type[DomainError], ...] = (
    NotPermitted,
    SeatRequired,
    InvalidInput,
    IdempotencyKeyReused,
    IdempotencyKeyInUse,
)
"""Failures of every mutation."""

DEADLOCK = "40P01"
"""PostgreSQL's code for a transaction ended because it and others waited for one another."""

PASSING = (NotPermitted, SeatRequired, FullSeatRequired, IdempotencyKeyReused, IdempotencyKeyInUse)
"""Failures of the moment: not kept under an idempotency key, so that a later try may succeed."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a mutation's function works with: its transaction, and the caller's standing read inside it."""

    context: RequestContext
    session: TenantSession
    standing: Standing

    @property
    def now(self) -> datetime:
        return self.context.now

    @property
    def by(self) -> Actor:
        return self.standing.actor

    @property
    def seat(self) -> LiveSeat:
        """The caller's live seat, in a mutation that takes one."""
        if self.standing.seat is None:
            raise TypeError("Only a mutation with seat=ANY or FULL has a seat.")
        return self.standing.seat


@dataclass(frozen=True, eq=False)
class Mutation:
    """A mutation as declared."""

    function: Callable[..., Awaitable[Any]]
    requires: Permission | None
    seat: Seat
    failures: tuple[type[DomainError], ...]

    @property
    def name(self) -> str:
        return to_camel_case(self.function.__name__)

    @cached_property
    def possible(self) -> tuple[type[DomainError], ...]:
        """All failures it can end in: its own, and the common ones."""
        common = (*COMMON, FullSeatRequired) if self.seat is Seat.FULL else COMMON
        return (*self.failures, *(error for error in common if error not in self.failures))

    @cached_property
    def payload(self) -> type:
        returned = inspect.signature(self.function).return_annotation
        return StrawberryAnnotation(returned, namespace=self.namespace).evaluate()

    @property
    def namespace(self) -> dict[str, Any]:
        return {**NAMES, **getattr(self.function, "__globals__", {})}

    def faults(self) -> list[str]:
        """What is wrong with the declaration, in sentences; best none."""
        hints = get_type_hints(self.function, localns=NAMES, include_extras=True)
        asked_for = [hint for name, hint in hints.items() if name not in ("call", "return")]
        found = [fault for hint in asked_for if isinstance(hint, type) for fault in input_faults(hint)]
        return found if inspect.getdoc(self.function) else [*found, f"{self.name} takes a docstring: its description."]

    def field(self) -> "MutationField":
        """The field of the GraphQL type `Mutation`."""
        description = inspect.getdoc(self.function)
        name = self.name[0].upper() + self.name[1:]
        members = (self.payload, *(failure_type(error) for error in self.possible))
        said = strawberry.union(f"{name}Result", description=f"How `{self.name}` ended.")
        field = MutationField(
            python_name=self.function.__name__,
            type_annotation=StrawberryAnnotation(Annotated[Union[members], said]),  # noqa: UP007
            description=description,
        )
        field.mutation = self
        return field


def mutation(
    *, requires: Permission | None, seat: Seat = Seat.NONE, failures: tuple[type[DomainError], ...] = ()
) -> Callable[[Callable[..., Awaitable[Any]]], Mutation]:
    """Declare a mutation: a function of a Call and of its GraphQL arguments that returns its payload.

    ```python
    @mutation(requires=Permission.TICKETS_WORK, seat=Seat.ANY, failures=(TicketNotFound, TicketClosed))
    async def ticket_resolve(call: Call, input: TicketResolveInput) -> TicketResolved: ...
    ```
    It runs in a savepoint of one transaction. A listed failure undoes what it did and is the outcome; any other
    exception undoes everything. The outcome is kept with the change; what was selected of it is read after the commit.
    """

    def declare(function: Callable[..., Awaitable[Any]]) -> Mutation:
        return Mutation(function=function, requires=requires, seat=seat, failures=failures)

    return declare


class MutationField(StrawberryField):
    """A field that runs a mutation."""

    mutation: Mutation

    @property
    def is_basic_field(self) -> bool:
        return False

    @property
    def arguments(self) -> list[StrawberryArgument]:
        if self._arguments is None:
            _, *parameters = inspect.signature(self.mutation.function).parameters.values()
            self._arguments = [
                StrawberryArgument(
                    python_name=parameter.name,
                    graphql_name=None,
                    type_annotation=StrawberryAnnotation(parameter.annotation, namespace=self.mutation.namespace),
                    description="What is asked for." if parameter.name == "input" else None,
                    default=parameter.default,
                )
                for parameter in parameters
            ]
        return self._arguments

    @arguments.setter
    def arguments(self, value: list[StrawberryArgument]) -> None:
        self._arguments = value

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        return _run(self.mutation, info, kwargs)


async def _run(declared: Mutation, info: Info, arguments: Mapping[str, Any]) -> Any:
    """The mutation's outcome, committed."""
    context = info.context
    try:
        key = key_of(info)
        outcome = await _once_more_after_a_deadlock(lambda: _in_transaction(declared, context, arguments, key))
    except declared.possible as error:
        outcome = error
    loaders_of(context).forget()
    return failure(outcome) if isinstance(outcome, DomainError) else outcome


async def _once_more_after_a_deadlock(attempt: Callable[[], Awaitable[Any]]) -> Any:
    """What the attempt gives; one that PostgreSQL ended to let another through is made again, once."""
    try:
        return await attempt()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != DEADLOCK:
            raise
        return await attempt()


async def _in_transaction(
    declared: Mutation, context: RequestContext, arguments: Mapping[str, Any], key: str | None
) -> Any:
    async with context.writing() as session:
        await session.connection()  # it may have been waited for
        context.look_at_the_clock()
        standing = await context.standing_in(session)
        if standing is None:
            raise Refusal("The caller is no longer known.", code="UNAUTHENTICATED")
        must_allow(standing, requires=declared.requires, seat=declared.seat)
        if declared.seat is not Seat.NONE and standing.seat is not None:
            # Held until the end, so that nothing is done on a seat that ends meanwhile; seats before everything else.
            held = await hold_seat(session, agent_id=standing.seat.agent_id, now=context.now)
            standing = replace(standing, seat=held)
            must_allow(standing, requires=declared.requires, seat=declared.seat)
        if key is None:
            return await _attempt(declared, Call(context=context, session=session, standing=standing), arguments)
        given = fingerprint(declared.name, {name: asked(value) for name, value in arguments.items()})
        caller, now = standing.caller_id, context.now
        earlier = await earlier_outcome(session, caller_id=caller, key=key, fingerprint=given, now=now)
        if earlier is not None:
            return _replayed(declared, earlier)
        outcome = await _attempt(declared, Call(context=context, session=session, standing=standing), arguments)
        if not isinstance(outcome, PASSING):
            kept = {"type": type(outcome).__name__, "data": written(outcome)}
            keep(session, caller_id=caller, key=key, fingerprint=given, outcome=kept, now=now)
        return outcome


async def _attempt(declared: Mutation, call: Call, arguments: Mapping[str, Any]) -> Any:
    """The payload, or the listed failure that undid the attempt."""
    try:
        async with call.session.begin_nested():
            read = {name: with_ids(value) for name, value in arguments.items()}
            return await declared.function(call, **read)
    except declared.possible as error:
        return error


def _replayed(declared: Mutation, kept: dict[str, Any]) -> Any:
    classes = {cls.__name__: cls for cls in (declared.payload, *declared.possible)}
    return revived(classes[kept["type"]], kept["data"])
