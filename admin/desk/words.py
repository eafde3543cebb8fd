"""Instants, spans, sums and counts in the words of a reader's language and of the shop's zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from admin import looks
from admin.catalogue import WORDS, say
from domain.kit.errors import DomainError, InvalidInput, Language


@dataclass(frozen=True)
class Speech:
    """How a page speaks to its reader at an instant."""

    language: Language
    zone: str
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def said(self, key: str, **values: object) -> str:
        return say(self.language, key, **values)

    def knows(self, key: str) -> bool:
        return key in WORDS[self.language]

    def counted(self, key: str, n: int) -> str:
        """A sentence about so many: `key` ends in _one, _few or _many in the catalogue."""
        return self.said(f"{key}_{form_of(n, self.language)}", n=n)

    def at(self, moment: datetime) -> str:
        return moment.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M")

    def span(self, since: datetime, until: datetime) -> str:
        """How long it is: to the minute for ten hours, to the hour for two days, and to the day from then on."""
        minutes = max(int((until - since) / timedelta(minutes=1)), 0)
        if minutes < 60:
            return self.said("desk_minutes", minutes=minutes)
        if minutes < 10 * 60:
            return self.said("desk_hours", hours=minutes // 60, minutes=minutes % 60)
        if minutes < 48 * 60:
            return self.said("desk_whole_hours", hours=minutes // 60)
        return self.said("desk_days", days=minutes // (24 * 60))

    def due(self, due_at: datetime) -> str:
        if due_at <= self.now:
            return self.said("desk_overdue", time=self.span(due_at, self.now))
        return self.said("desk_due_in", time=self.span(self.now, due_at))

    def money(self, amount: int, currency: str) -> str:
        return looks.spelled(self.language, amount, currency)

    def refusal(self, error: DomainError) -> str:
        """Why nothing was done; a wrong field is called what its label says."""
        if not isinstance(error, InvalidInput):
            return error.message(self.language)
        problem = error.problem_pl if self.language is Language.PL else error.problem
        label = f"desk_field_{error.field}"
        return self.said("desk_field", field=self.said(label) if self.knows(label) else error.field, problem=problem)


def form_of(n: int, language: Language) -> str:
    """Which form a noun takes beside the number: one, few (Polish 2, 3, 4, 22 ...) or many."""
    if n == 1:
        return "one"
    if language is Language.PL and n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14):
        return "few"
    return "many"
