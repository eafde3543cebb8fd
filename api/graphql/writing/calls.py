"""What a telephone exchange asks and tells, and the menus that it plays."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql import ids
from api.graphql.mutations import Call as Asked
from api.graphql.mutations import mutation
from api.graphql.payloads import id_of, payload, to_one
from api.graphql.types.calls import CallAgent, CallLine, IvrMenu, ivr_menu
from domain.agents import operations as agents
from domain.agents.errors import AgentNotFound, TeamNotFound
from domain.kit.errors import InvalidInput
from domain.orders.errors import CustomerNotFound, OrderNotFound
from domain.orders.queries import NamedParties
from domain.tenants.permissions import Permission
from domain.tickets.calls import ivr, operations, picking_up
from domain.tickets.calls.course import CallState
from domain.tickets.calls.errors import CallIsAnswered, CallIsOver, CallNotFound, IvrMenuNotFound
from domain.tickets.calls.menus import Choice, Heard, Lead, Menu
from domain.tickets.calls.models import CallOutcome
from domain.tickets.calls.operations import LONGEST_ID, MAIN, Ringing
from domain.tickets.calls.standing import CallAnswer, Standing
from domain.tickets.errors import TopicNotFound

if TYPE_CHECKING:
    from api.graphql.types.calls import Call
    from api.graphql.types.people import Agent

Described = strawberry.field

EXTERNAL_ID = f"The exchange's own id of the call, at most {LONGEST_ID} characters."
NUMBER = "A telephone number, such as +48600100200."


@strawberry.input(
    description=(
        "A call that comes in, or is asked about again. Say what it is about: by a topic, or by the keys that were "
        "pressed in a menu. If neither customer nor order is named, the caller is whoever has that number."
    )
)
class CallRouteInput:
    external_id: str = Described(description=EXTERNAL_ID)
    number: str | None = Described(default=None, description=f"The caller's: {NUMBER} Null if it is withheld.")
    topic: str | None = Described(default=None, description="The key of what it is about, in place of keys.")
    menu: str | None = Described(
        default=None, description=f"The menu in which the first key was pressed; `{MAIN}` if left out."
    )
    pressed: str | None = Described(
        default=None,
        description=(
            "The keys that were pressed, such as `12`; empty to be told the first menu. Null is a caller who pressed "
            "nothing, for whom the menu says what counts."
        ),
    )
    final: bool = Described(
        default=False,
        description="Whether no more keys are to be expected: if they lead to a menu, what that says of no key counts.",
    )
    customer_id: UUID | None = id_of("customer", default=None, description="The customer.")
    customer_external_id: str | None = Described(default=None, description="The customer, by the shop's own id.")
    order_id: UUID | None = id_of("order", default=None, description="The order it is about.")
    order_external_id: str | None = Described(default=None, description="The order, by the shop's own id.")

    def ringing(self) -> Ringing:
        return Ringing(
            external_id=self.external_id,
            number=self.number,
            topic=self.topic,
            menu=self.menu,
            pressed=self.pressed,
            final=self.final,
            named=NamedParties(self.customer_id, self.customer_external_id, self.order_id, self.order_external_id),
        )


@strawberry.input(description="A caller who does not want to wait on the line.")
class CallBackRequestInput:
    external_id: str = Described(description=EXTERNAL_ID)
    number: str | None = Described(
        default=None, description=f"Where to call, if not where the caller called from: {NUMBER}"
    )


@strawberry.input(description="An agent who picked up.")
class CallAnsweredInput:
    external_id: str = Described(description=EXTERNAL_ID)
    agent_id: UUID = id_of("agent", description="The agent who talks with the caller, as `callRoute` said.")


@strawberry.input(description="An agent whom the exchange rang in vain.")
class CallUnansweredInput:
    external_id: str = Described(description=EXTERNAL_ID)
    agent_id: UUID = id_of("agent", description="The agent who did not pick up, as `callRoute` said.")


@strawberry.input(description="A call that is over.")
class CallEndedInput:
    external_id: str = Described(description=EXTERNAL_ID)
    outcome: CallOutcome = Described(description="How it ended; CALLED_AGAIN is not the exchange's to say.")


@strawberry.input(description="Where the telephone exchange rings an agent.")
class AgentSetExtensionInput:
    agent_id: UUID = id_of("agent", description="The agent.")
    extension: str | None = Described(
        default=None, description="Digits, `*`, `#` and `+`, 20 at most; null for nowhere."
    )


@strawberry.input(description="What a ticket is about, and whose queue it joins.")
class IvrLeadInput:
    topic: str = Described(description="The topic's key.")
    team_id: UUID | None = id_of(
        "team", default=None, description="A team whose queue it joins in place of the topic's."
    )
    priority: int | None = Described(default=None, description="How pressing it is, from 0 to 9.")

    def lead(self) -> Lead:
        return Lead(self.topic, self.team_id, self.priority)


@strawberry.input(description="A key of a menu. It leads to another menu, or to a topic.")
class IvrChoiceInput:
    digit: str = Described(description="The key: 0 to 9, * or #.")
    prompt_en: str = Described(description="What is said of it in English, at most 500 characters.")
    prompt_pl: str = Described(description="What is said of it in Polish, at most 500 characters.")
    menu: str | None = Described(default=None, description="The key of the menu that it leads to.")
    topic: str | None = Described(default=None, description="The key of the topic that it leads to.")
    team_id: UUID | None = id_of(
        "team", default=None, description="A team whose queue it joins in place of the topic's."
    )
    priority: int | None = Described(default=None, description="How pressing it is, from 0 to 9.")

    def choice(self) -> Choice:
        lead = Lead(self.topic, self.team_id, self.priority) if self.topic is not None else None
        return Choice(self.digit, self.prompt_en, self.prompt_pl, lead, self.menu)


@strawberry.input(description="A menu, whole: what it was before is gone.")
class IvrMenuSetInput:
    key: str = Described(description="The shop's name for it in programs; keys are pressed in `main` at first.")
    prompt_en: str = Described(description="What is said in English, at most 500 characters.")
    prompt_pl: str = Described(description="What is said in Polish, at most 500 characters.")
    otherwise: IvrLeadInput = Described(description="What who presses nothing has chosen.")
    choices: list[IvrChoiceInput] = Described(description="What can be pressed; each key once.")

    def told(self) -> Menu:
        return Menu(self.key, self.prompt_en, self.prompt_pl, self.otherwise.lead(), _choices(self.choices))


@payload(
    description="Where the call is; ask again by the same id, without an idempotency key, to hear where it is then."
)
class CallRouted:
    call_id: strawberry.Private[UUID | None]
    answer: CallAnswer = Described(description="What to do with it.")
    call: "Call | None" = to_one("call_id", description="The call; null while menus are played.")
    agent: CallAgent | None = Described(description="Whom to connect it with, for AGENT.")
    line: CallLine | None = Described(description="Where it waits, for QUEUE, NOBODY_AT_WORK and CALL_BACK.")
    menu: IvrMenu | None = Described(description="What to play, for MENU.")
    wrong_key: bool = Described(description="Whether the last key leads nowhere, so that the menu is played again.")


@payload(description="The caller is called back, at the place in the line that was theirs.")
class CallBackRequested:
    call_id: strawberry.Private[UUID]
    answer: CallAnswer = Described(description="CALL_BACK; or AGENT, who calls back at this moment.")
    call: "Call | None" = to_one("call_id", description="The call.")
    agent: CallAgent | None = Described(description="Who calls back, for AGENT.")
    line: CallLine | None = Described(description="Where it waits, for CALL_BACK.")


@payload(description="It was taken in that the agent picked up, if the call is theirs: whose it is, or where it waits.")
class CallPickedUp:
    call_id: strawberry.Private[UUID]
    answer: CallAnswer = Described(description="What to do with it; as of `callRoute`.")
    call: "Call | None" = to_one("call_id", description="The call.")
    agent: CallAgent | None = Described(description="Who has it, for AGENT.")
    line: CallLine | None = Described(description="Where it waits, for QUEUE, NOBODY_AT_WORK and CALL_BACK.")


@payload(description="The call goes on: whose it is now, or where it waits.")
class CallPassedOn:
    call_id: strawberry.Private[UUID]
    answer: CallAnswer = Described(description="What to do with it; as of `callRoute`.")
    call: "Call | None" = to_one("call_id", description="The call.")
    agent: CallAgent | None = Described(description="Whom to connect it with, for AGENT.")
    line: CallLine | None = Described(description="Where it waits, for QUEUE, NOBODY_AT_WORK and CALL_BACK.")


@payload(description="It was taken in that the call is over.")
class CallEnded:
    call_id: strawberry.Private[UUID]
    answer: CallAnswer = Described(
        description="OVER; CALL_BACK, also of who hung up while waiting; or AGENT, who is calling back already."
    )
    call: "Call | None" = to_one("call_id", description="The call.")


@payload(description="This is the agent's extension.")
class AgentExtensionSet:
    agent_id: strawberry.Private[UUID]
    agent: "Agent | None" = to_one("agent_id", description="The agent, as it is now.")


@payload(description="This is the menu from now on.")
class IvrMenuWritten:
    menu: IvrMenu = Described(description="The menu.")


@mutation(
    requires=Permission.CALLS_ROUTE,
    failures=(IvrMenuNotFound, TopicNotFound, CustomerNotFound, OrderNotFound),
)
async def call_route(call: Asked, input: CallRouteInput) -> CallRouted:
    """Tell of a call and be told at once whose it is, how long its line is, or which menu to play.

    A new call opens a ticket that takes an agent on a full seat. The same id again tells where the call is by now, and
    never doubles it.
    """
    found = await operations.route_call(call.session, ringing=input.ringing(), by=call.by, now=call.now)
    if isinstance(found, Heard):
        return CallRouted(
            call_id=None,
            answer=CallAnswer.MENU,
            agent=None,
            line=None,
            menu=ivr_menu(found.menu),
            wrong_key=found.wrong,
        )
    return CallRouted(
        call_id=found.call.id,
        answer=found.answer,
        agent=_agent(found),
        line=_line(found),
        menu=None,
        wrong_key=False,
    )


@mutation(requires=Permission.CALLS_ROUTE, failures=(CallNotFound, CallIsOver, CallIsAnswered))
async def call_back_request(call: Asked, input: CallBackRequestInput) -> CallBackRequested:
    """Let a waiting caller leave the line and be called back; the ticket keeps its place in the queue."""
    found = await operations.want_call_back(
        call.session, external_id=input.external_id, number=input.number, by=call.by, now=call.now
    )
    return CallBackRequested(call_id=found.call.id, answer=found.answer, agent=_agent(found), line=_line(found))


@mutation(requires=Permission.CALLS_ROUTE, failures=(CallNotFound, AgentNotFound))
async def call_answered(call: Asked, input: CallAnsweredInput) -> CallPickedUp:
    """Say that an agent picked up: the call stays in their hands until it is over, even if they go offline meanwhile.

    Of an agent who has not got the call it changes nothing and tells where the call is; so it may be said twice.
    """
    found = await picking_up.picked_up(
        call.session, external_id=input.external_id, agent_id=input.agent_id, by=call.by, now=call.now
    )
    return CallPickedUp(call_id=found.call.id, answer=found.answer, agent=_agent(found), line=_line(found))


@mutation(requires=Permission.CALLS_ROUTE, failures=(CallNotFound, AgentNotFound))
async def call_unanswered(call: Asked, input: CallUnansweredInput) -> CallPassedOn:
    """Say that an agent did not pick up: the call goes on at its place, and the agent is away until they say otherwise.

    Of an agent who has picked up, or has not got the call any more, it changes nothing, so it may be said twice.
    """
    found = await picking_up.not_answered(
        call.session, external_id=input.external_id, agent_id=input.agent_id, by=call.by, now=call.now
    )
    return CallPassedOn(call_id=found.call.id, answer=found.answer, agent=_agent(found), line=_line(found))


@mutation(requires=Permission.CALLS_ROUTE, failures=(CallNotFound,))
async def call_ended(call: Asked, input: CallEndedInput) -> CallEnded:
    """Say that a call is over: its agent is free for the next one, and what is left to do is written work.

    Who hangs up while waiting is a missed call, to be called back at the same place; with a withheld number the ticket
    is closed. A caller with whom an agent talked before, by `callAnswered`, is not called back when it is COMPLETED.
    That the line of somebody went down who asked to be called back changes nothing.
    """
    found = await operations.end_call(
        call.session, external_id=input.external_id, outcome=input.outcome, by=call.by, now=call.now
    )
    return CallEnded(call_id=found.call.id, answer=found.answer)


@mutation(requires=Permission.PEOPLE_MANAGE, failures=(AgentNotFound,))
async def agent_set_extension(call: Asked, input: AgentSetExtensionInput) -> AgentExtensionSet:
    """Say where the telephone exchange rings an agent."""
    await agents.set_extension(
        call.session, agent_id=input.agent_id, extension=input.extension, by=call.by, now=call.now
    )
    return AgentExtensionSet(agent_id=input.agent_id)


@mutation(requires=Permission.INTAKE_MANAGE, failures=(TeamNotFound,))
async def ivr_menu_set(call: Asked, input: IvrMenuSetInput) -> IvrMenuWritten:
    """Write a menu of the telephone exchange, new or in place of the one of that key, whole.

    What is wrong is told with its place: a key that is there twice, a topic or menu that there is not, menus that lead
    back to themselves.
    """
    return IvrMenuWritten(menu=ivr_menu(await ivr.set_menu(call.session, menu=input.told(), by=call.by, now=call.now)))


def _agent(found: Standing) -> CallAgent | None:
    agent = found.agent
    if agent is None:
        return None
    return CallAgent(id=strawberry.ID(ids.spell("agent", agent.id)), name=agent.name, extension=agent.extension)


def _line(found: Standing) -> CallLine | None:
    line = found.line
    if line is None:
        return None
    return CallLine(
        position=line.position,
        expected_wait_seconds=None if line.wait is None else int(line.wait.total_seconds()),
        next_shift_at=line.next_shift,
        call_back_offered=found.state is CallState.WAITING and found.call.number is not None,
    )


def _choices(choices: Sequence[IvrChoiceInput]) -> tuple[Choice, ...]:
    """Raises InvalidInput for what is said of a ticket where there is no topic."""
    for place, choice in enumerate(choices):
        if choice.topic is None and (choice.team_id is not None or choice.priority is not None):
            raise InvalidInput(f"choices.{place}.topic", "is needed for this", "jest do tego potrzebny")
    return tuple(choice.choice() for choice in choices)
