"""`sezon tenant`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import typer

from domain.agents import founding, invitations
from domain.billing.pricing import set_usual_prices
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.tenants.operations import found_tenant
from domain.tickets.founding import furnish
from infra.commands.administration import SCHEDULE, administer


@dataclass(frozen=True)
class FoundedTenant:
    """A new shop, and the link by which its owner joins."""

    tenant_id: UUID
    slug: str
    owner_link: str


async def found(
    database: Database,
    *,
    slug: str,
    name: str,
    timezone: str,
    currency: str,
    language: Language,
    mail_from: str,
    owner_email: str,
    owner_name: str,
    public_url: str,
    key: str,
    now: datetime,
) -> FoundedTenant:
    """Found a shop with the usual teams, skills and topics, and invite its owner. Raises SlugTaken, InvalidInput."""
    tenant_id = new_id()
    async with database.writing(tenant_id) as session:
        await found_tenant(
            session,
            slug=slug,
            name=name,
            timezone=timezone,
            currency=currency,
            language=language,
            mail_from=mail_from,
            schedule=SCHEDULE,
            now=now,
        )
        await set_usual_prices(session, currency=currency, now=now)
        await furnish(session, language=language, now=now)
        _, invitation = await founding.invite_first_owner(
            session, email=owner_email, name=owner_name, language=language, key=key, now=now
        )
    credential = invitations.link_credential(tenant_id=tenant_id, invitation_id=invitation.id, key=key)
    return FoundedTenant(tenant_id, slug, invitations.link(credential, public_url=public_url))


def create_tenant(
    *, slug: str, name: str, timezone: str, currency: str, language: str, owner_email: str, owner_name: str
) -> None:
    """Create a shop, invite its owner by mail, and print the invitation's link as well."""
    founded = administer(
        lambda database, told, now: found(
            database,
            slug=slug,
            name=name,
            timezone=timezone,
            currency=currency,
            language=Language(language.upper()),
            mail_from=told.mail_from,
            owner_email=owner_email,
            owner_name=owner_name,
            public_url=told.public_url,
            key=told.secret_key.get_secret_value(),
            now=now,
        )
    )
    typer.echo(f"Shop {founded.slug} is there; its id is {founded.tenant_id}.")
    typer.echo(f"Its owner joins here, within 7 days: {founded.owner_link}")
