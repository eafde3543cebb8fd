"""A stack without API, worker and relay, for a test that kills it: stack_launcher.py FOLDER SQL.

Runs SQL in its database, prints `done` and stays.
"""

import asyncio
import signal
import sys
from pathlib import Path

import asyncpg

from infra.embedded.stack import Stack


async def execute(address: str, sql: str) -> None:
    connection = await asyncpg.connect(address)
    await connection.execute(sql)
    await connection.close()


if __name__ == "__main__":
    with Stack(Path(sys.argv[1]), port=0, demo=False, edges=()) as stack:
        asyncio.run(execute(stack.addresses.superuser_url, sys.argv[2]))
        print("done", flush=True)
        signal.pause()
