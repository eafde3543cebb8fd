"""Founding a tenant."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.kit.database import Database
from domain.kit.errors import InvalidInput, Language
from domain.kit.ids import new_id
from domain.kit.outbox import Job, ScheduleRow
from domain.tenants import operations
from domain.tenants.errors import SlugTaken
from domain.tenants.models import Tenant
from domain.tenants.queries import tenant_id_of, tenant_of
from tests.conftest import NOW
from tests.state import events_of, everything


@dataclass(frozen=True)
class Sweep(Job):
    actor: ClassVar[str] = "sweep"


async def found(database: Database, tenant_id: UUID, **changes: Any) -> Tenant:
    values = {
        "slug": f"s-{tenant_id.hex}",
        "name": "Bombka",
        "timezone": "Europe/Warsaw",
        "currency": "PLN",
        "language": Language.PL,
        "mail_from": "Pomoc@Bombka.example",
        "schedule": [(Sweep, timedelta(minutes=5))],
    }
    async with database.writing(tenant_id) as session:
        return await operations.found_tenant(session, **{**values, **changes}, now=NOW)


async def test_a_founded_tenant_is_there_with_its_event_and_its_schedule(database: Database) -> None:
    tenant_id = new_id()
    await found(database, tenant_id)
    async with database.reading(tenant_id) as session:
        tenant = await tenant_of(session)
        schedule = (await session.scalars(select(ScheduleRow))).one()
    assert (tenant.id, tenant.version, tenant.slug) == (tenant_id, 1, f"s-{tenant_id.hex}")
    assert (tenant.name, tenant.timezone, tenant.currency) == ("Bombka", "Europe/Warsaw", "PLN")
    assert (tenant.language, tenant.mail_from, tenant.created_at) == (Language.PL, "pomoc@bombka.example", NOW)
    assert (schedule.actor, schedule.every_seconds, schedule.due_at) == ("sweep", 300, NOW)
    assert await events_of(database, tenant_id, aggregate="tenant") == [
        (
            "TenantFounded",
            1,
            {
                "slug": f"s-{tenant_id.hex}",
                "shop_name": "Bombka",
                "timezone": "Europe/Warsaw",
                "currency": "PLN",
                "language": "PL",
            },
        )
    ]
    assert await tenant_id_of(database, slug=f"s-{tenant_id.hex}") == tenant_id


async def test_a_slug_belongs_to_one_shop(database: Database) -> None:
    first, second = new_id(), new_id()
    await found(database, first)
    with pytest.raises(SlugTaken) as refused:
        await found(database, second, slug=f"s-{first.hex}")
    assert refused.value.data() == {"slug": f"s-{first.hex}"}
    assert not any((await everything(database, second)).values())
    assert await tenant_id_of(database, slug=f"s-{first.hex}") == first


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("slug", {"slug": "Bombka"}),
        ("slug", {"slug": "a--b"}),
        ("slug", {"slug": "-a"}),
        ("slug", {"slug": ""}),
        ("slug", {"slug": "a" * 64}),
        ("slug", {"slug": "bombka\n"}),
        ("name", {"name": "  "}),
        ("timezone", {"timezone": "Europe/Krakow"}),
        ("timezone", {"timezone": "../../etc/passwd"}),
        ("timezone", {"timezone": "Europe"}),
        ("currency", {"currency": "zł"}),
        ("currency", {"currency": "pln"}),
        ("mailFrom", {"mail_from": "pomoc"}),
        ("mailFrom", {"mail_from": "Pomoc <pomoc@bombka.example>"}),
        ("mailFrom", {"mail_from": "a@b.example\r\nBcc: c@d.example"}),
    ],
)
async def test_a_wrong_value_is_refused_by_name_and_founds_nothing(
    database: Database, field: str, changes: dict[str, str]
) -> None:
    tenant_id = new_id()
    with pytest.raises(InvalidInput) as refused:
        await found(database, tenant_id, **changes)
    assert refused.value.field == field
    assert not any((await everything(database, tenant_id)).values())


async def test_an_unknown_slug_finds_nobody(database: Database) -> None:
    assert await tenant_id_of(database, slug="no-such-shop") is None
    assert await tenant_id_of(database, slug="no\x00such") is None
