"""A whole Sezon on one machine: servers, migrations, API, worker and relay, from one data folder."""

import asyncio
import json
import shlex
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from infra.embedded import logs, parts
from infra.embedded.addresses import Addresses, DatabaseElsewhere
from infra.embedded.data_folder import DataFolder, Secrets, write_private
from infra.embedded.errors import CannotRun
from infra.embedded.ports import free_ports, require_free
from infra.embedded.postgres import Postgres
from infra.embedded.roles import RolePasswords, create_roles
from infra.embedded.supervisor import Supervisor
from infra.embedded.valkey import Valkey


class Stack:
    """Everything `sezon up` runs. A context manager, plain or async: inside it the API answers.

        with Stack(tmp_path / "data", port=0, demo=False) as stack:
            httpx2.get(f"{stack.addresses.url}/readyz")
            stack.kill("worker")  # as a crash would; it is started again

    Two stacks need two data folders and two API ports (0: any). `edges` names the processes to run of API, worker
    and relay. `fast` gives up surviving a crash of the machine and is for tests. With `database` or `broker_url` it
    uses a server that runs elsewhere and starts none of its own in that place.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int = 8000,
        demo: bool = True,
        environment: str = "development",
        clock_file: Path | None = None,
        fast: bool = False,
        edges: Sequence[str] = parts.EDGES,
        database: DatabaseElsewhere | None = None,
        broker_url: str | None = None,
        say: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self.folder = DataFolder(data_dir)
        self._wanted_port = port
        self._demo = demo
        self._environment = environment
        self._clock_file = clock_file
        self._fast = fast
        self._edges = edges
        self._database = database
        self._broker_url = broker_url
        self._console = say
        self._supervisor: Supervisor | None = None
        self._addresses: Addresses | None = None

    @property
    def addresses(self) -> Addresses:
        """Where everything is; known once the stack has started."""
        if self._addresses is None:
            raise RuntimeError("The stack has not been started.")
        return self._addresses

    @property
    def demo(self) -> dict[str, Any]:
        """What `demo.json` holds: addresses and sign-ins of the demo tenant; empty without one."""
        try:
            written: dict[str, Any] = json.loads(self.folder.demo_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return written

    @property
    def mail_folder(self) -> Path:
        """Where every mail that Sezon sends ends up, one `.eml` each."""
        return self.folder.mail

    def pids(self) -> dict[str, int]:
        """The main process of each part that runs now, by name."""
        return self._running().pids()

    def kill(self, name: str) -> None:
        """End one part with SIGKILL, as a crash would; it is started again."""
        self._running().kill(name)

    def stop(self, name: str) -> None:
        """Stop one part gracefully; it stays down until `restart`."""
        self._running().stop([name])

    def restart(self, name: str) -> None:
        """Stop one part if it runs, start it again and return when it is ready."""
        self._running().restart(name)

    def sezon(self, *arguments: str, within: float = 120.0) -> None:
        """Run one `sezon` command to its end with this stack's settings; its output goes to the log folder.

        Raises CannotRun with the command's last words when it fails.
        """
        settings = {**self.settings(), **self.addresses.for_administration()}
        program = parts.command(*arguments, folder=self.folder, settings=settings)
        if self._running().run(program, within=within) != 0:
            raise CannotRun(f"`sezon {arguments[0]}` failed: {logs.last_line(program.log)}")

    def settings(self) -> dict[str, str]:
        """The `SEZON_*` settings of API and worker."""
        return self.addresses.settings(environment=self._environment, clock_file=self._clock_file)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.__enter__)

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.close)

    def start(self) -> None:
        """Start everything and return when the API answers.

        Raises CannotRun with a sentence for a person, having stopped what was started.
        """
        self.folder.hold()
        try:
            self._supervisor = Supervisor(self.folder.run_file, say=self._say)
            self._start(self._supervisor)
        except OSError as error:  # a full disk, a folder whose owner cannot be changed
            self.close()
            raise CannotRun(f"Sezon cannot start in {self.folder.path}: {error}.") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop everything: relay, worker and API first, PostgreSQL last. Does nothing when all is stopped."""
        supervisor, self._supervisor = self._supervisor, None
        if supervisor is not None:
            supervisor.stop(self._edges)
            supervisor.close()
        self.folder.release()

    def _start(self, supervisor: Supervisor) -> None:
        secrets = self.folder.secrets()
        supervisor.end_leftovers()
        port = self._api_port()
        ports = self.folder.ports()
        self._addresses = Addresses(
            port=port, ports=ports, secrets=secrets, database=self._database, broker=self._broker_url
        )
        self._write_environment()
        self._start_servers(supervisor, secrets)
        self.sezon("migrate")
        if self._demo and not self.folder.demo_file.exists():
            self.sezon("demo", "--file", str(self.folder.demo_file))
        self._refresh_demo()
        for name in self._edges:
            told = {**self.settings(), **(self.addresses.for_relay() if name == "relay" else {})}
            supervisor.launch(parts.edge(name, folder=self.folder, settings=told, url=self.addresses.url))
        for name in ("mail", *self._edges):
            supervisor.wait_ready(name, within=60.0)

    def _api_port(self) -> int:
        if self._wanted_port == 0:
            return free_ports(None)[0]
        require_free(self._wanted_port)
        return self._wanted_port

    def _start_servers(self, supervisor: Supervisor, secrets: Secrets) -> None:
        ports, log = self.addresses.ports, self.folder.logs
        postgres = Postgres(self.folder.postgres, port=ports.postgres, password=secrets.superuser, fast=self._fast)
        valkey = Valkey(self.folder.valkey, port=ports.valkey, password=secrets.valkey, fast=self._fast)

        def start_postgres() -> None:
            postgres.end_leftovers()
            postgres.initialise()
            supervisor.start(postgres.program(log / "postgres.log"))
            create_roles(postgres, RolePasswords(app=secrets.app, owner=secrets.owner, platform=secrets.platform))

        def start_valkey() -> None:
            valkey.initialise()
            supervisor.start(valkey.program(log / "valkey.log"))

        own = [*([] if self._database else [start_postgres]), *([] if self._broker_url else [start_valkey])]
        with ThreadPoolExecutor() as threads:
            starts = [threads.submit(start_server) for start_server in own]
            supervisor.launch(parts.mail_sink(folder=self.folder, port=ports.mail))
        for start in starts:
            start.result()

    def _refresh_demo(self) -> None:
        """Ports may have changed since `demo.json` was written; its credentials have not."""
        if self.demo:
            here = self.addresses
            now = {
                "graphql_url": here.graphql_url,
                "token_url": here.token_url,
                "admin_url": here.admin_url,
                "database_url": here.database_url,
            }
            write_private(self.folder.demo_file, json.dumps({**self.demo, **now}, indent=2) + "\n")

    def _write_environment(self) -> None:
        told = {**self.settings(), **self.addresses.for_administration()}
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in told.items()]
        head = "# The settings of this stack, for `sezon` commands in a shell: source this file.\n"
        write_private(self.folder.environment_file, head + "".join(lines))

    def _say(self, line: str) -> None:
        with suppress(OSError):  # a full disk or a closed terminal must not stop the keeper
            with (self.folder.logs / "up.log").open("a", encoding="utf-8") as log:
                log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}\n")
            self._console(line)

    def _running(self) -> Supervisor:
        if self._supervisor is None:
            raise RuntimeError("The stack is not running.")
        return self._supervisor
