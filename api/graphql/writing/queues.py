"""Saying how a queue is served, and who helps it out."""

from datetime import timedelta
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, payload
from api.graphql.types.queues import QueueSetting, queue_setting
from domain.agents.errors import TeamNotFound
from domain.tenants.permissions import Permission
from domain.tickets.overflow.lines import Line, Queueing
from domain.tickets.overflow.models import WEEK
from domain.tickets.overflow.settings import set_queue

Described = strawberry.field

TIMES = f"1 to {WEEK:,}"


@strawberry.input(description="A team that helps the queue out. Say a wait to begin at and one to stop at, or both.")
class OverflowLineInput:
    team_id: UUID = id_of("team", description="The team, another one than the queue's.")
    enter_oldest_seconds: int | None = Described(
        default=None, description=f"It begins when the oldest that it could take has waited so long, {TIMES}."
    )
    leave_oldest_seconds: int | None = Described(
        default=None, description="It stops when that is under this, which is no more than what it begins at."
    )
    enter_expected_seconds: int | None = Described(
        default=None,
        description="It begins when the next to come would wait so long: the usual minutes of what waits, shared by "
        f"who of the queue's own team is at work for it; {TIMES}.",
    )
    leave_expected_seconds: int | None = Described(
        default=None, description="It stops when that is under this, which is no more than what it begins at."
    )
    dwell_seconds: int = Described(
        default=600, description="How long it stays as it is once it has begun or stopped, 0 to a week."
    )
    kept: int = Described(default=1, description="How many of its people at work stay with its own work, 0 to 1,000.")


@strawberry.input(description="How a team's queue is served from now on.")
class QueueSettingsSetInput:
    team_id: UUID = id_of("team", description="Whose queue.")
    priority: int = Described(default=0, description="What is added to the priority of its tickets, 0 to 9.")
    delay_seconds: int = Described(
        default=0, description="How long a ticket rests in it before anybody is given it, 0 to a week."
    )
    relax_skills_after_seconds: int | None = Described(
        default=None, description=f"After how long a ticket asks for its skills no more, {TIMES}; null: never."
    )
    lines: list[OverflowLineInput] = Described(
        default_factory=list, description="Who helps it out, the first to be asked first; 5 at most."
    )


@payload(description="So the queue is served from now on.")
class QueueSettingsSet:
    setting: QueueSetting = Described(description="All that is said of it.")


@mutation(requires=Permission.PEOPLE_MANAGE, failures=(TeamNotFound,))
async def queue_settings_set(call: Call, input: QueueSettingsSetInput) -> QueueSettingsSet:
    """Say how a team's queue is served. Tickets in hands stay there; a line that is named no more stops at once."""
    queueing = Queueing(
        priority=input.priority,
        delay=timedelta(seconds=input.delay_seconds),
        relax=_optional(input.relax_skills_after_seconds),
        lines=tuple(map(_line, input.lines)),
    )
    await set_queue(call.session, team_id=input.team_id, queueing=queueing, by=call.by, now=call.now)
    return QueueSettingsSet(setting=queue_setting(input.team_id, queueing))


def _line(line: OverflowLineInput) -> Line:
    return Line(
        team_id=line.team_id,
        enter_oldest=_optional(line.enter_oldest_seconds),
        leave_oldest=_optional(line.leave_oldest_seconds),
        enter_expected=_optional(line.enter_expected_seconds),
        leave_expected=_optional(line.leave_expected_seconds),
        dwell=timedelta(seconds=line.dwell_seconds),
        kept=line.kept,
    )


def _optional(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
