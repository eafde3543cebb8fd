"""What items of each channel take of agents."""

from collections.abc import Mapping

import strawberry

from domain.agents.channels import DEFAULT_EFFORT, Channel, Effort


@strawberry.type(description="What one item of a channel takes of the agent who holds it.")
class ChannelSetting:
    channel: Channel = strawberry.field(description="The channel.")
    weight: int = strawberry.field(description="How much of an agent's budget of 100.")
    work_minutes: int = strawberry.field(description="How many minutes it usually takes.")
    exclusive: bool = strawberry.field(description="Whether it is taken alone, as a call is.")
    answer_seconds: int | None = strawberry.field(
        description="How long whoever is given one has to begin with it; null: as long as it takes."
    )
    usual: bool = strawberry.field(description="Whether that is the usual, of which no admin has said otherwise.")


def channel_settings(efforts: Mapping[Channel, Effort]) -> list[ChannelSetting]:
    """Of every channel, in their order."""
    return [
        ChannelSetting(
            channel=channel,
            weight=effort.weight,
            work_minutes=effort.work_minutes,
            exclusive=effort.exclusive,
            answer_seconds=effort.answer_seconds,
            usual=effort == DEFAULT_EFFORT[channel],
        )
        for channel, effort in efforts.items()
    ]
