"""What an item of each channel takes of agents."""

import pytest
from sqlalchemy import func, select

from domain.agents.channels import BUDGET, DEFAULT_CAPACITY, DEFAULT_EFFORT, Channel, Effort
from domain.agents.efforts import efforts, said_efforts
from domain.agents.models import ChannelSetting
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.tickets import abilities
from tests.conftest import NOW, FoundShop, Shop
from tests.state import events_of, everything, jobs_of


def test_a_novice_has_room_for_two_chats_and_a_call_takes_all() -> None:
    assert DEFAULT_EFFORT.keys() == set(Channel)
    assert BUDGET // DEFAULT_EFFORT[Channel.CHAT].weight == DEFAULT_CAPACITY[Channel.CHAT] == 2
    assert BUDGET // DEFAULT_EFFORT[Channel.EMAIL].weight == DEFAULT_CAPACITY[Channel.EMAIL] == 10
    assert [channel for channel, effort in DEFAULT_EFFORT.items() if effort.exclusive] == [Channel.PHONE]
    assert DEFAULT_EFFORT[Channel.PHONE] == Effort(BUDGET, 6, exclusive=True)


async def test_what_is_said_counts_and_what_is_not_named_is_the_usual_again(database: Database, shop: Shop) -> None:
    chats, mails = Effort(20, 8), Effort(100, 30, exclusive=True)
    for said in ({Channel.CHAT: chats}, {Channel.CHAT: chats}, {Channel.EMAIL: mails}, {}):
        async with database.writing(shop.tenant_id) as session:
            await abilities.set_efforts(session, said=said, by=SYSTEM, now=NOW)
        async with database.reading(shop.tenant_id) as session:
            assert await said_efforts(session) == said
            assert await efforts(session) == DEFAULT_EFFORT | said
            assert list(await efforts(session)) == list(Channel)
    told = [data for name, _, data in await events_of(database, shop.tenant_id, aggregate="tenant") if name[0] == "C"]
    assert [(data["weights"]["CHAT"], data["minutes"]["EMAIL"], data["alone"]) for data in told] == [
        (20, 6, ["PHONE"]),
        (34, 30, ["EMAIL", "PHONE"]),
        (34, 6, ["PHONE"]),
    ]
    assert [actor for actor, _ in await jobs_of(database, shop.tenant_id)].count("route_sweep") == 1


@pytest.mark.parametrize(
    ("effort", "field"),
    [
        (Effort(0, 5), "CHAT.weight"),
        (Effort(101, 5), "CHAT.weight"),
        (Effort(5, 0), "CHAT.workMinutes"),
        (Effort(5, 1441), "CHAT.workMinutes"),
    ],
)
async def test_what_no_agent_could_give_is_refused(database: Database, shop: Shop, effort: Effort, field: str) -> None:
    before = await everything(database, shop.tenant_id)
    with pytest.raises(InvalidInput) as refused:
        async with database.writing(shop.tenant_id) as session:
            await abilities.set_efforts(session, said={Channel.CHAT: effort}, by=SYSTEM, now=NOW)
    assert refused.value.field == field
    assert await everything(database, shop.tenant_id) == before


async def test_each_shop_says_it_for_itself(database: Database, shop: Shop, found_shop: FoundShop) -> None:
    other = await found_shop()
    async with database.writing(other.tenant_id) as session:
        await abilities.set_efforts(session, said={Channel.CHAT: Effort(1, 1)}, by=SYSTEM, now=NOW)
    async with database.writing(shop.tenant_id) as session:
        assert await efforts(session) == DEFAULT_EFFORT
        await abilities.set_efforts(session, said={}, by=SYSTEM, now=NOW)
    async with database.reading(other.tenant_id) as session:
        assert await session.scalar(select(func.count()).select_from(ChannelSetting)) == 1
