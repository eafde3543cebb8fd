"""What a new shop starts with: the usual teams, skills and topics, so that its first case finds a queue."""

from dataclasses import dataclass
from datetime import datetime

from domain.agents import operations as agents
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.tickets.opening import create_topic


@dataclass(frozen=True)
class Named:
    """What people read for a key."""

    en: str
    pl: str

    def in_language(self, language: Language) -> str:
        return self.pl if language is Language.PL else self.en


@dataclass(frozen=True)
class UsualTopic:
    """What tickets are about: whose queue, which skills, and whether it takes a seat that can reach the customer."""

    name: Named
    team: str
    skills: tuple[str, ...]
    needs_contact: bool


TEAMS = {
    "first-line": Named("First line", "Pierwsza linia"),
    "second-line": Named("Second line", "Druga linia"),
    "accounting": Named("Accounting", "Księgowość"),
    "warehouse": Named("Warehouse", "Magazyn"),
}
SKILLS = {
    "payments": Named("Payments", "Płatności"),
    "delivery": Named("Delivery", "Dostawy"),
    "returns": Named("Returns", "Zwroty"),
}
TOPICS = {
    "payment": UsualTopic(Named("Payment", "Płatność"), "accounting", ("payments",), needs_contact=False),
    "delivery": UsualTopic(Named("Delivery", "Dostawa"), "first-line", ("delivery",), needs_contact=True),
    "return": UsualTopic(Named("Return", "Zwrot"), "warehouse", ("returns",), needs_contact=False),
    "complaint": UsualTopic(Named("Complaint", "Reklamacja"), "second-line", (), needs_contact=True),
    "question": UsualTopic(Named("Question", "Pytanie"), "first-line", (), needs_contact=True),
}


async def furnish(session: TenantSession, *, language: Language, now: datetime) -> None:
    """Give a bare shop the usual teams, skills and topics, named in the language.

    Raises TeamKeyTaken, SkillKeyTaken or TopicKeyTaken in a shop that has some of them.
    """
    teams, skills = {}, {}
    for key, name in TEAMS.items():
        team = await agents.create_team(session, key=key, name=name.in_language(language), by=SYSTEM, now=now)
        teams[key] = team.id
    for key, name in SKILLS.items():
        skill = await agents.create_skill(session, key=key, name=name.in_language(language), by=SYSTEM, now=now)
        skills[key] = skill.id
    for key, topic in TOPICS.items():
        await create_topic(
            session,
            key=key,
            name=topic.name.in_language(language),
            team_id=teams[topic.team],
            skills={skills[key]: 1 for key in topic.skills},
            needs_contact=topic.needs_contact,
            by=SYSTEM,
            now=now,
        )
