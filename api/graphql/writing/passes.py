"""Day passes: buying them, taking unspent ones back, and who comes in on them."""

from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload, to_one
from domain.agents.errors import AgentNotFound
from domain.seats import passes
from domain.seats.errors import DayPassHolderNotFound, TooFewDayPasses
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.graphql.types.passes import DayPassEntry, DayPassHolder

Described = strawberry.field


@strawberry.input(description="Day passes to add.")
class DayPassesAddInput:
    kind: SeatKind = Described(description="The kind of seat that each gives for a day.")
    count: int = Described(description="How many, 1 to 1,000.")


@strawberry.input(description="Day passes to take back.")
class DayPassesRemoveInput:
    kind: SeatKind = Described(description="The kind of seat that each would have given.")
    count: int = Described(description="How many of those that are left, 1 to 1,000.")


@strawberry.input(description="Who is to come in on day passes.")
class DayPassHolderSetInput:
    agent_id: UUID = id_of("agent", description="The agent.")
    kind: SeatKind = Described(description="The kind of pass that they spend.")


@strawberry.input(description="Who is to come in on day passes no more.")
class DayPassHolderRemoveInput:
    agent_id: UUID = id_of("agent", description="The agent.")


@payload(description="The day passes were added.")
class DayPassesAdded:
    entry_id: strawberry.Private[UUID]
    entry: "DayPassEntry | None" = to_one("entry_id", description="The new line of the ledger.")


@payload(description="The day passes were taken back.")
class DayPassesRemoved:
    entry_id: strawberry.Private[UUID]
    entry: "DayPassEntry | None" = to_one("entry_id", description="The new line of the ledger.")


@payload(description="The agent comes in on day passes from the next sign-in on.")
class DayPassHolderSet:
    holder_id: strawberry.Private[UUID]
    holder: "DayPassHolder | None" = to_one("holder_id", description="The holder.")


@payload(description="The agent comes in on day passes no more; a seat that one gave for today stays theirs.")
class DayPassHolderRemoved:
    holder_id: strawberry.Private[UUID]
    holder: "DayPassHolder | None" = to_one("holder_id", description="The holder, removed.")


@mutation(requires=Permission.SEATS_MANAGE)
async def day_passes_add(call: Call, input: DayPassesAddInput) -> DayPassesAdded:
    """Add day passes. One is spent by the first sign-in of a day of a holder who has no seat, and no sooner."""
    entry = await passes.add_passes(call.session, kind=input.kind, count=input.count, by=call.by, now=call.now)
    return DayPassesAdded(entry_id=entry.id)


@mutation(requires=Permission.SEATS_MANAGE, failures=(TooFewDayPasses,))
async def day_passes_remove(call: Call, input: DayPassesRemoveInput) -> DayPassesRemoved:
    """Take back day passes that nobody has spent."""
    entry = await passes.remove_passes(call.session, kind=input.kind, count=input.count, by=call.by, now=call.now)
    return DayPassesRemoved(entry_id=entry.id)


@mutation(requires=Permission.SEATS_MANAGE, failures=(AgentNotFound,))
async def day_pass_holder_set(call: Call, input: DayPassHolderSetInput) -> DayPassHolderSet:
    """Let an agent come in on day passes of a kind, or of another kind from now on."""
    holder = await passes.set_holder(call.session, agent_id=input.agent_id, kind=input.kind, by=call.by, now=call.now)
    return DayPassHolderSet(holder_id=holder.id)


@mutation(requires=Permission.SEATS_MANAGE, failures=(DayPassHolderNotFound,))
async def day_pass_holder_remove(call: Call, input: DayPassHolderRemoveInput) -> DayPassHolderRemoved:
    """Let an agent come in on day passes no more. Doing it again changes nothing."""
    holder = await passes.remove_holder(call.session, agent_id=input.agent_id, by=call.by, now=call.now)
    return DayPassHolderRemoved(holder_id=holder.id)
