"""Founding a tenant."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import available_timezones

from sqlalchemy.dialects.postgresql import insert

from domain.kit import events, outbox, texts
from domain.kit.addresses import email_address
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput, Language
from domain.kit.events import SYSTEM
from domain.kit.outbox import Job
from domain.tenants.errors import SlugTaken
from domain.tenants.events import TenantFounded
from domain.tenants.models import Tenant

_SLUG = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")


async def found_tenant(
    session: TenantSession,
    *,
    slug: str,
    name: str,
    timezone: str,
    currency: str,
    language: Language,
    mail_from: str,
    schedule: Iterable[tuple[type[Job], timedelta]],
    now: datetime,
) -> Tenant:
    """Found the tenant whose id the session carries, with its scheduled jobs.

    `currency` is an ISO 4217 code, `timezone` a name of the time-zone database, `mail_from` the sender of its mail to
    customers. Raises SlugTaken, InvalidInput.
    """
    row = insert(Tenant).values(
        id=session.tenant_id,
        version=0,
        slug=_slug(slug),
        name=texts.label(name, field="name"),
        timezone=_timezone(timezone),
        currency=texts.currency(currency, field="currency"),
        language=language,
        mail_from=email_address(mail_from, field="mailFrom"),
        created_at=now,
    )
    # The policy hides other shops, so the unique key alone can say that a slug is taken.
    tenant: Tenant | None = await session.scalar(row.on_conflict_do_nothing(index_elements=["slug"]).returning(Tenant))
    if tenant is None:
        raise SlugTaken(slug)
    founded = TenantFounded(tenant.slug, tenant.name, tenant.timezone, tenant.currency, tenant.language)
    events.record(session, tenant, founded, by=SYSTEM, at=now)
    for job, every in schedule:
        await outbox.plan(session, actor=job, every=every, now=now)
    await session.flush()
    return tenant


def _slug(slug: str) -> str:
    if len(slug) > 63 or _SLUG.fullmatch(slug) is None:
        raise InvalidInput(
            "slug",
            "must be lower-case letters and digits joined by single dashes, at most 63 characters",
            "musi składać się z małych liter i cyfr łączonych pojedynczym myślnikiem, najwyżej 63 znaki",
        )
    return slug


def _timezone(timezone: str) -> str:
    if timezone not in available_timezones():
        raise InvalidInput(
            "timezone",
            "is not a name of the time-zone database, such as Europe/Warsaw",
            "to nie jest nazwa z bazy stref czasowych, na przykład Europe/Warsaw",
        )
    return timezone
