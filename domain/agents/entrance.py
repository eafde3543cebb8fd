"""How people come in, for the API and the panel alike: by password, or by an invitation.

Unlike everything else in the domain these open their own transactions. A password takes tens of milliseconds to hash,
and others wait in line; a transaction around it would keep a database connection and a locked row for all that time.
"""

from datetime import datetime

from domain.agents import joining, sessions
from domain.agents.errors import InvitationInvalid, WrongCredentials
from domain.agents.models import Member
from domain.agents.passwords import Passwords, acceptable
from domain.agents.sessions import SignedIn
from domain.kit import secrets
from domain.kit.database import Database
from domain.kit.ids import new_id
from domain.tenants.queries import tenant_id_of


async def enter(
    database: Database, *, shop: str, email: str, password: str, passwords: Passwords, now: datetime, trace_id: str = ""
) -> SignedIn | WrongCredentials:
    """Sign in by the shop's slug, an address and a password.

    An unknown shop takes the same steps as a wrong password, inside a tenant that does not exist. Raises SignInBusy.
    """
    tenant_id = await tenant_id_of(database, slug=shop.strip().lower()) or new_id()
    async with database.reading(tenant_id) as session:
        claimed = await sessions.claim(session, email=email)
    proven = await sessions.prove(claimed, password=password, passwords=passwords)
    async with database.writing(tenant_id, trace_id=trace_id) as session:
        return await sessions.sign_in(session, claimed=proven, now=now)


async def join(
    database: Database,
    *,
    token: str,
    password: str,
    name: str | None,
    passwords: Passwords,
    now: datetime,
    trace_id: str = "",
) -> Member:
    """Accept an invitation by its link's token. Raises InvitationInvalid, InvalidInput, SignInBusy."""
    credential = secrets.parse(token)
    if credential is None:
        raise InvitationInvalid
    async with database.reading(credential.tenant_id) as session:
        invited = await joining.open_invitation(session, credential=credential, now=now)
    password_hash = await passwords.hash(acceptable(password, email=invited.email))
    async with database.writing(credential.tenant_id, trace_id=trace_id) as session:
        return await joining.accept_invitation(
            session, credential=credential, password_hash=password_hash, name=name, now=now
        )
