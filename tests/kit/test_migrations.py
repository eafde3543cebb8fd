"""The schema goes up, down to nothing and up again, and is what the models say."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from domain.agents.channels import Channel
from domain.billing.jobs import KeepBooks
from domain.billing.models import PriceUnit
from domain.billing.pricing import USUAL
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.tickets.needs import Needed, fingerprint
from infra.commands.administration import SCHEDULE
from migrations import run
from tests.servers import Servers, database_of_its_own

OBJECTS = """
    SELECT relname::text AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'S')
    UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
"""


@pytest.fixture
def scratch_url(servers: Servers) -> Iterator[str]:
    """An empty database beside the suite's own."""
    with database_of_its_own(servers) as scratch:
        yield scratch.owner_url


async def test_the_schema_goes_up_and_down_and_up_and_is_what_the_models_say(scratch_url: str) -> None:
    await asyncio.to_thread(run.upgrade, scratch_url)
    await asyncio.to_thread(run.downgrade, scratch_url, revision="base")
    connection = await asyncpg.connect(scratch_url)
    try:
        assert [row["name"] for row in await connection.fetch(OBJECTS)] == ["alembic_version"]
    finally:
        await connection.close()
    await asyncio.to_thread(run.upgrade, scratch_url)
    await asyncio.to_thread(run.check, scratch_url)


async def test_shops_that_were_there_get_the_usual_prices_of_their_day_and_have_their_books_kept(
    scratch_url: str,
) -> None:
    await asyncio.to_thread(run.upgrade, scratch_url, revision="0009")
    connection = await asyncpg.connect(scratch_url)
    try:
        for slug, currency, zone in (("pl", "PLN", "Europe/Warsaw"), ("de", "EUR", "Europe/Berlin")):
            tenant_id = new_id()
            await connection.execute("SELECT set_config('app.tenant_id', $1, false)", str(tenant_id))
            await connection.execute(
                "INSERT INTO tenant (id, version, slug, name, timezone, currency, language, mail_from, created_at)"
                " VALUES ($1, 0, $2, $2, $3, $4, 'PL', 'a@b.example', '2026-05-04 23:30+00')",
                *(tenant_id, slug, zone, currency),
            )
    finally:
        await connection.close()
    await asyncio.to_thread(run.upgrade, scratch_url, revision="0010")
    connection = await asyncpg.connect(scratch_url)
    try:
        await connection.execute("ALTER TABLE price NO FORCE ROW LEVEL SECURITY")
        await connection.execute("ALTER TABLE schedule NO FORCE ROW LEVEL SECURITY")
        await connection.execute("ALTER TABLE tenant NO FORCE ROW LEVEL SECURITY")
        prices = await connection.fetch(
            "SELECT slug, kind, series, unit, amount, price.currency, valid_from, revision"
            " FROM price JOIN tenant ON tenant.id = tenant_id ORDER BY amount DESC"
        )
        scheduled = await connection.fetch(
            "SELECT slug, every_seconds FROM schedule JOIN tenant ON tenant.id = tenant_id"
            " WHERE actor = 'keep_books' ORDER BY slug"
        )
    finally:
        await connection.close()
    begin = datetime(2026, 5, 4, 22, tzinfo=UTC)  # the 5th had begun in Warsaw
    assert [tuple(row) for row in prices] == [
        ("pl", "FULL", "TIME", "MONTH", 14900, "PLN", begin, 1),
        ("pl", "LIGHT", "TIME", "MONTH", 2900, "PLN", begin, 1),
        ("pl", "FULL", "PASS", "PASS", 1490, "PLN", begin, 1),
        ("pl", "LIGHT", "PASS", "PASS", 290, "PLN", begin, 1),
    ]
    assert [tuple(row) for row in scheduled] == [("de", 3600), ("pl", 3600)]
    assert {(SeatKind(row["kind"]), PriceUnit(row["unit"])): row["amount"] for row in prices} == USUAL["PLN"]
    assert (KeepBooks, timedelta(hours=1)) in SCHEDULE


async def test_tickets_ask_for_the_skill_that_they_asked_for_and_again_for_one_when_that_is_undone(
    scratch_url: str,
) -> None:
    await asyncio.to_thread(run.upgrade, scratch_url, revision="0012")
    shops = [await _asking_shop(scratch_url, tickets=count) for count in (7, 0, 4)]
    await asyncio.to_thread(run.upgrade, scratch_url, revision="0013")
    for shop in shops:
        assert await _asked(scratch_url, shop) == shop.asked_with_levels
        assert await _rows(scratch_url, shop, "SELECT level FROM agent_skill") == [(3,)]
        needs = await _rows(scratch_url, shop, "SELECT id, channel, needs_contact, fingerprint FROM need")
        skills = dict(await _rows(scratch_url, shop, "SELECT need_id, skill_id FROM need_skill"))
        for need_id, channel, contact, told in needs:
            asked = {skills[need_id]: 1} if need_id in skills else {}
            assert told == fingerprint(Needed(Channel(channel), contact, asked))
        assert len(needs) == len(set(shop.tickets.values()))
        assert sorted(await _rows(scratch_url, shop, "SELECT topic_id, skill_id, level FROM topic_skill")) == [
            (shop.topics[0], shop.skill_id, 1)
        ]
    await asyncio.to_thread(run.downgrade, scratch_url, revision="0012")
    for shop in shops:
        told = await _rows(scratch_url, shop, "SELECT id, channel, needs_contact, skill_id FROM ticket")
        assert {row[0]: tuple(row[1:]) for row in told} == shop.tickets
        topics = await _rows(scratch_url, shop, "SELECT id, skill_id FROM topic")
        assert dict(topics) == {shop.topics[0]: shop.skill_id, shop.topics[1]: None}


@dataclass(frozen=True)
class AskingShop:
    """A shop as it was: topics and tickets ask for a skill or for none."""

    tenant_id: UUID
    skill_id: UUID
    topics: tuple[UUID, UUID]
    tickets: dict[UUID, tuple[str, bool, UUID | None]]

    @property
    def asked_with_levels(self) -> dict[UUID, tuple[str, bool, dict[UUID, int]]]:
        return {
            id: (channel, contact, {} if skill is None else {skill: 1})
            for id, (channel, contact, skill) in self.tickets.items()
        }


async def _asking_shop(url: str, *, tickets: int) -> AskingShop:
    """Tickets of two channels, with contact and without, of which two of three ask for the skill."""
    tenant, skill, team, customer, member, agent = (new_id() for _ in range(6))
    topics = (new_id(), new_id())
    asked: dict[UUID, tuple[str, bool, UUID | None]] = {
        new_id(): (("EMAIL", "CHAT")[number % 2], number % 4 < 2, skill if number % 3 else None)
        for number in range(tickets)
    }
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT set_config('app.tenant_id', $1, false)", str(tenant))
        for statement, *values in (
            ("tenant (id, slug, name, timezone, currency, language, mail_from, version, created_at)"
             " VALUES ($1::uuid, $1::uuid::text, 'S', 'UTC', 'PLN', 'PL', 'a@b.example', 0, now())", tenant),
            *((f"{table} (tenant_id, id, version, key, name, created_at)"
               " VALUES ($1, $2, 0, 'k', 'N', now())", tenant, id)
              for table, id in (("skill", skill), ("team", team))),
            ("member (tenant_id, id, version, email, name, role, language, state, failed_sign_ins, created_at)"
             " VALUES ($1, $2, 0, 'a@b.example', 'A', 'AGENT', 'PL', 'INVITED', 0, now())", tenant, member),
            ("agent (tenant_id, id, version, member_id, name, presence, presence_since, idle_since, created_at)"
             " VALUES ($1, $2, 0, $3, 'A', 'OFFLINE', now(), now(), now())", tenant, agent, member),
            ("agent_skill (tenant_id, agent_id, skill_id) VALUES ($1, $2, $3)", tenant, agent, skill),
            ("customer (tenant_id, id, version, external_id, name, language, created_at)"
             " VALUES ($1, $2, 0, 'c', 'C', 'PL', now())", tenant, customer),
            *(("topic (tenant_id, id, version, key, name, team_id, skill_id, needs_contact, created_at)"
               " VALUES ($1, $2, 0, $3, 'T', $4, $5, true, now())", tenant, topic, topic.hex, team, of)
              for topic, of in zip(topics, (skill, None), strict=True)),
            *(("ticket (tenant_id, id, version, number, channel, topic_id, subject, customer_id, team_id, skill_id,"
               " needs_contact, state, priority, due_at, arrived_at, state_since, reopened_count)"
               " VALUES ($1, $2, 0, $3, $4, $5, 'S', $6, $7, $8, $9, 'QUEUED', 0, now(), now(), now(), 0)",
               tenant, id, number, channel, topics[0], customer, team, of, contact)
              for number, (id, (channel, contact, of)) in enumerate(asked.items(), 1)),
        ):  # fmt: skip
            await connection.execute(f"INSERT INTO {statement}", *values)
    finally:
        await connection.close()
    return AskingShop(tenant, skill, topics, asked)


async def _asked(url: str, shop: AskingShop) -> dict[UUID, tuple[str, bool, dict[UUID, int]]]:
    rows = await _rows(
        url,
        shop,
        "SELECT t.id, n.channel, n.needs_contact,"
        " (SELECT json_object_agg(s.skill_id, s.level) FROM need_skill s WHERE s.need_id = n.id)"
        " FROM ticket t JOIN need n ON n.id = t.need_id AND n.channel = t.channel",
    )
    return {
        id: (channel, contact, {UUID(skill): level for skill, level in json.loads(skills or "{}").items()})
        for id, channel, contact, skills in rows
    }


async def _rows(url: str, shop: AskingShop, query: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT set_config('app.tenant_id', $1, false)", str(shop.tenant_id))
        return [tuple(row) for row in await connection.fetch(query)]
    finally:
        await connection.close()
