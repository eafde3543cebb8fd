"""The refusals of billing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.kit.errors import DomainError, Language
from domain.seats.models import SeatKind

_KINDS = {
    Language.EN: {SeatKind.FULL: "full", SeatKind.LIGHT: "light"},
    Language.PL: {SeatKind.FULL: "pełnych", SeatKind.LIGHT: "lekkich"},
}


@dataclass
class PriceMissing(DomainError):
    """The price list says nothing for a kind of seat at an instant, so that time cannot be charged yet."""

    kind: SeatKind
    at: datetime

    en = "There is no price for {kind} seats at {at}. Nothing of that time is invoiced until one is set."
    pl = "Brakuje ceny licencji {kind} na chwilę {at}. Do czasu jej ustalenia okres ten nie będzie fakturowany."

    def spoken(self, language: Language) -> dict[str, Any]:
        return {"kind": _KINDS[language][self.kind], "at": f"{self.at:%Y-%m-%d %H:%M} UTC"}


@dataclass
class PriceInThePast(DomainError):
    """A price that has begun is never changed: invoices were made with it. `earliest` is when a new one may begin."""

    earliest: datetime

    en = "A price that has begun stays as it is; a new one begins after {earliest} at the earliest."
    pl = "Obowiązująca już cena pozostaje bez zmian; nowa może obowiązywać najwcześniej po {earliest}."

    def spoken(self, language: Language) -> dict[str, Any]:
        return {"earliest": f"{self.earliest:%Y-%m-%d %H:%M} UTC"}


@dataclass
class PricesInOtherCurrency(DomainError):
    """All prices of a shop are in one currency, so that an invoice has one total."""

    currency: str

    en = "This shop's prices are in {currency}, and so must this one be."
    pl = "Ceny tego sklepu są w walucie {currency} i ta też musi w niej być."
