"""Which of our languages a person reads, when all we have is what the browser says."""

from domain.kit.errors import Language


def preferred(accept_language: str | None, *, default: Language = Language.EN) -> Language:
    """The language that an `Accept-Language` header likes best among ours: `pl-PL,pl;q=0.9,en;q=0.8` is Polish."""
    wanted = [_weighed(part) for part in (accept_language or "")[:500].split(",")]
    ours = [(weight, language) for language, weight in wanted if language is not None and weight > 0]
    return max(ours, key=lambda pair: pair[0])[1] if ours else default


def _weighed(part: str) -> tuple[Language | None, float]:
    tag, _, quality = part.strip().partition(";")
    primary = tag.strip().split("-")[0].upper()
    try:
        weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
    except ValueError:
        weight = 0.0
    return (Language(primary) if primary in Language.__members__ else None), weight
