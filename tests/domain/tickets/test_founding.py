"""What a new shop starts with."""

import pytest
from sqlalchemy import select

from domain.agents.errors import TeamKeyTaken
from domain.agents.models import Skill, Team
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.tickets.founding import furnish
from domain.tickets.models import Topic, TopicSkill
from tests.conftest import NOW, Shop
from tests.domain.invariants import broken
from tests.state import everything


async def furnished(database: Database, shop: Shop, language: Language) -> None:
    async with database.writing(shop.tenant_id) as session:
        await furnish(session, language=language, now=NOW)


@pytest.mark.parametrize(
    ("language", "teams", "skills"),
    [
        (
            Language.EN,
            ["Accounting", "First line", "Second line", "Warehouse"],
            ["Delivery", "Payments", "Returns"],
        ),
        (
            Language.PL,
            ["Księgowość", "Pierwsza linia", "Druga linia", "Magazyn"],
            ["Dostawy", "Płatności", "Zwroty"],
        ),
    ],
)
async def test_a_shop_has_teams_and_skills_in_its_language(
    database: Database, shop: Shop, language: Language, teams: list[str], skills: list[str]
) -> None:
    await furnished(database, shop, language)
    async with database.reading(shop.tenant_id) as session:
        assert list(await session.scalars(select(Team.name).order_by(Team.key))) == teams
        assert list(await session.scalars(select(Skill.name).order_by(Skill.key))) == skills
    assert await broken(database, shop.tenant_id) == {}


async def test_every_topic_has_a_queue_and_those_inside_the_shop_take_no_contact(
    database: Database, shop: Shop
) -> None:
    await furnished(database, shop, Language.PL)
    async with database.reading(shop.tenant_id) as session:
        found = await session.execute(
            select(Topic.key, Topic.name, Team.key, Skill.key, Topic.needs_contact)
            .join(Team, Team.id == Topic.team_id)
            .outerjoin(TopicSkill, TopicSkill.topic_id == Topic.id)
            .outerjoin(Skill, Skill.id == TopicSkill.skill_id)
            .order_by(Topic.key)
        )
        assert [tuple(row) for row in found] == [
            ("complaint", "Reklamacja", "second-line", None, True),
            ("delivery", "Dostawa", "first-line", "delivery", True),
            ("payment", "Płatność", "accounting", "payments", False),
            ("question", "Pytanie", "first-line", None, True),
            ("return", "Zwrot", "warehouse", "returns", False),
        ]


async def test_a_furnished_shop_is_not_furnished_again(database: Database, shop: Shop) -> None:
    await furnished(database, shop, Language.PL)
    before = await everything(database, shop.tenant_id)
    with pytest.raises(TeamKeyTaken):
        await furnished(database, shop, Language.EN)
    assert await everything(database, shop.tenant_id) == before
