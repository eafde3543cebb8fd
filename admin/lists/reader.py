"""Who reads a list: in which tenant, language and zone, and what time it is for the page."""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import async_sessionmaker
from starlette.requests import Request

from admin.visitors import Visitor
from domain.kit.database import Database, TenantSession
from domain.kit.errors import Language
from domain.tenants.permissions import Permission

_TENANT: ContextVar[UUID] = ContextVar("tenant of the panel's reader")
"""sqladmin's session maker takes no request. Set while a list's page is made, and at no other time."""


@dataclass(frozen=True)
class Reader:
    """A visitor on a page of the lists."""

    visitor: Visitor
    language: Language
    now: datetime
    root: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.visitor.tenant.timezone)

    @property
    def today(self) -> date:
        """The day it is in the shop."""
        return self.now.astimezone(self.zone).date()

    def may(self, permission: Permission) -> bool:
        return permission in self.visitor.standing.permissions


def reader_of(request: Request) -> Reader:
    """The page's reader, whom the guard in front of every list has put there."""
    reader = request.state.reader
    if not isinstance(reader, Reader):
        raise TypeError("A page of the lists is reached through their guard alone.")
    return reader


class Sessions(async_sessionmaker[TenantSession]):
    """Sessions inside the tenant of the page that is being made; without such a page, LookupError."""

    def __init__(self, database: Database) -> None:
        super().__init__(database.engine, class_=TenantSession)

    def __call__(self, **options: object) -> TenantSession:
        return super().__call__(info={"tenant_id": _TENANT.get(), "trace_id": ""}, **options)

    @staticmethod
    def inside(reader: Reader) -> "Inside":
        """While the block lasts, sessions are in the reader's tenant."""
        return Inside(reader.visitor.tenant.id)


class Inside:
    """A block of code during which the lists read one tenant."""

    def __init__(self, tenant_id: UUID) -> None:
        self._tenant_id = tenant_id

    def __enter__(self) -> None:
        self._token = _TENANT.set(self._tenant_id)

    def __exit__(self, *_: object) -> None:
        _TENANT.reset(self._token)
