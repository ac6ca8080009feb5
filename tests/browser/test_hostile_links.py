"""F13, F16: every page with every parameter of a link set to something hostile, on a real server.

The pages are opened as a browser opens them, but without one: it would clean some links itself.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from urllib.parse import quote

import pytest
from helpers import REPO_ROOT, run_apart

from benchmarks.live_page import LivePage

pytestmark = pytest.mark.slow

REFERENCE = "r-reference-as-specified"
CANARY = "r-canary-outside"
PAGES = ["", *sorted(path.stem for path in (REPO_ROOT / "pages").glob("[a-z]*.py"))]

CHOICE = "run epoch split"
CELL = "true predicted both view unit outcome sort order confidence picture-tag picture"
OTHERS = (
    "page page-back page-fixed page-broken with with_epoch study mode experiment round from "
    "background mirror invert down right turn noise blur contrast patch patch-top "
    "patch-left sure soften handed level find labels suspicion kind region people "
    "status tag setting map colour projection area without chosen curve filters example"
)
PARAMETERS = f"{CHOICE} {CELL} {OTHERS}".split()

HOSTILE = {
    "way out of the store": "../../../../etc/passwd",
    "way to another folder": f"../{CANARY}",
    "way from the root": "/etc/passwd",
    "file address": "file:///etc/passwd",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "markdown": "![x](http://evil.example/x) [y](javascript:alert(1)) :material/home: :red[w] $x$",
    "SQL": "1' OR '1'='1'; DROP TABLE runs; --",
    "huge number": "9" * 400,
    "beyond 64 bits": "18446744073709551616",
    "negative": "-1",
    "fraction": "1.5",
    "not a number": "nan",
    "infinite": "-Infinity",
    "exponent": "1e999",
    "other digits": "\N{ARABIC-INDIC DIGIT THREE}\N{SUPERSCRIPT TWO}",
    "right to left": "\u202eevil\u2066\u200b",
    "null byte": "8\0",
    "control characters": "\x1b]0;x\x07\r\nSet-Cookie: a=b",
    "empty": "",
    "blank": " ",
    "very long": "A" * 100_000,
    "object": '{"__proto__": {"x": 1}}',
    "template": "{{7*7}}${7*7}%s%n{0.__class__}",
}


class WordyPage(LivePage):
    """A page that also keeps what it was sent.

    Args:
        url: Its address without what follows the question mark.
        query: What follows it, not cleaned by anybody.
    """

    def __init__(self, url: str, query: str) -> None:
        super().__init__(url)
        self._query = query
        self.parameters: set[str] = set()
        self.sent = b""

    def _take(self, message) -> None:
        self.sent += message.SerializeToString()
        element = message.delta.new_element
        if kind := element.WhichOneof("type"):
            self.parameters.add(getattr(getattr(element, kind), "query_param_key", ""))
        super()._take(message)


@pytest.fixture(scope="module")
def url(
    streamlit_server: Callable[..., AbstractContextManager[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Serve a store with the reference run; a run that is no part of it lies beside it."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / CANARY).mkdir()
    (folder / CANARY / "spec.json").write_text('{"name": "the canary sings"}')
    with streamlit_server(
        REPO_ROOT / "dashboard.py", env={"FASHION_RUNS": str(folder / "runs")}
    ) as address:
        yield address


async def draw(url: str, query: str) -> WordyPage:
    page = WordyPage(url, query)
    async with page.open():
        return page


def link_of(value: str) -> str:
    return "&".join(f"{key}={value}" for key in PARAMETERS)


QUERIES = {name: link_of(quote(value, safe="")) for name, value in HOSTILE.items()} | {
    "encoded twice": link_of("%252e%252e%252f"),
    "no UTF-8": link_of("%ff%fe%c0%ae"),
    "half an escape": link_of("%zz%"),
    "each twice": f"{link_of('-1')}&{link_of('x')}",
    "no names": "&&==&%3d=1&=2;&?#",
    "many": "&".join(f"k{number}=v" for number in range(900)),
    "unknown names": "__proto__=1&embed=true&embed_options=x&%3Cscript%3E=1&../x=1",
}


async def draw_each(url: str, queries: list[str]) -> list[WordyPage]:
    return [await draw(url, query) for query in queries]


@pytest.mark.parametrize("place", PAGES)
def test_a_hostile_link_does_no_harm(url: str, place: str) -> None:
    drawn = run_apart(draw_each(f"{url}/{place}", list(QUERIES.values())))
    for name, page in zip(QUERIES, drawn, strict=True):
        assert (name, page.received.errors) == (name, [])
        assert page.received.page_runs == 1, name
        assert b"root:x:0:0" not in page.sent, name
        assert b"canary sings" not in page.sent, name
        assert b"Traceback" not in page.sent, name
        assert page.received.message_bytes < 2_000_000, name
        assert page.parameters <= {"", *PARAMETERS}, "a parameter that is not tried here"
