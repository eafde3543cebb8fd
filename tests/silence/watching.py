"""Everybody that this process talks to, told by the interpreter itself, whatever library it is that does."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_watchers: list["Watch"] = []

STARTING = {"os.exec", "os.posix_spawn", "os.system", "subprocess.Popen"}
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Watch:
    """What was connected to, asked for by name, and started, other than the ports that may be."""

    def __init__(self, *, allowed: set[int]) -> None:
        self._allowed = {(host, port) for host in LOOPBACK for port in allowed}
        self.strange: list[str] = []

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called for every audited event of the interpreter."""
        if event == "socket.connect":
            address = arguments[1]
            if isinstance(address, tuple) and address[:2] not in self._allowed:
                self.strange.append(f"a connection to {address}")
        elif event == "socket.sendto":
            self.strange.append(f"a datagram to {arguments[1]}")
        elif event == "socket.getaddrinfo" and arguments[0] not in (None, *LOOPBACK):
            self.strange.append(f"a look-up of {arguments[0]}")
        elif event in STARTING:
            self.strange.append(f"a program: {arguments[0]}")


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    for watch in _watchers:
        watch.note(event, arguments)


sys.addaudithook(_hook)


@contextmanager
def watched(*, allowed: set[int]) -> Iterator[Watch]:
    """Watch this process; `allowed` are the ports of this machine that are no way out."""
    watch = Watch(allowed=allowed)
    _watchers.append(watch)
    try:
        yield watch
    finally:
        _watchers.remove(watch)
