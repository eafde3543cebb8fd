"""What the source says, read without running it: who can open a connection, and who has a hand in what leaves."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("admin", "api", "domain", "infra", "migrations", "workers")

TALKERS = {
    "aiohttp",
    "aiosmtpd",
    "aiosmtplib",
    "ftplib",
    "http.client",
    "http.server",
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
"""Modules that can reach somebody outside, be reached from there, or start a program that can."""

CONNECTING = {
    "create_connection",
    "create_datagram_endpoint",
    "create_server",
    "create_subprocess_exec",
    "create_subprocess_shell",
    "create_unix_connection",
    "create_unix_server",
    "execv",
    "execve",
    "open_connection",
    "open_unix_connection",
    "popen",
    "sock_connect",
    "start_server",
    "start_unix_server",
    "system",
}
"""Functions of the standard library that do so without such an import."""

DYNAMIC = {"import_module", "__import__"}

HANDS = {
    "domain.agents.jobs.SendInvitation",
    "domain.seats.rights.OutboundPermit",
    "domain.seats.rights.permit_outbound",
    "domain.tickets.drafts.approve",
    "domain.tickets.jobs.DeliverReply",
    "domain.tickets.models.Delivery",
    "domain.tickets.models.Entry",
    "domain.tickets.outbound.bounce",
    "domain.tickets.outbound.prepare_delivery",
    "domain.tickets.outbound.reply",
    "domain.tickets.outbound.settle",
    "workers.egress.send",
    "workers.staff_mail.StaffMail",
    "workers.staff_mail.send",
}
"""What makes, permits, carries or sends words that leave the shop, or a mail to the staff."""

WRITERS = {"add_new", "bulk_insert_mappings", "delete", "insert", "pg_insert", "update", "upsert"}
"""Functions that write rows of the table that they are given."""


@cache
def modules() -> dict[str, ast.Module]:
    """The product's modules by their paths."""
    return {
        str(path.relative_to(CHECKOUT)): ast.parse(path.read_text(encoding="utf-8"))
        for package in PACKAGES
        for path in sorted((CHECKOUT / package).rglob("*.py"))
    }


def ways_out(tree: ast.AST) -> set[str]:
    """The talkers that a module imports and the connecting functions that it names."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {talker for alias in node.names for talker in TALKERS if _inside(alias.name, talker)}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            found |= {talker for name in names for talker in TALKERS if _inside(name, talker)}
            found |= {alias.name for alias in node.names} & (CONNECTING | DYNAMIC)
        elif isinstance(node, ast.Attribute):
            found |= {node.attr} & (CONNECTING | DYNAMIC)
        elif isinstance(node, ast.Name):
            found |= {node.id} & DYNAMIC
    return found


def hands(path: str, tree: ast.AST) -> set[str]:
    """Which of HANDS a module has: functions that it names, classes that it makes or gives to one of WRITERS."""
    names = _names(path, tree)
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            made = {_spelled(node.func, names)}
            if _last(node.func) in WRITERS:
                made |= {_spelled(argument, names) for argument in node.args}
            found |= made & HANDS
        elif isinstance(node, (ast.Name, ast.Attribute)):
            named = _spelled(node, names)
            found |= {named} & HANDS if named.rpartition(".")[2].islower() else set()
    return found


def texts(tree: ast.AST) -> Iterator[str]:
    """The texts of a module, among which its SQL is; docstrings as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Where a function or method of that name is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _last(node.func) == name:
            yield node


def _names(path: str, tree: ast.AST) -> dict[str, str]:
    """What the names of a module mean, spelled out: what it imports, and what it defines itself."""
    own = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            names.setdefault(node.name, f"{own}.{node.name}")
    return names


def _spelled(node: ast.expr, names: dict[str, str]) -> str:
    """A dotted name, its first part as the module means it; empty for what is none."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        before = _spelled(node.value, names)
        return f"{before}.{node.attr}" if before else ""
    return ""


def _last(function: ast.expr) -> str | None:
    """The last part of the name by which something is called."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)


def _inside(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
