"""The refusals of the tenant and client operations."""

from dataclasses import dataclass
from uuid import UUID

from domain.kit.errors import DomainError


@dataclass
class SlugTaken(DomainError):
    """Another shop has the short name."""

    slug: str

    en = "The short name “{slug}” is taken. Choose another."
    pl = "Krótka nazwa „{slug}” jest zajęta. Wybierz inną."


@dataclass
class ScopesNotForClients(DomainError):
    """Scopes that no API client can be given; `scopes` is a list separated by spaces."""

    scopes: str

    en = "An API client cannot be given: {scopes}."
    pl = "Klient API nie może otrzymać uprawnień: {scopes}."


@dataclass
class ScopesNotGranted(DomainError):
    """Scopes that this API client was not given; `scopes` is a list separated by spaces."""

    scopes: str

    en = "This API client was not given: {scopes}."
    pl = "Ten klient API nie otrzymał uprawnień: {scopes}."


@dataclass
class ClientNotFound(DomainError):
    client_id: UUID

    en = "There is no such API client."
    pl = "Nie ma takiego klienta API."


@dataclass
class DeadLetterNotFound(DomainError):
    """The job was never set aside, or is not any more."""

    job_id: UUID

    en = "This job is not set aside any more: it is waiting, running or done."
    pl = "To zadanie nie jest już odłożone: czeka, trwa albo zostało wykonane."
