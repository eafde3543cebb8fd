"""The Python programs of a stack: API, worker, relay, mail sink and single `sezon` commands."""

import sys
import urllib.request
from collections.abc import Mapping

from infra.embedded.data_folder import DataFolder
from infra.embedded.ports import is_free
from infra.embedded.program import Program

EDGES = ("api", "worker", "relay")
PYTHON = (sys.executable, "-P", "-m")
"""Without the working folder on the module path: nothing in a data folder is to be imported."""

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""A proxy named in the environment cannot reach our loopback."""


def edge(name: str, *, folder: DataFolder, settings: Mapping[str, str], url: str) -> Program:
    """API, worker or relay; the API is ready when it says so at /readyz, the others once they run."""
    return Program(
        name=name,
        command=[*PYTHON, "infra.cli", name],
        folder=folder.path,
        log=folder.logs / f"{name}.log",
        environment=settings,
        ready=(lambda _pid: _answers(f"{url}/readyz")) if name == "api" else (lambda _pid: True),
    )


def command(*arguments: str, folder: DataFolder, settings: Mapping[str, str]) -> Program:
    """One `sezon` command that ends by itself."""
    return Program(
        name=arguments[0],
        command=[*PYTHON, "infra.cli", *arguments],
        folder=folder.path,
        log=folder.logs / f"{arguments[0]}.log",
        environment=settings,
    )


def mail_sink(*, folder: DataFolder, port: int) -> Program:
    """Where all mail of a stack ends up."""
    return Program(
        name="mail",
        command=[*PYTHON, "infra.embedded.mail_sink", "--port", str(port), "--folder", str(folder.mail)],
        folder=folder.path,
        log=folder.logs / "mail.log",
        ready=lambda _pid: not is_free(port),
    )


def _answers(url: str) -> bool:
    try:
        with DIRECT.open(url, timeout=5.0) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
