"""While the database is not there a caller is told to come again, and not that something is wrong with us."""

import httpx2
import pytest

from api.app import create_app
from domain.agents.passwords import Passwords
from domain.kit.database import Database, engine_for
from domain.kit.ids import new_id
from infra.embedded.ports import free_ports
from migrations.run import head
from tests.api.http.conftest import OWN_PAGE, URL, HandClock, settings_for
from tests.servers import Servers

TOKEN = f"szat_{new_id().hex}_{new_id().hex}_{'x' * 43}"
SIGN_IN = {"shop": "bombka", "email": "ola@bombka.example", "password": "zima i lato"}


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/graphql", {"Authorization": f"Bearer {TOKEN}"}, {"query": "{ viewer { role } }"}),
        ("/auth/sign-in", OWN_PAGE, SIGN_IN),
    ],
)
async def test_a_request_to_a_service_whose_database_is_down_is_503_with_when_to_come_again(
    path: str, headers: dict[str, str], body: dict[str, str], servers: Servers, passwords: Passwords
) -> None:
    engine = engine_for(f"postgresql://app:x@127.0.0.1:{free_ports(None)[0]}/sezon", pool_size=1)
    app = create_app(settings_for(servers), Database(engine), HandClock(), revision=head(), passwords=passwords)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL) as http:
        response = await http.post(path, json=body, headers=headers)
    assert (response.status_code, response.json()) == (503, {"error": "UNAVAILABLE"})
    assert response.headers["Retry-After"] == "1"
    await engine.dispose()
