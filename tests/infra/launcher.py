"""A process that supervises the programs it is told of, for tests that kill it: launcher.py FOLDER SCRIPT...

Each SCRIPT is run by `sh -c`. Prints `up` once all run and stays until SIGTERM.
"""

import signal
import sys
from pathlib import Path

from infra.embedded.program import Program
from infra.embedded.supervisor import Supervisor


def main() -> None:
    folder, *scripts = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    with Supervisor(Path(folder) / "run.json") as supervisor:
        supervisor.end_leftovers()
        for number, script in enumerate(scripts):
            supervisor.start(
                Program(
                    name=f"program{number}",
                    command=["/bin/sh", "-c", script],
                    folder=Path(folder),
                    log=Path(folder) / f"{number}.log",
                    grace=5.0,
                )
            )
        print("up", flush=True)
        signal.sigwait([signal.SIGTERM])


if __name__ == "__main__":
    main()
