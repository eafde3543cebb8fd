"""The domain's enums as GraphQL publishes them. Importing this module gives each its description."""

from api.graphql.reading import describe
from domain.agents.channels import Channel
from domain.agents.models import MemberState, Presence
from domain.agents.roles import Role
from domain.billing.models import LineBasis, PriceUnit
from domain.kit.errors import Language
from domain.kit.events import ActorKind
from domain.kit.imports import ImportOutcome, ImportPolicy
from domain.orders.models import OrderStatus, PaymentMethod
from domain.planning.deeds import StatisticsBy
from domain.seasons.course import SeasonState
from domain.seats.models import LicenceTerms, SeatKind
from domain.tenants.permissions import Permission
from domain.tickets.alarms.models import AlarmCause
from domain.tickets.calls.course import CallState
from domain.tickets.calls.models import CallOutcome
from domain.tickets.calls.standing import CallAnswer
from domain.tickets.intake.conditions import Failing
from domain.tickets.intake.errors import ConditionProblem
from domain.tickets.models import DeliveryState, DraftOutcome, EntryKind, EvidenceKind, TicketState
from domain.tickets.overflow.lines import Cause
from domain.tickets.routing import Exclusion, RoutingReason

describe(Language, "A language that Sezon speaks.", EN="English.", PL="Polish.")
describe(
    ActorKind,
    "Who did something.",
    MEMBER="A person of the shop's staff.",
    CLIENT="A program of the shop: an API client.",
    CUSTOMER="A customer.",
    SYSTEM="Sezon itself, following a rule.",
)
describe(
    Role,
    "What a member is in the shop. A seat is another matter: light is a kind of seat and never a role.",
    OWNER="Everything, as an admin; the shop's own.",
    ADMIN="People, seats, clients and all that the others may.",
    SUPERVISOR="All work on tickets and orders, and the audit trail.",
    AGENT="Work on tickets, with a seat.",
)
describe(
    Permission,
    "One right: of a role, or as a scope of an API client.",
    ORDERS_READ="See customers, orders, payments and shipments.",
    ORDERS_WRITE="Create and change orders.",
    TICKETS_READ="See tickets, their history, teams, skills, topics and intake rules.",
    TICKETS_OPEN="Open tickets.",
    CALLS_ROUTE="Route telephone calls, as an exchange does.",
    TICKETS_WORK="Own, note, assign and resolve tickets.",
    TICKETS_REPLY="Reply to customers, on a full seat.",
    TICKETS_SUPERVISE="Act on tickets that are in other people's hands.",
    INTAKE_MANAGE="Write and try rules about new tickets.",
    PEOPLE_READ="See members and agents.",
    PEOPLE_MANAGE="Invite and change people.",
    SEATS_READ="See seat licences and who sits on them.",
    SEATS_MANAGE="Add and end licences, seat and release people.",
    BILLING_READ="See prices, use and invoices.",
    CLIENTS_MANAGE="See and change API clients.",
    AUDIT_READ="Read the stream of events.",
    JOBS_MANAGE="See work that was set aside, and have it tried again.",
    STATISTICS_READ="See what everybody did with tickets, by the names of agents, teams and seasons.",
)
describe(
    MemberState,
    "Whether a member may sign in.",
    INVITED="Invited, not yet joined.",
    ACTIVE="Joined.",
    SUSPENDED="Kept out.",
)
describe(
    Presence,
    "Whether an agent takes new tickets.",
    ONLINE="At work: routing counts on the agent.",
    AWAY="At work, but given nothing new.",
    OFFLINE="Not at work.",
)
describe(
    Channel,
    "How a customer reached the shop.",
    EMAIL="By e-mail.",
    CHAT="In a chat.",
    PHONE="On the phone.",
    FORM="Through a form of the shop.",
    MARKETPLACE="Through a marketplace.",
)
describe(
    SeatKind,
    "What a seat gives.",
    FULL="All work, and reaching customers.",
    LIGHT="All work but reaching customers: a light agent drafts, a full one sends.",
)
describe(
    LicenceTerms,
    "How a licence is paid for.",
    ARREARS="By the time used, at the end of each month.",
    PREPAID="For its whole period, when it is added; what is not used is credited.",
    ONE_DAY="By a day pass.",
)
describe(
    SeasonState,
    "What a season is. It follows from the clock, whatever runs.",
    DRAFT="A plan that changes nothing yet.",
    SCHEDULED="It stands, and its first day is still to come.",
    ACTIVE="It runs.",
    ENDED="It is over.",
    CANCELLED="It was called off before it began.",
)
describe(
    PriceUnit,
    "What the amount of a price is for.",
    MONTH="A calendar month of the shop's zone: each second costs its share.",
    DAY="A calendar day of the shop's zone that a licence touches, however little of it.",
    PASS="A day pass that was spent.",
)
describe(
    LineBasis,
    "What a line of an invoice charges.",
    USED="Time used, in arrears.",
    PASS="A day pass that was spent.",
    PREPAID="Time paid ahead.",
    CREDIT="Time that had been paid ahead, given back.",
)
describe(
    OrderStatus,
    "How far an order's goods are.",
    PLACED="Ordered, not packed.",
    PACKED="Packed, still in the warehouse.",
    SHIPPED="On the way.",
    DELIVERED="With the customer.",
    CANCELLED="Called off before delivery.",
)
describe(
    PaymentMethod,
    "How a part of an order's price is paid.",
    CARD="By card.",
    TRANSFER="By bank transfer.",
    CASH_ON_DELIVERY="In cash, at the door.",
    VOUCHER="With a voucher.",
)
describe(
    TicketState,
    "Where a ticket is: always in exactly one place.",
    QUEUED="In its team's queue.",
    ASSIGNED="In an agent's hands.",
    WAITING="In an agent's hands, waiting for the customer.",
    RESOLVED="Resolved; an answer of the customer reopens it.",
    CLOSED="Closed.",
)
describe(
    EntryKind,
    "What a line of a ticket's history is.",
    INBOUND="From the customer.",
    OUTBOUND="To the customer, sent by somebody on a full seat.",
    INTERNAL="A note that no customer sees.",
    DRAFT="A reply that somebody on a full seat may approve and send.",
    SYSTEM="Written by Sezon.",
)
describe(
    EvidenceKind,
    "What a resolution without the customer rests on.",
    PAYMENT="A payment that was found.",
    CORRECTION="A correction that was made.",
    NOTE="A note that explains it.",
)
describe(
    DraftOutcome,
    "What became of a draft.",
    APPROVED="Sent to the customer by somebody on a full seat, as it was or edited.",
    RETURNED="Given back to its author with a reason.",
    REPLACED="Rewritten: by its author, or by a colleague of one who has no seat.",
)
describe(
    DeliveryState,
    "How far an outbound message is.",
    PENDING="Not yet taken by a mail server.",
    SENT="Taken by a mail server.",
    RETURNED="Not sent: its sender had lost the right, so it went back to the team as a draft.",
)
describe(
    RoutingReason,
    "What decided who got a ticket, or why nobody did.",
    ONLY_CANDIDATE="Only one agent could have it.",
    PREVIOUS_AGENT="The customer's tickets were this agent's before.",
    LEAST_WORK="Nobody else was given as few minutes of work today per hour of being there.",
    LONGEST_IDLE="Of those with as little work, nobody else had waited as long.",
    NOBODY_ELIGIBLE="Nobody could have it: it stays in its queue.",
    TAKEN="The agent took it, as the next one of their teams' queues.",
)
describe(
    AlarmCause,
    "Why somebody must look at a queue.",
    NOBODY_FITS="Nobody with a seat, at work or not, could take what waits.",
    GIVEN_BACK="Three people gave a ticket back, or all who are there for it.",
    OVERDUE="What waits should have been dealt with by now.",
)
describe(
    Cause,
    "Which wait was too long, so that a line began to help a queue out.",
    OLDEST="That of the oldest ticket.",
    EXPECTED="What the next one to come would wait.",
)
describe(
    Exclusion,
    "Why an agent could not have a ticket; the first that applies, in this order.",
    OTHER_TEAM="In another team, which does not help the ticket's out at this time.",
    GAVE_IT_BACK="Had it and gave it back a while ago.",
    NOT_ONLINE="Not at work.",
    OFF_SHIFT="Off shift.",
    NO_SEAT="Without a seat.",
    LIGHT_SEAT="On a light seat, and the ticket needs the customer.",
    LACKS_SKILL="Without a skill that it asks for, or not at its level.",
    LACKS_LANGUAGE="Does not speak its language.",
    NOT_SENIOR="It was handed over too often for anybody but a senior.",
    ON_A_CALL="On a call, beside which nothing is taken.",
    FULL_HANDS="No room for one more of its channel.",
    COLLEAGUES_COMING="With a fair part of what waits, while colleagues are about to come.",
    KEPT_FOR_OWN_WORK="In a line that helps out, which keeps so many of its people for its own work.",
)
describe(
    ImportPolicy,
    "What becomes of the good rows of an import that has bad ones.",
    REJECT_ALL="Nothing is saved unless every row can be.",
    SKIP_FAILED="Good rows are saved, bad ones are refused and listed.",
)
describe(
    ImportOutcome,
    "What became of a row of an import.",
    CREATED="It was new.",
    UPDATED="It changed what was here.",
    UNCHANGED="It told nothing new, and nothing was written.",
    REFUSED="It is wrong; nothing of it was saved.",
)
describe(
    StatisticsBy,
    "Whose figures are told apart.",
    AGENT="Those of each agent.",
    TEAM="Those of each team.",
    SEAT_KIND="Those on full seats, on light ones, and on none.",
    SEASON="Those on the seats of each season, and on others.",
)
describe(
    Failing,
    "Why a condition could not be decided for a ticket.",
    NO_VALUE="It asks for something that the ticket does not have, such as the total of an order on one without.",
    FAILED="What it computes has no answer, such as a division by zero.",
    TOO_SLOW="The time for all rules together was over.",
)
describe(
    ConditionProblem,
    "What is wrong with a condition.",
    UNREADABLE="Something stands where it cannot.",
    UNKNOWN_NAME="It uses a variable or a function that there is not.",
    WRONG_TYPES="It compares or computes with values of types that do not go together.",
    NO_YES_OR_NO="It is no question of yes or no.",
    TOO_LONG="It has more than 2,000 characters.",
    TOO_DEEP="It is nested too deeply.",
    BAD_PATTERN="A pattern of `matches()` is no regular expression.",
    COSTLY_PATTERN="Its patterns are too much work.",
    PATTERN_NOT_WRITTEN_OUT="What `matches()` is given is no text in quotes.",
)
describe(
    CallState,
    "Where a telephone call is.",
    WAITING="On the line, for an agent.",
    TALKING="In the hands of an agent, who talks to the caller or is calling back.",
    CALL_BACK="Off the line; the caller is called back when the place in the queue has its turn.",
    ENDED="Over.",
)
describe(
    CallOutcome,
    "How a telephone call ended.",
    COMPLETED="They have talked.",
    ABANDONED="The caller hung up before anybody talked to them.",
    NOT_REACHED="The caller was called back and did not answer.",
    CALLED_AGAIN="The caller did not wait to be called back, but called again.",
)
describe(
    CallAnswer,
    "What a telephone exchange does with a call.",
    AGENT="Connect it with the agent.",
    QUEUE="Hold it, say how long it will be, and ask again in some seconds.",
    NOBODY_AT_WORK="Nobody who takes such calls is at work: offer to call back. It waits in the queue meanwhile.",
    CALL_BACK="Let the line go: the caller is called back.",
    MENU="Play the menu, and ask again with all keys that were pressed from the first menu on.",
    OVER="Nothing: it is over.",
)
