"""Where every query begins."""

from collections.abc import Awaitable
from datetime import date, datetime
from typing import Annotated, Any

import strawberry

from api.graphql.errors import Refusal, permit
from api.graphql.reading import Connection, Info, Node, all_of, one_by, stream_of
from api.graphql.reading.connections import LARGEST_PAGE
from api.graphql.reading.nodes import link, node
from api.graphql.types import enums
from api.graphql.types.alarms import RoutingAlarm, RoutingAlarmFilter, RoutingAlarmOrdering
from api.graphql.types.billing import (
    Invoice,
    InvoiceFilter,
    InvoiceOrdering,
    InvoicePreview,
    PrepaidEntry,
    PrepaidEntryFilter,
    PrepaidEntryOrdering,
    Price,
    PriceFilter,
    PriceOrdering,
    UsageInterval,
    UsageIntervalFilter,
    UsageIntervalOrdering,
    invoice_preview,
)
from api.graphql.types.calls import Call, CallFilter, CallOrdering, IvrMenu, ivr_menus
from api.graphql.types.channels import ChannelSetting, channel_settings
from api.graphql.types.dry_runs import IntakeDryRun, IntakeEffectsInput, rule_dry_run
from api.graphql.types.events import Event, EventFilter
from api.graphql.types.intake import IntakeRule, IntakeRuleFilter, IntakeRuleOrdering
from api.graphql.types.orders import Customer, CustomerFilter, CustomerOrdering, Order, OrderFilter, OrderOrdering
from api.graphql.types.passes import (
    DayPassBalance,
    DayPassEntry,
    DayPassEntryFilter,
    DayPassEntryOrdering,
    DayPassHolder,
    DayPassHolderFilter,
    DayPassHolderOrdering,
)
from api.graphql.types.people import (
    Agent,
    AgentFilter,
    AgentOrdering,
    Invitation,
    InvitationOrdering,
    Member,
    MemberFilter,
    MemberOrdering,
    Skill,
    SkillOrdering,
    Team,
    TeamOrdering,
)
from api.graphql.types.queues import (
    OverflowEpisode,
    OverflowEpisodeFilter,
    OverflowEpisodeOrdering,
    QueueSetting,
    queue_settings,
)
from api.graphql.types.routing import MOST_EXPLAINED, QueueFairness, RoutingExplained, queue_fairness, routing_history
from api.graphql.types.season_costs import SeasonPreview, season_preview
from api.graphql.types.seasons import (
    PlannedInvitation,
    PlannedInvitationFilter,
    PlannedInvitationOrdering,
    Season,
    SeasonFilter,
    SeasonOrdering,
)
from api.graphql.types.seats import (
    SeatAssignment,
    SeatAssignmentFilter,
    SeatAssignmentOrdering,
    SeatLicence,
    SeatLicenceFilter,
    SeatLicenceOrdering,
)
from api.graphql.types.statistics import StatisticsReport, statistics
from api.graphql.types.tenants import ApiClient, ApiClientOrdering
from api.graphql.types.tickets import Ticket, TicketFilter, TicketOrdering, Topic, TopicOrdering
from api.graphql.types.viewer import Viewer, viewer
from domain.agents import models as people_rows
from domain.agents.efforts import efforts
from domain.billing import models as billing_rows
from domain.kit.events import EventRow
from domain.orders import models as order_rows
from domain.planning.deeds import StatisticsBy
from domain.seats.passes import balances
from domain.tenants.permissions import Permission
from domain.tickets import models as ticket_rows
from domain.tickets.calls import models as call_rows
from domain.tickets.calls.ivr import menus_of
from domain.tickets.intake.trying import MOST_TICKETS

Id = Annotated[strawberry.ID, strawberry.argument(description="A typed id.")]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description=f"Up to {LARGEST_PAGE} typed ids.")]
MonthOf = Annotated[
    date | None, strawberry.argument(description="Any day of the month; the running month if left out.")
]
From = Annotated[datetime, strawberry.argument(name="from", description="From when on.")]
To = Annotated[datetime, strawberry.argument(description="Until when, that instant excluded; 400 days at most.")]
Latest = Annotated[int, strawberry.argument(description=f"How many decisions, {MOST_EXPLAINED} at most.")]
DayOf = Annotated[date, strawberry.argument(description="A day of the shop.")]
Condition = Annotated[str, strawberry.argument(description="Its condition; see `IntakeRuleVersion.condition`.")]
Effects = Annotated[IntakeEffectsInput, strawberry.argument(description="What it would do.")]
Last = Annotated[
    int, strawberry.argument(description=f"How many of the last tickets to try it on, up to {MOST_TICKETS:,}.")
]
By = Annotated[StatisticsBy, strawberry.argument(description="Whose figures to tell apart.")]


def _viewer(info: Info) -> Viewer:
    return viewer(info.context)


async def _node(info: Info, id: Id) -> Node | None:
    return await _found(node(info.context, id))


async def _nodes(info: Info, ids: Ids) -> list[Node | None]:
    if len(ids) > LARGEST_PAGE:
        raise Refusal(f"Up to {LARGEST_PAGE} ids at once.", code="BAD_PAGE", asked=len(ids), allowed=LARGEST_PAGE)
    waiting = [node(info.context, id) for id in ids]
    return [await _found(one) for one in waiting]


async def _found(waiting: Awaitable[Any] | None) -> Node | None:
    if waiting is None:
        return None
    found: Node | None = await waiting
    return found


async def _invoice_preview(info: Info, month: MonthOf = None) -> InvoicePreview | None:
    return await invoice_preview(info.context, month=month)


async def _season_preview(info: Info, season_id: Id) -> SeasonPreview | None:
    return await season_preview(info.context, typed_id=season_id)


async def _day_pass_balances(info: Info) -> list[DayPassBalance] | None:
    permit(info.context, Permission.SEATS_READ)
    async with info.context.reading() as session:
        left = await balances(session)
    return [DayPassBalance(kind=kind, left=count) for kind, count in left.items()]


async def _channel_settings(info: Info) -> list[ChannelSetting] | None:
    permit(info.context, Permission.PEOPLE_READ)
    async with info.context.reading() as session:
        return channel_settings(await efforts(session))


async def _queue_settings(info: Info) -> list[QueueSetting] | None:
    return await queue_settings(info.context)


async def _ivr_menus(info: Info) -> list[IvrMenu] | None:
    permit(info.context, Permission.TICKETS_READ)
    async with info.context.reading() as session:
        return ivr_menus(await menus_of(session))


async def _statistics(info: Info, from_: From, to: To, group_by: By) -> StatisticsReport | None:
    return await statistics(info, start=from_, end=to, group_by=group_by)


async def _ticket_routing_history(info: Info, ticket_id: Id, latest: Latest = 3) -> list[RoutingExplained] | None:
    return await routing_history(info.context, typed_id=ticket_id, latest=latest)


async def _queue_fairness(info: Info, day: DayOf) -> list[QueueFairness] | None:
    return await queue_fairness(info.context, day=day)


async def _rule_dry_run(
    info: Info,
    condition: Condition,
    effects: Effects,
    last: Last = MOST_TICKETS,
    rule_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The rule that would say this from now on; a new one, the last, if left out."),
    ] = None,
) -> IntakeDryRun | None:
    return await rule_dry_run(info, condition=condition, effects=effects, last=last, rule_id=rule_id)


@strawberry.type(description="What can be asked. What the caller may not see is an error NOT_PERMITTED and null.")
class Query:
    viewer: Viewer = strawberry.field(resolver=_viewer, description="Who is asking.")
    node: Node | None = strawberry.field(resolver=_node, description="Anything by its typed id; null if not found.")
    nodes: list[Node | None] = strawberry.field(
        resolver=_nodes, description="Several things by their typed ids, in that order; null where not found."
    )
    customer: Customer | None = one_by(order_rows.Customer.external_id, description="One customer.")
    customers: Connection[Customer] | None = all_of(
        order=CustomerOrdering, filter=CustomerFilter, description="The customers."
    )
    order: Order | None = one_by(order_rows.Order.external_id, description="One order.")
    orders: Connection[Order] | None = all_of(order=OrderOrdering, filter=OrderFilter, description="The orders.")
    ticket: Ticket | None = one_by(ticket_rows.Ticket.number, description="One ticket.")
    tickets: Connection[Ticket] | None = all_of(order=TicketOrdering, filter=TicketFilter, description="The tickets.")
    ticket_routing_history: list[RoutingExplained] | None = strawberry.field(
        resolver=_ticket_routing_history,
        description="Why a ticket is where it is: the router's decisions on it, the latest first, and who stood where.",
    )
    queue_fairness: list[QueueFairness] | None = strawberry.field(
        resolver=_queue_fairness, description="How evenly each queue's work of a day fell on who was there."
    )
    queue_settings: list[QueueSetting] | None = strawberry.field(
        resolver=_queue_settings, description="How queues are served, of those of which an admin has said it."
    )
    overflow_episodes: Connection[OverflowEpisode] | None = all_of(
        order=OverflowEpisodeOrdering,
        filter=OverflowEpisodeFilter,
        description="The times in which lines helped queues out.",
    )
    routing_alarms: Connection[RoutingAlarm] | None = all_of(
        order=RoutingAlarmOrdering, filter=RoutingAlarmFilter, description="Alarms for what nobody takes."
    )
    topic: Topic | None = one_by(ticket_rows.Topic.key, description="One topic.")
    topics: Connection[Topic] | None = all_of(order=TopicOrdering, description="The topics.")
    call: Call | None = one_by(call_rows.Call.external_id, description="One telephone call.")
    calls: Connection[Call] | None = all_of(order=CallOrdering, filter=CallFilter, description="The telephone calls.")
    ivr_menus: list[IvrMenu] | None = strawberry.field(
        resolver=_ivr_menus, description="The menus that the telephone exchange plays, by their keys."
    )
    intake_rules: Connection[IntakeRule] | None = all_of(
        order=IntakeRuleOrdering, filter=IntakeRuleFilter, description="The rules about new tickets."
    )
    rule_dry_run: IntakeDryRun | None = strawberry.field(
        resolver=_rule_dry_run, description="What a rule would have done to the last tickets. It changes nothing."
    )
    agent: Agent | None = one_by(description="One agent.")
    agents: Connection[Agent] | None = all_of(order=AgentOrdering, filter=AgentFilter, description="The agents.")
    member: Member | None = one_by(people_rows.Member.email, description="One member.")
    members: Connection[Member] | None = all_of(order=MemberOrdering, filter=MemberFilter, description="The members.")
    invitations: Connection[Invitation] | None = all_of(order=InvitationOrdering, description="The invitations.")
    team: Team | None = one_by(people_rows.Team.key, description="One team.")
    teams: Connection[Team] | None = all_of(order=TeamOrdering, description="The teams.")
    skill: Skill | None = one_by(people_rows.Skill.key, description="One skill.")
    skills: Connection[Skill] | None = all_of(order=SkillOrdering, description="The skills.")
    seat_licence: SeatLicence | None = one_by(description="One seat licence.")
    seat_licences: Connection[SeatLicence] | None = all_of(
        order=SeatLicenceOrdering, filter=SeatLicenceFilter, description="The seat licences."
    )
    seat_assignments: Connection[SeatAssignment] | None = all_of(
        order=SeatAssignmentOrdering, filter=SeatAssignmentFilter, description="Who sits where, and when."
    )
    season: Season | None = one_by(description="One season.")
    seasons: Connection[Season] | None = all_of(order=SeasonOrdering, filter=SeasonFilter, description="The seasons.")
    season_preview: SeasonPreview | None = strawberry.field(
        resolver=_season_preview, description="What a season costs, before it is scheduled and after."
    )
    planned_invitations: Connection[PlannedInvitation] | None = all_of(
        order=PlannedInvitationOrdering,
        filter=PlannedInvitationFilter,
        description="Seats that are planned for people; those that are held are the line for the next free one.",
    )
    prices: Connection[Price] | None = all_of(
        order=PriceOrdering, filter=PriceFilter, description="What seats cost, cost and will cost."
    )
    usage_intervals: Connection[UsageInterval] | None = all_of(
        order=UsageIntervalOrdering, filter=UsageIntervalFilter, description="The use of licences, as it was recorded."
    )
    prepaid_entries: Connection[PrepaidEntry] | None = all_of(
        order=PrepaidEntryOrdering, filter=PrepaidEntryFilter, description="What was paid ahead and given back."
    )
    invoice: Invoice | None = one_by(billing_rows.Invoice.number, description="One invoice.")
    invoices: Connection[Invoice] | None = all_of(
        order=InvoiceOrdering, filter=InvoiceFilter, description="The invoices."
    )
    invoice_preview: InvoicePreview | None = strawberry.field(
        resolver=_invoice_preview,
        description="What the invoice of a month will say when nothing changes, and what was used so far.",
    )
    day_passes: Connection[DayPassEntry] | None = all_of(
        order=DayPassEntryOrdering, filter=DayPassEntryFilter, description="The ledger of day passes."
    )
    day_pass_balances: list[DayPassBalance] | None = strawberry.field(
        resolver=_day_pass_balances, description="How many day passes of each kind are left."
    )
    day_pass_holders: Connection[DayPassHolder] | None = all_of(
        order=DayPassHolderOrdering, filter=DayPassHolderFilter, description="Who comes in on day passes."
    )
    channel_settings: list[ChannelSetting] | None = strawberry.field(
        resolver=_channel_settings, description="What one item of each channel takes of the agent who holds it."
    )
    api_clients: Connection[ApiClient] | None = all_of(order=ApiClientOrdering, description="The shop's programs.")
    events: Connection[Event] | None = stream_of(
        order=(EventRow.sequence,),
        filter=EventFilter,
        description="The stream of what happened, from its beginning or from a place in it.",
    )
    statistics: StatisticsReport | None = strawberry.field(
        resolver=_statistics, description="What everybody did with tickets, whatever seat they sit on."
    )


link(Query)

__all__ = ["Query", "enums"]
