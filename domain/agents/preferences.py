"""What a member chooses for themselves."""

from datetime import datetime
from uuid import UUID

from domain.agents import queries
from domain.agents.errors import MemberNotFound
from domain.agents.events import MemberLanguageSet
from domain.agents.models import Member
from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.events import Actor


async def set_language(
    session: TenantSession, *, member_id: UUID, language: Language, by: Actor, now: datetime
) -> Member:
    """Have Sezon speak to a member in that language; the same again changes nothing. Raises MemberNotFound."""
    member = await queries.lock_member(session, member_id=member_id)
    if member is None:
        raise MemberNotFound(member_id)
    before = member.language
    if before is language:
        return member
    member.language = language
    events.record(session, member, MemberLanguageSet(language, before), by=by, at=now)
    await session.flush()
    return member
