"""What a season costs, said before anybody confirms it."""

from datetime import date, datetime

import strawberry

from api.context import RequestContext
from api.graphql import ids
from api.graphql.errors import permit, refusal
from api.graphql.scalars import Amount
from domain.billing.models import PriceUnit
from domain.billing.previews import PlannedLine
from domain.billing.seasons import SeasonPreview as Previewed
from domain.billing.seasons import preview_season
from domain.kit.errors import DomainError
from domain.seasons.course import SeasonState
from domain.seasons.errors import SeasonNotFound
from domain.seats.models import SeatKind
from domain.seats.periods import start_of
from domain.tenants.permissions import Permission


@strawberry.type(description="So many licences of a kind for a time in one month, each a line of its invoice.")
class SeasonPreviewLine:
    kind: SeatKind = strawberry.field(description="The kind of seat.")
    count: int = strawberry.field(description="How many such licences.")
    from_: datetime = strawberry.field(name="from", description="From when they run in that month.")
    to: datetime = strawberry.field(description="Until when, that instant excluded.")
    unit: PriceUnit = strawberry.field(description="What the price is for.")
    unit_amount: Amount = strawberry.field(description="The price, in minor units.")
    amount_each: Amount = strawberry.field(description="What one licence costs, rounded half to even.")
    amount: Amount = strawberry.field(description="What they cost together.")

    @classmethod
    def of(cls, line: PlannedLine) -> "SeasonPreviewLine":
        portion = line.portion
        end = portion.period.upper
        if end is None:
            raise ValueError("What is priced has an end.")
        return cls(
            kind=line.kind,
            count=line.count,
            from_=start_of(portion.period),
            to=end,
            unit=portion.rate.unit,
            unit_amount=Amount(portion.rate.amount),
            amount_each=Amount(portion.amount),
            amount=Amount(line.amount),
        )


@strawberry.type(description="What one month's invoice will say of the season.")
class SeasonPreviewMonth:
    month: date = strawberry.field(description="The month, by its first day.")
    total: Amount = strawberry.field(description="What the season costs on its invoice.")
    lines: list[SeasonPreviewLine] = strawberry.field(description="How that comes about.")


@strawberry.type(description="How many of those named so far will wait for a seat.")
class SeasonPreviewHeld:
    kind: SeatKind = strawberry.field(description="The kind of seat.")
    people: int = strawberry.field(description="How many are one too many.")


@strawberry.type(
    description="What a season costs: exactly what its invoices will say, or say, when nothing changes any more."
)
class SeasonPreview:
    state: SeasonState = strawberry.field(description="What the season is; a draft is priced as if it stood from now.")
    currency: str | None = strawberry.field(description="The currency (ISO 4217); null for a shop without prices.")
    total: Amount = strawberry.field(description="What it costs in all, in minor units.")
    seat_days: int = strawberry.field(description="Licences times the calendar days that each touches.")
    held: list[SeasonPreviewHeld] = strawberry.field(description="Who will wait for a seat, by kind.")
    months: list[SeasonPreviewMonth] = strawberry.field(description="By the month on whose invoice it will be.")

    @classmethod
    def of(cls, previewed: Previewed) -> "SeasonPreview":
        cost = previewed.cost
        return cls(
            state=previewed.state,
            currency=cost.currency,
            total=Amount(cost.total),
            seat_days=previewed.seat_days,
            held=[SeasonPreviewHeld(kind=kind, people=people) for kind, people in previewed.held.items() if people],
            months=[
                SeasonPreviewMonth(
                    month=month.first_day,
                    total=Amount(total),
                    lines=[SeasonPreviewLine.of(line) for line in cost.lines if line.month == month],
                )
                for month, total in cost.totals.items()
            ],
        )


async def season_preview(context: RequestContext, *, typed_id: str) -> SeasonPreview | None:
    """What the season costs; None where there is no such season.

    Raises the refusals NOT_PERMITTED, PRICE_MISSING and, for a draft whose days are past, SEASON_OVER.
    """
    permit(context, Permission.BILLING_READ)
    try:
        async with context.reading() as session:
            season_id = ids.parse_as("season", typed_id)
            return SeasonPreview.of(await preview_season(session, season_id=season_id, now=context.now))
    except SeasonNotFound:
        return None
    except DomainError as refused:
        raise refusal(refused, context.language) from None
