"""What a person gets from `sezon` when something is in the way."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.billing.models import Price, PriceUnit
from domain.kit.database import Database
from domain.seats.models import SeatKind
from tests.conftest import Shop
from tests.servers import Servers


def sezon(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-P", "-m", "infra.cli", *arguments],
        env={"PATH": os.defpath, "HOME": "/", "TERM": "dumb", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_taken_port_is_one_sentence_and_code_2_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = sezon("up", "--port", str(port), "--data-dir", str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"sezon: Port {port} is already in use; stop what listens there or choose another.\n"
    assert not (tmp_path / "data" / "postgres").exists()


def test_an_unwritable_folder_is_one_sentence_and_code_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = sezon("up", "--port", "0", "--data-dir", str(tmp_path / "file" / "data"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("sezon: Cannot write to ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["api", "worker", "relay", "migrate"])
def test_missing_settings_are_all_named_in_one_sentence(command: str) -> None:
    done = sezon(command)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "sezon: The settings are incomplete: SEZON_DATABASE_URL is not set, SEZON_BROKER_URL is not set, "
        "SEZON_SECRET_KEY is not set.\n"
    )


def test_a_wrong_setting_is_named_without_its_value() -> None:
    done = sezon(
        "migrate",
        SEZON_DATABASE_URL="mysql://app:tell-nobody@h/d",
        SEZON_BROKER_URL="redis://h",
        SEZON_SECRET_KEY="short",
    )
    assert done.returncode == 2
    assert "SEZON_DATABASE_URL is wrong" in done.stderr
    assert "SEZON_SECRET_KEY is wrong" in done.stderr
    assert "tell-nobody" not in done.stderr


def test_migrations_against_a_server_that_is_not_there_are_one_sentence() -> None:
    address = "postgresql://owner:p@127.0.0.1:9/sezon"
    done = sezon(
        "migrate",
        SEZON_DATABASE_URL=address,
        SEZON_OWNER_URL=address,
        SEZON_BROKER_URL="redis://127.0.0.1:9",
        SEZON_SECRET_KEY="k" * 32,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("sezon: The database refused the migrations: ")
    assert len(done.stderr.splitlines()) == 1


def test_doctor_without_settings_names_the_file_that_holds_them(tmp_path: Path) -> None:
    file = tmp_path / "environment.sh"
    for there, said in (
        (False, f"Set the SEZON_* variables, or start `sezon up`, which writes them to {file}."),
        (True, f"For what `sezon up` runs here: source {file}"),
    ):
        if there:
            file.write_text("export SEZON_SECRET_KEY=x")
        done = sezon("doctor", "--data-dir", str(tmp_path), COLUMNS="600")
        assert (done.returncode, said in done.stdout) == (1, True)


def test_doctor_names_everything_that_is_wrong_and_fails(tmp_path: Path) -> None:
    address = "postgresql://app:p@127.0.0.1:9/sezon"
    done = sezon(
        *("doctor", "--data-dir", str(tmp_path / "data")),
        SEZON_DATABASE_URL=address,
        SEZON_OWNER_URL=address,
        SEZON_PLATFORM_URL=address,
        SEZON_BROKER_URL="redis://127.0.0.1:9",
        SEZON_SECRET_KEY="k" * 32,
        SEZON_SMTP_PORT="9",
        COLUMNS="200",
    )
    assert done.returncode == 1
    assert done.stdout.count("wrong") == 5
    assert done.stderr == ""


async def test_a_price_is_set_by_a_process_that_does_nothing_else(
    servers: Servers, shop: Shop, database: Database
) -> None:
    done = sezon(
        *("price", "set", "--shop", shop.slug, "--kind", "light", "--unit", "month", "--amount", "3900"),
        *("--from", "2199-01-01"),
        SEZON_DATABASE_URL=servers.app_url,
        SEZON_BROKER_URL=servers.broker_url,
        SEZON_SECRET_KEY="k" * 32,
    )
    assert (done.returncode, done.stderr) == (0, "")
    async with database.reading(shop.tenant_id) as session:
        [found] = (await session.scalars(select(Price).where(Price.tenant_id == shop.tenant_id))).all()
    assert (found.kind, found.unit, found.amount) == (SeatKind.LIGHT, PriceUnit.MONTH, 3900)
