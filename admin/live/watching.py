"""Who watches which shop: one look at each shop at a time, however many watch it, and none when nobody does."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as DatabaseBusy

from domain.kit.errors import DomainError, Language
from domain.kit.secrets import Credential
from domain.seats.rights import Standing
from domain.tenants.permissions import Permission
from domain.tickets.live import Live

log = structlog.get_logger(__name__)

NEEDS = Permission.STATISTICS_READ

EVERY = 2.0
"""Seconds between two looks at a shop."""

MOST_EACH = 4
"""Streams of one member in this process. A browser has six connections to an origin, and other pages need theirs."""

MOST = 500
"""Streams in this process."""

Parts = Mapping[str, str]
"""What a page shows, by the names of its places."""


class Ending(Enum):
    """Why a stream is over."""

    SIGNED_OUT = "SIGNED_OUT"
    NOT_PERMITTED = "NOT_PERMITTED"
    STOPPING = "STOPPING"


@dataclass
class TooManyStreams(DomainError):
    """The member has as many streams as one may have."""

    limit: int

    en = "You have {limit} live pages open, and there can be no more. Close one of them."
    pl = "Masz otwarte strony na żywo w liczbie {limit} i więcej być nie może. Zamknij jedną z nich."


@dataclass
class StreamsBusy(DomainError):
    """The process has as many streams as it may have."""

    limit: int

    en = "{limit} live pages are open here, and there can be no more. Try again in a while."
    pl = "Otwartych jest tu {limit} stron na żywo i więcej być nie może. Spróbuj za chwilę."


@dataclass(frozen=True)
class Sight:
    """A shop, and what those who watch it may do at the same instant; who is worth nothing any more is left out."""

    live: Live
    standings: Mapping[Credential, Standing]


Look = Callable[[UUID, Collection[Credential]], Awaitable[Sight]]
Draw = Callable[[Live, Language, str], Parts]
"""What a page in a language, under a root, shows of it."""


@dataclass(eq=False)
class Watcher:
    """A page that is open; `woken` says that it has something to be told."""

    credential: Credential
    member_id: UUID
    language: Language
    root: str
    ending: Ending | None = None
    parts: Parts | None = None
    fresh: bool = False
    """Whether its shop was looked at since the page was last told so."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    _told: dict[str, int] = field(default_factory=dict)

    def news(self) -> dict[str, str]:
        """The parts that are not as this page was told last; from now on it has been told of them."""
        self.woken.clear()
        fresh = {name: text for name, text in (self.parts or {}).items() if self._told.get(name) != hash(text)}
        self._told |= {name: hash(text) for name, text in fresh.items()}
        return fresh

    def show(self, parts: Parts) -> None:
        """These are the parts now. Those before, if nobody has fetched them, are forgotten."""
        if parts is not self.parts:
            self.parts = parts
            self.woken.set()

    def end(self, why: Ending) -> None:
        self.ending = self.ending or why
        self.woken.set()


class Watching:
    """All who watch in this process."""

    def __init__(
        self, look: Look, draw: Draw, *, every: float = EVERY, most_each: int = MOST_EACH, most: int = MOST
    ) -> None:
        self._look = look
        self._draw = draw
        self._every = every
        self._most_each = most_each
        self._most = most
        self._shops: dict[UUID, _Shop] = {}
        self._stopping = asyncio.Event()

    @contextmanager
    def joined(self, watcher: Watcher) -> Iterator[None]:
        """Let the watcher be told of its shop while the block lasts. Raises TooManyStreams, StreamsBusy."""
        own = (each for each in self._all() if each.member_id == watcher.member_id)
        if sum(1 for _ in own) >= self._most_each:
            raise TooManyStreams(self._most_each)
        if sum(1 for _ in self._all()) >= self._most:
            raise StreamsBusy(self._most)
        if self._stopping.is_set():
            watcher.end(Ending.STOPPING)
        shop = self._shop_of(watcher.credential.tenant_id)
        shop.watchers.add(watcher)
        if shop.live is not None:
            watcher.show(shop.parts_for(watcher))
        try:
            yield
        finally:
            shop.watchers.discard(watcher)

    @property
    def shops(self) -> set[UUID]:
        """Those that are looked at."""
        return set(self._shops)

    def stop(self) -> None:
        """End all streams: the process is about to end."""
        self._stopping.set()
        for watcher in self._all():
            watcher.end(Ending.STOPPING)

    async def rest(self) -> None:
        """Come back when no shop is looked at any more."""
        await asyncio.gather(*(shop.looking for shop in self._shops.values() if shop.looking is not None))

    def _all(self) -> Iterator[Watcher]:
        return (watcher for shop in self._shops.values() for watcher in shop.watchers)

    def _shop_of(self, tenant_id: UUID) -> "_Shop":
        shop = self._shops.get(tenant_id)
        if shop is None:
            shop = self._shops[tenant_id] = _Shop(tenant_id, self._draw)
            shop.looking = asyncio.create_task(self._go_on_looking(shop))
        return shop

    async def _go_on_looking(self, shop: "_Shop") -> None:
        while shop.watchers and not self._stopping.is_set():
            await self._look_at(shop)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._every)
        del self._shops[shop.tenant_id]

    async def _look_at(self, shop: "_Shop") -> None:
        """What fails is tried again: until then nobody is told anything, for nobody's rights are known."""
        watchers = list(shop.watchers)
        try:
            sight = await self._look(shop.tenant_id, {watcher.credential for watcher in watchers})
            shop.tell(watchers, sight)
        except (DatabaseBusy, DBAPIError, ConnectionError) as error:
            log.warning("live_look_failed", error=repr(error))
        except Exception:
            log.exception("live_look_failed")


class _Shop:
    """A shop that is watched: by whom, and what it looked like last."""

    def __init__(self, tenant_id: UUID, draw: Draw) -> None:
        self.tenant_id = tenant_id
        self.watchers: set[Watcher] = set()
        self.live: Live | None = None
        self.looking: asyncio.Task[None] | None = None
        self._draw = draw
        self._drawn: dict[tuple[Language, str], tuple[Live, Parts]] = {}

    def tell(self, watchers: Collection[Watcher], sight: Sight) -> None:
        """Show it to those who may see it still, and end the others."""
        self.live = sight.live
        for watcher in watchers:
            standing = sight.standings.get(watcher.credential)
            if standing is None:
                watcher.end(Ending.SIGNED_OUT)
            elif NEEDS not in standing.permissions:
                watcher.end(Ending.NOT_PERMITTED)
            else:
                watcher.language, watcher.fresh = standing.language, True
                watcher.show(self.parts_for(watcher))

    def parts_for(self, watcher: Watcher) -> Parts:
        """Drawn once for all who read the same language, and again only when something is different."""
        if self.live is None:
            raise ValueError("Nobody has looked at the shop yet.")
        key = watcher.language, watcher.root
        before = self._drawn.get(key)
        if before is None or before[0] != self.live:
            parts = self._draw(self.live, *key)
            same = before is not None and before[1] == parts
            self._drawn[key] = before = self.live, before[1] if same and before is not None else parts
        return before[1]
