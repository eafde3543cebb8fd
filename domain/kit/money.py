"""Amounts are whole minor units everywhere; here is how many decimals they have when somebody reads them."""

from collections.abc import Mapping

_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX"), 0),
    **dict.fromkeys(("UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Currencies whose minor unit is not a hundredth (ISO 4217)."""


def digits_of(currency: str) -> int:
    """The decimals of an amount in the currency, given by its ISO code: 2 of PLN, 0 of JPY, 3 of KWD."""
    return _DIGITS.get(currency, 2)


def written(minor: int, currency: str, *, point: str = ".") -> str:
    """The amount as a plain number of the currency's units: 1290050 PLN is 12900.50, -5 PLN is -0.05."""
    digits = digits_of(currency)
    whole, part = divmod(abs(minor), 10**digits)
    number = f"{whole}{point}{part:0{digits}}" if digits else str(whole)
    return f"-{number}" if minor < 0 else number
