"""The fixtures of the lists: the same panel, the same people."""

from tests.admin.lists.conftest import clock, filled, http, panel, sign_in

__all__ = ["clock", "filled", "http", "panel", "sign_in"]
