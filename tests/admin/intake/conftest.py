"""The panel in this process, and a shop without rules."""

from tests.admin.actions.conftest import Browser, admin, browser, clock, world

__all__ = ["Browser", "admin", "browser", "clock", "world"]
