"""The users of a running Sezon, over HTTP: a shop's program, and people with a browser's cookie or a token."""

import asyncio
import email
import email.policy
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import httpx2

T = TypeVar("T")


class Refused(AssertionError):
    """The service answered otherwise than who asked expected, with this HTTP status."""

    def __init__(self, said: str, *, status: int = 200) -> None:
        super().__init__(said)
        self.status = status


@dataclass
class User:
    """Somebody who speaks GraphQL; `headers` say who."""

    http: httpx2.AsyncClient
    url: str
    headers: dict[str, str] = field(default_factory=dict)

    async def post(self, query: str, key: str | None = None, **variables: Any) -> httpx2.Response:
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        return await self.http.post(self.url, json={"query": query, "variables": variables}, headers=headers)

    async def ask(self, query: str, key: str | None = None, **variables: Any) -> dict[str, Any]:
        """The data of an answer without errors."""
        response = await self.post(query, key, **variables)
        answer = response.json()
        if response.status_code != 200 or "errors" in answer:
            raise Refused(f"{response.status_code} {answer}", status=response.status_code)
        data: dict[str, Any] = answer["data"]
        return data

    async def do(self, mutation: str, selection: str, key: str | None = None, **input: Any) -> dict[str, Any]:
        """Run one mutation with one input; its outcome, with `__typename` and a failure's code."""
        name = mutation[0].upper() + mutation[1:]
        document = (
            f"mutation Do($input: {name}Input!) {{ {mutation}(input: $input) "
            f"{{ __typename ... on Failure {{ code message path }} {selection} }} }}"
        )
        outcome: dict[str, Any] = (await self.ask(document, key, input=input))[mutation]
        return outcome


async def program(http: httpx2.AsyncClient, demo: dict[str, Any]) -> User:
    """The shop's API client, with a fresh access token."""
    response = await http.post(
        demo["token_url"],
        data={"grant_type": "client_credentials"},
        auth=(demo["client_id"], demo["client_secret"]),
    )
    answered(response, 200)
    return User(http, demo["graphql_url"], {"Authorization": f"Bearer {response.json()['access_token']}"})


async def signed_in(http: httpx2.AsyncClient, demo: dict[str, Any], *, email: str, password: str) -> User:
    """A person in a browser: the session's cookie, the page's Origin and the header that our pages send."""
    base = demo["graphql_url"].removesuffix("/graphql")
    own = {"Origin": base, "X-Sezon-Request": "1"}
    response = await http.post(
        f"{base}/auth/sign-in",
        json={"shop": demo["admin_shop"], "email": email, "password": password},
        headers=own,
    )
    answered(response, 200)
    (cookie,) = response.cookies.items()
    http.cookies.clear()
    return User(http, demo["graphql_url"], {**own, "Cookie": f"{cookie[0]}={cookie[1]}"})


async def personal_token(person: User) -> User:
    """The same person in a program: a personal token, made with the session."""
    base = person.url.removesuffix("/graphql")
    response = await person.http.post(f"{base}/auth/tokens", json={"name": "desk", "days": 90}, headers=person.headers)
    answered(response, 201)
    return User(person.http, person.url, {"Authorization": f"Bearer {response.json()['token']}"})


def answered(response: httpx2.Response, status: int) -> None:
    """Raises Refused with what was said instead."""
    if response.status_code != status:
        raise Refused(f"{response.status_code} {response.text}", status=response.status_code)


def mails(folder: Path) -> list[EmailMessage]:
    """Every mail that the sink has taken, the oldest first."""
    found = []
    for file in sorted(folder.glob("*.eml")):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        found.append(message)
    return found


def recipient(mail: EmailMessage) -> str:
    return str(mail["X-Envelope-To"]).strip()


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return "" if body is None else str(body.get_content())


def invitation_token(mail: EmailMessage) -> str:
    found = re.search(r"/admin/invitation/(\S+)", text_of(mail))
    if found is None:
        raise Refused(f"There is no invitation in the mail to {recipient(mail)}.")
    return found[1]


async def until(what: str, look: Callable[[], Awaitable[T | None]], *, seconds: float = 30) -> T:
    """What `look` finds, as soon as it finds something; fails after a while saying what was awaited."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        found = await look()
        if found:
            return found
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"Not within {seconds} s: {what}")
        await asyncio.sleep(0.1)
