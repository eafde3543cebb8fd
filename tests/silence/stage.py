"""A shop in which every path can be gone by people on light seats, and what left it afterwards."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from enum import Enum
from types import MappingProxyType
from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import func, select

from api.graphql import ids
from domain.agents import invitations, membership, personal_tokens, sessions
from domain.agents.models import Agent, Invitation, Member, Presence
from domain.agents.roles import Role
from domain.agents.sessions import Claim
from domain.kit import outbox, secrets
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.outbox import InboxRow, OutboxRow
from domain.kit.secrets import Credential, Prefix
from domain.orders.customers import is_customer
from domain.orders.models import Customer
from domain.seasons import drafting
from domain.seasons import operations as seasons
from domain.seasons import queries as season_queries
from domain.seasons.people import Named
from domain.seats import operations as seats
from domain.seats import passes
from domain.seats.jobs import ProvisionSeats
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tenants.clients import ClientId, parse_client_id
from domain.tenants.permissions import CLIENT_SCOPES
from domain.tickets import assignment, recruiting, working
from domain.tickets.jobs import DeliverReply
from domain.tickets.models import Delivery, Entry, EntryKind, EvidenceKind, Ticket
from domain.tickets.working import Evidence
from tests.api.graphql.test_every_mutation import Populated, Things, populate
from tests.api.http.conftest import OWN_PAGE, URL, HandClock
from tests.conftest import NOW, Shop
from tests.domain.tenants.test_dead_letters import set_aside
from tests.domain.world import Person, World, sit
from tests.people import PASSWORD, add_member
from tests.silence.watching import Watch
from tests.workers.sink import Sink
from workers.broker import Delivery as Message
from workers.runtime import TASKS, Outcome, perform

FOR_EVER = datetime.max.replace(tzinfo=UTC)
MOST_JOBS = 60
"""More than one path gives the workers to do."""

KEY = "a key for tests that is long enough"
"""What the links of the scripted shop are made with."""

FREE_UNTIL = NOW + timedelta(days=10)
"""The end of the one free light licence: too early for all who wait in line."""

BRIEFLY, BRIEF_LICENCE = NOW + timedelta(days=11), NOW + timedelta(days=25)
"""When somebody leaves a seat whose licence lasts for longer; until then a full licence is free as well."""

WALK_IN, KEPT_OUT = "karnet@bombka.example", "zuza@bombka.example"
SEATED, LAST = "listopad2@bombka.example", "listopad3@bombka.example"
LIGHT_IN_LINE, FULL_IN_LINE = "lekka@bombka.example", "pelna@bombka.example"

IN_LINE = (
    (LIGHT_IN_LINE, SeatKind.LIGHT, None, BRIEFLY),
    (FULL_IN_LINE, SeatKind.FULL, None, NOW + timedelta(days=12)),
    ("sylwester@bombka.example", SeatKind.LIGHT, NOW + timedelta(days=54), NOW + timedelta(days=58)),
)
"""Who waits for a seat of which kind, from when until when: the last one for days after Christmas."""


def _planned(name: str, first: date, last: date, *, people: int = 0, lead_days: int = 60) -> drafting.Plan:
    """A season of one light seat for so many people."""
    named = [Named(f"{name.lower()}{number}@bombka.example", name, SeatKind.LIGHT) for number in range(1, people + 1)]
    return drafting.Plan(name, first, last, 0, 1, Role.AGENT, Language.PL, people=named, lead_days=lead_days)


AUTUMN = _planned("Jesien", date(2026, 11, 2), date(2026, 11, 30))
NOVEMBER = _planned("Listopad", date(2026, 11, 2), date(2026, 11, 30), people=3)
DECEMBER = _planned("Grudzien", date(2026, 12, 1), date(2026, 12, 31), people=2)
SPRING = _planned("Wiosna", date(2027, 3, 1), date(2027, 3, 31), people=1)
"""Where there are more people than seats, the second sits on a licence of no season, and the third waits for one."""


class Voice(Enum):
    """Somebody who cannot reach a customer, and the credential that they come with."""

    PROGRAM = "an API client with every scope, made by the owner on a light seat"
    TOKEN = "a personal token of the owner on a light seat"
    LIGHT = "a light agent's session, who would come in on full day passes if there were no light seat"
    BOSS = "the session of the owner on a light seat"
    LIGHT_PASS = "the session of an agent who came in on a light day pass"
    FULL = "the session of the owner on a full seat, who may"
    FULL_TOKEN = "a personal token of that owner"
    FULL_PASS = "the session of an agent who came in on a full day pass, who may until the day is over"


LIGHT_AGENTS = (Voice.LIGHT, Voice.LIGHT_PASS)
SILENT = (*LIGHT_AGENTS, Voice.PROGRAM, Voice.TOKEN, Voice.BOSS)
"""In the order in which they play: those who may less come before those who may take their seats away."""

SILENT_SESSIONS = (*LIGHT_AGENTS, Voice.BOSS)


@dataclass(frozen=True)
class Script:
    """A shop as it is before anybody does anything: who is who, and what a path can name by its id.

    `things` are plain ids. `typed` are sets of typed ones, for GraphQL: what one of them cannot be done with, another
    can. `waiting` are jobs that are due later. `carried` is what has the tenant in it: the link that somebody was
    mailed, and what the program names itself by, proves it with and got for it.
    """

    populated: Populated
    boss: Person
    carried: Mapping[str, Credential | ClientId]
    credentials: Mapping[Voice, Credential]
    things: Mapping[str, str]
    typed: Sequence[Things]
    waiting: frozenset[UUID]

    @property
    def tenant_id(self) -> UUID:
        return self.populated.world.tenant_id


async def written(database: Database, http: httpx2.AsyncClient, shop: Shop) -> Script:
    """Furnish a shop with one of each thing, somebody of each kind, and their credentials."""
    job = await set_aside(database, shop)
    here = await populate(database, shop)
    world = here.world
    boss = await world.person(SeatKind.LIGHT, role=Role.OWNER, presence=Presence.OFFLINE)
    seatless = await world.seatless()
    mine, resolved, queued, untouched, unbegun = [await world.ticket() for _ in range(5)]
    async with database.writing(shop.tenant_id) as session:
        for ticket_id, holder in ((mine, boss), (untouched, boss), (unbegun, here.light)):
            await assignment.assign(session, ticket_id=ticket_id, agent_id=holder.agent_id, by=SYSTEM, now=NOW)
        draft = await working.add_draft(session, ticket_id=mine, body="Szkic", by=boss.actor, now=NOW)
        (free,) = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=FREE_UNTIL, label="Święta", by=SYSTEM, now=NOW
        )
        await working.resolve_internally(
            session,
            ticket_id=resolved,
            seat=await hold_seat(session, agent_id=boss.agent_id, now=NOW),
            any_owner=True,
            reason="Zapłacone",
            evidence=Evidence(EvidenceKind.NOTE, text="Wpłata jest"),
            by=boss.actor,
            now=NOW,
        )
        numbers = {row.id: str(row.number) for row in await session.execute(select(Ticket.id, Ticket.number))}
    credentials = await _credentials(here, boss)
    client_id, client_secret = await _client(http, credentials[Voice.BOSS])
    credentials[Voice.PROGRAM] = await _program(http, client_id, client_secret)
    carried: dict[str, Credential | ClientId] = {
        "token": _link(here),
        "client_id": client_id,
        "client_secret": client_secret,
        "access_token": credentials[Voice.PROGRAM],
    }
    await _walk_in(world, shop)
    plain = {name: _plain(typed) for name, typed in vars(here.things).items()}
    drafted, running = [await _season(world, here.admin, plan) for plan in (SPRING, AUTUMN)]
    line = await _line(world, here.admin)
    things = {
        **plain,
        "boss": str(boss.agent_id),
        "drafted": str(drafted),
        "running": str(running),
        "crowded": str(line.crowded),
        "december": str(line.december),
        "crowded_person": str(line.person),
        "held": str(line.held_id),
        "in_line": str(line.last_id),
        "brief": str(line.brief_id),
        "kept_out": str(line.kept_out.id),
        "assignment": plain["seat_assignment"],
        "client": plain["api_client"],
        "draft_id": str(draft.id),
        "job": str(job),
        "licence": str(free.id),
        "rule": plain["intake_rule"],
        "number": numbers[mine],
        "queued": numbers[queued],
        "untouched": numbers[untouched],
        "queued_ticket": str(queued),
        "resolved": numbers[resolved],
        "seatless": str(seatless.id),
        "taken_licence": plain["seat_licence"],
        "token_id": str(credentials[Voice.TOKEN].id),
        "walk_in": WALK_IN,
        "password": PASSWORD,
    }
    others = replace(
        here.things,
        season=ids.spell("season", drafted),
        agent=ids.spell("agent", seatless.id),
        entry=ids.spell("entry", draft.id),
        seat_licence=ids.spell("seat_licence", free.id),
        ticket=ids.spell("ticket", resolved),
    )
    await work(database, shop.tenant_id, HandClock(), until=NOW)
    async with database.reading(shop.tenant_id) as session:
        waiting = frozenset(await session.scalars(select(OutboxRow.id).where(OutboxRow.dead_at.is_(None))))
        sent = select(Invitation.id).where(Invitation.member_id == line.seated_id)
        crowded_invitation = (await session.scalars(sent)).one()
    things["crowded_invitation"] = str(crowded_invitation)
    of_crowded = replace(
        here.things,
        season=ids.spell("season", line.crowded),
        season_person=ids.spell("season_person", line.person),
        invitation=ids.spell("invitation", crowded_invitation),
        member=ids.spell("member", here.light.member_id),
        planned_invitation=ids.spell("planned_invitation", line.held_id),
        agent=ids.spell("agent", line.last_id),
        seat_licence=ids.spell("seat_licence", line.full_id),
        seat_assignment=ids.spell("seat_assignment", line.brief_id),
    )
    of_december = replace(
        here.things, season=ids.spell("season", line.december), member=ids.spell("member", line.kept_out.member_id)
    )
    unwritten = replace(here.things, season=ids.spell("season", running), ticket=ids.spell("ticket", unbegun))
    typed = (here.things, others, unwritten, of_crowded, of_december)
    return Script(here, boss, carried, credentials, things, typed, waiting)


async def _walk_in(world: World, shop: Shop) -> None:
    """Somebody who has no seat, and comes in on a full day pass by the password."""
    member = await add_member(world.database, shop, email=WALK_IN, role=Role.AGENT)
    async with world.database.writing(world.tenant_id) as session:
        agent_id = (await session.scalars(select(Agent.id).where(Agent.member_id == member.id))).one()
        await passes.add_passes(session, kind=SeatKind.FULL, count=1, by=SYSTEM, now=NOW)
        await passes.set_holder(session, agent_id=agent_id, kind=SeatKind.FULL, by=SYSTEM, now=NOW)


async def _season(world: World, owner: Person, plan: drafting.Plan) -> UUID:
    """A season that stands; one of next year stays a draft."""
    async with world.database.writing(world.tenant_id) as session:
        season = await drafting.draft_season(session, plan=plan, own_id=owner.member_id, by=owner.actor, now=NOW)
        if plan.first_day < date(2027, 1, 1):
            await seasons.schedule_season(session, season_id=season.id, own_id=owner.member_id, by=owner.actor, now=NOW)
    return season.id


@dataclass(frozen=True)
class Line:
    """Who waits for a seat, and what keeps them waiting: two seasons with a person more than they have seats.

    `person` of the crowded one sits on a licence of no season, as the member `seated_id`; so does one of December.
    `held_id` is the plan of the last of the crowded one, the agent `last_id`. `brief_id` is a seat whose licence lasts
    for longer, and `full_id` a free licence.
    """

    crowded: UUID
    december: UUID
    person: UUID
    seated_id: UUID
    held_id: UUID
    last_id: UUID
    brief_id: UUID
    full_id: UUID
    kept_out: Agent


async def _line(world: World, owner: Person) -> Line:
    """Have people wait in line, each of whom is invited as soon as a seat is free: of either kind, now and later."""
    guest = await world.seatless()
    async with world.database.writing(world.tenant_id) as session:
        _, full, longer = [
            licence
            for kind, end in ((SeatKind.LIGHT, None), (SeatKind.FULL, BRIEFLY), (SeatKind.LIGHT, BRIEF_LICENCE))
            for licence in await seats.add_licences(
                session, kind=kind, count=1, start=None, end=end, label="", by=SYSTEM, now=NOW
            )
        ]
        brief = await seats.assign_seat(
            session, agent_id=guest.id, licence_id=longer.id, end=BRIEFLY, by=SYSTEM, now=NOW
        )
    crowded, december = [await _season(world, owner, plan) for plan in (NOVEMBER, DECEMBER)]
    async with world.database.writing(world.tenant_id) as session:
        for email, kind, start, end in IN_LINE:
            recruited = await recruiting.invite_to_seat(
                session,
                person=recruiting.Person(email, email.partition("@")[0], Role.AGENT, Language.PL),
                seat=recruiting.SeatWanted(kind=kind, start=start, end=end),
                by=owner.actor,
                inviter_member_id=owner.member_id,
                key=KEY,
                now=NOW,
            )
            assert recruited.planned is not None
        kept_out = await recruiting.invite_to_seat(
            session,
            person=recruiting.Person(KEPT_OUT, "Zuza", Role.AGENT, Language.PL),
            seat=None,
            by=owner.actor,
            inviter_member_id=owner.member_id,
            key=KEY,
            now=NOW - timedelta(hours=1),
        )
        await membership.suspend(
            session, member_id=kept_out.agent.member_id, own_id=owner.member_id, by=owner.actor, now=NOW
        )
        people = {person.email: person for person in await season_queries.people(session, season_id=crowded)}
        seated, last = people[SEATED], people[LAST]
        assert last.invitation_id is not None
        assert last.agent_id is not None
        member_id = (await session.scalars(select(Agent.member_id).where(Agent.id == seated.agent_id))).one()
    return Line(
        crowded,
        december,
        seated.id,
        member_id,
        last.invitation_id,
        last.agent_id,
        brief.id,
        full.id,
        kept_out.agent,
    )


def _link(here: Populated) -> Credential:
    """What the link holds by which somebody may join."""
    parsed = ids.parse(here.things.invitation)
    assert parsed is not None
    return invitations.link_credential(tenant_id=here.world.tenant_id, invitation_id=parsed[1], key=KEY)


async def _credentials(here: Populated, boss: Person) -> dict[Voice, Credential]:
    """A credential of everybody but the program."""
    world, found = here.world, {}
    people = {Voice.LIGHT: here.light, Voice.BOSS: boss, Voice.FULL: here.admin}
    for voice, kind in ((Voice.LIGHT_PASS, SeatKind.LIGHT), (Voice.FULL_PASS, SeatKind.FULL)):
        people[voice] = await world.on_a_pass(kind)
    async with world.database.writing(world.tenant_id) as session:
        for voice, person in people.items():
            signed_in = await sessions.sign_in(session, claimed=Claim(person.member_id, "unused", proven=True), now=NOW)
            assert isinstance(signed_in, sessions.SignedIn)
            found[voice] = signed_in.credential
        for voice, person in ((Voice.TOKEN, boss), (Voice.FULL_TOKEN, here.admin)):
            _, found[voice] = await personal_tokens.create_personal_token(
                session, member_id=person.member_id, name="script", now=NOW
            )
    return found


async def _client(http: httpx2.AsyncClient, boss: Credential) -> tuple[ClientId, Credential]:
    """A client that the owner on a light seat has made, with all the scopes there are, and its secret."""
    scopes = [scope.name for scope in sorted(CLIENT_SCOPES)]
    document = (
        "mutation ($input: ApiClientCreateInput!) { apiClientCreate(input: $input) "
        "{ ... on ApiClientCreated { clientId clientSecret } ... on Failure { code } } }"
    )
    asked = {"query": document, "variables": {"input": {"name": "Everything", "scopes": scopes}}}
    made = (await http.post("/graphql", json=asked, headers=_headers(boss))).json()["data"]["apiClientCreate"]
    client_id, secret = parse_client_id(made["clientId"]), secrets.parse(made["clientSecret"])
    assert client_id is not None
    assert secret is not None
    return client_id, secret


async def _program(http: httpx2.AsyncClient, client_id: ClientId, secret: Credential) -> Credential:
    """The client's token."""
    form = {"grant_type": "client_credentials", "client_id": str(client_id), "client_secret": str(secret)}
    answer = (await http.post("/oauth/token", data=form)).json()
    assert set(answer["scope"].split()) == CLIENT_SCOPES
    credential = secrets.parse(answer["access_token"])
    assert credential is not None
    return credential


def _headers(credential: Credential) -> dict[str, str]:
    if credential.prefix is Prefix.SESSION:
        return {**OWN_PAGE, "Cookie": f"sezon-session={credential}"}
    return {"Authorization": f"Bearer {credential}"}


def _plain(typed: str) -> str:
    parsed = ids.parse(typed)
    assert parsed is not None
    return str(parsed[1])


@dataclass
class Stage:
    """A copy of the scripted shop, and everything that can be done in it."""

    script: Script
    tenant_id: UUID
    database: Database
    http: httpx2.AsyncClient
    clock: HandClock
    sink: Sink
    watch: Watch

    def headers(self, voice: Voice) -> dict[str, str]:
        """What a request of theirs carries, from a page of ours if from any."""
        return _headers(replace(self.script.credentials[voice], tenant_id=self.tenant_id))

    def signed_in(self, credential: Credential) -> "Stage":
        """The same stage, on which somebody else's session is that of a day pass."""
        credentials = {**self.script.credentials, Voice.FULL_PASS: credential}
        return replace(self, script=replace(self.script, credentials=credentials))

    @property
    def world(self) -> World:
        return replace(self.script.populated.world, tenant_id=self.tenant_id)

    @property
    def queued(self) -> str:
        """The typed id of a ticket that is in nobody's hands."""
        return ids.spell("ticket", UUID(self.script.things["queued_ticket"]))

    @property
    def full(self) -> Person:
        """The owner on a full seat, who holds no ticket at first."""
        return self.script.populated.admin

    async def downgrade(self) -> Person:
        """Move the owner from the full seat to a light one, a moment from now."""
        self.clock.at += timedelta(seconds=1)
        return await sit(self.world, self.full, SeatKind.LIGHT, now=self.clock.at)

    async def mutate(self, voice: Voice, mutation: str, input: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        """What the mutation answers: its type, and the code of a failure, if it is one."""
        name = f"{mutation[0].upper()}{mutation[1:]}"
        selected = "{ __typename ... on Failure { code } }"
        document = f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) {selected} }}"
        asked = {"query": document, "variables": {"input": input}}
        answer = (await self.http.post("/graphql", json=asked, headers={**self.headers(voice), **headers})).json()
        if "error" in answer:  # not let in at all: the seat or the session is over by now
            return {"code": answer["error"]}
        assert "errors" not in answer, answer
        outcome: dict[str, Any] = answer["data"][mutation]
        return outcome

    async def go(
        self, voice: Voice | None, route: str, sent: Mapping[str, object] = MappingProxyType({}), **at: str
    ) -> httpx2.Response:
        """Go a route as somebody, or as nobody; `at` names the thing that a part of its path is, if not by its name."""
        method, _, path = route.partition(" ")
        where = re.sub(r"{(\w+)}", lambda part: self._thing(at.get(part[1], part[1]), path), path)
        filled = {name: self._filled(value) for name, value in sent.items()}
        headers = {"Origin": URL, **(self.headers(voice) if voice is not None else {})}
        body: dict[str, Any] = {}
        if method == "POST":
            body = {"data": filled} if path.startswith(("/admin", "/oauth")) else {"json": filled}
        answer = await self.http.request(method, where, headers=headers, **body)
        self.http.cookies.clear()  # whoever signs in stays nobody else's visitor
        return answer

    def _filled(self, value: object) -> object:
        return re.sub(r"{(\w+)}", lambda part: self._thing(part[1], ""), value) if isinstance(value, str) else value

    def _thing(self, name: str, path: str) -> str:
        """The id by that name; `pk` is whatever a list is a list of, and what nobody knows leads to nothing."""
        if name == "shop":
            return f"shop-{self.tenant_id.hex[-12:]}"
        if name in self.script.carried:
            return str(replace(self.script.carried[name], tenant_id=self.tenant_id))
        if name == "pk":
            name = path.split("/")[2].rstrip("s").replace("dead-letter", "job").replace("seat", "licence")
        return self.script.things.get(name) or str(new_id())

    async def work(self, *, until: datetime = FOR_EVER) -> list[Outcome]:
        """Have the workers do all that there is to do since the play began, what is due later as well."""
        return await work(self.database, self.tenant_id, self.clock, until=until, but=self.script.waiting)

    async def a_minute_later(self) -> list[Outcome]:
        """Have the workers do all that there is to do, beginning with the pass that they make every minute."""
        self.clock.at += timedelta(minutes=1)
        async with self.database.writing(self.tenant_id) as session:
            await outbox.enqueue_once(session, ProvisionSeats(), now=self.clock.at)
        return await self.work()

    async def reached(self) -> list[str]:
        """What left this process, but for mail to one of the staff: to that address alone, which is no customer's."""
        async with self.database.reading(self.tenant_id) as session:
            members = set(await session.scalars(select(Member.email)))
            customers = set(await session.scalars(select(Customer.email)))
            mailed = [address for _, recipients in self.sink.envelopes for address in recipients]
            customers |= {address for address in mailed if await is_customer(session, email=address)}
        return [
            *(f"a mail to {address}" for address in mailed if address in customers or address not in members),
            *(
                f"a mail to {recipients} that says to be for {named_in(mail)}"
                for (_, recipients), mail in zip(self.sink.envelopes, self.sink.mails, strict=True)
                if len(recipients) != 1 or named_in(mail) != recipients
            ),
            *self.watch.strange,
        ]

    async def left(self) -> list[str]:
        """Everything by which words left the shop for a customer, or would: none of it may be there."""
        async with self.database.reading(self.tenant_id) as session:
            entries = select(func.count()).select_from(Entry).where(Entry.kind == EntryKind.OUTBOUND)
            deliveries = select(func.count()).select_from(Delivery)
            waiting = select(func.count()).select_from(OutboxRow).where(OutboxRow.actor == DeliverReply.actor)
            done = select(func.count()).select_from(InboxRow).where(InboxRow.actor == DeliverReply.actor)
            counted = {
                "outbound entries": await session.scalar(entries),
                "deliveries": await session.scalar(deliveries),
                "jobs that mail": (await session.scalar(waiting) or 0) + (await session.scalar(done) or 0),
            }
        return [*(f"{count} {what}" for what, count in counted.items() if count), *await self.reached()]


def named_in(mail: EmailMessage) -> list[str]:
    """Every address that a mail says to be for, in whichever header."""
    return [
        address.addr_spec
        for header in ("To", "Cc", "Bcc")
        for field in mail.get_all(header, [])
        for address in field.addresses
    ]


async def work(
    database: Database,
    tenant_id: UUID,
    clock: HandClock,
    *,
    until: datetime = FOR_EVER,
    but: frozenset[UUID] = frozenset(),
) -> list[Outcome]:
    """Have the workers do every job that is due by then, one after another; returns what came of each."""
    outcomes: list[Outcome] = []
    while (message := await _dispatched(database, tenant_id, clock, until=until, but=but)) is not None:
        assert len(outcomes) < MOST_JOBS, "The jobs do not come to an end."
        outcomes.append(await perform(message, database=database, clock=clock, tasks=TASKS))
    return outcomes


async def _dispatched(
    database: Database, tenant_id: UUID, clock: HandClock, *, until: datetime, but: frozenset[UUID]
) -> Message | None:
    async with database.writing(tenant_id) as session:
        due = select(OutboxRow).where(OutboxRow.dead_at.is_(None), OutboxRow.due_at <= until, OutboxRow.id.not_in(but))
        job = await session.scalar(due.order_by(OutboxRow.due_at, OutboxRow.id).limit(1))
        if job is None:
            return None
        clock.at = max(clock.at, job.due_at)
        job.dispatched_at = clock.at
        return Message(job.actor, tenant_id, job.id, job.trace_id, job.payload)
