"""Saying what items of each channel take."""

from collections.abc import Sequence

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import payload
from api.graphql.types.channels import ChannelSetting, channel_settings
from domain.agents.channels import Channel, Effort
from domain.agents.efforts import efforts
from domain.kit import inputs
from domain.kit.errors import InvalidInput
from domain.tenants.permissions import Permission
from domain.tickets import abilities

Described = strawberry.field


@strawberry.input(description="What one item of a channel takes of the agent who holds it.")
class ChannelSettingInput:
    channel: Channel = Described(description="The channel.")
    weight: int = Described(description="How much of an agent's budget of 100, 1 to 100.")
    work_minutes: int = Described(description="How many minutes it usually takes, 1 to 1,440.")
    exclusive: bool = Described(default=False, description="Whether it is taken alone, as a call is.")
    answer_seconds: int | None = Described(
        default=None,
        description="How long whoever is given one has to begin with it, 10 to 86,400; then it goes on, and "
        "the agent is away. Null: as long as it takes.",
    )


@strawberry.input(description="What items of channels take, where it is not the usual.")
class ChannelSettingsSetInput:
    settings: list[ChannelSettingInput] = Described(description="By channel; one that is not named is the usual again.")


@payload(description="This is what items of each channel take.")
class ChannelSettingsSet:
    settings: list[ChannelSetting] = Described(description="Of every channel.")


@mutation(requires=Permission.PEOPLE_MANAGE)
async def channel_settings_set(call: Call, input: ChannelSettingsSetInput) -> ChannelSettingsSet:
    """Say what an item of each channel takes of an agent's budget and time. What is in hand stays."""
    said = _by_channel(input.settings)
    with inputs.inside("settings"):
        await abilities.set_efforts(call.session, said=said, by=call.by, now=call.now)
    return ChannelSettingsSet(settings=channel_settings(await efforts(call.session)))


def _by_channel(settings: Sequence[ChannelSettingInput]) -> dict[Channel, Effort]:
    """Raises InvalidInput for a channel that is named twice."""
    said: dict[Channel, Effort] = {}
    for place, setting in enumerate(settings):
        if setting.channel in said:
            raise InvalidInput(f"settings.{place}.channel", "is named twice", "jest podany dwa razy")
        said[setting.channel] = Effort(setting.weight, setting.work_minutes, setting.exclusive, setting.answer_seconds)
    return said
