"""Members in every state, agents of any number of teams and skills, invitations, programs."""

from datetime import timedelta

from sqlalchemy.dialects.postgresql import Range

from domain.agents.channels import Channel
from domain.agents.models import (
    Agent,
    AgentCapacity,
    AgentLanguage,
    AgentShift,
    AgentSkill,
    AgentTeam,
    Invitation,
    Member,
    MemberState,
    Presence,
    Skill,
    Team,
)
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.tenants.models import ApiClient
from domain.tenants.permissions import CLIENT_SCOPES, Permission
from domain.tickets.models import Topic, TopicSkill
from tests.api.graphql.differential.data.values import INSTANTS, TEXTS, nth
from tests.api.graphql.filled import Filled
from tests.conftest import NOW

OWNER, SUPERVISOR, FULL, LIGHT, SEATLESS_ADMIN, SEATLESS_AGENT = range(6)
"""The members whose standings the callers have, by their place among the members, and among the agents."""

ROLES = (Role.OWNER, Role.SUPERVISOR, Role.AGENT, Role.AGENT, Role.ADMIN, Role.AGENT)
MEMBERS, AGENTS = 14, 13

SCOPES: dict[str, frozenset[Permission]] = {
    "everything": CLIENT_SCOPES,
    "tickets": frozenset({Permission.TICKETS_READ}),
    "orders": frozenset({Permission.ORDERS_READ}),
    "people": frozenset({Permission.PEOPLE_READ}),
    "nothing": frozenset(),
    "revoked": frozenset({Permission.SEATS_READ, Permission.AUDIT_READ}),
}
"""What the programs may, by their names."""


def add(filled: Filled) -> None:
    """Fourteen members, of whom one is no agent; nine teams, seven skills, five topics, six programs."""
    _members(filled)
    _teams(filled)
    _invitations(filled)
    for index, (name, scopes) in enumerate(SCOPES.items()):
        filled.add(
            ApiClient,
            name=name,
            secret_hash="unused",
            scopes=sorted(scope.value for scope in scopes),
            created_at=nth(INSTANTS, index),
            revoked_at=NOW if name == "revoked" else None,
        )


def _members(filled: Filled) -> None:
    for index in range(MEMBERS):
        state = MemberState.ACTIVE if index < 8 else nth((MemberState.INVITED, MemberState.SUSPENDED), index)
        filled.add(
            Member,
            email=f"{'żółw' if index == 7 else 'osoba'}{index}@bombka.example",
            name=nth(TEXTS, index),
            role=nth(ROLES, index),
            language=nth(tuple(Language), index),
            state=state,
            password_hash=None if state is MemberState.INVITED else "unused",
            created_at=nth(INSTANTS, index),
        )
    for index, member in enumerate(filled.rows["member"][:AGENTS]):
        filled.add(
            Agent,
            member_id=member.id,
            name=member.name,
            presence=nth(tuple(Presence), index),
            presence_since=nth(INSTANTS, index + 1),
            idle_since=nth(INSTANTS, index + 3),
            senior=index % 3 == 1,
            created_at=nth(INSTANTS, index + 2),
        )


def _teams(filled: Filled) -> None:
    agents = filled.ids("agent")
    for index in range(9):
        filled.add(Team, key=f"team-{index}", name=nth(TEXTS, index), created_at=nth(INSTANTS, index))
    for index in range(7):
        filled.add(Skill, key=f"skill-{index}", name=nth(TEXTS, index + 1), created_at=nth(INSTANTS, index))
    for place, team in enumerate(filled.ids("team")):
        for who, agent in enumerate(agents[:-1]):
            if place == 0 or (place != 1 and (who + place) % 3 == 0) or who == 0:
                filled.add(AgentTeam, agent_id=agent, team_id=team)
    for place, skill in enumerate(filled.ids("skill")):
        for who, agent in enumerate(agents[:-1]):
            if place == 0 or (place != 1 and (who * place) % 4 == 1):
                filled.add(AgentSkill, agent_id=agent, skill_id=skill, level=nth((3, 1, 5), who + place))
    for who, agent in enumerate(agents):
        for place, channel in enumerate(Channel):
            if place < who % 6:
                filled.add(AgentCapacity, agent_id=agent, channel=channel, items=nth((0, 7, 2**31 - 1), who))
    for who, agent in enumerate(agents):
        for language in ("de", "pl", "uk")[: who % 4]:
            filled.add(AgentLanguage, agent_id=agent, language=language)
    for who, agent in enumerate(agents):
        for place in range(nth((0, 3, 1, 8), who)):
            begin = nth((NOW, NOW - timedelta(days=9)), who) + timedelta(hours=12 * place)
            filled.add(AgentShift, agent_id=agent, period=Range(begin, begin + timedelta(hours=9), bounds="[)"))
    skills = filled.ids("skill")
    for index in range(5):
        filled.add(
            Topic,
            key=f"topic-{index}",
            name=nth(TEXTS, index),
            team_id=nth(filled.ids("team"), index),
            needs_contact=index % 3 == 0,
            created_at=nth(INSTANTS, index),
        )
    for index, topic in enumerate(filled.ids("topic")):
        for place in range(nth((0, 1, 7, 2), index)):
            filled.add(TopicSkill, topic_id=topic, skill_id=skills[place], level=nth((5, 1, 3), place + index))


def _invitations(filled: Filled) -> None:
    members = filled.ids("member")
    for index in range(10):
        filled.add(
            Invitation,
            member_id=members[8] if index < 4 else members[index - 4],
            invited_by_id=nth(members, index % 2),
            secret_hash=f"{index}",
            created_at=nth(INSTANTS, index),
            expires_at=nth((NOW, NOW + timedelta(days=7), NOW - timedelta(days=1)), index),
            accepted_at=NOW if index % 4 == 1 else None,
            revoked_at=NOW if index % 4 == 2 else None,
        )
