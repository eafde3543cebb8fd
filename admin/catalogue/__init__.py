"""What the panel says, in English and Polish: one module of words for each part of it."""

from admin.catalogue import (
    actions,
    billing,
    calls,
    desk,
    entrance,
    events,
    intake,
    lists,
    live,
    passes,
    queues,
    seasons,
    statistics,
    tongues,
)
from domain.kit.errors import Language

PARTS = (
    entrance,
    lists,
    events,
    actions,
    queues,
    billing,
    calls,
    desk,
    intake,
    live,
    passes,
    seasons,
    statistics,
    tongues,
)


def _merged() -> dict[str, tuple[str, str]]:
    merged: dict[str, tuple[str, str]] = {}
    for part in PARTS:
        if twice := merged.keys() & part.WORDS.keys():
            raise ValueError(f"The panel's catalogue has twice: {', '.join(sorted(twice))}.")
        merged |= part.WORDS
    return merged


_WORDS = _merged()

WORDS: dict[Language, dict[str, str]] = {
    Language.EN: {key: english for key, (english, _) in _WORDS.items()},
    Language.PL: {key: polish for key, (_, polish) in _WORDS.items()},
}


def say(language: Language, key: str, **values: object) -> str:
    """A sentence or word of the panel. Raises KeyError for a key that the catalogue lacks."""
    return WORDS[language][key].format(**values)
