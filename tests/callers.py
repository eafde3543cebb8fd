"""Whose a credential is, for tests of what makes and ends credentials."""

from datetime import datetime
from uuid import UUID

from domain.kit.database import TenantSession
from domain.kit.secrets import Credential
from domain.seats.callers import called


async def who(session: TenantSession, *, credential: Credential, now: datetime) -> UUID | None:
    """The member or client who can act with the credential at the instant; None when nobody can."""
    caller = await called(session, credential=credential, now=now)
    return None if caller is None else caller.actor.id
