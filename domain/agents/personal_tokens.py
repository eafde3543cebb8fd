"""Members' own tokens for programs that act as them: with that person's seat, and no more."""

from datetime import datetime, timedelta
from uuid import UUID

from domain.agents import queries
from domain.agents.errors import MemberNotFound, PersonalTokenNotFound
from domain.agents.events import PersonalTokenCreated, PersonalTokenRevoked
from domain.agents.models import PersonalToken
from domain.kit import events, secrets
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from domain.kit.texts import label

DEFAULT_DAYS = 90
MOST_DAYS = 365


async def create_personal_token(
    session: TenantSession, *, member_id: UUID, name: str, days: int = DEFAULT_DAYS, now: datetime
) -> tuple[PersonalToken, Credential]:
    """Create a token of a member for 1 to 365 days; it is in the answer and can never be shown again.

    Raises MemberNotFound, InvalidInput.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidInput("days", f"must be 1 to {MOST_DAYS}", f"musi być od 1 do {MOST_DAYS}")
    named = label(name, field="name", most=100)
    member = await queries.lock_member(session, member_id=member_id)
    if member is None:
        raise MemberNotFound(member_id)
    credential = secrets.issue(Prefix.PERSONAL_TOKEN, tenant_id=session.tenant_id, id=new_id())
    token = PersonalToken(
        tenant_id=session.tenant_id,
        id=credential.id,
        member_id=member_id,
        name=named,
        secret_hash=credential.secret_hash(),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    session.add(token)
    created = PersonalTokenCreated(token.id, token.name, token.expires_at)
    events.record(session, member, created, by=Actor(ActorKind.MEMBER, member_id), at=now)
    await session.flush()
    return token, credential


async def revoke_personal_token(session: TenantSession, *, member_id: UUID, token_id: UUID, now: datetime) -> None:
    """End one of a member's own tokens; ending it twice changes nothing. Raises PersonalTokenNotFound."""
    member = await queries.lock_member(session, member_id=member_id)
    token = await session.get(PersonalToken, (session.tenant_id, token_id))
    if member is None or token is None or token.member_id != member_id:
        raise PersonalTokenNotFound(token_id)
    if token.revoked_at is not None:
        return
    token.revoked_at = now
    events.record(session, member, PersonalTokenRevoked(token_id), by=Actor(ActorKind.MEMBER, member_id), at=now)
    await session.flush()
