"""A body longer than a stranger's is read for a caller whose credential is good, and for nobody else."""

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import orjson
import pytest

from api.graphql.view import LARGEST_BODY, LARGEST_OF_A_STRANGER
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.secrets import Prefix, issue
from domain.tenants import clients
from domain.tenants.permissions import Permission
from tests.api.http.conftest import HandClock, make_client
from tests.api.http.test_authentication import access_token
from tests.conftest import NOW, Shop

JSON = {"Content-Type": "application/json"}
IMPORT = """mutation ($input: CustomersImportInput!) { customersImport(input: $input) {
    __typename ... on CustomersImported { created } } }"""


def body(*, at_least: int) -> bytes:
    rows = [{"externalId": f"c-{number}", "name": "Ż" * 450} for number in range(250)]
    said = orjson.dumps({"query": IMPORT, "variables": {"input": {"customers": rows}}})
    return said + b" " * (at_least - len(said))


async def bearer(database: Database, shop: Shop) -> dict[str, str]:
    client, _ = await make_client(database, shop, Permission.ORDERS_WRITE)
    return {**JSON, "Authorization": f"Bearer {await access_token(database, shop, client)}"}


async def test_a_whole_import_is_taken_from_a_caller_who_is_known(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    long = body(at_least=LARGEST_BODY)
    answer = await http.post("/graphql", content=long, headers=await bearer(database, shop))
    assert answer.json() == {"data": {"customersImport": {"__typename": "CustomersImported", "created": 250}}}
    answer = await http.post("/graphql", content=long + b" ", headers=await bearer(database, shop))
    assert answer.status_code == 413


@pytest.mark.parametrize("forged", [True, False])
async def test_a_credential_that_only_looks_right_opens_no_longer_body(
    forged: bool, http: httpx2.AsyncClient, shop: Shop
) -> None:
    token = issue(Prefix.ACCESS_TOKEN, tenant_id=shop.tenant_id, id=new_id())
    headers = {**JSON, "Authorization": f"Bearer {token}"} if forged else JSON
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while read < 2 * LARGEST_BODY:
            read += 65_536
            yield b" " * 65_536

    answer = await http.post("/graphql", content=endless(), headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"] == ("CREDENTIALS_INVALID" if forged else "CREDENTIALS_MISSING")
    assert read <= LARGEST_OF_A_STRANGER + 65_536


@pytest.mark.parametrize("ended", ["revoked", "expired"])
async def test_a_token_that_ends_while_a_long_body_comes_is_worth_nothing_at_its_end(
    ended: str, http: httpx2.AsyncClient, database: Database, shop: Shop, clock: HandClock
) -> None:
    client, _ = await make_client(database, shop, Permission.ORDERS_WRITE)
    headers = {**JSON, "Authorization": f"Bearer {await access_token(database, shop, client)}"}
    long, looked = body(at_least=LARGEST_OF_A_STRANGER + 65_536), LARGEST_OF_A_STRANGER + 1

    async def slowly() -> AsyncIterator[bytes]:
        yield long[:looked]
        if ended == "expired":
            clock.at = NOW + timedelta(days=30)
        else:
            async with database.writing(shop.tenant_id) as session:
                await clients.revoke_client(session, client_id=client.id, by=SYSTEM, now=NOW)
        yield long[looked:]

    answer = await http.post("/graphql", content=slowly(), headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "CREDENTIALS_INVALID")
