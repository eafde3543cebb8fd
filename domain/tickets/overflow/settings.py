"""How each queue of a shop is served, as its admins have said."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain.agents.errors import TeamNotFound
from domain.agents.models import Team
from domain.kit import bulk, events, inputs, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.tickets.jobs import RouteSweep
from domain.tickets.overflow import episodes
from domain.tickets.overflow.events import QueueSet
from domain.tickets.overflow.lines import USUAL, Line, Queueing, seconds
from domain.tickets.overflow.models import WEEK, OverflowLine, QueueSetting

MOST_LINES = 5
"""Further lines of one queue."""

MOST_KEPT = 1_000


async def queueings(session: TenantSession) -> dict[UUID, Queueing]:
    """By team, how its queue is served, of those of which an admin has said it; in one statement."""
    return told(await session.scalar(select(beside(session.tenant_id))))


def beside(tenant_id: UUID | ColumnElement[UUID]) -> ColumnElement[Any]:
    """What admins have said as a column of another SELECT, of which `told` makes the queueings."""
    line = func.jsonb_build_array(
        OverflowLine.line_id,
        OverflowLine.enter_oldest,
        OverflowLine.leave_oldest,
        OverflowLine.enter_expected,
        OverflowLine.leave_expected,
        OverflowLine.dwell,
        OverflowLine.kept,
    )
    lines = (
        select(func.jsonb_agg(aggregate_order_by(line, OverflowLine.place)))
        .where(OverflowLine.tenant_id == QueueSetting.tenant_id, OverflowLine.team_id == QueueSetting.team_id)
        .scalar_subquery()
    )
    said = func.jsonb_build_array(QueueSetting.priority, QueueSetting.delay, QueueSetting.relax, lines)
    return (
        select(func.jsonb_object_agg(QueueSetting.team_id, said))
        .where(QueueSetting.tenant_id == tenant_id)
        .scalar_subquery()
    )


def told(said: Mapping[str, Sequence[Any]] | None) -> dict[UUID, Queueing]:
    """By team, from the value of `beside`."""
    return {UUID(team_id): _queueing(*values) for team_id, values in (said or {}).items()}


def _queueing(priority: int, delay: int, relax: int | None, lines: Sequence[Sequence[Any]] | None) -> Queueing:
    return Queueing(priority, timedelta(seconds=delay), _time(relax), tuple(_line(*values) for values in lines or ()))


def _line(team_id: str, *numbers: Any) -> Line:
    enter_oldest, leave_oldest, enter_expected, leave_expected, dwell, kept = numbers
    return Line(
        UUID(team_id),
        _time(enter_oldest),
        _time(leave_oldest),
        _time(enter_expected),
        _time(leave_expected),
        timedelta(seconds=dwell),
        kept,
    )


def _time(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


async def set_queue(session: TenantSession, *, team_id: UUID, queueing: Queueing, by: Actor, now: datetime) -> None:
    """Say how a team's queue is served from now on; the same again changes nothing. A line that helps and is named no
    more stops at once. Times are of whole seconds.

    Raises TeamNotFound, InvalidInput.
    """
    check(queueing, team_id=team_id)
    await episodes.take_turn(session)
    team = await session.scalar(
        select(Team)
        .where(Team.tenant_id == session.tenant_id, Team.id == team_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if team is None:
        raise TeamNotFound(team_id)
    await _refuse_unknown(session, queueing)
    if (await queueings(session)).get(team_id, USUAL) == queueing:
        return
    for model in (OverflowLine, QueueSetting):
        await session.execute(delete(model).where(model.tenant_id == session.tenant_id, model.team_id == team_id))
    numbers = {"priority": queueing.priority, "delay": seconds(queueing.delay), "relax": seconds(queueing.relax)}
    lines = [_columns(line) for line in queueing.lines]
    if queueing != USUAL:
        own = {"tenant_id": session.tenant_id, "team_id": team_id}
        await session.execute(insert(QueueSetting).values(**own, **numbers))
        if lines:
            rows = [own | {"place": place} | line for place, line in enumerate(lines, 1)]
            await session.execute(insert(OverflowLine), rows)
    await episodes.end_others(session, team_id=team_id, lines={line.team_id for line in queueing.lines}, by=by, now=now)
    events.record(session, team, _event(queueing), by=by, at=now)
    await outbox.enqueue_once(session, RouteSweep(), now=now)
    await session.flush()


def _columns(line: Line) -> dict[str, Any]:
    return {
        "line_id": line.team_id,
        "enter_oldest": seconds(line.enter_oldest),
        "leave_oldest": seconds(line.leave_oldest),
        "enter_expected": seconds(line.enter_expected),
        "leave_expected": seconds(line.leave_expected),
        "dwell": seconds(line.dwell),
        "kept": line.kept,
    }


def _event(queueing: Queueing) -> QueueSet:
    lines = queueing.lines
    return QueueSet(
        priority=queueing.priority,
        delay=seconds(queueing.delay) or 0,
        relax=seconds(queueing.relax),
        line_ids=tuple(line.team_id for line in lines),
        waits=tuple(
            f"{seconds(line.enter_oldest)}>{seconds(line.leave_oldest)}"
            f" {seconds(line.enter_expected)}>{seconds(line.leave_expected)}"
            for line in lines
        ),
        dwells=tuple(seconds(line.dwell) or 0 for line in lines),
        kept=tuple(line.kept for line in lines),
    )


async def _refuse_unknown(session: TenantSession, queueing: Queueing) -> None:
    ids = {line.team_id for line in queueing.lines}
    found = select(Team.id).where(Team.tenant_id == session.tenant_id, bulk.among(Team.id, ids))
    known = set(await session.scalars(found)) if ids else set()
    for line in queueing.lines:
        if line.team_id not in known:
            raise TeamNotFound(line.team_id)


def check(queueing: Queueing, *, team_id: UUID) -> None:
    """Raises InvalidInput for what cannot be meant: times out of range, a line that is left later than entered."""
    inputs.whole(queueing.priority, field="priority", least=0, most=9)
    _at_most_a_week(queueing.delay, field="delaySeconds")
    if queueing.relax is not None:
        _some(queueing.relax, field="relaxSkillsAfterSeconds")
    inputs.at_most(MOST_LINES, queueing.lines, field="lines")
    seen = {team_id}
    for place, line in enumerate(queueing.lines):
        with inputs.inside("lines", place):
            if line.team_id in seen:
                raise InvalidInput("teamId", "must be another team each time", "za każdym razem musi być inny zespół")
            seen.add(line.team_id)
            _check_line(line)


def _some(time: timedelta, *, field: str) -> None:
    if not timedelta(seconds=1) <= time <= timedelta(seconds=WEEK):
        raise InvalidInput(field, "must be from a second to a week", "musi być od sekundy do tygodnia")


def _at_most_a_week(time: timedelta, *, field: str) -> None:
    if not timedelta(0) <= time <= timedelta(seconds=WEEK):
        raise InvalidInput(field, "must be a week at most", "musi być najwyżej tydzień")


def _check_line(line: Line) -> None:
    waits: Mapping[str, tuple[timedelta | None, timedelta | None]] = {
        "OldestSeconds": (line.enter_oldest, line.leave_oldest),
        "ExpectedSeconds": (line.enter_expected, line.leave_expected),
    }
    if all(enter is None for enter, _ in waits.values()):
        raise InvalidInput("enterOldestSeconds", "say from which wait on it helps", "podaj, od jakiego czasu pomaga")
    for name, (enter, leave) in waits.items():
        if enter is None and leave is None:
            continue
        if enter is None or leave is None:
            missing = f"enter{name}" if enter is None else f"leave{name}"
            raise InvalidInput(missing, "say both or neither", "podaj oba czasy albo żadnego")
        _some(enter, field=f"enter{name}")
        _some(leave, field=f"leave{name}")
        if leave > enter:
            raise InvalidInput(
                f"leave{name}", "must not be longer than the wait it begins at", "nie może być dłuższe niż początek"
            )
    _at_most_a_week(line.dwell, field="dwellSeconds")
    inputs.whole(line.kept, field="kept", least=0, most=MOST_KEPT)
