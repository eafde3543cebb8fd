"""How each queue of a shop is served, as its admins have said."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from domain.agents.errors import TeamNotFound
from domain.agents.models import Team
from domain.kit import bulk, events, inputs, outbox
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.tickets.jobs import RouteSweep
from domain.tickets.overflow import episodes
from domain.tickets.overflow.events import QueueSet
from domain.tickets.overflow.lines import USUAL, Line, Queueing
from domain.tickets.overflow.models import WEEK, OverflowLine, QueueSetting

MOST_LINES = 5
"""Further lines of one queue."""

MOST_KEPT = 1_000


async def queueings(session: TenantSession, *, team_id: UUID | None = None) -> dict[UUID, Queueing]:
    """By team, how its queue is served, of those of which an admin has said it; in one statement."""
    line = func.jsonb_build_array(
        OverflowLine.line_id,
        OverflowLine.enter_oldest,
        OverflowLine.leave_oldest,
        OverflowLine.enter_expected,
        OverflowLine.leave_expected,
        OverflowLine.dwell,
        OverflowLine.kept,
    )
    lines = func.jsonb_agg(line.op("ORDER BY")(OverflowLine.place)).filter(OverflowLine.line_id.is_not(None))
    mine = (OverflowLine.tenant_id == QueueSetting.tenant_id) & (OverflowLine.team_id == QueueSetting.team_id)
    said = (
        select(
            QueueSetting.team_id, QueueSetting.priority, QueueSetting.delay, QueueSetting.relax, lines.label("lines")
        )
        .outerjoin(OverflowLine, mine)
        .where(QueueSetting.tenant_id == session.tenant_id)
        .group_by(QueueSetting.team_id, QueueSetting.priority, QueueSetting.delay, QueueSetting.relax)
    )
    if team_id is not None:
        said = said.where(QueueSetting.team_id == team_id)
    return {row.team_id: _queueing(row) for row in await session.execute(said)}


def _queueing(row: Any) -> Queueing:
    lines = tuple(_line(*values) for values in row.lines or ())
    return Queueing(row.priority, timedelta(seconds=row.delay), _time(row.relax), lines)


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
    if (await queueings(session, team_id=team_id)).get(team_id, USUAL) == queueing:
        return
    for model in (OverflowLine, QueueSetting):
        await session.execute(delete(model).where(model.tenant_id == session.tenant_id, model.team_id == team_id))
    numbers = {"priority": queueing.priority, "delay": _seconds(queueing.delay), "relax": _seconds(queueing.relax)}
    lines = [_told(line) for line in queueing.lines]
    if queueing != USUAL:
        own = {"tenant_id": session.tenant_id, "team_id": team_id}
        await session.execute(insert(QueueSetting).values(**own, **numbers))
        if lines:
            rows = [own | {"place": place} | line for place, line in enumerate(lines, 1)]
            await session.execute(insert(OverflowLine), rows)
    await episodes.end_others(session, team_id=team_id, lines={line.team_id for line in queueing.lines}, by=by, now=now)
    told = QueueSet(queueing.priority, _seconds(queueing.delay) or 0, _seconds(queueing.relax), tuple(lines))
    events.record(session, team, told, by=by, at=now)
    await outbox.enqueue_once(session, RouteSweep(), now=now)
    await session.flush()


def _seconds(time: timedelta | None) -> int | None:
    return None if time is None else int(time.total_seconds())


def _told(line: Line) -> dict[str, Any]:
    return {
        "line_id": line.team_id,
        "enter_oldest": _seconds(line.enter_oldest),
        "leave_oldest": _seconds(line.leave_oldest),
        "enter_expected": _seconds(line.enter_expected),
        "leave_expected": _seconds(line.leave_expected),
        "dwell": _seconds(line.dwell),
        "kept": line.kept,
    }


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
    inputs.whole(_seconds(queueing.delay) or 0, field="delaySeconds", least=0, most=WEEK)
    if queueing.relax is not None:
        inputs.whole(_seconds(queueing.relax) or 0, field="relaxSkillsAfterSeconds", least=1, most=WEEK)
    inputs.at_most(MOST_LINES, queueing.lines, field="lines")
    seen = {team_id}
    for place, line in enumerate(queueing.lines):
        with inputs.inside("lines", place):
            if line.team_id in seen:
                raise InvalidInput("teamId", "must be another team each time", "za każdym razem musi być inny zespół")
            seen.add(line.team_id)
            _check_line(line)


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
        most = inputs.whole(_seconds(enter) or 0, field=f"enter{name}", least=1, most=WEEK)
        inputs.whole(_seconds(leave) or 0, field=f"leave{name}", least=1, most=most)
    inputs.whole(_seconds(line.dwell) or 0, field="dwellSeconds", least=0, most=WEEK)
    inputs.whole(line.kept, field="kept", least=0, most=MOST_KEPT)
