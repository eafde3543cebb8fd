"""Ports of the loopback interface."""

import socket

from infra.embedded.errors import CannotRun

LOOPBACK = "127.0.0.1"


def free_ports(*preferred: int | None) -> list[int]:
    """One port that nothing listens on for each argument: the preferred one where free, otherwise any; all differ."""
    ports: list[int] = []
    for wish in preferred:
        port = wish if wish and wish not in ports and is_free(wish) else _any_free_port()
        while port in ports:
            port = _any_free_port()
        ports.append(port)
    return ports


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    try:
        require_free(port)
    except CannotRun:
        return False
    return True


def require_free(port: int) -> None:
    """Raise CannotRun with a sentence for a person when the port is taken or not ours to use."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind((LOOPBACK, port))
        except PermissionError:
            raise CannotRun(f"Port {port} needs rights this user lacks; choose one above 1023 with --port.") from None
        except (OSError, OverflowError):
            raise CannotRun(f"Port {port} is already in use; stop what listens there or choose another.") from None
