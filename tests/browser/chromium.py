"""The browser that the tests drive: the machine's Chromium, or the one that SEZON_CHROMIUM names."""

import os
import shutil

import pytest
from playwright.async_api import Browser, Playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The shell is the same engine without the windows that nobody sees, and takes half the time."""

FLAGS = (
    "--no-sandbox",  # root and containers have none, and nothing but the tests' own pages is opened
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-pings",
    "--no-proxy-server",
)


def path() -> str:
    """Where the browser is. Without one the test is skipped, or fails where SEZON_REQUIRE_BROWSER is 1."""
    wanted = os.environ.get("SEZON_CHROMIUM")
    if wanted and shutil.which(wanted) is None:
        pytest.fail(f"SEZON_CHROMIUM names {wanted}, which is no program.", pytrace=False)
    for name in [wanted] if wanted else NAMES:
        if found := shutil.which(name):
            return found
    absence = f"no browser: none of {', '.join(NAMES)} is here, and SEZON_CHROMIUM names no other"
    if os.environ.get("SEZON_REQUIRE_BROWSER") == "1":
        pytest.fail(f"There is {absence}; SEZON_REQUIRE_BROWSER=1 makes that a failure.", pytrace=False)
    pytest.skip(f"There is {absence}.")


async def launch(playwright: Playwright) -> Browser:
    """The browser, without a window and without a word to anybody but the pages it is sent to."""
    return await playwright.chromium.launch(executable_path=path(), args=list(FLAGS))
