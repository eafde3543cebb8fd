"""Mutations for tests of how mutations run: they make skills, and fail in every way there is."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry
from sqlalchemy import select

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, once, payload, to_each, to_one
from domain.agents.models import Skill as SkillRow
from domain.kit.errors import DomainError, InvalidInput
from domain.kit.ids import new_id
from domain.seats.rights import Seat, SeatRequired
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.graphql.types.people import Skill


@dataclass
class SkillGone(DomainError):
    """The skill that was named is not there."""

    skill_id: UUID
    skill_ids: list[UUID]
    count: int

    en = "There is no such skill, of {count}."
    pl = "Nie ma takiej umiejętności, spośród {count}."


@strawberry.input(description="A skill to make.")
class SkillMakeInput:
    key: str = strawberry.field(description="Its key.")
    like_id: UUID | None = id_of("skill", default=None, description="A skill that must exist.")
    others: list[UUID] | None = id_of("skill", default=None, description="Skills to show beside it.")
    note: str | None = strawberry.field(default=strawberry.UNSET, description="Anything.")


@payload(description="The skill was made.")
class SkillMade:
    skill_id: strawberry.Private[UUID]
    other_ids: strawberry.Private[list[UUID]]
    key: str = strawberry.field(description="Its key.")
    secret: str | None = once(default=None, description="Told once.")
    skill: "Skill | None" = to_one("skill_id", description="The skill.")
    others: "list[Skill] | None" = to_each("other_ids", description="The others.")


running = asyncio.Event()
go_on = asyncio.Event()


@mutation(requires=Permission.TICKETS_WORK, failures=(SkillGone,))
async def skill_make(call: Call, input: SkillMakeInput) -> SkillMade:
    """Make a skill; `key` says how it ends."""
    skill = SkillRow(tenant_id=call.session.tenant_id, id=new_id(), key=input.key, name=input.key, created_at=call.now)
    call.session.add(skill)
    await call.session.flush()
    if input.like_id is not None:
        found = await call.session.scalar(select(SkillRow.id).where(SkillRow.id == input.like_id))
        if found is None:
            raise SkillGone(input.like_id, list(input.others or []), 7)
    match input.key.partition("-")[0]:
        case "invalid":
            raise InvalidInput("others.0.some_thing", "is wrong", "jest złe")
        case "unlisted":
            raise ZeroDivisionError("a secret of ours")
        case "seatless":
            raise SeatRequired
        case "slow":
            running.set()
            await go_on.wait()
    return SkillMade(skill_id=skill.id, other_ids=list(input.others or []), key=skill.key, secret="told once")


@mutation(requires=None)
async def anybody(call: Call) -> SkillMade:
    """Do nothing, for anybody."""
    return SkillMade(skill_id=new_id(), other_ids=[], key=str(call.by.kind))


@mutation(requires=Permission.TICKETS_WORK, seat=Seat.ANY)
async def seated(call: Call) -> SkillMade:
    """Do nothing, on any seat."""
    return SkillMade(skill_id=call.seat.assignment_id, other_ids=[], key=call.seat.kind.value)


@mutation(requires=Permission.TICKETS_WORK, seat=Seat.FULL)
async def fully_seated(call: Call) -> SkillMade:
    """Do nothing, on a full seat."""
    return SkillMade(skill_id=call.seat.assignment_id, other_ids=[], key=call.seat.kind.value)


TOYS = (skill_make, anybody, seated, fully_seated)
