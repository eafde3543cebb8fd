"""The folder that holds everything one stack keeps: its servers' data, secrets, ports, logs and mail."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from infra.embedded.errors import CannotRun
from infra.embedded.ports import free_ports


@dataclass(frozen=True)
class Secrets:
    """What the processes of one stack prove to each other; made once, kept in `secrets.json`."""

    superuser: str
    owner: str
    app: str
    platform: str
    valkey: str
    secret_key: str

    @classmethod
    def make(cls) -> "Secrets":
        return cls(**{field.name: secrets.token_urlsafe(36) for field in fields(cls)})


@dataclass(frozen=True)
class Ports:
    """Where the servers listen on 127.0.0.1; remembered, so that an address usually survives a restart."""

    postgres: int
    valkey: int
    mail: int


class DataFolder:
    """One data folder, private to its user; at most one stack holds it at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.postgres = self.path / "postgres"
        self.valkey = self.path / "valkey"
        self.mail = self.path / "mail"
        self.logs = self.path / "log"
        self.run_file = self.path / "run.json"
        self.demo_file = self.path / "demo.json"
        self.environment_file = self.path / "environment.sh"
        self._lock: int | None = None

    def hold(self) -> None:
        """Make the folder and take it for this process until `release`, or until the process ends in any way.

        Raises CannotRun when it cannot be written or another process holds it.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.logs, self.mail):
                folder.mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotRun(
                f"Cannot write to {self.path} ({error.strerror}); choose another folder with --data-dir."
            ) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._lock, 20, 0).decode("ascii", "replace").strip()
            self.release()
            raise CannotRun(
                f"Sezon already runs in {self.path} (process {holder}); stop it or choose another --data-dir."
            ) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process have the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def secrets(self) -> Secrets:
        """The stack's secrets, made on first use.

        Raises CannotRun when they are gone although there is a database that knows them.
        """
        path = self.path / "secrets.json"
        try:
            return Secrets(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            if self.postgres.exists():
                raise CannotRun(f"{path} is missing but its database is there; put it back or remove both.") from None
        except (ValueError, TypeError):
            raise CannotRun(f"{path} is damaged; put a good copy back or remove the whole folder.") from None
        made = Secrets.make()
        write_private(path, json.dumps(asdict(made), indent=1) + "\n")
        return made

    def ports(self) -> Ports:
        """The stack's ports: those of the last run, where nothing else listens there now."""
        path = self.path / "ports.json"
        try:
            last: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            last = {}
        ports = Ports(*free_ports(*(last.get(name) for name in ("postgres", "valkey", "mail"))))
        write_private(path, json.dumps(asdict(ports)) + "\n")
        return ports


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone can read; it is replaced as a whole or not at all, also by a power cut."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
