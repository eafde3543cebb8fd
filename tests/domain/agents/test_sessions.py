"""Signing in by password, locking, signing out."""

import asyncio
from datetime import datetime, timedelta

import pytest

from domain.agents import queries, sessions
from domain.agents.errors import WrongCredentials
from domain.agents.models import Member, MemberState
from domain.agents.passwords import Passwords
from domain.agents.sessions import SignedIn
from domain.kit.database import Database
from domain.kit.secrets import Credential, Prefix
from domain.seats import entrance
from tests.callers import who
from tests.conftest import NOW, FoundShop, Shop
from tests.people import PASSWORD, add_member, cheap_passwords
from tests.state import events_of, everything

EMAIL = "ola@bombka.example"


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return cheap_passwords()


async def enter(
    database: Database,
    shop: str,
    passwords: Passwords,
    *,
    email: str = EMAIL,
    password: str = PASSWORD,
    now: datetime = NOW,
) -> SignedIn | WrongCredentials:
    return await entrance.enter(database, shop=shop, email=email, password=password, passwords=passwords, now=now)


async def signed_in(database: Database, shop: Shop, passwords: Passwords, *, now: datetime = NOW) -> SignedIn:
    outcome = await enter(database, shop.slug, passwords, now=now)
    assert isinstance(outcome, SignedIn)
    return outcome


async def member_in(database: Database, shop: Shop, member: Member) -> Member:
    async with database.reading(shop.tenant_id) as session:
        found = await queries.member_by_id(session, member_id=member.id)
    assert found is not None
    return found


async def test_the_right_password_begins_a_session_of_twelve_hours(
    database: Database, shop: Shop, passwords: Passwords
) -> None:
    member = await add_member(database, shop)
    outcome = await signed_in(database, shop, passwords)
    assert outcome.member.id == member.id
    assert outcome.expires_at == NOW + timedelta(hours=12)
    assert (outcome.credential.prefix, outcome.credential.tenant_id) == (Prefix.SESSION, shop.tenant_id)
    async with database.reading(shop.tenant_id) as session:
        for moment, expected in ((NOW, member.id), (NOW + timedelta(hours=12), None)):
            assert await who(session, credential=outcome.credential, now=moment) == expected
    assert outcome.credential.secret not in str(await everything(database, shop.tenant_id))
    assert await events_of(database, shop.tenant_id, aggregate="member") == [
        ("MemberSignedIn", 1, {"session_id": str(outcome.credential.id)})
    ]


async def test_the_shop_and_the_address_may_be_written_in_any_case(
    database: Database, shop: Shop, passwords: Passwords
) -> None:
    await add_member(database, shop)
    assert isinstance(await enter(database, f" {shop.slug.upper()}", passwords, email=" Ola@BOMBKA.example "), SignedIn)


@pytest.mark.parametrize(
    ("state", "email", "password"),
    [
        (MemberState.ACTIVE, "nobody@bombka.example", PASSWORD),
        (MemberState.ACTIVE, "no\x00body", PASSWORD),
        (MemberState.ACTIVE, EMAIL, "wrong"),
        (MemberState.ACTIVE, EMAIL, ""),
        (MemberState.SUSPENDED, EMAIL, PASSWORD),
        (MemberState.INVITED, EMAIL, PASSWORD),
    ],
)
async def test_every_failure_has_one_answer_and_begins_nothing(
    database: Database, shop: Shop, passwords: Passwords, state: MemberState, email: str, password: str
) -> None:
    await add_member(database, shop, state=state)
    assert await enter(database, shop.slug, passwords, email=email, password=password) == WrongCredentials()
    after = await everything(database, shop.tenant_id)
    assert (after["sign_in_session"], after["event"]) == ([], [])


async def test_an_unknown_shop_answers_like_a_wrong_password_after_the_same_check(
    database: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_member(database, shop)
    passwords = cheap_passwords()
    checked: list[str | None] = []
    original = passwords.matches

    async def watched(password: str, password_hash: str | None) -> bool:
        checked.append(password_hash)
        return await original(password, password_hash)

    monkeypatch.setattr(passwords, "matches", watched)
    assert await enter(database, "no-such-shop", passwords) == WrongCredentials()
    assert await enter(database, shop.slug, passwords, email="nobody@bombka.example") == WrongCredentials()
    assert checked == [None, None]


async def test_the_password_of_one_shop_opens_no_other(
    database: Database, shop: Shop, found_shop: FoundShop, passwords: Passwords
) -> None:
    other = await found_shop()
    await add_member(database, shop)
    assert await enter(database, other.slug, passwords) == WrongCredentials()
    outcome = await signed_in(database, shop, passwords)
    moved = Credential(Prefix.SESSION, other.tenant_id, outcome.credential.id, outcome.credential.secret)
    async with database.reading(other.tenant_id) as session:
        for credential in (outcome.credential, moved):
            assert await who(session, credential=credential, now=NOW) is None


async def test_the_tenth_failure_in_a_row_locks_the_account_for_fifteen_minutes(
    database: Database, shop: Shop, passwords: Passwords
) -> None:
    member = await add_member(database, shop)
    for count in range(1, 10):
        assert await enter(database, shop.slug, passwords, password="wrong") == WrongCredentials()
        assert (await member_in(database, shop, member)).failed_sign_ins == count
    assert await enter(database, shop.slug, passwords, password="wrong") == WrongCredentials()
    locked = await member_in(database, shop, member)
    assert (locked.failed_sign_ins, locked.locked_until) == (0, NOW + timedelta(minutes=15))
    assert [name for name, _, _ in await events_of(database, shop.tenant_id, aggregate="member")] == ["MemberLockedOut"]

    before = await everything(database, shop.tenant_id)
    almost = NOW + timedelta(minutes=14, seconds=59)
    for password in (PASSWORD, "wrong"):
        assert await enter(database, shop.slug, passwords, password=password, now=almost) == WrongCredentials()
    assert await everything(database, shop.tenant_id) == before

    await signed_in(database, shop, passwords, now=NOW + timedelta(minutes=15))
    assert (await member_in(database, shop, member)).locked_until is None


async def test_a_success_forgets_the_failures_before_it(database: Database, shop: Shop, passwords: Passwords) -> None:
    member = await add_member(database, shop)
    for _ in range(9):
        await enter(database, shop.slug, passwords, password="wrong")
    await signed_in(database, shop, passwords)
    assert (await member_in(database, shop, member)).failed_sign_ins == 0


async def test_failures_at_the_same_time_are_all_counted(database: Database, shop: Shop, passwords: Passwords) -> None:
    member = await add_member(database, shop)
    await asyncio.gather(*(enter(database, shop.slug, passwords, password="wrong") for _ in range(7)))
    assert (await member_in(database, shop, member)).failed_sign_ins == 7


async def test_what_was_proven_counts_only_while_it_still_holds(
    database: Database, shop: Shop, passwords: Passwords
) -> None:
    member = await add_member(database, shop)
    async with database.reading(shop.tenant_id) as session:
        claimed = await sessions.claim(session, email=EMAIL, now=NOW)
    proven = await sessions.prove(claimed, password=PASSWORD, passwords=passwords)
    assert proven.proven
    async with database.writing(shop.tenant_id) as session:
        found = await queries.lock_member(session, member_id=member.id)
        assert found is not None
        found.password_hash = await passwords.hash("another password entirely")
    async with database.writing(shop.tenant_id) as session:
        assert await sessions.sign_in(session, claimed=proven, now=NOW) == WrongCredentials()
    assert (await everything(database, shop.tenant_id))["sign_in_session"] == []


async def test_signing_out_ends_that_session_alone_and_again_changes_nothing(
    database: Database, shop: Shop, passwords: Passwords
) -> None:
    member = await add_member(database, shop)
    first, second = await signed_in(database, shop, passwords), await signed_in(database, shop, passwords)
    async with database.writing(shop.tenant_id) as session:
        await sessions.sign_out(session, credential=first.credential, now=NOW)
    before = await everything(database, shop.tenant_id)
    async with database.writing(shop.tenant_id) as session:
        await sessions.sign_out(session, credential=first.credential, now=NOW + timedelta(hours=1))
        forged = Credential(Prefix.SESSION, shop.tenant_id, second.credential.id, "x" * 43)
        await sessions.sign_out(session, credential=forged, now=NOW)
    assert await everything(database, shop.tenant_id) == before
    async with database.reading(shop.tenant_id) as session:
        assert await who(session, credential=first.credential, now=NOW) is None
        assert await who(session, credential=second.credential, now=NOW) == member.id


async def test_signing_in_clears_sessions_that_expired_more_than_a_day_ago(
    database: Database, shop: Shop, passwords: Passwords
) -> None:
    await add_member(database, shop)
    await signed_in(database, shop, passwords)
    await signed_in(database, shop, passwords, now=NOW + timedelta(hours=36))
    assert len((await everything(database, shop.tenant_id))["sign_in_session"]) == 2
    await signed_in(database, shop, passwords, now=NOW + timedelta(hours=36, seconds=1))
    assert len((await everything(database, shop.tenant_id))["sign_in_session"]) == 2
