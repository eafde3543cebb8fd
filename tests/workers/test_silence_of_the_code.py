"""Who can open a connection at all: the imports of every module, read without running it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.workers.processes import CHECKOUT

PACKAGES = ("api", "admin", "domain", "workers")

TALKERS = {
    "aiohttp",
    "aiosmtpd",
    "aiosmtplib",
    "ftplib",
    "http.client",
    "httpcore",
    "httpcore2",
    "httpx",
    "httpx2",
    "imaplib",
    "nntplib",
    "paramiko",
    "poplib",
    "pycurl",
    "requests",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "subprocess",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "websockets",
    "xmlrpc",
}
"""Modules that can reach somebody outside, or start a program that can."""

CONNECTING = {
    "create_connection",
    "create_datagram_endpoint",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "create_unix_connection",
    "execv",
    "open_connection",
    "open_unix_connection",
    "popen",
    "sock_connect",
    "system",
}
"""Functions of the standard library that do so without such an import."""

DYNAMIC = {"import_module", "__import__"}

ALLOWED = {
    "workers/egress.py": {"aiosmtplib"},
    "workers/staff_mail.py": {"aiosmtplib"},
    "workers/actors/__init__.py": {"import_module"},
    "api/http/health.py": {"open_connection"},
}
"""To customers, to staff; the loading of our own actors; the question whether the broker is there."""


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (CHECKOUT / package).rglob("*.py")


def ways_out(tree: ast.AST) -> set[str]:
    """The talkers that a module imports and the connecting functions that it names."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {talker for alias in node.names for talker in TALKERS if inside(alias.name, talker)}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            found |= {talker for name in names for talker in TALKERS if inside(name, talker)}
            found |= {alias.name for alias in node.names} & (CONNECTING | DYNAMIC)
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & (CONNECTING | DYNAMIC)
        elif isinstance(node, ast.Name):
            found |= {node.id} & DYNAMIC
    return found


def imported(tree: ast.AST) -> set[str]:
    """The modules that a module imports whole, and the names that it takes from others, spelled out."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def test_only_egress_and_staff_mail_can_send_anything() -> None:
    found = {
        str(path.relative_to(CHECKOUT)): ways
        for path in modules()
        if (ways := ways_out(ast.parse(path.read_text(encoding="utf-8"))))
    }
    assert found == ALLOWED


def test_only_the_delivery_of_replies_uses_the_egress() -> None:
    users = {
        str(path.relative_to(CHECKOUT))
        for path in modules()
        if imported(ast.parse(path.read_text(encoding="utf-8"))) & {"workers.egress", "workers.egress.send"}
    }
    assert users == {"workers/actors/deliver_reply.py"}


def test_the_reading_finds_every_way_that_it_knows() -> None:
    ways = {
        "import smtplib": {"smtplib"},
        "import urllib.request as net": {"urllib.request"},
        "from urllib import request": {"urllib.request"},
        "from http.client import HTTPConnection": {"http.client"},
        "def later():\n    import httpx2": {"httpx2"},
        "import asyncio\nasyncio.open_connection": {"open_connection"},
        "from asyncio import open_connection": {"open_connection"},
        "from importlib import import_module": {"import_module"},
        "__import__('socket')": {"__import__"},
        "import urllib.parse": set(),
        "import socketio": set(),
    }
    for source, expected in ways.items():
        assert ways_out(ast.parse(source)) == expected, source
