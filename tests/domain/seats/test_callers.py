"""Who calls: the same answer straight from the driver and inside a session, by one statement a credential."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from domain.agents import personal_tokens, sessions
from domain.agents.models import Member, MemberState
from domain.agents.roles import PERMISSIONS, SEATLESS, Role
from domain.kit import secrets
from domain.kit.database import Database, TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from domain.kit.straight import Straight
from domain.seats.callers import Caller, called, called_in_sessions
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.rights import standing_of_client, standing_of_member
from domain.tenants import clients, tokens
from domain.tenants.models import AccessToken, ApiClient
from domain.tenants.permissions import Permission
from tests.api.http.conftest import make_client
from tests.api.http.test_authentication import SEAT_END, access_token, cookie, personal_token, seat
from tests.conftest import NOW, CountStatements, FoundShop, Shop
from tests.people import add_member

Door = Straight | TenantSession
Opening = Callable[[Shop], AbstractAsyncContextManager[Door]]
MOMENT = timedelta(microseconds=1)


@pytest.fixture(params=["straight", "session"])
def door(request: pytest.FixtureRequest, database: Database) -> Opening:
    """Either way to ask."""

    @asynccontextmanager
    async def opened(shop: Shop) -> AsyncIterator[Door]:
        if request.param == "straight":
            async with database.straight(shop.tenant_id) as straight:
                yield straight
        else:
            async with database.reading(shop.tenant_id) as session:
                yield session

    return opened


async def who(door: Opening, shop: Shop, credential: Credential, now: datetime = NOW) -> Caller | None:
    async with door(shop) as opened:
        return await called(opened, credential=credential, now=now)


async def session_of(database: Database, shop: Shop, member: Member) -> Credential:
    credential = secrets.parse(await cookie(database, shop, member))
    assert credential is not None
    return credential


Issuing = Callable[[Database, Shop, Member], Awaitable[Credential]]


async def token_of_a_client(database: Database, shop: Shop, _member: Member) -> Credential:
    client, _ = await make_client(database, shop)
    return await access_token(database, shop, client)


KINDS = [
    pytest.param(token_of_a_client, timedelta(hours=1), id="access token"),
    pytest.param(personal_token, timedelta(days=90), id="personal token"),
    pytest.param(session_of, timedelta(hours=12), id="session"),
]


@pytest.mark.parametrize(("issuing", "lifetime"), KINDS)
async def test_a_credential_is_found_by_one_statement_until_it_expires(
    issuing: Issuing, lifetime: timedelta, door: Opening, database: Database, shop: Shop, statements: CountStatements
) -> None:
    member = await add_member(database, shop)
    credential = await issuing(database, shop, member)
    with statements() as sent:
        found = await who(door, shop, credential, NOW + lifetime - MOMENT)
    assert found is not None
    assert found.tenant_id == shop.tenant_id
    assert len([one for one in sent if not one.startswith("SET")]) == 1
    assert await who(door, shop, credential, NOW + lifetime) is None


@pytest.mark.parametrize(("issuing", "lifetime"), KINDS)
async def test_what_is_wrong_unknown_or_of_another_kind_is_nobodys(
    issuing: Issuing, lifetime: timedelta, door: Opening, database: Database, shop: Shop
) -> None:
    real = await issuing(database, shop, await add_member(database, shop))
    others = [replace(real, prefix=prefix) for prefix in Prefix if prefix is not real.prefix]
    for credential in (replace(real, secret="x" * 43), replace(real, id=new_id()), *others):
        assert await who(door, shop, credential) is None
    assert await who(door, shop, real) is not None


@pytest.mark.parametrize(("issuing", "lifetime"), KINDS)
async def test_a_credential_of_another_shop_is_nobodys(
    issuing: Issuing, lifetime: timedelta, door: Opening, database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    other = await found_shop()
    real = await issuing(database, shop, await add_member(database, shop))
    for credential in (real, replace(real, tenant_id=other.tenant_id)):
        assert await who(door, other, credential) is None
    assert await who(door, shop, replace(real, tenant_id=other.tenant_id)) is None


async def test_a_member_has_the_standing_that_the_member_has_everywhere(
    door: Opening, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop, role=Role.SUPERVISOR, language=Language.EN)
    await seat(database, shop, member)
    for credential in (await session_of(database, shop, member), await personal_token(database, shop, member)):
        for now, seated in ((NOW, True), (SEAT_END - MOMENT, True), (SEAT_END, False)):
            if credential.prefix is Prefix.SESSION and now != NOW:
                continue  # it ended before the seat
            async with database.reading(shop.tenant_id) as session:
                standing = await standing_of_member(session, member_id=member.id, now=now)
            found = await who(door, shop, credential, now)
            assert standing is not None
            assert found == Caller(shop.tenant_id, Actor(ActorKind.MEMBER, member.id), standing)
            assert standing.permissions == (PERMISSIONS if seated else SEATLESS)[Role.SUPERVISOR]
            assert (standing.seat is not None) == seated
            assert standing.language is Language.EN
            if standing.seat is not None:
                assert (standing.seat.kind, standing.seat.until) == (SeatKind.LIGHT, SEAT_END)
                assert standing.agent_id == standing.seat.agent_id


@pytest.mark.parametrize("column", ["ended_at", "cancelled_at"])
async def test_a_seat_that_was_recorded_as_over_gives_nothing_any_more(
    column: str, door: Opening, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop, role=Role.AGENT)
    await seat(database, shop, member)
    credential = await session_of(database, shop, member)
    over = {column: NOW} if column == "cancelled_at" else {column: NOW, "started_at": NOW}
    async with database.writing(shop.tenant_id) as session:
        await session.execute(update(SeatAssignment).values(over))
    found = await who(door, shop, credential)
    assert found is not None
    assert (found.standing.seat, found.standing.permissions) == (None, frozenset())


async def test_a_member_who_is_no_agent_has_no_seat(door: Opening, database: Database, shop: Shop) -> None:
    member = Member(
        tenant_id=shop.tenant_id,
        email="ola@bombka.example",
        name="Ola",
        role=Role.OWNER,
        language=Language.PL,
        state=MemberState.ACTIVE,
        password_hash="unused",
        created_at=NOW,
    )
    async with database.writing(shop.tenant_id) as session:
        session.add(member)
    found = await who(door, shop, await session_of(database, shop, member))
    assert found is not None
    assert (found.standing.agent_id, found.standing.seat) == (None, None)
    assert found.standing.permissions == SEATLESS[Role.OWNER]


@pytest.mark.parametrize("issuing", [personal_token, session_of])
async def test_a_member_who_is_suspended_is_nobody(
    issuing: Issuing, door: Opening, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop)
    credential = await issuing(database, shop, member)
    for state, known in ((MemberState.SUSPENDED, False), (MemberState.INVITED, False), (MemberState.ACTIVE, True)):
        async with database.writing(shop.tenant_id) as session:
            (await session.get_one(Member, (shop.tenant_id, member.id))).state = state
        assert (await who(door, shop, credential) is not None) == known


async def test_a_session_that_was_ended_is_nobodys(door: Opening, database: Database, shop: Shop) -> None:
    credential = await session_of(database, shop, await add_member(database, shop))
    async with database.writing(shop.tenant_id) as session:
        await sessions.sign_out(session, credential=credential, now=NOW)
    assert await who(door, shop, credential) is None


async def test_a_personal_token_that_was_revoked_is_nobodys(door: Opening, database: Database, shop: Shop) -> None:
    member = await add_member(database, shop)
    credential, kept = await personal_token(database, shop, member), await personal_token(database, shop, member)
    async with database.writing(shop.tenant_id) as session:
        await personal_tokens.revoke_personal_token(session, member_id=member.id, token_id=credential.id, now=NOW)
    assert await who(door, shop, credential) is None
    assert await who(door, shop, kept) is not None


async def test_an_access_token_that_was_revoked_is_nobodys_and_one_of_a_revoked_client_neither(
    door: Opening, database: Database, shop: Shop
) -> None:
    client, _ = await make_client(database, shop)
    revoked, kept = await access_token(database, shop, client), await access_token(database, shop, client)
    async with database.writing(shop.tenant_id) as session:
        await tokens.revoke_token(session, credential=revoked, now=NOW)
    assert await who(door, shop, revoked) is None
    assert await who(door, shop, kept) is not None
    async with database.writing(shop.tenant_id) as session:
        await clients.revoke_client(session, client_id=client.id, by=SYSTEM, now=NOW)
    assert await who(door, shop, kept) is None


async def test_a_token_gives_what_it_was_given_and_its_client_still_has_and_clients_may_have(
    door: Opening, database: Database, shop: Shop
) -> None:
    credential = secrets.issue(Prefix.ACCESS_TOKEN, tenant_id=shop.tenant_id, id=new_id())
    own = [Permission.ORDERS_READ, Permission.TICKETS_READ, Permission.TICKETS_REPLY]
    given = [Permission.ORDERS_READ, Permission.ORDERS_WRITE, Permission.TICKETS_REPLY]
    async with database.writing(shop.tenant_id) as session:
        client = ApiClient(
            tenant_id=shop.tenant_id, id=new_id(), name="ERP", secret_hash="unused", scopes=own, created_at=NOW
        )
        session.add(client)
        await session.flush()
        session.add(
            AccessToken(
                tenant_id=shop.tenant_id,
                id=credential.id,
                client_id=client.id,
                token_hash=credential.secret_hash(),
                scopes=given,
                issued_at=NOW,
                expires_at=NOW + timedelta(hours=1),
            )
        )
    found = await who(door, shop, credential)
    assert found is not None
    assert found.scopes == frozenset(given)
    assert found.standing.permissions == {Permission.ORDERS_READ}
    assert (found.standing.role, found.standing.seat, found.standing.language) == (None, None, Language.EN)
    assert found.actor == Actor(ActorKind.CLIENT, client.id)
    async with database.reading(shop.tenant_id) as session:
        assert found.scopes is not None
        assert found.standing == await standing_of_client(session, client_id=client.id, scopes=found.scopes)


async def test_many_sessions_are_looked_up_at_once_and_say_what_each_says_alone(
    database: Database, shop: Shop, found_shop: FoundShop, statements: CountStatements
) -> None:
    members = [await add_member(database, shop, email=f"{new_id().hex}@bombka.example", role=role) for role in Role]
    live = [await session_of(database, shop, member) for member in members]
    other = await found_shop()
    foreign = await session_of(database, other, await add_member(database, other))
    out = await add_member(database, shop, email="out@bombka.example")
    outs = await session_of(database, shop, out)
    async with database.writing(shop.tenant_id) as session:
        await session.execute(update(Member).where(Member.id == out.id).values(state=MemberState.SUSPENDED))
    unknown = (replace(live[0], id=new_id()), replace(live[1], secret="x" * 43))
    asked = [live[0], *live[2:], foreign, replace(foreign, tenant_id=shop.tenant_id), outs, *unknown]
    async with database.reading(shop.tenant_id) as session:
        with statements() as sent:
            found = await called_in_sessions(session, credentials=asked, now=NOW)
        assert len([one for one in sent if not one.startswith("SET")]) == 1
        alone = {each: await called(session, credential=each, now=NOW) for each in asked}
        assert found == {each: caller for each, caller in alone.items() if caller is not None}
        assert set(found) == {live[0], *live[2:]}
        assert await called_in_sessions(session, credentials=asked, now=NOW + timedelta(hours=12)) == {}
