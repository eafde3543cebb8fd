"""The API as one ASGI application."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

import asyncpg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as DatabaseBusy
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.context import RequestContext
from api.graphql.schema import schema
from api.graphql.view import Endpoint
from api.http import health, oauth, people
from api.http.authentication import Unauthenticated, admit
from api.http.beside import Beside
from api.http.health import Ready
from api.http.metrics import Metrics
from api.http.middleware import BoundedBody, Observed
from api.http.requests import Head
from api.http.stopping import told_to_stop
from domain.agents.passwords import Passwords
from domain.kit.clock import Clock
from domain.kit.database import START_PATIENCE, Database, refuse_if_app_can_bypass, was_not_there
from domain.kit.errors import DomainError
from domain.kit.settings import Environment, Settings

log = structlog.get_logger(__name__)

GRAPHQL = "/graphql"
_OWN_BOUND = frozenset({GRAPHQL})
_LONG_TEXTS = ("/admin/desk/",)
"""Where people write to customers and about them."""
_NAMES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


def create_app(
    settings: Settings,
    database: Database,
    clock: Clock,
    *,
    revision: str,
    passwords: Passwords | None = None,
    planned: bool = True,
    stop: Callable[[], None] = lambda: None,
) -> "Api":
    """The API; it refuses to start when its database role could see past a tenant's policy.

    `revision` is the newest migration, which readiness asks for. Without `planned` the reference executor reads it all.
    `stop` is called when the process is to end: whatever goes on until then is to end at once.
    """
    metrics = Metrics(database.engine)
    app = Api(
        title="Sezon",
        description="Sign-in, tokens and health. Everything else is GraphQL, at /graphql.",
        lifespan=_lifespan(database, metrics, settings.metrics_port, stop),
        openapi_url=None if settings.environment is Environment.PRODUCTION else "/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.metrics = metrics
    app.include_router(oauth.routes(database=database, clock=clock))
    app.include_router(people.routes(database=database, clock=clock, passwords=passwords or Passwords()))
    app.include_router(health.routes(Ready(database, settings.broker_url, revision)))
    app.add_middleware(BoundedBody, unless=_OWN_BOUND, long_texts=_LONG_TEXTS)
    app.add_middleware(Observed, metrics=metrics)
    _answer_errors(app)
    app.answer_graphql(_graphql(database, clock, metrics, planned=planned), metrics=metrics)
    return app


class Api(FastAPI):
    """FastAPI, and beside its router, which would take longer than many an answer, what is posted to /graphql."""

    _graphql: ASGIApp | None = None

    def answer_graphql(self, endpoint: Endpoint, *, metrics: Metrics) -> None:
        """Let the endpoint answer, under the same observation and with the same handlers of errors."""

        async def other_methods(request: Request) -> Response:
            answer = await endpoint.answer(request.scope, request.receive)
            response = Response(answer.body, answer.status)
            response.raw_headers += answer.headers
            return response

        self.add_api_route(GRAPHQL, other_methods, methods=["GET", "POST"], include_in_schema=False)
        self._graphql = Observed(Beside(endpoint.answer, handlers=self.exception_handlers), metrics=metrics)
        self._route = Route(GRAPHQL, other_methods)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._graphql is not None and _is_posted(scope, GRAPHQL):
            scope["app"], scope["route"] = self, self._route
            await self._graphql(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def _is_posted(scope: Scope, path: str) -> bool:
    there = scope["type"] == "http" and scope["method"] == "POST"
    return there and bool(scope["path"] == scope.get("root_path", "") + path)


def _graphql(database: Database, clock: Clock, metrics: Metrics, *, planned: bool) -> Endpoint:
    async def context_for(head: Head) -> RequestContext:
        return await admit(head, database=database, clock=clock)

    return Endpoint(schema(), context_for=context_for, done=metrics.operation_done, planned=planned)


def _lifespan(
    database: Database, metrics: Metrics, metrics_port: int | None, stop: Callable[[], None]
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await refuse_if_app_can_bypass(database.engine, patience=START_PATIENCE)
        with nullcontext() if metrics_port is None else metrics.served(metrics_port), told_to_stop(stop):
            yield
        await database.close()

    return lifespan


def _answer_errors(app: FastAPI) -> None:
    """Every error is JSON with a code, and never what the caller sent or how we work."""

    @app.exception_handler(Unauthenticated)
    async def unauthenticated(_: Request, error: Unauthenticated) -> JSONResponse:
        return error.response()

    @app.exception_handler(DomainError)
    async def refused(request: Request, error: DomainError) -> JSONResponse:
        return people.refusal(request, error)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = [{"field": ".".join(map(str, each["loc"])), "problem": each["type"]} for each in error.errors()[:10]]
        return JSONResponse({"error": "INVALID_REQUEST", "fields": fields}, status_code=422)

    @app.exception_handler(DatabaseBusy)
    async def busy(_: Request, __: DatabaseBusy) -> JSONResponse:
        return JSONResponse({"error": "BUSY"}, status_code=503, headers={"Retry-After": "1"})

    @app.exception_handler(ConnectionError)
    @app.exception_handler(DBAPIError)
    @app.exception_handler(asyncpg.PostgresError)
    async def unavailable(_: Request, error: Exception) -> JSONResponse:
        if not was_not_there(error):
            raise error
        log.warning("database_not_there", error=repr(error))
        return JSONResponse({"error": "UNAVAILABLE"}, status_code=503, headers={"Retry-After": "1"})

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> JSONResponse:
        name = _NAMES.get(error.status_code, "REQUEST_REFUSED")
        return JSONResponse({"error": name}, status_code=error.status_code, headers=error.headers)
