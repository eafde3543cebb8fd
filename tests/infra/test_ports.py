"""Ports are picked free and refused with a sentence."""

import socket

import pytest

from infra.embedded.errors import CannotRun
from infra.embedded.ports import free_ports, require_free


def test_the_preferred_port_is_taken_where_it_is_free() -> None:
    wanted = free_ports(None)[0]
    assert free_ports(wanted) == [wanted]


def test_another_is_picked_where_it_is_not_and_all_differ() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        picked = free_ports(port, port, None)
        assert port not in picked
        assert len(set(picked)) == 3


def test_a_taken_port_is_refused_with_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotRun, match=f"Port {port} is already in use"):
            require_free(port)
