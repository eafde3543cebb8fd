"""What a member chooses for themselves."""

import pytest

from domain.agents.errors import MemberNotFound
from domain.agents.preferences import set_language
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from tests.conftest import NOW, FoundShop, Shop
from tests.people import add_member
from tests.state import events_of, everything


async def test_a_language_is_chosen_once_however_often_it_is_said(database: Database, shop: Shop) -> None:
    member = await add_member(database, shop, language=Language.PL)
    by = Actor(ActorKind.MEMBER, member.id)
    for _ in range(2):
        async with database.writing(shop.tenant_id) as session:
            chosen = await set_language(session, member_id=member.id, language=Language.EN, by=by, now=NOW)
            assert chosen.language is Language.EN
    assert await events_of(database, shop.tenant_id, aggregate="member") == [
        ("MemberLanguageSet", 1, {"language": "EN", "before": "PL"})
    ]


async def test_nobody_chooses_for_a_member_who_is_not_there(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    member = await add_member(database, shop, language=Language.PL)
    other = await found_shop()
    before = await everything(database, shop.tenant_id)
    for tenant_id, member_id in ((shop.tenant_id, new_id()), (other.tenant_id, member.id)):
        with pytest.raises(MemberNotFound):
            async with database.writing(tenant_id) as session:
                await set_language(
                    session,
                    member_id=member_id,
                    language=Language.EN,
                    by=Actor(ActorKind.MEMBER, member_id),
                    now=NOW,
                )
    assert await everything(database, shop.tenant_id) == before
