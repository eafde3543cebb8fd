"""The router's decisions in words, for the panel, the desk and the API."""

from collections.abc import Mapping

from domain.kit.errors import Language
from domain.tickets.routing import Exclusion, RoutingReason

Words = Mapping[Language, str]


def _words(en: str, pl: str) -> Words:
    return {Language.EN: en, Language.PL: pl}


REASONS: Mapping[RoutingReason, Words] = {
    RoutingReason.ONLY_CANDIDATE: _words("Nobody else could have it.", "Nikt inny nie mógł go dostać."),
    RoutingReason.PREVIOUS_AGENT: _words("The customer knows this agent.", "Klient zna tę osobę."),
    RoutingReason.LEAST_WORK: _words(
        "Nobody else was given as little work for the time at work.",
        "Nikt inny nie dostał tak mało pracy w stosunku do czasu pracy.",
    ),
    RoutingReason.LONGEST_IDLE: _words(
        "Of those with as little work, nobody else had waited as long.",
        "Spośród osób z równie małą ilością pracy nikt nie czekał tak długo.",
    ),
    RoutingReason.TAKEN: _words("The agent asked for the next one.", "Agent poprosił o następne."),
    RoutingReason.NOBODY_ELIGIBLE: _words("Nobody could have it.", "Nikt nie mógł go dostać."),
}
"""What decided."""

EXCLUSIONS: Mapping[Exclusion, Words] = {
    Exclusion.OTHER_TEAM: _words("in another team", "w innym zespole"),
    Exclusion.GAVE_IT_BACK: _words("who gave it back", "kto je oddał"),
    Exclusion.NOT_ONLINE: _words("not at work", "poza pracą"),
    Exclusion.OFF_SHIFT: _words("off shift", "poza zmianą"),
    Exclusion.NO_SEAT: _words("without a seat", "bez licencji"),
    Exclusion.LIGHT_SEAT: _words("on a light seat", "z lekką licencją"),
    Exclusion.LACKS_SKILL: _words("without the skill", "bez umiejętności"),
    Exclusion.LACKS_LANGUAGE: _words("without the language", "bez znajomości języka"),
    Exclusion.NOT_SENIOR: _words("not senior", "bez doświadczenia"),
    Exclusion.ON_A_CALL: _words("on a call", "w trakcie rozmowy"),
    Exclusion.FULL_HANDS: _words("with full hands", "z pełnymi rękami"),
    Exclusion.COLLEAGUES_COMING: _words(
        "with a fair part while colleagues come", "ze swoją częścią, bo inni zaraz będą"
    ),
    Exclusion.KEPT_FOR_OWN_WORK: _words("kept for their own team's work", "dla pracy własnego zespołu"),
}
"""Why somebody could not have it."""


LENT = _words("A further line helped out.", "Pomogła kolejna linia.")
"""Said of a ticket that went to another team's agent, while that team helped its own one out."""


def sentence(reason: RoutingReason, *, lent: bool, language: Language) -> str:
    """What decided; `lent` that the agent is of a line that helped out."""
    return f"{REASONS[reason][language]} {LENT[language]}" if lent else REASONS[reason][language]


def standing(exclusion: Exclusion | None, work: float, language: Language) -> str:
    """Where somebody stood: why the ticket could not be theirs, or how much work they had."""
    if exclusion is not None:
        return EXCLUSIONS[exclusion][language]
    minutes = f"{work:.1f}" if language is Language.EN else f"{work:.1f}".replace(".", ",")
    return f"{minutes} min of work an hour" if language is Language.EN else f"{minutes} min pracy na godzinę"
