"""The skills that something asks for, as its page names them."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from domain.agents.models import Skill
from domain.kit.database import TenantSession
from domain.tickets.models import NeedSkill, TopicSkill


async def skills_of_need(session: TenantSession, need_id: UUID) -> Sequence[Any]:
    """The skills of a need, by name, with key and level."""
    asked = (
        select(Skill.key, Skill.name, NeedSkill.level)
        .join(Skill, and_(Skill.tenant_id == NeedSkill.tenant_id, Skill.id == NeedSkill.skill_id))
        .where(NeedSkill.tenant_id == session.tenant_id, NeedSkill.need_id == need_id)
        .order_by(Skill.name, Skill.id)
    )
    return (await session.execute(asked)).all()


async def skills_of_topics(session: TenantSession, topic_ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    """The skills of each topic, by name, with key and level."""
    found: dict[UUID, list[Any]] = {topic_id: [] for topic_id in topic_ids}
    asked = (
        select(TopicSkill.topic_id, Skill.key, Skill.name, TopicSkill.level)
        .join(Skill, and_(Skill.tenant_id == TopicSkill.tenant_id, Skill.id == TopicSkill.skill_id))
        .where(TopicSkill.tenant_id == session.tenant_id, TopicSkill.topic_id.in_(topic_ids))
        .order_by(Skill.name, Skill.id)
    )
    for row in await session.execute(asked):
        found[row.topic_id].append(row)
    return found
