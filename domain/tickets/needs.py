"""What work asks of an agent: kept once for all tickets that ask the same, and found again by its fingerprint."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Integer, Select, Text, bindparam, func, select, union_all
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.dialects.postgresql import UUID as PgUuid

from domain.agents import levels
from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.kit import bulk, inputs
from domain.kit.database import TenantSession
from domain.kit.ids import new_id
from domain.tickets.models import Need, NeedSkill

MOST_SKILLS = 20
"""How many skills one ticket asks for at once."""


@dataclass(frozen=True)
class Needed:
    """What a ticket asks for, beside its team: skills with the least level of each, and a language if it matters."""

    channel: Channel
    needs_contact: bool
    skills: Mapping[UUID, int] = field(default_factory=dict)
    language: str | None = None

    def __hash__(self) -> int:
        return hash(fingerprint(self))


def fingerprint(needed: Needed) -> str:
    """All that is asked, in one text: the same for the same, another for anything else."""
    skills = ",".join(f"{skill_id.hex}:{level}" for skill_id, level in sorted(needed.skills.items()))
    contact = "contact" if needed.needs_contact else "inside"
    return f"{needed.channel.value} {contact} {needed.language or '-'} {skills or '-'}"


async def refuse_skills(session: TenantSession, skills: Mapping[UUID, int], *, field: str) -> None:
    """Raises SkillNotFound for an id that is none, InvalidInput for too many and for a level outside 1 to 5."""
    inputs.at_most(MOST_SKILLS, skills, field=field)
    levels.refuse_others(skills.values(), field=field)
    await agents.refuse_unknown(session, skill_ids=skills)


async def kept(session: TenantSession, wanted: Collection[Needed]) -> dict[Needed, UUID]:
    """The ids of the needs, which are made where there are none yet; in one statement, or two.

    Where another transaction is about to make the same this waits for it, so take no lock before that others wait for.
    """
    if not wanted:
        return {}
    by_print = {fingerprint(needed): needed for needed in wanted}
    found = await session.execute(_keeping(), _given(session, by_print))
    ids: dict[str, UUID] = {row.fingerprint: row.id for row in found}
    missed = [text for text in by_print if text not in ids]
    if missed:  # made by others after this statement had begun, and committed by now
        others = select(Need.fingerprint, Need.id).where(
            Need.tenant_id == session.tenant_id, bulk.among(Need.fingerprint, missed)
        )
        ids |= {row.fingerprint: row.id for row in await session.execute(others)}
    return {needed: ids[text] for text, needed in by_print.items()}


async def skills_of(session: TenantSession, *, need_ids: Collection[UUID]) -> dict[UUID, dict[UUID, int]]:
    """The skills that each need asks for, with their levels; none for a need without."""
    found: dict[UUID, dict[UUID, int]] = {need_id: {} for need_id in need_ids}
    skills = select(NeedSkill.need_id, NeedSkill.skill_id, NeedSkill.level).where(
        NeedSkill.tenant_id == session.tenant_id, bulk.among(NeedSkill.need_id, found)
    )
    for row in await session.execute(skills):
        found[row.need_id][row.skill_id] = row.level
    return found


_UUID: PgUuid[UUID] = PgUuid(as_uuid=True)
_TENANT: ColumnElement[Any] = bindparam("given_tenant", type_=_UUID)


def _given(session: TenantSession, by_print: Mapping[str, Needed]) -> dict[str, Any]:
    """In the order of the fingerprints, so that two who make the same ones wait for each other in turn."""
    ordered = sorted(by_print.items())
    skills = [(text, skill_id, level) for text, needed in ordered for skill_id, level in needed.skills.items()]
    return {
        "given_tenant": session.tenant_id,
        "given_id": [new_id() for _ in ordered],
        "given_channel": [needed.channel.value for _, needed in ordered],
        "given_needs_contact": [needed.needs_contact for _, needed in ordered],
        "given_language": [needed.language for _, needed in ordered],
        "given_fingerprint": [text for text, _ in ordered],
        "given_skilled": [text for text, _, _ in skills],
        "given_skill_id": [skill_id for _, skill_id, _ in skills],
        "given_level": [level for _, _, level in skills],
    }


def _rows(name: str, **types: Any) -> Any:
    """Arrays of parameters as rows, with a column for each."""
    arrays = (bindparam(f"given_{column}", type_=ARRAY(type)) for column, type in types.items())
    columns = (sql_column(column, type) for column, type in types.items())
    return func.unnest(*arrays).table_valued(*columns).render_derived(name=name)


@cache
def _keeping() -> Select[Any]:
    """Finds those that there are, and makes the others with their skills."""
    told = _rows("told", id=_UUID, channel=Text, needs_contact=Boolean, language=Text, fingerprint=Text)
    asked = _rows("asked", skilled=Text, skill_id=_UUID, level=Integer)
    here = (
        select(Need.fingerprint, Need.id)
        .where(Need.tenant_id == _TENANT, Need.fingerprint.in_(select(told.c.fingerprint)))
        .cte("here")
    )
    names = ["channel", "needs_contact", "language", "fingerprint"]
    new = (
        select(_TENANT, told.c.id, *(told.c[name] for name in names))
        .where(told.c.fingerprint.not_in(select(here.c.fingerprint)))
        .order_by(told.c.fingerprint)
    )
    made = (
        insert(Need)
        .from_select(["tenant_id", "id", *names], new, include_defaults=False)
        .on_conflict_do_nothing(index_elements=["tenant_id", "fingerprint"])
        .returning(Need.fingerprint, Need.id)
        .cte("made")
    )
    skills = select(_TENANT, made.c.id, asked.c.skill_id, asked.c.level).where(asked.c.skilled == made.c.fingerprint)
    skilled = (
        insert(NeedSkill)
        .from_select(["tenant_id", "need_id", "skill_id", "level"], skills, include_defaults=False)
        .cte("skilled")
    )
    both = union_all(select(here.c.fingerprint, here.c.id), select(made.c.fingerprint, made.c.id)).subquery("kept")
    return select(both.c.fingerprint, both.c.id).add_cte(skilled)
