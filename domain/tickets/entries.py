"""One line of a ticket's history at a time. Outbound ones are written in `outbound`, behind a permit."""

import re
from datetime import datetime

from domain.kit import events
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.tickets.events import TicketEntryAdded
from domain.tickets.models import Entry, EntryKind, Ticket

LONGEST = 100_000
_SURROGATES = re.compile(r"[\ud800-\udfff]")
"""Halves of characters, which PostgreSQL takes in no text."""


def clean_body(body: str, *, field: str = "body") -> str:
    """The text without the control characters that no mail can carry. Raises InvalidInput when empty or too long."""
    text = "".join(character for character in _SURROGATES.sub("", body) if character >= " " or character in "\n\t")
    text = text.strip()
    if not text:
        raise InvalidInput(field, "must not be empty", "nie może być puste")
    if len(text) > LONGEST:
        raise InvalidInput(field, f"must be at most {LONGEST} characters", f"może mieć najwyżej {LONGEST} znaków")
    return text


def add_entry(
    session: TenantSession, ticket: Ticket, *, kind: EntryKind, body: str, author: Actor, by: Actor, now: datetime
) -> Entry:
    """Append a line that stays inside the shop. Raises InvalidInput, ValueError for an outbound one."""
    entry = compose(session, ticket, kind=kind, body=body, author=author, by=by, now=now)
    session.add(entry)
    return entry


def compose(
    session: TenantSession, ticket: Ticket, *, kind: EntryKind, body: str, author: Actor, by: Actor, now: datetime
) -> Entry:
    """As `add_entry`, with its event, but the line is not added: its ticket's row may not be there yet."""
    if kind is EntryKind.OUTBOUND:
        raise ValueError("An outbound entry takes a permit: see domain.tickets.outbound.")
    entry = Entry(
        tenant_id=session.tenant_id,
        id=new_id(),
        ticket_id=ticket.id,
        kind=kind,
        body=clean_body(body),
        at=now,
        author_kind=author.kind,
        author_id=author.id,
    )
    events.record(session, ticket, TicketEntryAdded(entry.id, kind), by=by, at=now)
    return entry
