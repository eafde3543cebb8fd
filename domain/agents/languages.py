"""The languages that agents speak with customers, by their two letters (ISO 639-1)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select

from domain.agents.events import AgentLanguagesSet
from domain.agents.models import AgentLanguage
from domain.agents.operations import locked_agent
from domain.kit import events, inputs
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor

MOST_LANGUAGES = 20
"""How many an agent speaks."""

_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo"
    " es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv"
    " ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd"
    " ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr"
    " ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)

CODES = frozenset(_CODES.split())
"""All of ISO 639-1."""


def language_code(code: str, *, field: str) -> str:
    """The code in lower case. Raises InvalidInput for what is none of ISO 639-1."""
    known = code.strip().lower()
    if known not in CODES:
        raise InvalidInput(
            field,
            "must be the two letters of a language (ISO 639-1)",
            "musi być kodem języka z dwóch liter (ISO 639-1)",
        )
    return known


async def set_languages(
    session: TenantSession, *, agent_id: UUID, languages: Collection[str], by: Actor, now: datetime
) -> bool:
    """Make these the languages that the agent speaks; with none it is the shop's own.

    Returns whether there are new ones, in which work may be waiting. Raises AgentNotFound, InvalidInput.
    """
    inputs.at_most(MOST_LANGUAGES, languages, field="languages")
    wanted = sorted({language_code(code, field="languages") for code in languages})
    agent = await locked_agent(session, agent_id=agent_id)
    mine = (AgentLanguage.tenant_id == session.tenant_id, AgentLanguage.agent_id == agent_id)
    before = sorted(await session.scalars(select(AgentLanguage.language).where(*mine)))
    if wanted == before:
        return False
    await session.execute(delete(AgentLanguage).where(*mine))
    rows = [{"tenant_id": session.tenant_id, "agent_id": agent_id, "language": code} for code in wanted]
    if rows:
        await session.execute(insert(AgentLanguage), rows)
    events.record(session, agent, AgentLanguagesSet(tuple(wanted), tuple(before)), by=by, at=now)
    await session.flush()
    return not wanted or bool(set(wanted) - set(before))
