"""`infra/bench/faults`: a stack of its own, broken again and again under load, and what is left of it."""

import argparse
import asyncio
import secrets
import tempfile
from contextlib import ExitStack
from pathlib import Path

from infra.bench.endurance import report, trial
from infra.embedded.stack import Stack


def main() -> int:
    parser = argparse.ArgumentParser(prog="infra/bench/faults", description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=600.0, help="how long things break (600)")
    parser.add_argument("per_minute", type=float, nargs="?", default=20.0, help="faults a minute (20)")
    parser.add_argument("seed", type=int, nargs="?", help="of what breaks when, and of the load (random)")
    parser.add_argument("--data-dir", type=Path, help="keep data and logs in this folder, for a look afterwards")
    asked = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if asked.seed is None else asked.seed
    with ExitStack() as cleaning:
        folder = asked.data_dir or Path(cleaning.enter_context(tempfile.TemporaryDirectory(prefix="sezon-faults-")))
        with Stack(folder, port=0, demo=True, environment="test") as stack:
            done = asyncio.run(trial.run(stack, seconds=asked.seconds, per_minute=asked.per_minute, seed=seed))
    print(*report.lines(done, seed=seed), sep="\n")
    return 1 if done.proof.problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
