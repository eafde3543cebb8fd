"""The refusals of the operations on calls."""

from dataclasses import dataclass

from domain.kit.errors import DomainError


@dataclass
class CallNotFound(DomainError):
    """No call of that id came through `callRoute`; `external_id` is the exchange's."""

    external_id: str

    en = "There is no call “{external_id}”. Calls are made known by callRoute."
    pl = "Nie ma rozmowy „{external_id}”. Rozmowy zgłasza się przez callRoute."


@dataclass
class CallIsOver(DomainError):
    """It ended, so its caller waits for nothing any more."""

    external_id: str

    en = "The call “{external_id}” is over."
    pl = "Rozmowa „{external_id}” jest już zakończona."


@dataclass
class CallIsAnswered(DomainError):
    """An agent has it, so its caller is not in the line any more."""

    external_id: str

    en = "The call “{external_id}” is with an agent already."
    pl = "Rozmowę „{external_id}” prowadzi już agent."


@dataclass
class IvrMenuNotFound(DomainError):
    menu: str

    en = "There is no menu “{menu}”."
    pl = "Nie ma menu „{menu}”."
