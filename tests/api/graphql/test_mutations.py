"""One transaction a mutation; its outcome is kept with it, and read only after it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import select

from api.context import Caller, RequestContext
from api.graphql import ids
from api.graphql.reading.outlines import Unplanned
from api.graphql.schema import Schema, build
from domain.agents.models import Member, MemberState, Skill
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor, ActorKind
from domain.kit.idempotency import IdempotencyRow
from domain.kit.ids import new_id
from domain.seats.rights import standing_of_client, standing_of_member
from domain.tenants.models import ApiClient
from domain.tenants.permissions import CLIENT_SCOPES
from tests.api.graphql import toys
from tests.api.graphql.conftest import execute
from tests.api.graphql.filled import Filled
from tests.conftest import NOW, CountStatements

OWNER, FULL_AGENT, LIGHT_AGENT = 0, 0, 1
MAKE = """mutation ($input: SkillMakeInput!) { skillMake(input: $input) { __typename
    ... on SkillMade { key secret skill { id key } others { key } }
    ... on Failure { code message path }
    ... on SkillGone { skillId skillIds count }
} }"""


@pytest.fixture(scope="module")
def schema() -> Schema:
    return build(toys.TOYS)


class Worker:
    """A member or a client of the filled shop, whose standing is read from the database."""

    def __init__(self, schema: Schema, database: Database, filled: Filled, actor: Actor) -> None:
        self.schema, self.database, self.filled, self.actor = schema, database, filled, actor
        self.now, self.language = NOW, Language.EN
        self.header: str | None = None

    async def context(self) -> RequestContext:
        scopes = CLIENT_SCOPES if self.actor.kind is ActorKind.CLIENT else None
        assert self.actor.id is not None
        async with self.database.reading(self.filled.tenant_id) as session:
            standing = (
                await standing_of_member(session, member_id=self.actor.id, now=self.now)
                if scopes is None
                else await standing_of_client(session, client_id=self.actor.id, scopes=scopes)
            )
        assert standing is not None
        return RequestContext(
            database=self.database,
            caller=Caller(self.filled.tenant_id, self.actor, standing, scopes),
            now=self.now,
            trace_id="",
            language=self.language,
            idempotency_key=self.header,
        )

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        return await execute(self.schema, query=query, variables=variables, context=await self.context())

    async def make(self, key: str, *, under: str | None = None, **more: Any) -> dict[str, Any]:
        """The result of `skillMake`, under an idempotency key if one is given."""
        query = MAKE if under is None else MAKE.replace("(input: $input)", "(input: $input) @idempotent(key: $key)")
        query = query if under is None else query.replace("($input", "($key: String!, $input")
        answer = await self.ask(query, input={"key": key, **more}, **({} if under is None else {"key": under}))
        assert "errors" not in answer, answer["errors"]
        result: dict[str, Any] = answer["data"]["skillMake"]
        return result


@pytest.fixture
def owner(schema: Schema, database: Database, filled: Filled) -> Worker:
    """An owner on a full seat."""
    return Worker(schema, database, filled, Actor(ActorKind.MEMBER, filled.ids("member")[0]))


@pytest.fixture
def light(schema: Schema, database: Database, filled: Filled) -> Worker:
    return Worker(schema, database, filled, Actor(ActorKind.MEMBER, filled.ids("member")[1]))


@pytest.fixture
def unseated(schema: Schema, database: Database, filled: Filled) -> Worker:
    return Worker(schema, database, filled, Actor(ActorKind.MEMBER, filled.ids("member")[2]))


@pytest.fixture
def client(schema: Schema, database: Database, filled: Filled) -> Worker:
    return Worker(schema, database, filled, Actor(ActorKind.CLIENT, filled.ids("api_client")[0]))


async def skills(worker: Worker) -> list[str]:
    """The keys of the skills that the test has made."""
    async with worker.database.reading(worker.filled.tenant_id) as session:
        found = await session.scalars(select(Skill.key).order_by(Skill.id))
        return [key for key in found if key not in ("accounting", "first-line")]


async def kept(worker: Worker) -> Sequence[IdempotencyRow]:
    async with worker.database.reading(worker.filled.tenant_id) as session:
        return (await session.scalars(select(IdempotencyRow).order_by(IdempotencyRow.key))).all()


async def test_a_mutation_commits_and_then_reads_what_was_selected(owner: Worker) -> None:
    other = ids.spell("skill", owner.filled.ids("skill")[0])
    result = await owner.make("new", others=[other, "skill_" + "0" * 32])
    assert result["__typename"] == "SkillMade"
    assert result["key"] == result["skill"]["key"] == "new"
    assert result["secret"] == "told once"
    assert result["others"] == [{"key": "accounting"}]
    assert await skills(owner) == ["new"]
    assert list(await kept(owner)) == []


async def test_a_listed_failure_undoes_the_mutation_and_is_told_with_its_data(owner: Worker) -> None:
    missing = ids.spell("skill", new_id())
    result = await owner.make("new", likeId=missing, others=[missing])
    assert result == {
        "__typename": "SkillGone",
        "code": "SKILL_GONE",
        "message": "There is no such skill, of 7.",
        "path": None,
        "skillId": missing,
        "skillIds": [missing],
        "count": 7,
    }
    assert await skills(owner) == []


async def test_failures_speak_the_callers_language(owner: Worker) -> None:
    owner.language = Language.PL
    assert (await owner.make("invalid"))["message"] == "others.0.some_thing: jest złe"


async def test_invalid_input_names_the_field(owner: Worker) -> None:
    result = await owner.make("invalid")
    assert (result["__typename"], result["path"]) == ("InvalidInput", ["others", "0", "someThing"])


@pytest.mark.parametrize("spelled", ["", "skill_1", "ticket_" + "0" * 32, "skill_" + "0" * 32, "skill_\u0000"])
async def test_an_id_of_nothing_is_not_found(spelled: str, owner: Worker) -> None:
    assert (await owner.make("new", likeId=spelled))["__typename"] == "SkillGone"


@pytest.mark.parametrize(("name", "field"), [("key", "key"), ("note", "note")])
async def test_a_text_that_cannot_be_stored_is_invalid(name: str, field: str, owner: Worker) -> None:
    result = await owner.make(**{"key": "new", name: "zero \0"})
    assert (result["__typename"], result["path"]) == ("InvalidInput", [field])
    assert await skills(owner) == []


async def test_an_unexpected_error_undoes_everything_and_is_masked(owner: Worker) -> None:
    answer = await owner.ask(MAKE, input={"key": "unlisted"})
    [error] = answer["errors"]
    assert error["message"] == "Internal error"
    assert error["extensions"]["code"] == "INTERNAL"
    assert str(UUID(error["extensions"]["reference"])) == error["extensions"]["reference"]
    assert "secret" not in str(answer)
    assert await skills(owner) == []


async def test_mutations_of_one_document_are_transactions_of_their_own(owner: Worker) -> None:
    answer = await owner.ask(
        """mutation {
            a: skillMake(input: { key: "a" }) { __typename ... on SkillMade { skill { key } } }
            b: skillMake(input: { key: "invalid" }) { __typename }
            c: skillMake(input: { key: "c" }) { __typename ... on SkillMade { skill { key } } }
        }"""
    )
    assert answer["data"] == {
        "a": {"__typename": "SkillMade", "skill": {"key": "a"}},
        "b": {"__typename": "InvalidInput"},
        "c": {"__typename": "SkillMade", "skill": {"key": "c"}},
    }
    assert await skills(owner) == ["a", "c"]


# Idempotency.


async def test_the_same_key_and_input_replays_the_outcome(owner: Worker) -> None:
    first = await owner.make("new", under="k-1")
    again = await owner.make("new", under="k-1")
    assert first["secret"] == "told once"
    assert again == {**first, "secret": None}
    assert await skills(owner) == ["new"]


async def test_a_replay_reads_the_new_selection_as_things_are_now(owner: Worker) -> None:
    first = await owner.make("new", under="k-1")
    async with owner.database.writing(owner.filled.tenant_id) as session:
        skill = (await session.scalars(select(Skill).where(Skill.key == "new"))).one()
        skill.name = "Renamed"
    answer = await owner.ask(
        """mutation { skillMake(input: { key: "new" }) @idempotent(key: "k-1") {
            ... on SkillMade { skill { id name } } } }"""
    )
    assert answer["data"]["skillMake"]["skill"] == {"id": first["skill"]["id"], "name": "Renamed"}


async def test_what_is_kept_is_type_ids_and_data_alone(owner: Worker) -> None:
    made = await owner.make("new", under="k-1")
    [row] = await kept(owner)
    _, skill_id = ids.parse(made["skill"]["id"]) or ("", new_id())
    assert row.outcome == {
        "type": "SkillMade",
        "data": {"skill_id": str(skill_id), "other_ids": [], "key": "new"},
    }


async def test_a_failure_is_replayed_with_its_data(owner: Worker) -> None:
    missing = ids.spell("skill", new_id())
    first = await owner.make("new", under="k-1", likeId=missing, others=[missing])
    assert first["__typename"] == "SkillGone"
    async with owner.database.writing(owner.filled.tenant_id) as session:
        _, skill_id = ids.parse(missing) or ("", new_id())
        session.add(Skill(tenant_id=owner.filled.tenant_id, id=skill_id, key="late", name="Late", created_at=NOW))
    assert await owner.make("new", under="k-1", likeId=missing, others=[missing]) == first
    assert (await owner.make("new", under="k-2", likeId=missing))["__typename"] == "SkillMade"


@pytest.mark.parametrize("more", [{"note": "other"}, {"note": None}, {"others": []}])
async def test_the_same_key_with_other_input_is_refused(more: dict[str, Any], owner: Worker) -> None:
    await owner.make("new", under="k-1")
    result = await owner.make("new", under="k-1", **more)
    assert (result["__typename"], result["code"]) == ("IdempotencyKeyReused", "IDEMPOTENCY_KEY_REUSED")
    assert await skills(owner) == ["new"]


async def test_the_same_key_in_use_is_answered_at_once(owner: Worker) -> None:
    toys.running.clear()
    toys.go_on.clear()
    first = asyncio.create_task(owner.make("slow", under="k-1"))
    await toys.running.wait()
    second = await asyncio.wait_for(owner.make("slow", under="k-1"), timeout=1)
    toys.go_on.set()
    assert second["__typename"] == "IdempotencyKeyInUse"
    assert (await first)["__typename"] == "SkillMade"
    assert (await owner.make("slow", under="k-1"))["__typename"] == "SkillMade"
    assert await skills(owner) == ["slow"]


async def test_an_unexpected_error_is_not_kept(owner: Worker) -> None:
    assert "errors" in await owner.ask(
        'mutation { skillMake(input: { key: "unlisted" }) @idempotent(key: "k-1") { __typename } }'
    )
    assert list(await kept(owner)) == []
    assert (await owner.make("new", under="k-1"))["__typename"] == "SkillMade"


async def test_a_failure_of_the_moment_is_not_kept(owner: Worker) -> None:
    assert (await owner.make("seatless", under="k-1"))["__typename"] == "SeatRequired"
    assert list(await kept(owner)) == []
    assert await skills(owner) == []


async def test_two_callers_may_use_the_same_key(owner: Worker, light: Worker) -> None:
    assert (await owner.make("a", under="k-1"))["__typename"] == "SkillMade"
    assert (await light.make("b", under="k-1"))["__typename"] == "SkillMade"
    assert await skills(owner) == ["a", "b"]


async def test_a_key_is_forgotten_after_a_day(owner: Worker) -> None:
    await owner.make("invalid", under="k-1")
    owner.now = NOW + timedelta(hours=24)
    assert (await owner.make("new", under="k-1"))["__typename"] == "SkillMade"


async def test_rights_come_before_a_replay(owner: Worker) -> None:
    await owner.make("new", under="k-1")
    async with owner.database.writing(owner.filled.tenant_id) as session:
        member = (await session.scalars(select(Member).where(Member.id == owner.actor.id))).one()
        context = await owner.context()
        member.state = MemberState.SUSPENDED
    answer = await execute(
        owner.schema,
        query='mutation { skillMake(input: { key: "new" }) @idempotent(key: "k-1") { __typename } }',
        context=context,
    )
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("key", ["", "k" * 256, "k\0"])
async def test_a_key_has_from_1_to_255_characters(key: str, owner: Worker) -> None:
    result = await owner.make("new", under=key)
    assert (result["__typename"], result["path"]) == ("InvalidInput", ["key"])
    assert await skills(owner) == []


async def test_the_header_is_short_for_the_directive(owner: Worker) -> None:
    owner.header = "k-1"
    first = await owner.make("new")
    assert await owner.make("new") == {**first, "secret": None}
    assert [row.key for row in await kept(owner)] == ["k-1"]
    owner.header = None
    assert await owner.make("new", under="k-1") == {**first, "secret": None}


async def test_the_header_stands_for_every_mutation_of_a_document(owner: Worker) -> None:
    owner.header = "k-1"
    query = (
        'mutation { a: skillMake(input: { key: "a" }) { __typename } b: skillMake(input: { key: "b" }) { __typename } }'
    )
    expected = {"a": {"__typename": "SkillMade"}, "b": {"__typename": "SkillMade"}}
    assert (await owner.ask(query))["data"] == expected
    assert (await owner.ask(query))["data"] == expected
    assert await skills(owner) == ["a", "b"]
    assert [row.key for row in await kept(owner)] == ["k-1:a", "k-1:b"]


@pytest.mark.parametrize(
    "query",
    [
        '{ viewer @idempotent(key: "k") { kind } }',
        'mutation { anybody { ... on SkillMade { key @idempotent(key: "k") } } }',
    ],
)
async def test_the_directive_is_refused_where_it_would_do_nothing(query: str, owner: Worker) -> None:
    answer = await owner.ask(query)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID_REQUEST"]


# Rights.


async def ended(worker: Worker, name: str) -> tuple[str, str | None]:
    answer = await worker.ask(f"mutation {{ {name} {{ __typename ... on SkillMade {{ key }} }} }}")
    result = answer["data"][name]
    return result["__typename"], result.get("key")


async def test_a_mutation_that_takes_no_permission_is_open_to_all(unseated: Worker, client: Worker) -> None:
    assert await ended(unseated, "anybody") == ("SkillMade", "MEMBER")
    assert await ended(client, "anybody") == ("SkillMade", "CLIENT")


async def test_a_seat_of_either_kind_serves_where_any_does(owner: Worker, light: Worker) -> None:
    assert await ended(owner, "seated") == ("SkillMade", "FULL")
    assert await ended(light, "seated") == ("SkillMade", "LIGHT")


async def test_only_a_full_seat_reaches_customers(owner: Worker, light: Worker, unseated: Worker) -> None:
    assert await ended(owner, "fullySeated") == ("SkillMade", "FULL")
    assert await ended(light, "fullySeated") == ("FullSeatRequired", None)
    assert await ended(unseated, "fullySeated") == ("FullSeatRequired", None)


async def test_without_a_seat_there_is_no_work(unseated: Worker) -> None:
    assert await ended(unseated, "seated") == ("SeatRequired", None)
    assert (await unseated.make("new"))["__typename"] == "SeatRequired"
    assert await skills(unseated) == []


@pytest.mark.parametrize("name", ["seated", "fullySeated"])
async def test_an_api_client_acts_for_no_seat(name: str, client: Worker) -> None:
    assert await ended(client, name) == ("NotPermitted", None)


async def test_a_permission_that_is_lacking_is_named(client: Worker) -> None:
    result = await client.make("new")
    assert (result["__typename"], result["message"]) == (
        "NotPermitted",
        "You are not permitted to do this: it needs the permission “tickets:work”.",
    )


async def test_a_seat_that_ends_takes_its_rights_with_it(light: Worker) -> None:
    assert await ended(light, "seated") == ("SkillMade", "LIGHT")
    light.now = NOW + timedelta(days=74)
    assert await ended(light, "seated") == ("SeatRequired", None)


@pytest.mark.parametrize("error", [ZeroDivisionError(), Unplanned("value"), asyncpg.QueryCanceledError()])
async def test_reading_that_fails_never_undoes_the_write(
    error: Exception, owner: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> Any:
        raise ZeroDivisionError

    async def failing(*_: object, **__: object) -> Any:
        raise error

    monkeypatch.setattr("domain.kit.straight.Straight.rows", failing)
    monkeypatch.setattr("api.graphql.reading.loaders.Loaders._read", broken)
    answer = await owner.ask(MAKE, input={"key": "new"})
    assert answer["data"]["skillMake"]["__typename"] == "SkillMade"
    assert answer["data"]["skillMake"]["skill"] is None
    assert [(told["path"], told["extensions"]["code"]) for told in answer["errors"]] == [
        (["skillMake", "skill"], "INTERNAL")
    ]
    assert await skills(owner) == ["new"]


async def test_what_a_plan_cannot_read_of_an_outcome_the_executor_reads(
    owner: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object, **__: object) -> Any:
        raise Unplanned("value")

    monkeypatch.setattr("domain.kit.straight.Straight.rows", failing)
    assert (await owner.make("new"))["skill"]["key"] == "new"
    assert await skills(owner) == ["new"]


async def test_a_mutation_is_one_transaction_and_reads_after_it(owner: Worker, statements: CountStatements) -> None:
    context = await owner.context()
    with statements() as seen:
        await execute(owner.schema, query=MAKE, variables={"input": {"key": "new"}}, context=context)
    told = [statement for statement in seen if not statement.startswith(("SET", "SAVEPOINT", "RELEASE"))]
    assert [statement.split()[0] for statement in told] == ["SELECT", "INSERT", "SELECT"]


def test_a_client_of_the_tests_is_real(client: Worker) -> None:
    assert client.actor.id in [row.id for row in client.filled.rows[ApiClient.__tablename__]]
