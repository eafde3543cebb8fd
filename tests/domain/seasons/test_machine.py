"""Seats and seasons of two shops at once, played at random: whatever was done, in whatever order, everything holds."""

import asyncio
import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from domain.agents import invitations, joining
from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.models import Presence
from domain.agents.roles import Role
from domain.billing.pricing import set_usual_prices
from domain.kit.database import Database, TenantSession, engine_for
from domain.kit.errors import DomainError, Language
from domain.seasons import drafting, operations
from domain.seasons import people as season_people
from domain.seasons.drafting import Plan
from domain.seasons.people import Named
from domain.seats import extending, passes
from domain.seats import operations as seats
from domain.seats.entrance import Entered, enter
from domain.seats.models import LicenceTerms, SeatKind
from domain.seats.rights import FullSeatRequired, SeatRequired, hold_seat, permit_outbound
from domain.tickets import changing, departures, drafts, opening, outbound, sweeping, taking, working
from domain.tickets.models import EvidenceKind
from domain.tickets.working import Evidence
from tests.cloning import cloner_of
from tests.conftest import NOW, bare_shop
from tests.domain.seasons.foreseen import FOREVER, FULL, LIGHT, Foreseen, Place, midnight
from tests.domain.seasons.foreseen import Season as ForeseenSeason
from tests.domain.seasons.playing import KEY, PASSES, PEOPLE, Known, Play, Shop
from tests.domain.world import World
from tests.people import PASSWORD, add_member, cheap_passwords
from tests.servers import Servers

WARSAW = ZoneInfo("Europe/Warsaw")
OWNER = "ola@bombka.example"
CREW = [f"crew{number}@bombka.example" for number in range(4)]
NEWCOMERS = [f"new{number}@bombka.example" for number in range(3)]
PASSWORDS = cheap_passwords()

SHOPS = st.integers(0, 1)
PICK = st.integers(0, 11)
KINDS = st.sampled_from(SeatKind)
ANYBODY = st.sampled_from([*CREW, *NEWCOMERS])
PAUSE = st.sampled_from([timedelta(0), timedelta(seconds=1), timedelta(minutes=5)])
AHEAD = st.none() | st.sampled_from([timedelta(hours=1), timedelta(days=1), timedelta(days=3), timedelta(days=30)])
LASTING = st.sampled_from([timedelta(hours=6), timedelta(days=1), timedelta(days=10), timedelta(days=45), None])

T = TypeVar("T")


@dataclass(frozen=True)
class Stage:
    """Where runs are played: an event loop, a database, and a shop in full swing to make copies of."""

    loop: asyncio.AbstractEventLoop
    database: Database
    original: Shop
    team_ids: list[UUID]

    def copies(self, servers: Servers, count: int) -> list[Shop]:
        """Shops like the original, down to the last id."""
        return self.loop.run_until_complete(self._copies(servers, count))

    async def _copies(self, servers: Servers, count: int) -> list[Shop]:
        shops = []
        async with cloner_of(servers, self.original.tenant_id) as cloner:
            for _ in range(count):
                shop = copy.deepcopy(self.original)
                shop.tenant_id = await cloner.clone()
                shop.slug = f"shop-{shop.tenant_id.hex[-12:]}"
                shops.append(shop)
        return shops


@contextmanager
def stage(servers: Servers) -> Iterator[Stage]:
    loop = asyncio.new_event_loop()
    database = Database(engine_for(servers.app_url, pool_size=2))
    try:
        shop, team_ids = loop.run_until_complete(founded(database))
        yield Stage(loop, database, shop, team_ids)
    finally:
        loop.run_until_complete(database.close())
        loop.close()


async def founded(database: Database) -> tuple[Shop, list[UUID]]:
    """A shop with prices, teams and people who have joined, nobody of whom has a seat."""
    shop = await bare_shop(database)
    world = await World.found(database, shop)
    for email in (OWNER, *CREW):
        await add_member(database, shop, email=email, role=Role.OWNER if email == OWNER else Role.AGENT)
    team_ids = list(world.teams.values())
    async with database.writing(shop.tenant_id) as session:
        await set_usual_prices(session, currency="PLN", now=NOW)
        people = {row.email: Known(row.member_id, row.agent_id, row.state) for row in await session.execute(PEOPLE)}
        by = people[OWNER].actor
        for email in CREW:
            agent_id = people[email].agent_id
            await agents.set_teams(session, agent_id=agent_id, team_ids=team_ids, by=by, now=NOW)
    foreseen = Foreseen(WARSAW, dict.fromkeys(people, "ACTIVE"))
    return Shop(shop.tenant_id, shop.slug, people[OWNER], world.customer_id, foreseen, people), team_ids


class Seats(RuleBasedStateMachine):
    """What anybody may do to the seats of either shop, and what the clock and the workers do."""

    stage: ClassVar[Stage]
    servers: ClassVar[Servers]

    def __init__(self) -> None:
        super().__init__()
        shops = self.stage.copies(self.servers, 2)
        self.play = Play(self.stage.loop, self.stage.database, shops, NOW + timedelta(minutes=1))

    def at(self, place: int, pause: timedelta = timedelta(0)) -> Shop:
        """A shop, a moment later."""
        self.play.now += pause
        return self.play.shops[place]

    @property
    def now(self) -> datetime:
        return self.play.now

    @property
    def today(self) -> Any:
        return self.now.astimezone(WARSAW).date()

    @invariant()
    def everything_holds(self) -> None:
        self.play.look()

    # Licences and seats

    @rule(
        shop=SHOPS,
        pause=PAUSE,
        kind=KINDS,
        count=st.integers(1, 2),
        ahead=AHEAD,
        lasting=LASTING,
        prepaid=st.booleans(),
    )
    def buy(
        self,
        shop: int,
        pause: timedelta,
        kind: SeatKind,
        count: int,
        ahead: timedelta | None,
        lasting: timedelta | None,
        prepaid: bool,
    ) -> None:
        where = self.at(shop, pause)
        start = None if ahead is None else self.now + ahead
        end = None if lasting is None else (start or self.now) + lasting
        terms = LicenceTerms.PREPAID if prepaid else LicenceTerms.ARREARS
        self.play.change(
            where,
            lambda seen: seen.add_licences(
                self.now, kind=kind.value, count=count, start=start, end=end or FOREVER, terms=terms.value
            ),
            lambda session: seats.add_licences(
                session,
                kind=kind,
                count=count,
                start=start,
                end=end,
                label="",
                terms=terms,
                by=where.owner.actor,
                now=self.now,
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, pick=PICK, end=LASTING)
    def extend_licence(self, shop: int, pause: timedelta, pick: int, end: timedelta | None) -> None:
        where = self.at(shop, pause)
        if not where.licence_ids:
            return
        at = pick % len(where.licence_ids)
        until = None if end is None else self.now + end
        self.play.change(
            where,
            lambda seen: seen.extend_licence(self.now, at, end=until or FOREVER),
            lambda session: extending.extend_licences(
                session, licence_ids=[where.licence_ids[at]], end=until, by=where.owner.actor, now=self.now
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, pick=PICK, ahead=AHEAD)
    def shorten_licence(self, shop: int, pause: timedelta, pick: int, ahead: timedelta | None) -> None:
        where = self.at(shop, pause)
        if not where.licence_ids:
            return
        at = pick % len(where.licence_ids)
        moment = None if ahead is None else self.now + ahead
        self.play.change(
            where,
            lambda seen: seen.expire_licence(self.now, at, at=moment),
            lambda session: departures.expire_licences(
                session, licence_ids=[where.licence_ids[at]], at=moment, by=where.owner.actor, now=self.now
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, who=ANYBODY, pick=PICK, ahead=AHEAD, lasting=LASTING)
    def sit(
        self, shop: int, pause: timedelta, who: str, pick: int, ahead: timedelta | None, lasting: timedelta | None
    ) -> None:
        where = self.at(shop, pause)
        if not where.licence_ids or who not in where.people:
            return
        self._assign(where, who, ahead, lasting, licence=pick % len(where.licence_ids))

    @rule(shop=SHOPS, pause=PAUSE, who=ANYBODY, kind=KINDS, ahead=AHEAD, lasting=LASTING)
    def sit_anywhere(
        self, shop: int, pause: timedelta, who: str, kind: SeatKind, ahead: timedelta | None, lasting: timedelta | None
    ) -> None:
        where = self.at(shop, pause)
        if who in where.people:
            self._assign(where, who, ahead, lasting, kind=kind)

    def _assign(
        self,
        where: Shop,
        who: str,
        ahead: timedelta | None,
        lasting: timedelta | None,
        *,
        licence: int | None = None,
        kind: SeatKind | None = None,
    ) -> None:
        start = None if ahead is None else self.now + ahead
        end = None if lasting is None else (start or self.now) + lasting
        self.play.change(
            where,
            lambda seen: seen.assign_seat(
                self.now, who, licence=licence, kind="" if kind is None else kind.value, start=start, end=end
            ),
            lambda session: seats.assign_seat(
                session,
                agent_id=where.people[who].agent_id,
                licence_id=None if licence is None else where.licence_ids[licence],
                kind=kind,
                start=start,
                end=end,
                by=where.owner.actor,
                now=self.now,
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, pick=PICK, ahead=AHEAD)
    def release(self, shop: int, pause: timedelta, pick: int, ahead: timedelta | None) -> None:
        where = self.at(shop, pause)
        if not where.sitting_ids:
            return
        at = pick % len(where.sitting_ids)
        moment = None if ahead is None else self.now + ahead
        self.play.change(
            where,
            lambda seen: seen.release_seat(self.now, at, at=moment),
            lambda session: departures.release_seat(
                session, assignment_id=where.sitting_ids[at], at=moment, by=where.owner.actor, now=self.now
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, pick=PICK, to=ANYBODY, ahead=AHEAD, hand_over=st.booleans())
    def move(self, shop: int, pause: timedelta, pick: int, to: str, ahead: timedelta | None, hand_over: bool) -> None:
        where = self.at(shop, pause)
        if not where.sitting_ids or to not in where.people:
            return
        at = pick % len(where.sitting_ids)
        moment = None if ahead is None else self.now + ahead
        self.play.change(
            where,
            lambda seen: seen.move_seat(self.now, at, to=to, at=moment),
            lambda session: changing.move_seat(
                session,
                assignment_id=where.sitting_ids[at],
                to_agent_id=where.people[to].agent_id,
                at=moment,
                hand_over=hand_over,
                by=where.owner.actor,
                now=self.now,
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, pick=PICK, kind=KINDS, exchange=st.booleans())
    def change_kind(self, shop: int, pause: timedelta, pick: int, kind: SeatKind, exchange: bool) -> None:
        where = self.at(shop, pause)
        if not where.sitting_ids:
            return
        at = pick % len(where.sitting_ids)
        self.play.change(
            where,
            lambda seen: seen.change_kind(self.now, at, kind=kind.value, exchange=exchange),
            lambda session: changing.change_seat_kind(
                session,
                assignment_id=where.sitting_ids[at],
                kind=kind,
                exchange=exchange,
                by=where.owner.actor,
                now=self.now,
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, who=ANYBODY)
    def suspend(self, shop: int, pause: timedelta, who: str) -> None:
        where = self.at(shop, pause)
        if who not in where.people:
            return
        self.play.change(
            where,
            lambda seen: seen.suspend(self.now, who),
            lambda session: departures.suspend_member(
                session,
                member_id=where.people[who].member_id,
                own_id=where.owner.member_id,
                by=where.owner.actor,
                now=self.now,
            ),
        )

    # Seasons

    @rule(
        shop=SHOPS,
        pause=PAUSE,
        first=st.integers(0, 9),
        days=st.integers(0, 20),
        full=st.integers(0, 2),
        light=st.integers(1, 2),
        people=st.dictionaries(ANYBODY, KINDS, max_size=4),
        lead=st.integers(0, 7),
        at_once=st.booleans(),
    )
    def plan_season(
        self,
        shop: int,
        pause: timedelta,
        first: int,
        days: int,
        full: int,
        light: int,
        people: dict[str, SeatKind],
        lead: int,
        at_once: bool,
    ) -> None:
        where = self.at(shop, pause)
        first_day = self.today + timedelta(days=first)
        last_day = first_day + timedelta(days=days)
        plan = Plan(
            name="Christmas",
            first_day=first_day,
            last_day=last_day,
            full_count=full,
            light_count=light,
            role=Role.AGENT,
            language=Language.PL,
            team_ids=self.stage.team_ids,
            lead_days=lead,
            people=[Named(email, email, kind) for email, kind in people.items()],
        )
        foreseen = ForeseenSeason(
            midnight(first_day, WARSAW),
            midnight(last_day + timedelta(days=1), WARSAW),
            first_day=first_day,
            last_day=last_day,
            counts={FULL: full, LIGHT: light},
            places=[Place(email, kind.value) for email, kind in people.items()],
        )
        season = self.play.change(
            where,
            lambda seen: seen.draft(self.now, replace(foreseen)),
            lambda session: drafting.draft_season(
                session, plan=plan, own_id=where.owner.member_id, by=where.owner.actor, now=self.now
            ),
        )
        if season is not None:
            where.season_ids.append(season.id)
            if at_once:
                self.play.look()
                self.schedule(shop, timedelta(0), len(where.season_ids) - 1)

    @rule(shop=SHOPS, pause=PAUSE, pick=PICK)
    def schedule(self, shop: int, pause: timedelta, pick: int) -> None:
        where = self.at(shop, pause)
        if not where.season_ids:
            return
        at = pick % len(where.season_ids)
        self.play.change(
            where,
            lambda seen: seen.schedule(self.now, at),
            lambda session: operations.schedule_season(
                session,
                season_id=where.season_ids[at],
                own_id=where.owner.member_id,
                by=where.owner.actor,
                now=self.now,
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, pick=PICK, days=st.integers(-3, 15))
    def move_last_day(self, shop: int, pause: timedelta, pick: int, days: int) -> None:
        where = self.at(shop, pause)
        if not where.season_ids:
            return
        at = pick % len(where.season_ids)
        longer = days > 0
        last_day = max(self.today, where.foreseen.seasons[at].last_day + timedelta(days=days))
        self.play.change(
            where,
            lambda seen: (seen.extend if longer else seen.shorten)(self.now, at, last_day=last_day),
            lambda session: (operations.extend_season if longer else operations.shorten_season)(
                session, season_id=where.season_ids[at], last_day=last_day, by=where.owner.actor, now=self.now
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, pick=PICK, begun=st.booleans())
    def end_or_cancel_season(self, shop: int, pause: timedelta, pick: int, begun: bool) -> None:
        where = self.at(shop, pause)
        if not where.season_ids:
            return
        at = pick % len(where.season_ids)
        self.play.change(
            where,
            lambda seen: (seen.end_season if begun else seen.cancel_season)(self.now, at),
            lambda session: (operations.end_season if begun else operations.cancel_season)(
                session, season_id=where.season_ids[at], by=where.owner.actor, now=self.now
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, pick=PICK, who=ANYBODY, kind=KINDS)
    def add_person(self, shop: int, pause: timedelta, pick: int, who: str, kind: SeatKind) -> None:
        where = self.at(shop, pause)
        if not where.season_ids:
            return
        at = pick % len(where.season_ids)
        self.play.change(
            where,
            lambda seen: seen.add_person(self.now, at, who, kind.value),
            lambda session: season_people.add_people(
                session,
                season_id=where.season_ids[at],
                named=[Named(who, who, kind)],
                own_id=where.owner.member_id,
                by=where.owner.actor,
                now=self.now,
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, pick=PICK)
    def remove_person(self, shop: int, pause: timedelta, pick: int) -> None:
        where = self.at(shop, pause)
        named = self.play.read(where, text("SELECT id, season_id, email FROM season_person ORDER BY id"))
        if not named:
            return
        person = named[pick % len(named)]
        at = where.season_ids.index(person.season_id)
        self.play.change(
            where,
            lambda seen: seen.remove_person(self.now, at, person.email),
            lambda session: season_people.remove_person(
                session, person_id=person.id, own_id=where.owner.member_id, by=where.owner.actor, now=self.now
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, who=st.sampled_from(NEWCOMERS))
    def join(self, shop: int, pause: timedelta, who: str) -> None:
        """Somebody follows the link of the latest invitation."""
        where = self.at(shop, pause)
        found = self.play.read(
            where,
            text(
                "SELECT i.id FROM invitation i JOIN member m ON m.id = member_id WHERE email = :who ORDER BY i.id DESC"
            ),
            who=who,
        )
        if not found:
            return
        link = invitations.link_credential(tenant_id=where.tenant_id, invitation_id=found[0].id, key=KEY)
        joined = self.play.attempt(
            where,
            lambda session: joining.accept_invitation(session, credential=link, password_hash="unused", now=self.now),
        )
        if not isinstance(joined, DomainError):
            assert where.foreseen.people[who] == "INVITED"
            where.foreseen.people[who] = "ACTIVE"

    # Day passes

    @rule(shop=SHOPS, kind=KINDS, count=st.integers(-2, 2).filter(bool))
    def trade_passes(self, shop: int, kind: SeatKind, count: int) -> None:
        where = self.at(shop)
        trade = passes.add_passes if count > 0 else passes.remove_passes
        done = self.play.attempt(
            where,
            lambda session: trade(session, kind=kind, count=abs(count), by=where.owner.actor, now=self.now),
        )
        assert isinstance(done, DomainError) == (where.foreseen.passes[kind.value] + count < 0)
        if not isinstance(done, DomainError):
            where.foreseen.passes[kind.value] += count

    @rule(shop=SHOPS, who=st.sampled_from(CREW), kind=KINDS, comes=st.booleans())
    def hold_passes(self, shop: int, who: str, kind: SeatKind, comes: bool) -> None:
        where = self.at(shop)
        agent_id = where.people[who].agent_id
        if comes:
            self.play.write(
                where,
                lambda session: passes.set_holder(
                    session, agent_id=agent_id, kind=kind, by=where.owner.actor, now=self.now
                ),
            )
            where.foreseen.holders[who] = kind.value
        else:
            self.play.attempt(
                where,
                lambda session: passes.remove_holder(session, agent_id=agent_id, by=where.owner.actor, now=self.now),
            )
            where.foreseen.holders.pop(who, None)

    @rule(shop=SHOPS, pause=PAUSE, who=st.sampled_from(CREW))
    def sign_in(self, shop: int, pause: timedelta, who: str) -> None:
        where = self.at(shop, pause)
        entered = self.play.do(
            enter(
                self.stage.database,
                shop=where.slug,
                email=who,
                password=PASSWORD,
                passwords=PASSWORDS,
                now=self.now,
            )
        )
        assert isinstance(entered, Entered) == (where.foreseen.people[who] == "ACTIVE")
        where.foreseen.sign_in(self.now, who)

    # Tickets

    @rule(shop=SHOPS, topic=st.sampled_from(["delivery", "payment"]))
    def open_ticket(self, shop: int, topic: str) -> None:
        where = self.at(shop)
        self.play.write(
            where,
            lambda session: opening.open_ticket(
                session,
                channel=Channel.EMAIL,
                topic_key=topic,
                subject="Gdzie jest moja paczka?",
                body="Czekam.",
                customer_id=where.customer_id,
                order_id=None,
                by=where.owner.actor,
                now=self.now,
            ),
        )

    @rule(shop=SHOPS, pause=PAUSE, who=ANYBODY, pick=PICK, deed=st.sampled_from(["take", "draft", "resolve", "online"]))
    def work(self, shop: int, pause: timedelta, who: str, pick: int, deed: str) -> None:
        """What takes any seat is open to those who sit, and to nobody else."""
        where = self.at(shop, pause)
        ticket_id = self._one_of(where, "SELECT id FROM ticket ORDER BY id", pick)
        known = where.people.get(who)
        if known is None or known.state == "INVITED" or ticket_id is None:  # who has not joined asks for nothing
            return

        async def work(session: TenantSession) -> None:
            seat = await hold_seat(session, agent_id=known.agent_id, now=self.now)
            if deed == "take":
                await taking.take_next(session, seat=seat, by=known.actor, now=self.now)
            elif deed == "draft":
                await working.add_draft(session, ticket_id=ticket_id, body="Już", by=known.actor, now=self.now)
            elif deed == "online":
                await agents.set_presence(
                    session, agent_id=known.agent_id, presence=Presence.ONLINE, by=known.actor, now=self.now
                )
            else:
                await working.resolve_internally(
                    session,
                    ticket_id=ticket_id,
                    seat=seat,
                    any_owner=True,
                    reason="Zrobione",
                    evidence=Evidence(EvidenceKind.NOTE, text="sprawdzone"),
                    by=known.actor,
                    now=self.now,
                )

        outcome = self.play.attempt(where, work)
        assert isinstance(outcome, SeatRequired) == (where.foreseen.kind_of(who, self.now) is None)

    @rule(shop=SHOPS, pause=PAUSE, who=ANYBODY, pick=PICK, approves=st.booleans())
    def write_to_the_customer(self, shop: int, pause: timedelta, who: str, pick: int, approves: bool) -> None:
        """What reaches a customer is open to those on full seats, and to nobody else. Invited people cannot ask yet."""
        where = self.at(shop, pause)
        found = (
            "SELECT id FROM entry WHERE kind = 'DRAFT' ORDER BY id" if approves else "SELECT id FROM ticket ORDER BY id"
        )
        target = self._one_of(where, found, pick)
        known = where.people.get(who)
        if known is None or known.state == "INVITED" or target is None:
            return

        async def send(session: TenantSession) -> None:
            permit = await permit_outbound(session, agent_id=known.agent_id, now=self.now)
            if approves:
                await drafts.approve(
                    session, draft_id=target, permit=permit, any_owner=True, by=known.actor, now=self.now
                )
            else:
                await outbound.reply(
                    session,
                    ticket_id=target,
                    body="Jutro",
                    permit=permit,
                    any_owner=True,
                    by=known.actor,
                    now=self.now,
                )

        outcome = self.play.attempt(where, send)
        assert isinstance(outcome, FullSeatRequired) == (where.foreseen.kind_of(who, self.now) != "FULL")

    @rule(shop=SHOPS, pick=PICK)
    def the_customer_writes(self, shop: int, pick: int) -> None:
        where = self.at(shop)
        ticket_id = self._one_of(where, "SELECT id FROM ticket ORDER BY id", pick)
        if ticket_id is not None:
            self.play.write(
                where,
                lambda session: opening.receive(
                    session, ticket_id=ticket_id, body="Halo?", by=where.owner.actor, now=self.now
                ),
            )

    @rule(shop=SHOPS, pause=PAUSE)
    def deliver(self, shop: int, pause: timedelta) -> None:
        """What waits is sent if its sender has had a full seat all the time since writing it; else it is a draft."""
        where = self.at(shop, pause)
        waiting = text("""
            SELECT e.id, e.at, m.email FROM delivery d JOIN entry e ON e.id = entry_id
            JOIN agent a ON a.id = e.sender_agent_id JOIN member m ON m.id = a.member_id
            WHERE d.state = 'PENDING' ORDER BY d.id
        """)

        async def send(session: TenantSession, entry_id: Any) -> bool:
            ready = await outbound.prepare_delivery(session, entry_id=entry_id, now=self.now)
            if ready is not None:
                await outbound.settle(session, entry_id=entry_id, now=self.now)
            return ready is not None

        for row in self.play.read(where, waiting):
            sent = self.play.write(where, lambda session, id=row.id: send(session, id))  # type: ignore[misc]
            assert sent == where.foreseen.full_since(row.email, row.at, self.now)

    def _one_of(self, where: Shop, query: str, pick: int) -> Any:
        found = self.play.read(where, text(query))
        return found[pick % len(found)].id if found else None

    # The clock and the workers

    @rule(by=st.sampled_from([timedelta(minutes=11), timedelta(hours=7), timedelta(days=1), timedelta(days=9)]))
    def time_passes(self, by: timedelta) -> None:
        self.play.now += by

    @rule(pick=PICK, early=st.booleans())
    def the_next_thing_comes(self, pick: int, early: bool) -> None:
        """The clock stands at one of the next instants at which something begins or ends, or just before it."""
        edges = sorted(
            edge
            for shop in self.play.shops
            for each in (*shop.foreseen.sittings, *shop.foreseen.licences, *shop.foreseen.seasons)
            for edge in (each.start, each.end)
            if self.now < edge < FOREVER
        )
        if edges:
            self.play.now = max(self.now, edges[min(pick, len(edges) - 1)] - timedelta(microseconds=early))

    @rule(shop=SHOPS, name=st.sampled_from(sorted(PASSES)))
    def a_worker_passes(self, shop: int, name: str) -> None:
        self.play.run_pass(self.at(shop), name)

    @rule(shop=SHOPS, name=st.sampled_from(sorted(PASSES)), statement=st.integers(1, 40))
    def a_worker_dies(self, shop: int, name: str, statement: int) -> None:
        self.play.crash_in_pass(self.at(shop), name, statement=statement)

    @rule(shop=SHOPS)
    def tickets_are_routed(self, shop: int) -> None:
        where = self.at(shop)
        self.play.write(where, lambda session: sweeping.route_sweep(session, now=self.now))


class Opening(Seats):
    """The shop as it is when a run begins."""

    def __init__(self) -> None:
        RuleBasedStateMachine.__init__(self)
        self.play = Play(self.stage.loop, self.stage.database, [self.stage.original], NOW)

    def furnish(self) -> None:
        """People sit on seats of either kind, or come in on passes; a season is on its way; there is work to do."""
        at_once, month, quarter = timedelta(0), timedelta(days=30), timedelta(days=90)
        for kind, lasting, prepaid in ((SeatKind.FULL, month, True), (SeatKind.FULL, quarter, False)):
            self._then(self.buy, 0, at_once, kind, 1, None, lasting, prepaid)
        self._then(self.buy, 0, at_once, SeatKind.LIGHT, 1, None, None, False)
        for place, who in enumerate(CREW[:3]):
            self._then(self.sit, 0, at_once, who, place, None, None)
            self._then(self.work, 0, at_once, who, 0, "online")
        self._then(self.trade_passes, 0, SeatKind.FULL, 2)
        self._then(self.hold_passes, 0, CREW[3], SeatKind.FULL, True)
        people = {NEWCOMERS[0]: SeatKind.LIGHT, NEWCOMERS[1]: SeatKind.LIGHT, CREW[3]: SeatKind.FULL}
        self._then(self.plan_season, 0, at_once, 2, 9, 1, 1, people, 3, True)
        for topic in ("delivery", "payment", "delivery"):
            self._then(self.open_ticket, 0, topic)
        self._then(self.tickets_are_routed, 0)
        self._then(self.work, 0, at_once, CREW[2], 0, "draft")
        self._then(self.write_to_the_customer, 0, at_once, CREW[0], 1, False)

    def _then(self, deed: Callable[..., None], *what: object) -> None:
        deed(*what)
        self.play.look()


def played(servers: Servers, *, runs: int, steps: int, derandomized: bool) -> None:
    with stage(servers) as made:
        Seats.stage, Seats.servers = made, servers
        Opening().furnish()
        run_state_machine_as_test(
            Seats,
            settings=settings(
                max_examples=runs,
                stateful_step_count=steps,
                deadline=None,
                derandomize=derandomized,
                database=None,
                print_blob=not derandomized,
                suppress_health_check=list(HealthCheck),
            ),
        )


@pytest.mark.timeout(600)
def test_whatever_is_done_in_a_few_runs_everything_holds(servers: Servers) -> None:
    played(servers, runs=6, steps=40, derandomized=True)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_whatever_is_done_in_two_hundred_runs_everything_holds(servers: Servers) -> None:
    played(servers, runs=200, steps=50, derandomized=False)
