"""The panel in this process, as for the forms of those who run the shop."""

from tests.admin.actions.conftest import admin, browser, clock, world

__all__ = ["admin", "browser", "clock", "world"]
