"""axe-core on a page as it stands in the browser."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

_AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_RUN = "() => axe.run(document, { resultTypes: ['violations'] })"
_GRAVE = ("serious", "critical")


async def serious_findings(page: Page) -> list[str]:
    """What axe calls serious or critical on the page, one line each: rule, what it asks for, where."""
    await page.evaluate(_source())  # evaluated by the browser's debugger, which no content policy concerns
    result: dict[str, Any] = await page.evaluate(_RUN)
    return [
        f"{finding['id']} ({finding['impact']}): {finding['help']}: {' '.join(map(str, node['target']))}"
        for finding in result["violations"]
        if finding["impact"] in _GRAVE
        for node in finding["nodes"]
    ]


async def no_serious_findings(page: Page) -> None:
    """Fails listing every finding that axe calls serious or critical."""
    assert await serious_findings(page) == [], page.url


@cache
def _source() -> str:
    return _AXE.read_text(encoding="utf-8")
