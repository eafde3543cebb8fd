"""The README's tour, run as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.stack import Stack

README = Path(__file__).parents[2] / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README.read_text(encoding="utf-8"), re.S | re.M)


def tour(language: str, *, of: str) -> str:
    return "\n".join(block for block in blocks(language) if of in block)


@pytest.mark.timeout(120)
def test_the_tour_of_the_readme_goes_as_it_says(tmp_path: Path, elsewhere: dict[str, Any]) -> None:
    with Stack(tmp_path / "data", port=0, demo=True, environment="test", fast=True, **elsewhere) as stack:
        environment = {**os.environ, "DEMO": str(stack.folder.demo_file)}
        shell = tour("bash", of="ask ").replace(".venv/bin/python", sys.executable)
        shop = [run(["bash", "-euo", "pipefail", "-c", shell], environment) for _ in range(2)]
        people = run([sys.executable, "-c", tour("python", of="DEMO")], environment)
    said = [line for block in blocks("json") for line in block.splitlines()]
    assert shop[0].splitlines() == said
    assert shop[1] == shop[0]
    assert people.splitlines() == blocks("text")[0].splitlines()


def run(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
