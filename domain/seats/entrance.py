"""How people come in, for the API and the panel alike: by password, on a day pass if that is how they sit, or by an
invitation.

Unlike everything else in the domain these open their own transactions. A password takes tens of milliseconds to hash,
and others wait in line; a transaction around it would keep a database connection and a locked row for all that time.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.agents import joining, sessions
from domain.agents.errors import InvitationInvalid, WrongCredentials
from domain.agents.models import Member
from domain.agents.passwords import Passwords, acceptable
from domain.agents.sessions import Claim, SignedIn
from domain.kit import secrets
from domain.kit.database import Database, TenantSession
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats import passes
from domain.seats.models import PassHolder
from domain.seats.passes import PassUse
from domain.tenants.queries import tenant_id_of


@dataclass(frozen=True)
class Entered(SignedIn):
    """A session, and what came of it for somebody who comes in on day passes; None where no pass was asked for."""

    day_pass: PassUse | None


async def enter(
    database: Database, *, shop: str, email: str, password: str, passwords: Passwords, now: datetime, trace_id: str = ""
) -> Entered | WrongCredentials:
    """Sign in by the shop's slug, an address and a password; a holder of day passes without a seat spends one.

    An unknown shop takes the same steps as a wrong password, inside a tenant that does not exist. Raises SignInBusy.
    """
    tenant_id = await tenant_id_of(database, slug=shop.strip().lower()) or new_id()
    async with database.reading(tenant_id) as session:
        claimed = await sessions.claim(session, email=email, now=now)
    proven = await sessions.prove(claimed, password=password, passwords=passwords)
    async with database.writing(tenant_id, trace_id=trace_id) as session:
        holder = await _holder(session, proven, now=now)
        outcome = await sessions.sign_in(session, claimed=proven, now=now)
        if isinstance(outcome, WrongCredentials):
            return outcome
        day_pass = None
        if holder is not None:
            by = Actor(ActorKind.MEMBER, outcome.member.id)
            day_pass = await passes.spend(session, holder=holder, by=by, now=now)
        return Entered(outcome.member, outcome.credential, outcome.expires_at, day_pass)


async def _holder(session: TenantSession, claimed: Claim, *, now: datetime) -> PassHolder | None:
    # Seats come before people in the order of locks. A wrong password looks for nobody: failing takes one time.
    if claimed.member_id is None or not claimed.proven:
        return None
    return await passes.lock_seatless_holder(session, member_id=claimed.member_id, now=now)


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
