"""The real server, with the shipped settings, answers this machine only."""

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def port(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[int]:
    """Give the port of a running dashboard."""
    runs = str(tmp_path_factory.mktemp("runs"))
    with streamlit_server(ROOT / "dashboard.py", env={"FASHION_RUNS": runs}) as url:
        yield urlsplit(url).port or 0


def handshake(port: int, *, host: str, origin: str) -> int:
    """Ask for the websocket and give the status of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {
        "Host": host,
        "Origin": origin,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",  # the example key of RFC 6455
    }
    connection.request("GET", "/_stcore/stream", headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_own_page_is_let_in(port: int) -> None:
    own = f"127.0.0.1:{port}"
    assert handshake(port, host=own, origin=f"http://{own}") == 101


def test_foreign_host_is_refused(port: int) -> None:
    """A site that rebinds its name to 127.0.0.1 must not reach the dashboard."""
    assert handshake(port, host="evil.example", origin="http://evil.example") == 403


def test_foreign_origin_is_refused(port: int) -> None:
    assert handshake(port, host=f"127.0.0.1:{port}", origin="http://evil.example") == 403


def test_other_addresses_of_the_machine_are_not_bound(port: int) -> None:
    with socket.socket() as other:
        other.settimeout(5)
        assert other.connect_ex(("127.0.0.2", port)) != 0
