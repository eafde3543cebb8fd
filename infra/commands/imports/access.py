"""Where an import goes, and as whom."""

import ipaddress
import json
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from infra.embedded.data_folder import DataFolder
from infra.embedded.errors import CannotRun


@dataclass(frozen=True)
class Access:
    """The API's addresses and an API client of the shop."""

    url: str
    token_url: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def is_local(self) -> bool:
        """Whether it is this machine, which no proxy can reach."""
        return all(_is_loopback(urlsplit(url).hostname) for url in (self.url, self.token_url))


def access(
    *, url: str | None, token_url: str | None, client_id: str | None, client_secret: str | None, data_dir: Path
) -> Access:
    """What was said or, when nothing was, the demo shop that runs from the data folder.

    Raises CannotRun when a part is missing, and for an address where the secret could be overheard.
    """
    said = {
        "--url (SEZON_IMPORT_URL)": url,
        "--token-url (SEZON_IMPORT_TOKEN_URL)": token_url,
        "--client-id (SEZON_CLIENT_ID)": client_id,
        "--client-secret (SEZON_CLIENT_SECRET)": client_secret,
    }
    missing = [option for option, value in said.items() if not value]
    if len(missing) == len(said):
        return _demo(DataFolder(data_dir).demo_file)
    if not (url and token_url and client_id and client_secret):
        raise CannotRun(f"Say also {', '.join(missing)}; without any of the four, the demo in --data-dir is meant.")
    for address in (url, token_url):
        _must_be_safe(address)
    return Access(url, token_url, client_id, client_secret)


def _demo(file: Path) -> Access:
    try:
        demo = json.loads(file.read_text(encoding="utf-8"))
        return Access(demo["graphql_url"], demo["token_url"], demo["client_id"], demo["client_secret"])
    except FileNotFoundError:
        raise CannotRun(
            f"There is no demo in {file.parent}; start one with infra/up, or say where to import with --url, "
            "--token-url, --client-id and --client-secret."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CannotRun(f"{file} cannot be read: {type(error).__name__}.") from None


def _must_be_safe(address: str) -> None:
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise CannotRun(f"{address} is no address; write one such as https://sezon.example/graphql.")
    if parts.scheme == "http" and not _is_loopback(host):
        raise CannotRun(f"{address} is not https: anybody on the way could read the secret.")


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
