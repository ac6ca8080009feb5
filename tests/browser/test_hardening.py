"""The real server, with the shipped settings, answers this machine only."""

import http.client
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def port(reference_url: str) -> int:
    """Give the port of a running dashboard."""
    return urlsplit(reference_url).port or 0


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


# F16: what is asked for by name or sent by strangers

SECRETS = (b"root:x:0:0", b"allowedHosts", b"SQLite format 3", b"from streamlit")
CLIMBS = [
    "../../../../../../../etc/passwd",
    "..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "..%252f..%252f..%252f..%252fetc%252fpasswd",
    "....//....//....//....//etc/passwd",
    "..\\..\\..\\..\\etc\\passwd",
    "..%5c..%5c..%5cetc%5cpasswd",
    "/etc/passwd",
    "//etc/passwd",
    "%2fetc%2fpasswd",
    "file:///etc/passwd",
    "\\\\evil.example\\share\\x",
    "%5c%5cevil.example%5cshare",
    "%00/etc/passwd",
    "..%00/.streamlit/config.toml",
    "../.streamlit/config.toml",
    "../dashboard.py",
    "../../../runs/runs.sqlite",
    "%ff%fe",
    "A" * 8_000,
]
PLACES = [
    "/",
    "/media/",
    "/static/",
    "/app/static/",
    "/component/fashion_gallery/",
    "/_stcore/component/",
    "/_stcore/bidi-components/fashion_gallery/",
    "/train/",
]


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    """Send a request as it is, not cleaned by anybody; give status and content of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.putrequest(method, path, skip_host="Host" in headers)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, content


@pytest.mark.parametrize("place", PLACES)
def test_no_address_leads_out_of_what_is_served(port: int, place: str) -> None:
    """Refused, or answered with the empty page that every unknown address gets."""
    _, empty = ask(port, "GET", "/")
    for climb in CLIMBS:
        status, content = ask(port, "GET", place + climb)
        assert status in {400, 403, 404, 405, 414} or content == empty, climb
        assert not any(secret in content for secret in SECRETS), climb


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_no_method_changes_anything_at_an_address(port: int, method: str) -> None:
    for path in ("/", "/train", "/media/x", "/_stcore/health", "/dashboard.py"):
        status, _ = ask(port, method, path, b"x")
        assert 400 <= status < 500 or method == "OPTIONS", path
    assert (ROOT / "dashboard.py").read_text().startswith('"""Overview')


UPLOAD = "/_stcore/upload_file/no-session/no-file"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("origin", ["", "http://evil.example", "null"])
def test_a_stranger_cannot_upload_or_remove_a_file(port: int, method: str, origin: str) -> None:
    """Without the token that only the own page knows: another site can send, but is refused."""
    headers = {"Origin": origin} if origin else {}
    assert ask(port, method, UPLOAD, b"x", **headers)[0] in {400, 403, 405}


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/media/x"])
def test_another_site_may_not_read_an_answer(port: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"Origin": "http://evil.example"})
    allowed = connection.getresponse().getheader("Access-Control-Allow-Origin")
    connection.close()
    assert allowed in {None, f"http://localhost:{port}", f"http://127.0.0.1:{port}"}


def test_a_rebound_name_gets_no_upload(port: int) -> None:
    assert ask(port, "PUT", UPLOAD, b"x", Host="evil.example")[0] in {400, 403}
