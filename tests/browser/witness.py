"""Watches the pages of a test for what no page of the product may do, whatever the test is about."""

from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, ConsoleMessage, Dialog, Page, Response, WebError

_STATUS = "Failed to load resource: the server responded with a status of"
"""How Chromium puts a refusal into the console; a test that asks for one looks at the answer itself."""


@dataclass
class Witness:
    """A dialog (what planted scripts open), a broken content policy, a script's error, and an answer of 5xx.

    Of pages that are not of this origin, as those of attackers, it notes dialogs alone.
    """

    origin: str
    misdeeds: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("dialog", self._dialog)
        context.on("console", self._said)
        context.on("weberror", self._failed)
        context.on("response", self._answered)

    def forgive(self, text: str) -> int:
        """Forget those with the text in them, which the test provoked; how many there were."""
        kept = [misdeed for misdeed in self.misdeeds if text not in misdeed]
        forgiven = len(self.misdeeds) - len(kept)
        self.misdeeds[:] = kept
        return forgiven

    async def _dialog(self, dialog: Dialog) -> None:
        self.misdeeds.append(f"{_where(dialog.page)} opened a dialog: {dialog.message}")
        await dialog.dismiss()

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_STATUS):
            self._note(message.page, f"complained: {message.text}")

    def _failed(self, error: WebError) -> None:
        self._note(error.page, f"had an error in a script: {error.error}")

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.misdeeds.append(f"{response.request.method} {response.url} was answered {response.status}")

    def _note(self, page: Page | None, what: str) -> None:
        if _where(page).startswith(self.origin):
            self.misdeeds.append(f"{_where(page)} {what}")


def _where(page: Page | None) -> str:
    return page.url if page else "?"
