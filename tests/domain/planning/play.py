"""Some days in a shop, played by chance from a seed and through the real operations; what they refuse was tried."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select

from domain.agents import operations as agents
from domain.agents.models import Agent, Member
from domain.agents.roles import Role
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError, Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.seasons.drafting import Plan, draft_season
from domain.seasons.operations import schedule_season
from domain.seasons.people import Named
from domain.seats import operations as seats
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from domain.seats.rights import LiveSeat, hold_seat, permit_outbound
from domain.tickets import assignment, departures, drafts, opening, outbound, sweeping, taking, working
from domain.tickets.models import Delivery, DeliveryState, DraftDecision, Entry, EntryKind, EvidenceKind
from domain.tickets.working import Evidence
from tests.conftest import NOW
from tests.domain.world import World

TEAMS = ("first-line", "accounting", "warehouse")
TOPICS = ("delivery", "payment", "return")

T = TypeVar("T")
Step = Callable[["Play"], Awaitable[object]]


@dataclass
class Play:
    """The shop, what time it is there, and what has become of what was tried."""

    world: World
    random: Random
    now: datetime = NOW
    agents: list[UUID] = field(default_factory=list)
    actors: dict[UUID, Actor] = field(default_factory=dict)
    tickets: list[UUID] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    @classmethod
    async def begin(cls, world: World, *, seed: int) -> "Play":
        """Three teams; full and light agents, some without an end; a season of five days, seats of both kinds in it."""
        play = cls(world, Random(seed))
        async with world.database.writing(world.tenant_id) as session:
            made = await agents.create_team(session, key="warehouse", name="warehouse", by=SYSTEM, now=NOW)
            world.teams["warehouse"] = made.id
            await opening.create_topic(
                session,
                key="return",
                name="return",
                team_id=made.id,
                skills={},
                needs_contact=False,
                by=SYSTEM,
                now=NOW,
            )
        for kind in (SeatKind.FULL, SeatKind.FULL, SeatKind.LIGHT, SeatKind.LIGHT):
            person = await world.person(kind, teams=TEAMS, skills=("payments",), until=None)
            play._add(person.agent_id, person.actor)
        helpers = [await world.seatless(teams=TEAMS, skills=("payments",)) for _ in range(4)]
        for agent in helpers:
            play._add(agent.id, Actor(ActorKind.MEMBER, agent.member_id))
        admin = await world.seatless(role=Role.OWNER)
        async with world.database.writing(world.tenant_id) as session:
            for kind in SeatKind:
                await seats.add_licences(
                    session, kind=kind, count=2, start=None, end=None, label="", by=SYSTEM, now=NOW
                )
            days = (date(2026, 11, 4), date(2026, 11, 8))
            plan = Plan("Christmas", *days, 2, 3, Role.AGENT, Language.PL, people=await _named(session, helpers[:3]))
            by = Actor(ActorKind.MEMBER, admin.member_id)
            season = await draft_season(session, plan=plan, own_id=admin.member_id, by=by, now=NOW)
            await schedule_season(session, season_id=season.id, own_id=admin.member_id, by=by, now=NOW)
        await _open(play)
        return play

    def _add(self, agent_id: UUID, actor: Actor) -> None:
        self.agents.append(agent_id)
        self.actors[agent_id] = actor

    async def go_on(self, steps: int) -> "Play":
        """So many steps, minutes or hours after one another, no two at the same instant."""
        names, weights = list(STEPS), [STEPS[name][1] for name in STEPS]
        for _ in range(steps):
            self.now += timedelta(seconds=self.random.choice((7, 40, 611, 3_907)) * (1 + self.random.random()))
            (name,) = self.random.choices(names, weights)
            try:
                await STEPS[name][0](self)
            except DomainError as error:
                self.refused[error.code()] += 1
            else:
                self.done[name] += 1
        return self

    def writing(self) -> AbstractAsyncContextManager[TenantSession]:
        return self.world.database.writing(self.world.tenant_id)

    def one(self, of: list[T]) -> T:
        return self.random.choice(of)

    async def agent(self, session: TenantSession, *kinds: SeatKind) -> UUID:
        """Mostly somebody who sits on a seat of one of the kinds, and now and then anybody."""
        sitting = select(SeatAssignment.agent_id).where(
            SeatAssignment.period.contains(self.now),
            SeatAssignment.cancelled_at.is_(None),
            SeatAssignment.kind.in_(kinds or tuple(SeatKind)),
        )
        seated = list(await session.scalars(sitting.order_by(SeatAssignment.agent_id)))
        return self.one(seated if seated and self.random.random() < 0.9 else self.agents)

    def ticket(self) -> UUID:
        """One of the latest, so that things happen to it more than once."""
        return self.one(self.tickets[-12:])

    async def seat(self, session: TenantSession, agent_id: UUID) -> LiveSeat:
        return await hold_seat(session, agent_id=agent_id, now=self.now)


async def _open(play: Play) -> None:
    play.tickets.append(await play.world.ticket(play.one(list(TOPICS)), now=play.now))


async def _assign(play: Play) -> None:
    async with play.writing() as session:
        agent_id = await play.agent(session)
        await assignment.assign(session, ticket_id=play.ticket(), agent_id=agent_id, by=SYSTEM, now=play.now)


async def _take(play: Play) -> None:
    async with play.writing() as session:
        agent_id = await play.agent(session)
        seat = await play.seat(session, agent_id)
        await taking.take_next(session, seat=seat, by=play.actors[agent_id], now=play.now)


async def _reply(play: Play) -> None:
    """To a ticket in anybody's hands, or in none."""
    async with play.writing() as session:
        agent_id = await play.agent(session, SeatKind.FULL)
        permit = await permit_outbound(session, agent_id=agent_id, now=play.now)
        await outbound.reply(
            session,
            ticket_id=play.ticket(),
            body="Sprawdzam.",
            permit=permit,
            any_owner=True,
            by=play.actors[agent_id],
            now=play.now,
        )


async def _draft(play: Play) -> None:
    async with play.writing() as session:
        agent_id = await play.agent(session)
        await working.add_draft(session, ticket_id=play.ticket(), body="Szkic.", by=play.actors[agent_id], now=play.now)


async def _approve(play: Play) -> None:
    """Somebody's draft, sent by another."""
    async with play.writing() as session:
        agent_id = await play.agent(session, SeatKind.FULL)
        permit = await permit_outbound(session, agent_id=agent_id, now=play.now)
        settled = select(DraftDecision.entry_id)
        waiting = select(Entry.id).where(Entry.kind == EntryKind.DRAFT, Entry.id.not_in(settled)).order_by(Entry.id)
        draft_id = await session.scalar(waiting.limit(1))
        if draft_id is not None:
            by = play.actors[agent_id]
            await drafts.approve(session, draft_id=draft_id, permit=permit, any_owner=True, by=by, now=play.now)


async def _deliver(play: Play) -> None:
    """One of the replies that wait; now and then a mail server refuses it, or its sender has no seat any more."""
    async with play.writing() as session:
        pending = select(Delivery.entry_id).where(Delivery.state == DeliveryState.PENDING).order_by(Delivery.entry_id)
        if waiting := list(await session.scalars(pending)):
            entry_id = play.one(waiting)
            if await outbound.prepare_delivery(session, entry_id=entry_id, now=play.now) is not None:
                if play.random.random() < 0.3:
                    await outbound.bounce(session, entry_id=entry_id, error="550", now=play.now)
                else:
                    await outbound.settle(session, entry_id=entry_id, now=play.now)


async def _receive(play: Play) -> None:
    async with play.writing() as session:
        await opening.receive(session, ticket_id=play.ticket(), body="A teraz?", by=SYSTEM, now=play.now)


async def _resolve(play: Play) -> None:
    async with play.writing() as session:
        agent_id = await play.agent(session)
        await working.resolve_internally(
            session,
            ticket_id=play.ticket(),
            seat=await play.seat(session, agent_id),
            any_owner=True,
            reason="Wpłynęło.",
            evidence=Evidence(EvidenceKind.NOTE, text="wyciąg"),
            by=play.actors[agent_id],
            now=play.now,
        )


async def _reopen(play: Play) -> None:
    async with play.writing() as session:
        await working.reopen(session, ticket_id=play.ticket(), reason="Pomyłka.", by=SYSTEM, now=play.now)


async def _close(play: Play) -> None:
    async with play.writing() as session:
        await working.close(session, ticket_id=play.ticket(), by=SYSTEM, now=play.now)


async def _named(session: TenantSession, helpers: Sequence[Agent]) -> list[Named]:
    """Two on light seats, then one on a full one."""
    kinds = (SeatKind.LIGHT, SeatKind.LIGHT, SeatKind.FULL)
    found = await session.execute(select(Member.id, Member.email, Member.name))
    members = {row.id: row for row in found}
    them = [members[agent.member_id] for agent in helpers]
    return [Named(one.email, one.name, kind) for one, kind in zip(them, kinds, strict=True)]


async def _send(play: Play) -> None:
    async with play.writing() as session:
        team_id = play.world.teams[play.one(list(TEAMS))]
        await assignment.send_to_team(session, ticket_id=play.ticket(), team_id=team_id, by=SYSTEM, now=play.now)


async def _sit(play: Play) -> None:
    """On a free licence of a kind, or one of the season's, for good or for some hours.

    Then the seat ends by itself, and nobody may notice at once.
    """
    end = play.one([None, play.now + timedelta(hours=5 * play.random.random())])
    async with play.writing() as session:
        of_season = select(SeatLicence.id).where(SeatLicence.season_id.is_not(None)).order_by(SeatLicence.id)
        licence_id = play.one([None, None, play.one(list(await session.scalars(of_season)))])
        await seats.assign_seat(
            session,
            agent_id=play.one(play.agents),
            licence_id=licence_id,
            kind=play.one(list(SeatKind)) if licence_id is None else None,
            end=end,
            by=SYSTEM,
            now=play.now,
        )


async def _leave(play: Play) -> None:
    async with play.writing() as session:
        running = select(SeatAssignment.id).where(
            SeatAssignment.period.contains(play.now), SeatAssignment.cancelled_at.is_(None)
        )
        if seated := list(await session.scalars(running.order_by(SeatAssignment.id))):
            assignment_id = play.one(seated)
            await departures.release_seat(session, assignment_id=assignment_id, at=None, by=SYSTEM, now=play.now)


async def _pass(play: Play) -> None:
    """What the workers do, sooner or later."""
    async with play.writing() as session:
        await departures.provision_due_seats(session, now=play.now)
        await departures.expire_due_seats(session, now=play.now)


async def _route(play: Play) -> None:
    async with play.writing() as session:
        await sweeping.route_sweep(session, now=play.now)


STEPS: dict[str, tuple[Step, int]] = {
    "open": (_open, 12),
    "assign": (_assign, 12),
    "take": (_take, 6),
    "reply": (_reply, 12),
    "draft": (_draft, 4),
    "approve": (_approve, 6),
    "deliver": (_deliver, 5),
    "receive": (_receive, 8),
    "resolve": (_resolve, 14),
    "reopen": (_reopen, 5),
    "close": (_close, 3),
    "send": (_send, 5),
    "sit": (_sit, 8),
    "leave": (_leave, 3),
    "pass": (_pass, 2),
    "route": (_route, 2),
}
"""What happens, and how often compared with the others."""
