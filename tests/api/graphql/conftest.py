"""Callers and documents: what a test of the API asks, and as whom."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import pytest

from api.context import Caller, RequestContext
from api.graphql import execution
from api.graphql.schema import Schema, build
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats.rights import Standing
from domain.tenants.permissions import Permission
from tests.api.graphql.filled import Filled, fill
from tests.conftest import NOW, FoundShop, Shop

EVERYTHING = frozenset(Permission)


class Asker:
    """A caller of a tenant, whose standing is what the test says."""

    def __init__(
        self,
        schema: Schema,
        database: Database,
        tenant_id: UUID,
        permissions: frozenset[Permission] = EVERYTHING,
        member_id: UUID | None = None,
    ) -> None:
        self.schema, self.database, self.tenant_id = schema, database, tenant_id
        self.standing = Standing(
            actor=Actor(ActorKind.MEMBER, member_id or new_id()),
            permissions=permissions,
            language=Language.EN,
            role=Role.OWNER,
        )
        self.language = Language.EN
        self.now = NOW
        self.idempotency_key: str | None = None
        self.planned = True

    def context(self) -> RequestContext:
        return RequestContext(
            database=self.database,
            caller=Caller(tenant_id=self.tenant_id, actor=self.standing.actor, standing=self.standing),
            now=self.now,
            trace_id="",
            language=self.language,
            idempotency_key=self.idempotency_key,
        )

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole response, as it comes over the wire."""
        context, planned = self.context(), self.planned
        return await execute(self.schema, query=query, variables=variables, context=context, planned=planned)

    async def data(self, query: str, **variables: Any) -> Any:
        """The data of a response without errors."""
        answer = await self.ask(query, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def codes_of(self, query: str, operation: str, **variables: Any) -> list[str]:
        """The codes of the errors of one operation of a document."""
        context = self.context()
        answer = await execute(self.schema, query=query, operation_name=operation, variables=variables, context=context)
        return [error["extensions"]["code"] for error in answer.get("errors", [])]

    async def codes(self, query: str, **variables: Any) -> list[str]:
        """The codes of the response's errors."""
        answer = await self.ask(query, **variables)
        return [error["extensions"]["code"] for error in answer.get("errors", [])]


async def execute(schema: Schema, **asked: Any) -> dict[str, Any]:
    """The response as a client reads it."""
    read: dict[str, Any] = orjson.loads(execution.written(await execution.execute(schema, **asked)))
    return read


AskAs = Callable[..., Asker]


@pytest.fixture(scope="session")
def queries() -> Schema:
    """The schema without mutations."""
    return build()


@pytest.fixture
async def filled(database: Database, shop: Shop) -> Filled:
    return await fill(database, shop)


@pytest.fixture
def asker(queries: Schema, database: Database, filled: Filled) -> Asker:
    """A caller in the filled shop who may see everything."""
    return Asker(queries, database, filled.tenant_id)


@pytest.fixture
async def neighbour(queries: Schema, database: Database, found_shop: FoundShop) -> Asker:
    """A caller in another shop, which is empty, who may see everything there."""
    return Asker(queries, database, (await found_shop()).tenant_id)
