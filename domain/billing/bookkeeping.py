"""One pass over a shop's books. It follows from the licences alone: a pass that was lost is made good by the next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.billing import invoicing, metering, prepaying, queries
from domain.billing.errors import PriceMissing
from domain.kit.database import TenantSession
from domain.seats.models import SeatKind

SETTLING = timedelta(minutes=10)
"""How long after an instant its licences are certain: whoever asked for a change before then has been answered, or the
database has ended their transaction."""


@dataclass(frozen=True)
class Kept:
    """What a pass wrote: intervals of use, prepaid entries and invoices; and what has no price, so that it waits.

    Of each kind of seat the first instant that has none is told.
    """

    uses: int
    entries: int
    invoice_ids: tuple[UUID, ...]
    missing: tuple[PriceMissing, ...]


async def keep_books(session: TenantSession, *, now: datetime) -> Kept:
    """Record use, settle what is paid ahead, and issue the invoices of months that are over; once more does nothing.

    What is younger than SETTLING waits for a later pass.
    """
    up_to = now - SETTLING
    await queries.take_turn(session)
    zone = await queries.zone_of_shop(session)
    prices = await queries.price_list(session)
    last = await invoicing.last_invoice(session)
    if last is not None:  # whose pass may have begun later: no row is older than an invoice that it is not on
        now = max(now, last.issued_at)
    since = await metering.not_recorded_since(session)
    uses = await metering.record_use(session, zone=zone, since=since, up_to=up_to, now=now)
    settled = await prepaying.settle_prepaid(session, zone=zone, prices=prices, since=since, now=now)
    unpriced = min((missing.at for missing in settled.missing), default=None)
    issued = await invoicing.issue_invoices(
        session, last=last, zone=zone, prices=prices, unpriced=unpriced, up_to=up_to, now=now
    )
    missing = (*settled.missing, *((issued.missing,) if issued.missing is not None else ()))
    return Kept(uses, len(settled.entries), issued.invoice_ids, _first_of_each_kind(missing))


def _first_of_each_kind(missing: Iterable[PriceMissing]) -> tuple[PriceMissing, ...]:
    first: dict[SeatKind, PriceMissing] = {}
    for each in sorted(missing, key=lambda each: each.at):
        first.setdefault(each.kind, each)
    return tuple(first.values())
