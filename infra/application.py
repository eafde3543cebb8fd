"""API and panel put together as one application."""

from fastapi import FastAPI
from fastapi.responses import FileResponse

from admin.app import create_panel
from admin.pages import ICON
from api.app import create_app
from domain.agents.passwords import Passwords
from domain.kit.clock import clock_from
from domain.kit.database import Database, engine_for
from domain.kit.settings import Settings
from migrations.run import head


def build(told: Settings) -> FastAPI:
    """The whole web side of one process: one database pool, one clock, one bound on password checks."""
    database = Database(engine_for(told.database_url, pool_size=told.pool_size, name="sezon-api"))
    clock, passwords = clock_from(told.clock_file), Passwords()
    panel = create_panel(told, database, clock, passwords=passwords)
    app = create_app(told, database, clock, revision=head(), passwords=passwords, stop=panel.state.stop)
    app.mount("/admin", panel)

    @app.get("/favicon.ico", include_in_schema=False)
    async def icon() -> FileResponse:
        return FileResponse(ICON, media_type="image/svg+xml")

    return app
