"""axe-core on a page as it stands in the browser."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

_AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_RUN = """only => axe.run(document, {
    resultTypes: ['violations'], ...(only ? { runOnly: { type: 'rule', values: only } } : {}) })"""
_GRAVE = ("serious", "critical")

LOOKS_ALONE = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")
"""The rules that colours and sizes decide; what the others look at is in the markup, however it is shown."""


async def serious_findings(page: Page, *, only: Sequence[str] | None = None) -> list[str]:
    """What axe calls serious or critical on the page, one line each: rule, what it asks for, where.

    By these rules only, if any are given.
    """
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_source())  # evaluated by the browser's debugger, which no content policy concerns
    result: dict[str, Any] = await page.evaluate(_RUN, only)
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
