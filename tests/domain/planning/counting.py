"""The figures counted by hand: loops over the shop's rows, as somebody with a pencil would, and no SQL that counts."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from domain.kit.database import Database
from domain.planning.deeds import StatisticsBy
from domain.planning.statistics import Durations, Figures
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from domain.seats.periods import start_of
from domain.tickets.models import (
    Delivery,
    DeliveryState,
    Entry,
    EntryKind,
    Resolution,
    Ticket,
    TicketState,
    Transition,
)

Key = UUID | SeatKind | None


@dataclass(frozen=True)
class Papers:
    """The rows of one shop: of each ticket in their order, and the seats that people had."""

    tickets: Sequence[Ticket]
    transitions: Sequence[Transition]
    resolutions: Sequence[Resolution]
    sent: Sequence[Entry]
    returned: frozenset[UUID]
    seats: Sequence[SeatAssignment]
    seasons: dict[UUID, UUID | None]


async def papers_of(database: Database, tenant_id: UUID) -> Papers:
    """Everything that there is to count."""
    async with database.reading(tenant_id) as session:
        return Papers(
            (await session.scalars(select(Ticket))).all(),
            (await session.scalars(select(Transition).order_by(Transition.position))).all(),
            (await session.scalars(select(Resolution).order_by(Resolution.at))).all(),
            (await session.scalars(select(Entry).where(Entry.kind == EntryKind.OUTBOUND).order_by(Entry.at))).all(),
            frozenset(
                delivery.entry_id
                for delivery in await session.scalars(select(Delivery))
                if delivery.state is DeliveryState.RETURNED
            ),
            (await session.scalars(select(SeatAssignment).where(SeatAssignment.cancelled_at.is_(None)))).all(),
            {licence.id: licence.season_id for licence in await session.scalars(select(SeatLicence))},
        )


@dataclass
class Tally:
    """Strokes on paper, for one of those who are told apart."""

    owned: int = 0
    resolved: int = 0
    reopened: int = 0
    work: timedelta = timedelta()
    replies: list[float] = field(default_factory=list)
    resolutions: list[float] = field(default_factory=list)

    def figures(self) -> Figures:
        replies, resolutions = durations(self.replies), durations(self.resolutions)
        return Figures(self.owned, self.resolved, self.reopened, self.work, replies, resolutions)


def durations(samples: list[float]) -> Durations:
    """p50 and p90, each on the straight line between the two samples nearest to its place."""
    if not samples:
        return Durations(0, None, None)
    ordered = sorted(samples)

    def at(place: float) -> float:
        below = int(place)
        above = min(below + 1, len(ordered) - 1)
        return ordered[below] + (place - below) * (ordered[above] - ordered[below])

    last = len(ordered) - 1
    return Durations(len(ordered), at(0.5 * last), at(0.9 * last))


class Counter:
    """Goes through the papers once, for one range and one way to tell people apart."""

    def __init__(
        self, papers: Papers, *, start: datetime, end: datetime, now: datetime, group_by: StatisticsBy
    ) -> None:
        self.papers, self.start, self.end, self.now, self.group_by = papers, start, end, now, group_by
        self.total = Tally()
        self.groups: defaultdict[Key, Tally] = defaultdict(Tally)
        for ticket in papers.tickets:
            self._count(ticket)

    def figures(self) -> dict[Key, Figures]:
        """Of each group."""
        return {key: tally.figures() for key, tally in self.groups.items()}

    def _count(self, ticket: Ticket) -> None:
        moves = [move for move in self.papers.transitions if move.ticket_id == ticket.id]
        solved = [one for one in self.papers.resolutions if one.ticket_id == ticket.id]
        sent = [
            entry for entry in self.papers.sent if entry.ticket_id == ticket.id and entry.id not in self.papers.returned
        ]
        holder, resolver, resolved_at, resolved_in = None, None, None, None
        for place, move in enumerate(moves):
            if move.assignee_id is not None and move.assignee_id != holder and self._in_range(move.at):
                for tally in self._whose(move.assignee_id, move.team_id, move.at):
                    tally.owned += 1
            holder = move.assignee_id
            if move.to_state is TicketState.RESOLVED:
                resolution = solved.pop(0)
                assert resolution.at == move.at
                resolver, resolved_at, resolved_in = resolution.agent_id, move.at, move.team_id
                if self._in_range(move.at):
                    for tally in self._whose(resolver, resolved_in, resolved_at):
                        tally.resolved += 1
                        tally.resolutions.append((resolved_at - ticket.arrived_at).total_seconds())
            if move.from_state in (TicketState.RESOLVED, TicketState.CLOSED) and move.to_state is TicketState.QUEUED:
                assert resolver is not None
                assert resolved_at is not None
                assert resolved_in is not None
                if self._in_range(move.at):
                    for tally in self._whose(resolver, resolved_in, resolved_at):
                        tally.reopened += 1
            if move.to_state is TicketState.ASSIGNED:
                assert holder is not None
                over = moves[place + 1].at if place + 1 < len(moves) else self.now
                for begins, ends in self._pieces(holder, move.at, over):
                    for tally in self._whose(holder, move.team_id, begins):
                        tally.work += ends - begins
        assert solved == []
        if sent and self._in_range(sent[0].at):
            first, team_id = sent[0], moves[0].team_id
            for move in moves:
                if move.at <= first.at:
                    team_id = move.team_id
            assert first.sender_agent_id is not None
            for tally in self._whose(first.sender_agent_id, team_id, first.at):
                tally.replies.append((first.at - ticket.arrived_at).total_seconds())

    def _in_range(self, at: datetime) -> bool:
        return self.start <= at < self.end

    def _whose(self, agent_id: UUID, team_id: UUID, at: datetime) -> tuple[Tally, Tally]:
        """The sheets that take a stroke: everybody's, and the one of the group."""
        return self.total, self.groups[self._key(agent_id, team_id, at)]

    def _key(self, agent_id: UUID, team_id: UUID, at: datetime) -> Key:
        if self.group_by is StatisticsBy.AGENT:
            return agent_id
        if self.group_by is StatisticsBy.TEAM:
            return team_id
        for seat in self.papers.seats:
            begins, ends = start_of(seat.period), seat.period.upper
            if seat.agent_id == agent_id and begins <= at and (ends is None or at < ends):
                return seat.kind if self.group_by is StatisticsBy.SEAT_KIND else self.papers.seasons[seat.licence_id]
        return None

    def _pieces(self, agent_id: UUID, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The part of a stretch of time that counts, cut wherever a seat of the agent begins or ends."""
        begins, ends = max(begins, self.start), min(ends, self.end, self.now)
        cuts = set()
        for seat in self.papers.seats:
            if seat.agent_id == agent_id:
                cuts |= {start_of(seat.period), seat.period.upper}
        for cut in [*sorted(cut for cut in cuts if cut is not None and begins < cut < ends), ends]:
            if begins < cut:
                yield begins, cut
            begins = cut
