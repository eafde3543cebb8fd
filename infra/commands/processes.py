"""The three long-running processes: API, worker and relay."""

import os
import sys
from pathlib import Path

from infra.commands.configuration import configured

GRACEFUL_SECONDS = 5
CHECKOUT = Path(__file__).resolve().parent.parent.parent
WORKER_TIMEOUT_MS = "50"
"""How long a worker may sleep before it looks at a quiet queue again; dramatiq's own 1000 adds 270 ms to a job."""


def serve_api(*, workers: int, proxy: str) -> None:
    """Serve the API until SIGTERM; requests under way get five seconds."""
    import uvicorn

    told = configured()
    uvicorn.run(
        "infra.asgi:app",
        host=told.host,
        port=told.port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        access_log=False,
        proxy_headers=True,
        forwarded_allow_ips=proxy,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def run_worker(*, processes: int, threads: int) -> None:
    """Become the dramatiq main process; SIGTERM must go to it alone, never to its group."""
    configured()
    os.environ.setdefault("dramatiq_worker_timeout", WORKER_TIMEOUT_MS)
    os.execv(
        sys.executable,
        [
            *(sys.executable, "-P", "-m", "dramatiq", "workers.main", "--path", str(CHECKOUT)),
            *("--processes", str(processes), "--threads", str(threads), "--skip-logging"),
        ],
    )


def run_relay() -> None:
    """Run the relay and the schedule until SIGTERM."""
    configured()
    from workers.relay import main

    main()
