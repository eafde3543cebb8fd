"""What items of each channel take of the agents of a shop, as its admins have said or as it usually is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select

from domain.agents.channels import BUDGET, DEFAULT_EFFORT, Channel, Effort
from domain.agents.events import ChannelSettingsSet
from domain.agents.models import ChannelSetting
from domain.kit import events, inputs
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.tenants.models import Tenant

MOST_MINUTES = 24 * 60
LEAST_ANSWER, MOST_ANSWER = 10, 24 * 3600


async def said_efforts(session: TenantSession) -> dict[Channel, Effort]:
    """Of the channels of which an admin has said what an item takes."""
    said = await session.execute(
        select(
            ChannelSetting.channel,
            ChannelSetting.weight,
            ChannelSetting.work_minutes,
            ChannelSetting.exclusive,
            ChannelSetting.answer_seconds,
        ).where(ChannelSetting.tenant_id == session.tenant_id)
    )
    return {row.channel: Effort(row.weight, row.work_minutes, row.exclusive, row.answer_seconds) for row in said}


async def efforts(session: TenantSession) -> dict[Channel, Effort]:
    """Of every channel, in their order."""
    return DEFAULT_EFFORT | await said_efforts(session)


def beside(tenant_id: UUID | ColumnElement[UUID]) -> ColumnElement[Any]:
    """What admins have said as a column of another SELECT, of which `told` makes the efforts."""
    said = func.jsonb_build_array(
        ChannelSetting.weight, ChannelSetting.work_minutes, ChannelSetting.exclusive, ChannelSetting.answer_seconds
    )
    return (
        select(func.jsonb_object_agg(ChannelSetting.channel, said))
        .where(ChannelSetting.tenant_id == tenant_id)
        .scalar_subquery()
    )


def told(said: Mapping[str, Sequence[Any]] | None) -> dict[Channel, Effort]:
    """Of every channel, in their order, from the value of `beside`."""
    return DEFAULT_EFFORT | {Channel(name): Effort(*values) for name, values in (said or {}).items()}


async def set_efforts(session: TenantSession, *, said: Mapping[Channel, Effort], by: Actor, now: datetime) -> bool:
    """Say what an item of each channel takes; channels not named follow the default again.

    Returns whether anything has changed. Raises InvalidInput for a weight outside 1 to 100, for no minute or more than
    a day, and for less than ten seconds to answer in, or more than a day.
    """
    for channel, effort in said.items():
        with inputs.inside(channel.value):
            inputs.whole(effort.weight, field="weight", least=1, most=BUDGET)
            inputs.whole(effort.work_minutes, field="workMinutes", least=1, most=MOST_MINUTES)
            if effort.answer_seconds is not None and channel is Channel.PHONE:
                raise InvalidInput(
                    "answerSeconds",
                    "is not said of calls: the exchange tells who does not pick up",
                    "nie dotyczy rozmów: centrala powie, kto nie odebrał",
                )
            if effort.answer_seconds is not None:
                inputs.whole(effort.answer_seconds, field="answerSeconds", least=LEAST_ANSWER, most=MOST_ANSWER)
    own = select(Tenant).where(Tenant.id == session.tenant_id)
    tenant = (
        await session.scalars(own.with_for_update(key_share=True).execution_options(populate_existing=True))
    ).one()
    before = await said_efforts(session)
    if before == said:
        return False
    await session.execute(delete(ChannelSetting).where(ChannelSetting.tenant_id == session.tenant_id))
    rows = [
        {
            "tenant_id": session.tenant_id,
            "channel": channel,
            "weight": effort.weight,
            "work_minutes": effort.work_minutes,
            "exclusive": effort.exclusive,
            "answer_seconds": effort.answer_seconds,
        }
        for channel, effort in said.items()
    ]
    if rows:
        await session.execute(insert(ChannelSetting), rows)
    after = DEFAULT_EFFORT | dict(said)
    weights, minutes = ({c.value: getattr(after[c], name) for c in Channel} for name in ("weight", "work_minutes"))
    alone = tuple(channel for channel in Channel if after[channel].exclusive)
    answers = {each.value: after[each].answer_seconds for each in Channel}
    told = {name: seconds for name, seconds in answers.items() if seconds is not None}
    events.record(session, tenant, ChannelSettingsSet(weights, minutes, alone, told), by=by, at=now)
    await session.flush()
    return True
