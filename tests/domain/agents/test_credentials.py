"""Personal tokens, and ending everything by which a member can act."""

from datetime import timedelta

import pytest

from domain.agents import personal_tokens, queries, sessions
from domain.agents.credentials import end_credentials, set_password
from domain.agents.errors import MemberNotFound, PersonalTokenNotFound
from domain.agents.events import CredentialsEnded
from domain.agents.models import Member
from domain.agents.sessions import Claim, SignedIn
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from tests.callers import who
from tests.conftest import NOW, FoundShop, Shop
from tests.people import add_member
from tests.state import events_of, everything


async def create(database: Database, shop: Shop, member: Member, *, days: int = 90) -> Credential:
    async with database.writing(shop.tenant_id) as session:
        _, credential = await personal_tokens.create_personal_token(
            session, member_id=member.id, name="skrypt", days=days, now=NOW
        )
    return credential


async def sign_in(database: Database, shop: Shop, member: Member) -> Credential:
    async with database.writing(shop.tenant_id) as session:
        claimed = Claim(member.id, member.password_hash, proven=True)
        outcome = await sessions.sign_in(session, claimed=claimed, now=NOW)
    assert isinstance(outcome, SignedIn)
    return outcome.credential


async def test_a_personal_token_is_its_members_until_it_expires(database: Database, shop: Shop) -> None:
    member = await add_member(database, shop)
    credential = await create(database, shop, member)
    assert (credential.prefix, credential.tenant_id) == (Prefix.PERSONAL_TOKEN, shop.tenant_id)
    end = NOW + timedelta(days=90)
    async with database.reading(shop.tenant_id) as session:
        for moment, expected in ((NOW, member.id), (end - timedelta(seconds=1), member.id), (end, None)):
            found = await who(session, credential=credential, now=moment)
            assert found == expected
    assert credential.secret not in str(await everything(database, shop.tenant_id))
    assert await events_of(database, shop.tenant_id, aggregate="member") == [
        (
            "PersonalTokenCreated",
            1,
            {"token_id": str(credential.id), "token_name": "skrypt", "expires_at": end.isoformat()},
        )
    ]


@pytest.mark.parametrize(("name", "days"), [("skrypt", 0), ("skrypt", 366), ("", 90), ("x" * 101, 90)])
async def test_a_token_needs_a_name_and_one_to_365_days(database: Database, shop: Shop, name: str, days: int) -> None:
    member = await add_member(database, shop)
    before = await everything(database, shop.tenant_id)
    with pytest.raises(InvalidInput):
        async with database.writing(shop.tenant_id) as session:
            await personal_tokens.create_personal_token(session, member_id=member.id, name=name, days=days, now=NOW)
    assert await everything(database, shop.tenant_id) == before


async def test_nobody_gets_a_token_for_a_member_of_another_shop(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    stranger = await add_member(database, await found_shop())
    before = await everything(database, shop.tenant_id)
    for member_id in (stranger.id, new_id()):
        with pytest.raises(MemberNotFound):
            async with database.writing(shop.tenant_id) as session:
                await personal_tokens.create_personal_token(session, member_id=member_id, name="x", now=NOW)
    assert await everything(database, shop.tenant_id) == before


async def test_a_token_with_another_secret_prefix_or_tenant_is_none(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    other = await found_shop()
    real = await create(database, shop, await add_member(database, shop))
    forged = Credential(Prefix.PERSONAL_TOKEN, shop.tenant_id, real.id, "x" * 43)
    renamed = Credential(Prefix.SESSION, shop.tenant_id, real.id, real.secret)
    moved = Credential(Prefix.PERSONAL_TOKEN, other.tenant_id, real.id, real.secret)
    async with database.reading(shop.tenant_id) as session:
        for credential in (forged, renamed, moved):
            assert await who(session, credential=credential, now=NOW) is None
    async with database.reading(other.tenant_id) as session:
        for credential in (real, moved):
            assert await who(session, credential=credential, now=NOW) is None


async def test_a_member_revokes_own_tokens_alone(database: Database, shop: Shop) -> None:
    member = await add_member(database, shop)
    other = await add_member(database, shop, email="jan@bombka.example")
    credential = await create(database, shop, member)
    before = await everything(database, shop.tenant_id)
    for member_id, token_id in ((other.id, credential.id), (member.id, new_id()), (new_id(), credential.id)):
        with pytest.raises(PersonalTokenNotFound):
            async with database.writing(shop.tenant_id) as session:
                await personal_tokens.revoke_personal_token(session, member_id=member_id, token_id=token_id, now=NOW)
    assert await everything(database, shop.tenant_id) == before
    for _ in range(2):
        async with database.writing(shop.tenant_id) as session:
            await personal_tokens.revoke_personal_token(session, member_id=member.id, token_id=credential.id, now=NOW)
    async with database.reading(shop.tenant_id) as session:
        assert await who(session, credential=credential, now=NOW) is None
    names = [name for name, _, _ in await events_of(database, shop.tenant_id, aggregate="member")]
    assert names == ["PersonalTokenCreated", "PersonalTokenRevoked"]


async def test_ending_all_credentials_ends_those_of_one_member_and_again_changes_nothing(
    database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop)
    other = await add_member(database, shop, email="jan@bombka.example")
    mine = [await create(database, shop, member), await create(database, shop, member, days=1)]
    cookies = [await sign_in(database, shop, member), await sign_in(database, shop, other)]
    others = await create(database, shop, other)
    later = NOW + timedelta(hours=1)
    async with database.writing(shop.tenant_id) as session:
        ended = await end_credentials(session, member_ids=[member.id], now=later)
    assert ended == {member.id: CredentialsEnded(sessions=1, tokens=2)}
    async with database.reading(shop.tenant_id) as session:
        for credential in mine:
            assert await who(session, credential=credential, now=later) is None
        assert await who(session, credential=others, now=later) == other.id
        assert await who(session, credential=cookies[0], now=later) is None
        assert await who(session, credential=cookies[1], now=later) == other.id
    before = await everything(database, shop.tenant_id)
    async with database.writing(shop.tenant_id) as session:
        assert await end_credentials(session, member_ids=[member.id, new_id()], now=later) == {}
    assert await everything(database, shop.tenant_id) == before
    name, version, data = (await events_of(database, shop.tenant_id, aggregate="member"))[-1]
    assert (name, version, data) == ("CredentialsEnded", 4, {"sessions": 1, "tokens": 2})


async def test_a_new_password_ends_what_the_old_one_began_and_unlocks(database: Database, shop: Shop) -> None:
    member = await add_member(database, shop)
    session_before, token = await sign_in(database, shop, member), await create(database, shop, member)
    async with database.writing(shop.tenant_id) as session:
        locked = await queries.lock_member(session, member_id=member.id)
        assert locked is not None
        locked.failed_sign_ins, locked.locked_until = 3, NOW + timedelta(minutes=15)
    async with database.writing(shop.tenant_id) as session:
        await set_password(session, member_id=member.id, password_hash="new", by=SYSTEM, now=NOW)
    async with database.reading(shop.tenant_id) as session:
        changed = await queries.member_by_id(session, member_id=member.id)
        assert changed is not None
        assert (changed.password_hash, changed.failed_sign_ins, changed.locked_until) == ("new", 0, None)
        assert await who(session, credential=session_before, now=NOW) is None
        assert await who(session, credential=token, now=NOW) is None
    names = [name for name, _, _ in await events_of(database, shop.tenant_id, aggregate="member")]
    assert names == ["MemberSignedIn", "PersonalTokenCreated", "PasswordSet", "CredentialsEnded"]
    before = await everything(database, shop.tenant_id)
    with pytest.raises(MemberNotFound):
        async with database.writing(shop.tenant_id) as session:
            await set_password(session, member_id=new_id(), password_hash="new", by=SYSTEM, now=NOW)
    assert await everything(database, shop.tenant_id) == before
