"""A shop with something in every table that the API reads, written straight into the tables."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range

from domain.agents.channels import Channel
from domain.agents.models import (
    Agent,
    AgentCapacity,
    AgentLanguage,
    AgentShift,
    AgentSkill,
    AgentTeam,
    ChannelSetting,
    Invitation,
    Member,
    MemberState,
    Presence,
    Skill,
    Team,
)
from domain.agents.roles import Role
from domain.billing.models import (
    Invoice,
    InvoiceLine,
    LineBasis,
    PrepaidEntry,
    Price,
    PriceSeries,
    PriceUnit,
    UsageInterval,
)
from domain.kit.base import Base
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import ActorKind, EventRow
from domain.kit.ids import new_id
from domain.orders.models import Customer, Order, OrderLine, OrderStatus, Payment, PaymentEntry, PaymentMethod, Shipment
from domain.seasons.models import Season, SeasonCapacity, SeasonPerson, SeasonSkill, SeasonTeam
from domain.seats.models import (
    LicenceTerms,
    PassEntry,
    PassHolder,
    PlannedInvitation,
    SeatAssignment,
    SeatKind,
    SeatLicence,
)
from domain.tenants.models import ApiClient
from domain.tenants.permissions import Permission
from domain.tickets.alarms.models import AlarmCause, RoutingAlarm
from domain.tickets.calls.models import Call, CallOutcome
from domain.tickets.decisions import RoutingDecision, RoutingStay
from domain.tickets.intake.conditions import Failing
from domain.tickets.intake.models import (
    IntakeFailure,
    IntakeRule,
    IntakeRuleSkill,
    IntakeRuleVersion,
    TicketIntake,
    TicketTag,
)
from domain.tickets.models import (
    Delivery,
    DeliveryState,
    DraftDecision,
    DraftOutcome,
    Entry,
    EntryKind,
    EvidenceKind,
    Need,
    NeedSkill,
    Resolution,
    Ticket,
    TicketState,
    Topic,
    TopicSkill,
    Transition,
)
from domain.tickets.overflow.lines import Cause
from domain.tickets.overflow.models import OverflowEpisode, OverflowLine, QueueSetting
from domain.tickets.routing import RoutingReason
from tests.conftest import NOW, Shop

SEASON = Range(NOW - timedelta(days=1), NOW + timedelta(days=74))


@dataclass
class Filled:
    """What was written, by table, in the order in which it was."""

    tenant_id: UUID
    rows: dict[str, list[Any]] = field(default_factory=dict)
    made: list[Base] = field(default_factory=list)

    def add(self, model: type[Base], **values: Any) -> Any:
        """A row of this tenant, to be written; with an id of its own where the table has one."""
        if hasattr(model, "id") and model is not AgentTeam:
            values.setdefault("id", new_id())
        if "created_at" in model.__table__.columns:
            values.setdefault("created_at", NOW)
        row = model(tenant_id=self.tenant_id, **values)
        self.rows.setdefault(model.__tablename__, []).append(row)
        if isinstance(row, RoutingStay) or (isinstance(row, Transition) and row.routing_reason is not None):
            self.rows.setdefault(RoutingDecision.__tablename__, []).append(row)
        self.made.append(row)
        return row

    def ids(self, table: str) -> list[UUID]:
        return [row.id for row in self.rows[table]]


async def fill(database: Database, shop: Shop, *, tickets: int = 3, entries: int = 3) -> Filled:
    """Fill a bare shop: customers, orders, people, seats, tickets and what hangs on them, a few of each."""
    filled = Filled(shop.tenant_id)
    _people(filled)
    _seats(filled)
    _seasons(filled)
    _billing(filled)
    _passes(filled)
    _orders(filled)
    _rules(filled)
    for number in range(1, tickets + 1):
        _ticket(filled, number, entries)
    _events(filled)
    async with database.writing(shop.tenant_id) as session:
        for row in filled.made:
            session.add(row)
            await session.flush()
    return filled


def _people(filled: Filled) -> None:
    for index, role in enumerate((Role.OWNER, Role.AGENT, Role.AGENT)):
        member = filled.add(
            Member,
            email=f"osoba{index}@bombka.example",
            name=f"Osoba {index}",
            role=role,
            language=Language.PL,
            state=MemberState.ACTIVE,
            password_hash="unused",
        )
        filled.add(
            Agent,
            member_id=member.id,
            name=member.name,
            presence=Presence.ONLINE,
            presence_since=NOW,
            idle_since=NOW,
        )
    members, agents = filled.ids("member"), filled.ids("agent")
    for index in range(2):
        expires = NOW + timedelta(days=7 * index)
        filled.add(
            Invitation,
            member_id=members[index],
            invited_by_id=members[0],
            secret_hash=f"{index}",
            expires_at=expires,
        )
    for key in ("accounting", "first-line"):
        team = filled.add(Team, key=key, name=key.capitalize())
        skill = filled.add(Skill, key=key, name=key.capitalize())
        for agent in agents:
            filled.add(AgentTeam, agent_id=agent, team_id=team.id)
            filled.add(AgentSkill, agent_id=agent, skill_id=skill.id)
        topic = filled.add(Topic, key=key, name=key.capitalize(), team_id=team.id, needs_contact=False)
        filled.add(TopicSkill, topic_id=topic.id, skill_id=skill.id, level=1)
        for contact in (False, True):
            need = filled.add(Need, channel=Channel.EMAIL, needs_contact=contact, fingerprint=f"{key} {contact}")
            filled.add(NeedSkill, need_id=need.id, skill_id=skill.id, level=2)
    helped, line = filled.ids("team")[:2]
    filled.add(QueueSetting, team_id=helped, priority=2, delay=30, relax=600)
    waits = {"enter_oldest": 900, "leave_oldest": 300, "dwell": 600}
    filled.add(OverflowLine, team_id=helped, line_id=line, place=1, kept=1, **waits)
    for index in range(3):
        began = NOW + timedelta(hours=index)
        filled.add(
            OverflowEpisode,
            team_id=helped,
            line_id=line,
            cause=Cause.OLDEST if index else Cause.EXPECTED,
            oldest=900 + index,
            expected=None if index else 1200,
            moved=index,
            began_at=began,
            ended_at=began + timedelta(minutes=30) if index < 2 else None,
        )
    for language in ("de", "pl"):
        filled.add(AgentLanguage, agent_id=agents[0], language=language)
    filled.add(ChannelSetting, channel=Channel.CHAT, weight=25, work_minutes=12, exclusive=False)
    for hours in (0, 24):
        begin = NOW + timedelta(hours=hours)
        filled.add(AgentShift, agent_id=agents[0], period=Range(begin, begin + timedelta(hours=8), bounds="[)"))
    filled.add(AgentCapacity, agent_id=agents[0], channel=Channel.EMAIL, items=7)
    for name in ("Sklep", "Magazyn"):
        filled.add(ApiClient, name=name, secret_hash="unused", scopes=[Permission.ORDERS_READ.value])


def _billing(filled: Filled) -> None:
    """A price and an invoice of the last month, with what it was made of: use, and time paid ahead and given back."""
    licence_id, month = filled.ids("seat_licence")[0], Range(NOW - timedelta(days=30), NOW, bounds="[)")
    for kind, unit, amount in (
        (SeatKind.FULL, PriceUnit.MONTH, 14900),
        (SeatKind.FULL, PriceUnit.PASS, 1490),
        (SeatKind.LIGHT, PriceUnit.MONTH, 2900),
    ):
        filled.add(
            Price,
            kind=kind,
            series=PriceSeries.PASS if unit is PriceUnit.PASS else PriceSeries.TIME,
            unit=unit,
            amount=amount,
            currency="PLN",
            valid_from=NOW - timedelta(days=60),
            revision=1,
            set_at=NOW,
        )
    for index in range(2):
        filled.add(
            UsageInterval,
            licence_id=licence_id,
            kind=SeatKind.FULL,
            terms=LicenceTerms.ARREARS,
            period=Range(NOW + timedelta(days=index), NOW + timedelta(days=index + 1), bounds="[)"),
            recorded_at=NOW,
        )
    told = {"licence_id": licence_id, "kind": SeatKind.FULL, "period": month, "quantity": 1, "whole": 2}
    charge = filled.add(
        PrepaidEntry,
        **told,
        unit=PriceUnit.MONTH,
        price_id=filled.ids("price")[0],
        unit_amount=14900,
        amount=7450,
        currency="PLN",
        at=NOW,
        recorded_at=NOW,
    )
    filled.add(
        PrepaidEntry,
        **told,
        charge_id=charge.id,
        unit_amount=7450,
        amount=-3725,
        currency="PLN",
        at=NOW,
        recorded_at=NOW,
    )
    for number in (1, 2):
        invoice = filled.add(
            Invoice,
            number=number,
            month=date(2026, 8 + number, 1),
            timezone="Europe/Warsaw",
            currency="PLN",
            total=14900,
            issued_at=NOW,
        )
        filled.add(
            InvoiceLine,
            **told,
            invoice_id=invoice.id,
            position=1,
            basis=LineBasis.USED,
            unit=PriceUnit.MONTH,
            unit_amount=14900,
            amount=7450,
            price_id=filled.ids("price")[0],
            usage_id=filled.ids("usage_interval")[number - 1],
        )
        filled.add(
            InvoiceLine,
            **told,
            invoice_id=invoice.id,
            position=2,
            basis=LineBasis.CREDIT if number == 1 else LineBasis.PREPAID,
            unit=None if number == 1 else PriceUnit.MONTH,
            unit_amount=7450,
            amount=-3725,
            price_id=None if number == 1 else filled.ids("price")[0],
            prepaid_id=filled.ids("prepaid_entry")[number % 2],
        )


def _seasons(filled: Filled) -> None:
    members, agents, seats = filled.ids("member"), filled.ids("agent"), filled.ids("seat_assignment")
    for index in range(2):
        season = filled.add(
            Season,
            name=f"Sezon {index}",
            first_day=date(2026, 11, 1),
            last_day=date(2027, 1, 14),
            timezone="Europe/Warsaw",
            period=SEASON,
            full_count=1,
            light_count=1,
            role=Role.AGENT,
            language=Language.PL,
            lead_days=7,
            successor_id=agents[2],
            created_by_id=members[0],
            scheduled_at=NOW,
            scheduled_by_id=members[0],
        )
        filled.add(SeasonCapacity, season_id=season.id, channel=Channel.CHAT, items=2)
        for team in filled.ids("team"):
            filled.add(SeasonTeam, season_id=season.id, team_id=team)
        for skill in filled.ids("skill"):
            filled.add(SeasonSkill, season_id=season.id, skill_id=skill)
        filled.add(
            SeatLicence,
            kind=SeatKind.LIGHT,
            period=SEASON,
            label=season.name,
            season_id=season.id,
            created_by_id=members[0],
        )
        for kind, agent, seat in zip((SeatKind.FULL, SeatKind.LIGHT), agents, seats, strict=False):
            planned = filled.add(
                PlannedInvitation,
                agent_id=agent,
                kind=kind,
                wanted=SEASON,
                season_id=season.id,
                invite_at=NOW,
                invited_by_id=members[0],
                assignment_id=seat,
                granted_at=NOW,
            )
            filled.add(
                SeasonPerson,
                season_id=season.id,
                kind=kind,
                email=f"{planned.id}@bombka.example",
                name="Osoba",
                added_at=NOW,
                added_by_id=members[0],
                agent_id=agent,
                invitation_id=planned.id,
            )


def _seats(filled: Filled) -> None:
    agents = filled.ids("agent")
    for number, kind in enumerate((SeatKind.FULL, SeatKind.LIGHT)):
        licence = filled.add(
            SeatLicence, kind=kind, period=SEASON, label="Season", created_by_id=filled.ids("member")[0]
        )
        filled.add(
            SeatAssignment,
            licence_id=licence.id,
            licence_period=SEASON,
            kind=kind,
            agent_id=agents[number],
            successor_id=agents[number + 1],
            period=SEASON,
        )


def _passes(filled: Filled) -> None:
    """Two of each kind added, and one spent, by whoever sits on a licence of that kind."""
    for assignment in filled.rows["seat_assignment"]:
        actor = {"at": NOW, "actor_kind": ActorKind.MEMBER, "actor_id": filled.ids("member")[0]}
        filled.add(PassEntry, kind=assignment.kind, position=1, count=2, balance=2, **actor)
        filled.add(
            PassEntry,
            kind=assignment.kind,
            position=2,
            count=-1,
            balance=1,
            agent_id=assignment.agent_id,
            day=NOW.date(),
            licence_id=assignment.licence_id,
            assignment_id=assignment.id,
            **actor,
        )
        filled.add(
            PassHolder,
            agent_id=assignment.agent_id,
            kind=assignment.kind,
            added_at=NOW,
            added_by_id=filled.ids("member")[0],
        )


def _orders(filled: Filled) -> None:
    for index in range(2):
        customer = filled.add(
            Customer, external_id=f"c-{index}", email=f"c{index}@klient.example", name="Zofia", language=Language.PL
        )
        order = filled.add(
            Order,
            external_id=f"o-{index}",
            number=f"2026/{index}",
            customer_id=customer.id,
            status=OrderStatus.PLACED,
            currency="PLN",
            total_amount=5_000_000_000,
            placed_at=NOW,
            promised_on=date(2026, 11, 6),
            updated_at=NOW,
        )
        for position in (1, 2):
            filled.add(
                OrderLine,
                order_id=order.id,
                position=position,
                sku=f"s-{position}",
                name="Bombka",
                quantity=2,
                unit_amount=1999,
            )
            payment = filled.add(Payment, order_id=order.id, position=position, method=PaymentMethod.CARD, amount=3998)
            for source in ("bank", "refund"):
                filled.add(PaymentEntry, payment_id=payment.id, amount=100, at=NOW, source=source)
            filled.add(Shipment, order_id=order.id, position=position, carrier="InPost", shipped_at=NOW)


def _rules(filled: Filled) -> None:
    """Two in force and one that is archived, of two versions each."""
    for index in range(3):
        archived = NOW if index == 2 else None
        rule = filled.add(
            IntakeRule, name=f"Reguła {index}", position=None if archived else index + 1, archived_at=archived
        )
        for number in (1, 2):
            version = filled.add(
                IntakeRuleVersion,
                rule_id=rule.id,
                number=number,
                condition="order.present",
                team_id=filled.ids("team")[0],
                priority=number,
                sets_skills=True,
                language="de" if index == 0 else None,
                needs_contact=index == 0,
                tags=["zwrot", "pilne"],
                stops=index == 1,
                actor_kind=ActorKind.MEMBER,
                actor_id=filled.ids("member")[0],
                at=NOW,
            )
            filled.add(IntakeRuleSkill, version_id=version.id, skill_id=filled.ids("skill")[0], level=number)


def _sorted(filled: Filled, ticket: Ticket) -> None:
    """What rules did to a ticket, and where one failed."""
    versions = filled.ids("intake_rule_version")
    team_id = str(filled.ids("team")[0])
    filled.add(
        TicketIntake,
        ticket_id=ticket.id,
        acts=[{"version_id": str(versions[0]), "sets": {"team_id": team_id, "priority": 1}, "tags": ["zwrot"]}],
        before={"team_id": team_id, "priority": 0, "skills": {}, "language": None, "needs_contact": True},
        at=NOW,
    )
    for version_id in versions[:2]:
        filled.add(
            IntakeFailure,
            ticket_id=ticket.id,
            version_id=version_id,
            why=Failing.NO_VALUE,
            detail="order.total",
            at=NOW,
        )
    for tag in ("zwrot", f"nr {ticket.number}"):
        filled.add(TicketTag, ticket_id=ticket.id, tag=tag, at=NOW)


def _calls(filled: Filled, ticket: Ticket, number: int) -> None:
    """One that is over, and one that goes on."""
    agent_id = filled.ids("agent")[0]
    filled.add(
        Call,
        external_id=f"over-{number}",
        ticket_id=ticket.id,
        number="+48600100200",
        started_at=NOW,
        answered_at=NOW,
        answered_by_id=agent_id,
        connected_at=NOW,
        connected_to_id=agent_id,
        connected_version=1,
        ended_at=NOW,
        outcome=CallOutcome.COMPLETED,
    )
    filled.add(
        Call,
        external_id=f"on-{number}",
        ticket_id=ticket.id,
        number=None if number % 2 else "600100201",
        started_at=NOW,
    )


def _ticket(filled: Filled, number: int, entries: int) -> None:
    agents, teams = filled.ids("agent"), filled.ids("team")
    held = number % 2 == 0
    ticket = filled.add(
        Ticket,
        number=number,
        channel=Channel.EMAIL,
        worked_as=Channel.EMAIL,
        topic_id=filled.ids("topic")[number % 2],
        subject=f"Sprawa {number}",
        customer_id=filled.ids("customer")[number % 2],
        order_id=filled.ids("order")[number % 2],
        team_id=teams[number % 2],
        need_id=filled.ids("need")[2 * (number % 2) + held],
        needs_contact=held,
        assignee_id=agents[0] if held else None,
        state=TicketState.ASSIGNED if held else TicketState.QUEUED,
        priority=number % 3,
        due_at=NOW + timedelta(hours=number % 2),
        arrived_at=NOW - timedelta(minutes=number // 2),
        asked_at=NOW - timedelta(minutes=number // 2),
        state_since=NOW,
    )
    _sorted(filled, ticket)
    _calls(filled, ticket, number)
    written = [_entry(filled, ticket.id, index, at=NOW + timedelta(seconds=index // 2)) for index in range(entries)]
    if entries > 2:
        _decision(filled, ticket.id, draft=written[1], note=written[2])
    filled.add(
        RoutingAlarm,
        team_id=teams[0],
        need_id=filled.ids("need")[0],
        ticket_id=ticket.id,
        cause=list(AlarmCause)[number % 3],
        raised_at=NOW + timedelta(days=number),
        ended_at=NOW + timedelta(days=number, hours=1),
    )
    for position in (1, 2):
        filled.add(
            Transition,
            ticket_id=ticket.id,
            position=position,
            to_state=TicketState.ASSIGNED,
            team_id=teams[0],
            assignee_id=agents[0],
            reason="opened",
            actor_kind=ActorKind.MEMBER,
            actor_id=filled.ids("member")[0],
            at=NOW,
            routing_reason=RoutingReason.LEAST_WORK,
            routing_detail={"candidates": 2},
        )
        filled.add(
            Resolution,
            ticket_id=ticket.id,
            agent_id=agents[0],
            seat_kind=SeatKind.FULL,
            reason="paid",
            evidence_kind=EvidenceKind.PAYMENT,
            payment_id=filled.ids("payment")[0],
            at=NOW,
        )
        filled.add(
            RoutingStay,
            ticket_id=ticket.id,
            team_id=teams[0],
            detail={"excluded": {"FULL_HANDS": 2}},
            at=NOW,
        )


def _decision(filled: Filled, ticket_id: UUID, *, draft: Entry, note: Entry) -> None:
    filled.add(
        DraftDecision,
        entry_id=draft.id,
        ticket_id=ticket_id,
        entry_kind=draft.kind,
        outcome=DraftOutcome.RETURNED,
        result_id=note.id,
        result_kind=note.kind,
        assignment_id=filled.ids("seat_assignment")[0],
        agent_id=filled.ids("agent")[0],
        seat_kind=SeatKind.FULL,
        at=NOW,
    )


def _entry(filled: Filled, ticket_id: UUID, index: int, *, at: datetime) -> Entry:
    outbound = index == 0
    kinds = {0: EntryKind.OUTBOUND, 1: EntryKind.DRAFT}
    entry = filled.add(
        Entry,
        ticket_id=ticket_id,
        kind=kinds.get(index, EntryKind.INTERNAL),
        body=f"Wpis {index}",
        at=at,
        author_kind=ActorKind.MEMBER,
        author_id=filled.ids("member")[0],
        sender_assignment_id=filled.ids("seat_assignment")[0] if outbound else None,
        sender_agent_id=filled.ids("agent")[0] if outbound else None,
        sender_kind=SeatKind.FULL if outbound else None,
    )
    if outbound:
        filled.add(
            Delivery,
            entry_id=entry.id,
            address="c0@klient.example",
            subject="Sprawa 0",
            state=DeliveryState.PENDING,
            message_id="<1@bombka.example>",
        )
    made: Entry = entry
    return made


def _events(filled: Filled) -> None:
    """Two that the relay has stamped, and one that it has not."""
    for version, sequence in enumerate((1, 2, None), start=1):
        filled.add(
            EventRow,
            name="TicketOpened",
            aggregate="ticket",
            aggregate_id=filled.ids("ticket")[0],
            aggregate_version=version,
            actor_kind=ActorKind.SYSTEM,
            actor_id=None,
            at=NOW,
            data={"number": 1},
            trace_id="",
            sequence=sequence,
        )
