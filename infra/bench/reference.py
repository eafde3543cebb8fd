"""The whole application with the reference executor alone: `uvicorn infra.bench.reference:app`.

It is `infra.application.build` but for that switch.
"""

from fastapi import FastAPI

from admin.app import create_panel
from api.app import create_app
from domain.agents.passwords import Passwords
from domain.kit import garbage, logging
from domain.kit.clock import clock_from
from domain.kit.database import Database, engine_for
from domain.kit.settings import Settings, settings
from migrations.run import head


def build(told: Settings) -> FastAPI:
    """The web side of one process, which plans no query."""
    # With 64 callers it takes longer for a page than the API lets anybody wait for a connection.
    engine = engine_for(told.database_url, pool_size=told.pool_size, pool_wait=60.0, name="sezon-reference")
    database = Database(engine)
    clock, passwords = clock_from(told.clock_file), Passwords()
    app = create_app(told, database, clock, revision=head(), passwords=passwords, planned=False)
    app.mount("/admin", create_panel(told, database, clock, passwords=passwords))
    return app


logging.configure()
app = build(settings())

garbage.settle()
