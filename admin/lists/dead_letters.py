"""Dead letters: jobs that failed as often as they may, with what went wrong."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from starlette.requests import Request

from admin.catalogue import WORDS, say
from admin.lists.places import Order as Ordering
from admin.lists.places import Rows
from admin.lists.reader import Reader, reader_of
from admin.lists.shown import Column, instant, link, text
from admin.lists.view import View
from domain.kit.database import TenantSession
from domain.kit.errors import Language
from domain.kit.outbox import OutboxRow
from domain.tenants.permissions import Permission


@dataclass(frozen=True)
class DeadLetterPage:
    """A job that was set aside."""

    job: OutboxRow
    word: str

    @property
    def id(self) -> UUID:
        return self.job.id


def job_word(language: Language, actor: str) -> str:
    """What a job does, in words; its name for programs where we have none."""
    key = f"job_{actor}"
    return say(language, key) if key in WORDS[language] else actor


def _job(row: Any, _: str, request: Request) -> str:
    reader = reader_of(request)
    named = _Named(row.id, job_word(reader.language, row.actor))
    return link("/dead-letters")(named, "name", request)


@dataclass(frozen=True)
class _Named:
    id: UUID
    name: str


class DeadLetters(View, model=OutboxRow):
    path = "dead-letters"
    needs = Permission.JOBS_MANAGE
    order = Ordering((OutboxRow.dead_at, OutboxRow.id))
    columns = (
        Column("job", _job),
        Column("dead_at", instant, "when"),
        Column("attempts", text, "number"),
        Column("last_error", text, "wide"),
    )

    def rows(self, reader: Reader) -> Rows:
        return select(
            OutboxRow.id,
            OutboxRow.actor,
            OutboxRow.actor.label("job"),
            OutboxRow.dead_at,
            OutboxRow.attempts,
            func.left(OutboxRow.last_error, 200).label("last_error"),
        ).where(OutboxRow.dead_at.is_not(None))

    async def load(self, session: TenantSession, row_id: UUID, reader: Reader) -> DeadLetterPage | None:
        job = await session.scalar(
            select(OutboxRow).where(
                OutboxRow.tenant_id == session.tenant_id, OutboxRow.id == row_id, OutboxRow.dead_at.is_not(None)
            )
        )
        return None if job is None else DeadLetterPage(job, job_word(reader.language, job.actor))
