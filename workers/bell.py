"""What wakes a duty of the relay before its time: a tenant that has work, or a doubt about all of them."""

import asyncio
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Call:
    """Whom to look after: the tenants that rang, and everybody else as well when `everybody`."""

    tenants: frozenset[UUID] = frozenset()
    everybody: bool = True


class Bell:
    """Remembers who rang until it is asked; at first, everybody did. Belongs to one event loop."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._tenants: set[UUID] = set()
        self._everybody = True

    def ring(self, tenant_id: UUID | None = None) -> None:
        """Say that a tenant has work; without one, that any may have."""
        if tenant_id is None:
            self._everybody = True
        else:
            self._tenants.add(tenant_id)
        self._rung.set()

    def notify(self, payload: str) -> None:
        """Ring for the tenant that a NOTIFY names; for everybody when it names none."""
        try:
            self.ring(UUID(payload))
        except ValueError:
            self.ring()

    def take(self) -> Call:
        """Who rang since the last time."""
        call = Call(frozenset(self._tenants), self._everybody)
        self._tenants.clear()
        self._everybody = False
        self._rung.clear()
        return call

    async def wait(self, seconds: float) -> None:
        """Return when it rings, or after the seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return
