"""The API over HTTP, from the outside: what is sent for each answer, and for how long."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from infra.commands.imports import service
from infra.commands.imports.access import Access
from infra.commands.imports.service import Service, Stopped, TooLarge, client_for
from infra.embedded.errors import CannotRun

ACCESS = Access("https://sezon.example/graphql", "https://sezon.example/oauth/token", "szc_1", "tell-nobody")
SCOPES = "orders:write tickets:open"
DONE = {"__typename": "OrdersImported", "rows": []}

Answer = Callable[[httpx2.Request], httpx2.Response]


class Api:
    """An API that gives the answers it was told to, in turn, and tokens that are numbered."""

    def __init__(self, *answers: httpx2.Response | Exception, lasts: int = 3600, scope: str = SCOPES) -> None:
        self.answers: Iterator[httpx2.Response | Exception] = iter(answers)
        self.lasts, self.scope = lasts, scope
        self.tokens = 0
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if str(request.url) == ACCESS.token_url:
            self.tokens += 1
            told = {"access_token": f"token-{self.tokens}", "expires_in": self.lasts, "scope": self.scope}
            return httpx2.Response(200, json=told)
        self.asked.append((request.headers["authorization"], request.headers["idempotency-key"]))
        answer = next(self.answers)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAUSES", (0.0,) * 6)


def outcome(**told: Any) -> httpx2.Response:
    return httpx2.Response(200, json={"data": {"outcome": told}})


def error(code: str, **more: Any) -> httpx2.Response:
    return httpx2.Response(200, json={"errors": [{"message": "No.", "extensions": {"code": code, **more}}]})


async def do(answer: Answer, *, clock: Callable[[], float] = lambda: 0.0, times: int = 1) -> dict[str, Any]:
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    async with http:
        speaking = Service(ACCESS, http, stopping=asyncio.Event(), clock=clock)
        await speaking.sign_in(scopes=frozenset(SCOPES.split()))
        for _ in range(times):
            done = await speaking.do("mutation", input={"orders": []}, key="k-1")
    return done


async def refusal(answer: Answer) -> str:
    with pytest.raises(CannotRun) as refused:
        await do(answer)
    assert "tell-nobody" not in str(refused.value)
    return str(refused.value)


async def test_a_mutation_is_sent_with_its_key_and_one_token_serves_many() -> None:
    api = Api(outcome(**DONE), outcome(**DONE))
    assert await do(api, times=2) == DONE
    assert api.tokens == 1
    assert api.asked == [("Bearer token-1", "k-1")] * 2


async def test_what_passes_is_tried_again_under_the_same_key() -> None:
    api = Api(
        httpx2.ConnectError("refused"),
        httpx2.ReadTimeout(""),
        httpx2.Response(502),
        httpx2.Response(429, headers={"Retry-After": "0"}),
        error("INTERNAL", reference="r-1"),
        outcome(__typename="IdempotencyKeyInUse", code="IDEMPOTENCY_KEY_IN_USE", message="Busy."),
        outcome(**DONE),
    )
    assert await do(api) == DONE
    assert api.asked == [("Bearer token-1", "k-1")] * 7


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx2.ConnectError("refused"), "https://sezon.example/graphql cannot be reached (refused)"),
        (httpx2.Response(503), "https://sezon.example/graphql answers 503"),
        (error("INTERNAL", reference="r-1"), "https://sezon.example/graphql failed inside (reference r-1)"),
    ],
)
async def test_patience_ends_after_seven_tries(answer: httpx2.Response | Exception, said: str) -> None:
    api = Api(*[answer] * 8)
    assert await refusal(api) == f"{said}, and still after 7 tries."
    assert len(api.asked) == 7


async def test_a_token_is_replaced_before_it_ends() -> None:
    api, now = Api(*[outcome(**DONE)] * 3), iter([0.0, 3_539.0, 3_540.0, 3_540.0, 3_541.0])
    await do(api, clock=lambda: next(now), times=3)
    assert [token for token, _ in api.asked] == ["Bearer token-1", "Bearer token-2", "Bearer token-2"]


@pytest.mark.parametrize("answer", [httpx2.Response(401), error("UNAUTHENTICATED")])
async def test_a_token_that_is_refused_is_replaced_once(answer: httpx2.Response) -> None:
    api = Api(answer, outcome(**DONE))
    assert await do(api) == DONE
    assert [token for token, _ in api.asked] == ["Bearer token-1", "Bearer token-2"]
    assert await refusal(Api(answer, answer)) == (
        "https://sezon.example/graphql does not take tokens from https://sezon.example/oauth/token."
    )


async def test_a_missing_scope_is_named_before_anything_is_sent() -> None:
    api = Api(scope="orders:read orders:write")
    assert await refusal(api) == ("The API client szc_1 lacks the scopes tickets:open; create one that has them.")
    assert api.asked == []


async def test_a_wrong_secret_is_one_sentence() -> None:
    told = {"error": "invalid_client", "error_description": "Client authentication failed."}
    assert await refusal(lambda _: httpx2.Response(401, json=told)) == (
        "https://sezon.example/oauth/token does not know this client id and secret: Client authentication failed."
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (outcome(__typename="NotPermitted", code="NOT_PERMITTED", message="No."), "The service refuses: No."),
        (error("INVALID_REQUEST"), "https://sezon.example/graphql does not understand the request: No."),
        (
            httpx2.Response(404, text="<html>"),
            "https://sezon.example/graphql is no GraphQL address of Sezon (it answered 404).",
        ),
        (
            httpx2.Response(307, headers={"Location": "https://elsewhere.example"}),
            "https://sezon.example/graphql is no GraphQL address of Sezon (it answered 307).",
        ),
        (
            httpx2.Response(200, json=["rows"]),
            "https://sezon.example/graphql is no GraphQL address of Sezon (it answered 200).",
        ),
    ],
)
async def test_what_no_second_try_can_mend_is_one_sentence(answer: httpx2.Response, said: str) -> None:
    api = Api(answer)
    assert await refusal(api) == said
    assert len(api.asked) == 1


async def test_a_request_that_is_too_large_is_said_to_be() -> None:
    with pytest.raises(TooLarge):
        await do(Api(httpx2.Response(413)))


async def test_who_asked_to_stop_does_not_wait_for_the_next_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAUSES", (60.0,))
    stopping = asyncio.Event()
    api = Api(httpx2.Response(503))
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(api)) as http:
        speaking = Service(ACCESS, http, stopping=stopping)
        await speaking.sign_in(scopes=frozenset())
        stopping.set()
        with pytest.raises(Stopped):
            await speaking.do("mutation", input={}, key="k-1")


async def test_the_environments_proxy_is_for_other_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    local = Access("http://127.0.0.1:9/graphql", "http://localhost:9/oauth/token", "szc_1", "s")
    async with client_for(local) as here, client_for(ACCESS) as there:
        assert (here.trust_env, there.trust_env) == (False, True)
