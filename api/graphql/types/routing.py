"""Why a ticket is where it is, in words and with everybody's place; and how evenly work was given."""

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.context import RequestContext
from api.graphql import ids
from api.graphql.errors import Refusal, permit
from api.graphql.reading import to_one
from api.graphql.reading.nodes import link
from domain.tenants.permissions import Permission
from domain.tickets import fairness, replaying, wording
from domain.tickets.routing import Exclusion

if TYPE_CHECKING:
    from api.graphql.types.people import Agent, Team
    from api.graphql.types.tickets import RoutingDecision

MOST_EXPLAINED = 10
"""Decisions of one ticket, each of which takes making its pass again."""


@strawberry.type(description="Where an agent stood when a ticket's turn came.")
class RoutingStanding:
    agent_id: strawberry.Private[UUID]
    agent: "Agent | None" = to_one("agent_id", description="The agent.")
    exclusion: Exclusion | None = strawberry.field(
        description="Why the ticket could not be this agent's; null for whoever could have had it."
    )
    work_minutes_per_hour: float = strawberry.field(
        description="The usual minutes of what the agent was given that day until then, per hour of being there."
    )
    sentence: str = strawberry.field(description="The same in a few words, in the caller's language.")


link(RoutingStanding)


@strawberry.type(description="A decision of the router's on a ticket, made again from what the router saw.")
class RoutingExplained:
    decision_id: strawberry.Private[UUID]
    decision: "RoutingDecision | None" = to_one("decision_id", description="The decision, as it is kept.")
    sentence: str = strawberry.field(description="What decided, in a sentence in the caller's language.")
    standings: list[RoutingStanding] = strawberry.field(
        description="Who was looked at: first those who could have it, by their work, then the nearest to it. Empty "
        "for a ticket that its agent asked for, and for a decision of more than 90 days ago."
    )


link(RoutingExplained)


async def routing_history(context: RequestContext, *, typed_id: str, latest: int) -> list[RoutingExplained] | None:
    """The latest decisions on a ticket; None for a ticket that is not there. Raises Refusal."""
    permit(context, Permission.TICKETS_READ)
    if not 1 <= latest <= MOST_EXPLAINED:
        problem = f"Ask for 1 to {MOST_EXPLAINED} decisions."
        raise Refusal(problem, code="BAD_PAGE", asked=latest, allowed=MOST_EXPLAINED)
    async with context.reading() as session:
        explained = await replaying.explain(session, ticket_id=ids.parse_as("ticket", typed_id), most=latest)
    if explained is None:
        return None
    language = context.language
    return [
        RoutingExplained(
            decision_id=decision.id,
            sentence=wording.sentence(decision.reason, lent="line" in decision.detail, language=language),
            standings=[
                RoutingStanding(
                    agent_id=each.agent_id,
                    exclusion=each.exclusion,
                    work_minutes_per_hour=each.work,
                    sentence=wording.standing(each.exclusion, each.work, language),
                )
                for each in stood
            ],
        )
        for decision, stood in explained
    ]


@strawberry.type(description="What an agent was given of a queue on a day.")
class QueueShare:
    agent_id: strawberry.Private[UUID]
    agent: "Agent | None" = to_one("agent_id", description="The agent.")
    tickets: int = strawberry.field(description="How many tickets, each time one was put into the agent's hands.")
    usual_minutes: int = strawberry.field(description="How long they usually take.")
    present_minutes: float = strawberry.field(description="For how long of the day the agent was online.")
    work_minutes_per_hour: float = strawberry.field(
        description="The usual minutes per hour of being there, a quarter of it at least: what the router evens out."
    )


link(QueueShare)


@strawberry.type(description="How evenly a team's queue fell on its agents on a day.")
class QueueFairness:
    team_id: strawberry.Private[UUID]
    team: "Team | None" = to_one("team_id", description="The team.")
    index: float = strawberry.field(
        description="Jain's index of the work per hour: 1 when all had as much, 1/n when one of n had it all."
    )
    shares: list[QueueShare] = strawberry.field(description="Whoever was given anything, the most work per hour first.")


link(QueueFairness)


async def queue_fairness(context: RequestContext, *, day: date) -> list[QueueFairness]:
    """The queues of which anything was given on the day. Raises Refusal."""
    permit(context, Permission.STATISTICS_READ)
    async with context.reading() as session:
        days = await fairness.queues_of_day(session, day=day, now=context.now)
    return [
        QueueFairness(
            team_id=each.team_id,
            index=each.index,
            shares=[
                QueueShare(
                    agent_id=share.agent_id,
                    tickets=share.tickets,
                    usual_minutes=share.minutes,
                    present_minutes=share.present,
                    work_minutes_per_hour=share.work,
                )
                for share in each.shares
            ],
        )
        for each in days
    ]
