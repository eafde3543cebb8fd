"""API clients, their secrets and their tokens."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from domain.kit import secrets
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from domain.seats.rights import standing_of_client
from domain.tenants import clients, tokens
from domain.tenants.clients import ClientId
from domain.tenants.errors import ClientNotFound, ScopesNotForClients, ScopesNotGranted
from domain.tenants.models import AccessToken, ApiClient
from domain.tenants.permissions import CLIENT_SCOPES, Permission
from domain.tenants.tokens import IssuedToken
from tests.callers import who
from tests.conftest import NOW, FoundShop, Shop
from tests.state import events_of, everything

P = Permission
SCOPES = {P.ORDERS_READ, P.TICKETS_OPEN}


async def create(database: Database, shop: Shop) -> tuple[ApiClient, Credential]:
    async with database.writing(shop.tenant_id) as session:
        return await clients.create_client(session, name=" ERP ", scopes=SCOPES, by=SYSTEM, now=NOW)


async def issue(database: Database, shop: Shop, client: ApiClient, scopes: set[str] | None = None) -> IssuedToken:
    async with database.writing(shop.tenant_id) as session:
        return await tokens.issue_token(session, client=client, scopes=scopes, now=NOW)


async def test_a_new_client_keeps_the_hash_of_its_secret_and_its_creation_is_recorded(
    database: Database, shop: Shop
) -> None:
    client, secret = await create(database, shop)
    assert (client.name, client.scopes, client.created_at) == ("ERP", ["orders:read", "tickets:open"], NOW)
    assert secret.prefix is Prefix.CLIENT_SECRET
    assert (secret.tenant_id, secret.id) == (shop.tenant_id, client.id)
    assert client.secret_hash == secret.secret_hash()
    assert secret.secret not in str(await everything(database, shop.tenant_id))
    assert await events_of(database, shop.tenant_id, aggregate="api_client") == [
        ("ApiClientCreated", 1, {"client_name": "ERP", "scopes": ["orders:read", "tickets:open"]})
    ]


@pytest.mark.parametrize("scope", sorted(set(Permission) - CLIENT_SCOPES))
async def test_a_client_cannot_be_given_what_people_do(database: Database, shop: Shop, scope: str) -> None:
    before = await everything(database, shop.tenant_id)
    with pytest.raises(ScopesNotForClients) as refused:
        async with database.writing(shop.tenant_id) as session:
            await clients.create_client(session, name="ERP", scopes={P.ORDERS_READ, scope}, by=SYSTEM, now=NOW)
    assert refused.value.data() == {"scopes": scope}
    assert await everything(database, shop.tenant_id) == before


@pytest.mark.parametrize(("name", "scopes"), [("", SCOPES), ("ERP", set()), ("a\nb", SCOPES), ("x" * 201, SCOPES)])
async def test_a_client_needs_a_name_on_one_line_and_a_scope(
    database: Database, shop: Shop, name: str, scopes: set[str]
) -> None:
    before = await everything(database, shop.tenant_id)
    with pytest.raises(InvalidInput):
        async with database.writing(shop.tenant_id) as session:
            await clients.create_client(session, name=name, scopes=scopes, by=SYSTEM, now=NOW)
    assert await everything(database, shop.tenant_id) == before


def test_a_client_id_spells_its_tenant_in_clear_and_reads_back() -> None:
    client_id = ClientId(UUID(int=1), UUID(int=2))
    assert str(client_id) == f"szc_{'0' * 31}1_{'0' * 31}2"
    assert clients.parse_client_id(str(client_id)) == client_id


@pytest.mark.parametrize(
    "text", ["", "szc", "szc__", "szc_x_y", f"szx_{'0' * 32}_{'0' * 32}", f"szc_{'0' * 32}_{'g' * 32}"]
)
def test_other_texts_are_no_client_id(text: str) -> None:
    assert clients.parse_client_id(text) is None


async def test_only_the_clients_own_secret_opens_it(database: Database, shop: Shop) -> None:
    client, secret = await create(database, shop)
    other, others_secret = await create(database, shop)
    wrong = Credential(Prefix.CLIENT_SECRET, shop.tenant_id, client.id, "x" * 43)
    as_token = Credential(Prefix.ACCESS_TOKEN, shop.tenant_id, client.id, secret.secret)
    async with database.reading(shop.tenant_id) as session:
        found = await clients.check_client_secret(session, client_id=client.id, secret=str(secret))
        assert found is not None
        assert found.id == client.id
        for text in (str(wrong), str(as_token), str(others_secret), secret.secret, ""):
            assert await clients.check_client_secret(session, client_id=client.id, secret=text) is None
        assert await clients.check_client_secret(session, client_id=other.id, secret=str(secret)) is None
        assert await clients.check_client_secret(session, client_id=new_id(), secret=str(secret)) is None


async def test_a_token_lasts_an_hour_and_carries_the_clients_scopes(database: Database, shop: Shop) -> None:
    client, _ = await create(database, shop)
    token = await issue(database, shop, client)
    assert (token.scopes, token.expires_at) == (frozenset(SCOPES), NOW + timedelta(hours=1))
    async with database.reading(shop.tenant_id) as session:
        for moment in (NOW, NOW + timedelta(minutes=59, seconds=59)):
            assert await who(session, credential=token.credential, now=moment) == client.id
        late = NOW + timedelta(hours=1)
        assert await who(session, credential=token.credential, now=late) is None


async def test_a_token_can_be_asked_for_with_fewer_scopes_but_not_with_more(database: Database, shop: Shop) -> None:
    client, _ = await create(database, shop)
    assert (await issue(database, shop, client, {P.ORDERS_READ})).scopes == {P.ORDERS_READ}
    before = await everything(database, shop.tenant_id)
    with pytest.raises(ScopesNotGranted) as refused:
        await issue(database, shop, client, {P.ORDERS_READ, P.ORDERS_WRITE, "nonsense"})
    assert refused.value.data() == {"scopes": "nonsense orders:write"}
    assert await everything(database, shop.tenant_id) == before


async def test_a_token_with_another_secret_or_prefix_is_none(database: Database, shop: Shop) -> None:
    client, _ = await create(database, shop)
    token = (await issue(database, shop, client)).credential
    forged = Credential(Prefix.ACCESS_TOKEN, token.tenant_id, token.id, "x" * 43)
    renamed = Credential(Prefix.PERSONAL_TOKEN, token.tenant_id, token.id, token.secret)
    unknown = secrets.issue(Prefix.ACCESS_TOKEN, tenant_id=shop.tenant_id, id=new_id())
    async with database.reading(shop.tenant_id) as session:
        for credential in (forged, renamed, unknown):
            assert await who(session, credential=credential, now=NOW) is None


async def test_a_token_of_another_tenant_is_none(database: Database, shop: Shop, found_shop: FoundShop) -> None:
    stranger = await found_shop()
    client, _ = await create(database, shop)
    token = (await issue(database, shop, client)).credential
    relabelled = Credential(token.prefix, stranger.tenant_id, token.id, token.secret)
    async with database.writing(stranger.tenant_id) as session:
        assert await who(session, credential=token, now=NOW) is None
        assert await who(session, credential=relabelled, now=NOW) is None
        assert await tokens.revoke_token(session, credential=relabelled, now=NOW) is False
        with pytest.raises(ClientNotFound):
            await clients.revoke_client(session, client_id=client.id, by=SYSTEM, now=NOW)
    async with database.reading(shop.tenant_id) as session:
        assert await who(session, credential=token, now=NOW) is not None


async def test_revoking_a_client_ends_its_tokens_and_standing_and_again_changes_nothing(
    database: Database, shop: Shop
) -> None:
    client, secret = await create(database, shop)
    token = (await issue(database, shop, client)).credential
    later = NOW + timedelta(minutes=5)
    async with database.writing(shop.tenant_id) as session:
        await clients.revoke_client(session, client_id=client.id, by=SYSTEM, now=later)
    async with database.reading(shop.tenant_id) as session:
        assert await who(session, credential=token, now=later) is None
        assert await clients.check_client_secret(session, client_id=client.id, secret=str(secret)) is None
        assert await standing_of_client(session, client_id=client.id, scopes=frozenset(SCOPES)) is None
    before = await everything(database, shop.tenant_id)
    async with database.writing(shop.tenant_id) as session:
        again = await clients.revoke_client(session, client_id=client.id, by=SYSTEM, now=later + timedelta(days=1))
    assert again.revoked_at == later
    assert await everything(database, shop.tenant_id) == before
    names = [name for name, _, _ in await events_of(database, shop.tenant_id, aggregate="api_client")]
    assert names == ["ApiClientCreated", "ApiClientRevoked"]


async def test_a_revoked_token_ends_alone_and_again_changes_nothing(database: Database, shop: Shop) -> None:
    client, _ = await create(database, shop)
    token, other = (await issue(database, shop, client)).credential, (await issue(database, shop, client)).credential
    for _ in range(2):
        async with database.writing(shop.tenant_id) as session:
            assert await tokens.revoke_token(session, credential=token, now=NOW) is True
    async with database.reading(shop.tenant_id) as session:
        assert await who(session, credential=token, now=NOW) is None
        assert await who(session, credential=other, now=NOW) is not None


async def test_issuing_a_token_clears_those_that_expired_more_than_a_day_ago(database: Database, shop: Shop) -> None:
    client, _ = await create(database, shop)
    await issue(database, shop, client)
    async with database.writing(shop.tenant_id) as session:
        await tokens.issue_token(session, client=client, scopes=None, now=NOW + timedelta(hours=25))
    assert len((await everything(database, shop.tenant_id))["access_token"]) == 2
    async with database.writing(shop.tenant_id) as session:
        await tokens.issue_token(session, client=client, scopes=None, now=NOW + timedelta(hours=25, seconds=1))
    assert len((await everything(database, shop.tenant_id))["access_token"]) == 2


async def test_the_database_lets_the_application_change_nothing_of_a_token_but_its_end(
    database: Database, shop: Shop
) -> None:
    client, _ = await create(database, shop)
    await issue(database, shop, client)
    with pytest.raises(Exception, match="permission denied"):
        async with database.writing(shop.tenant_id) as session:
            await session.execute(update(AccessToken).values(expires_at=NOW + timedelta(days=900)))
