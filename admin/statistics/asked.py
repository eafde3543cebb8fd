"""What an address of the page asks for: days of the shop's calendar, and whose figures to tell apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.kit import inputs
from domain.kit.errors import InvalidInput
from domain.planning.deeds import StatisticsBy
from domain.seasons.models import Season
from domain.seats.days import beginning_of, end_of


@dataclass(frozen=True)
class Asked:
    """The days from the first to the last, both included."""

    first: date
    last: date
    by: StatisticsBy

    def instants(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """When they begin and end in the zone."""
        return beginning_of(self.first, zone), end_of(self.last, zone)

    def query(self) -> dict[str, str]:
        """What an address says that asks for this."""
        return {"from": self.first.isoformat(), "to": self.last.isoformat(), "by": self.by.value}


@dataclass(frozen=True)
class Preset:
    """Days that people often ask for: a season's, by its name, or others, by a `word` of the catalogue."""

    first: date
    last: date
    word: str | None = None
    name: str | None = None


def usual(today: date) -> Asked:
    """What the page shows when nothing is asked for: this month, by agent."""
    return Asked(*_month_of(today), StatisticsBy.AGENT)


def asked_of(query: Mapping[str, str], *, today: date) -> Asked:
    """What is asked for; what is left out is as usual. Raises InvalidInput."""
    unsaid = usual(today)
    first, last = _day(query, "from", unsaid.first), _day(query, "to", unsaid.last)
    if last < first:
        raise InvalidInput("to", "must not be before the first day", "nie może być przed pierwszym dniem")
    by = query.get("by") or unsaid.by
    if by not in StatisticsBy.__members__:
        raise InvalidInput("by", "must be one of those below", "musi być jedną z poniższych możliwości")
    return Asked(first, last, StatisticsBy(by))


def presets(seasons: Sequence[Season], *, today: date) -> list[Preset]:
    """This month, the last one, and the days of these seasons."""
    first, last = _month_of(today)
    return [
        Preset(first, last, word="stat_this_month"),
        Preset(*_month_of(first - timedelta(days=1)), word="stat_last_month"),
        *(Preset(season.first_day, season.last_day, name=season.name) for season in seasons),
    ]


def _month_of(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def _day(query: Mapping[str, str], name: str, otherwise: date) -> date:
    if not query.get(name):
        return otherwise
    try:
        day = date.fromisoformat(query[name])
    except ValueError:
        example = "must be a date, such as 2026-11-01", "musi być datą, na przykład 2026-11-01"
        raise InvalidInput(name, *example) from None
    return inputs.day(day, field=name)
