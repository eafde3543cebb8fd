"""What agents speak with customers."""

import pytest
from sqlalchemy import select

from domain.agents.errors import AgentNotFound
from domain.agents.languages import CODES, set_languages
from domain.agents.models import AgentLanguage
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from tests.conftest import NOW, Shop
from tests.domain.agents.test_operations import agent_in
from tests.people import add_member
from tests.state import events_of, everything


def test_there_are_183_languages_of_two_letters() -> None:
    assert len(CODES) == 183
    assert {"pl", "en", "de", "uk"} <= CODES
    assert all(len(code) == 2 and code.isalpha() and code.islower() for code in CODES)


async def test_languages_are_replaced_whole_and_new_ones_are_more_work(database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    more = []
    for wanted, kept in (
        (["DE", " pl "], ["de", "pl"]),
        (["pl", "de", "pl"], ["de", "pl"]),
        (["pl"], ["pl"]),
        ([], []),
    ):
        async with database.writing(shop.tenant_id) as session:
            more.append(await set_languages(session, agent_id=agent.id, languages=wanted, by=SYSTEM, now=NOW))
        async with database.reading(shop.tenant_id) as session:
            assert list(await session.scalars(select(AgentLanguage.language).order_by(AgentLanguage.language))) == kept
    assert more == [True, False, False, True]  # with none it is the shop's own, which may be another
    assert await events_of(database, shop.tenant_id, aggregate="agent") == [
        ("AgentLanguagesSet", 1, {"languages": ["de", "pl"], "before": []}),
        ("AgentLanguagesSet", 2, {"languages": ["pl"], "before": ["de", "pl"]}),
        ("AgentLanguagesSet", 3, {"languages": [], "before": ["pl"]}),
    ]


@pytest.mark.parametrize("wanted", [["polski"], ["xx"], [""], ["p1"], sorted(CODES)[:21]])
async def test_what_is_no_language_and_more_than_twenty_is_refused(
    database: Database, shop: Shop, wanted: list[str]
) -> None:
    await add_member(database, shop)
    agent = await agent_in(database, shop)
    before = await everything(database, shop.tenant_id)
    with pytest.raises(InvalidInput) as refused:
        async with database.writing(shop.tenant_id) as session:
            await set_languages(session, agent_id=agent.id, languages=wanted, by=SYSTEM, now=NOW)
    assert refused.value.field == "languages"
    assert await everything(database, shop.tenant_id) == before


async def test_nobody_who_is_no_agent_of_the_shop_speaks(database: Database, shop: Shop) -> None:
    with pytest.raises(AgentNotFound):
        async with database.writing(shop.tenant_id) as session:
            await set_languages(session, agent_id=new_id(), languages=["pl"], by=SYSTEM, now=NOW)
