"""Text of visitors in Markdown: escaped where a name, note or reason reaches it."""

from pathlib import Path

import pytest
from helpers import REPO_ROOT, record, small_spec
from streamlit.testing.v1 import AppTest

from fashion_core.runs.journal import RunJournal
from fashion_core.runs.schema import connect
from fashion_core.runs.store import RunStore
from pages.ui import services
from pages.ui.literal import literal

JOINER = "\u2060"


@pytest.mark.parametrize(
    "plain",
    [
        "Reference: as specified",
        "lr 0.001, 3 epochs, conv 4/6",
        "50\u00a0% (a-b) 1.5!",
        "Größe קל",
        "",
    ],
)
def test_usual_names_stay_as_they_are(plain):
    assert literal(plain) == plain


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("**a** _b_ `c`", r"\*\*a\*\* \_b\_ \`c\`"),
        ("[a](javascript:b)", r"\[a\](javascript\:b)"),
        ("<b>&amp;", r"\<b\>\&amp;"),
        (":red[a]", r"\:red\[a\]"),
        ("$x$ ~y~ #z", r"\$x\$ \~y\~ \#z"),
        ("- a", r"\- a"),
        ("1. a", r"1\. a"),
        ("    code", "code"),
        ("a\nb", "a  \nb"),
        (":smile: x", rf"\:{JOINER}smile: x"),
        ("https://a.b", rf"https\:{JOINER}//a.b"),
        ("www.a.b c@d.e", rf"www{JOINER}.a.b c@{JOINER}d.e"),
        ("a -> b", rf"a -{JOINER}\> b"),
    ],
)
def test_markup_becomes_text(text, markdown):
    assert literal(text) == markdown


HOSTILE = "**x** [y](http://z) <b>:red[w]"


@pytest.fixture
def run_id(store: RunStore, monkeypatch: pytest.MonkeyPatch):
    """Let pages see a store with a failed run of a hostile name, reason and notice."""
    monkeypatch.setenv("FASHION_RUNS", str(store.root))
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    run_id = store.create(small_spec(), name=HOSTILE)
    journal = RunJournal(store, run_id)
    journal.start()
    journal.epoch(record(1))
    journal.notice(HOSTILE)
    journal.end("failed", HOSTILE)
    return run_id


@pytest.mark.parametrize("page", ["dashboard.py", "pages/train.py", "pages/runs.py"])
def test_no_page_hands_a_hostile_text_to_markdown(store, run_id, page):
    store.create(small_spec(seed=1), name=HOSTILE)  # waits: the Train page lists it
    with connect(store.database) as db:
        db.execute("INSERT INTO news VALUES (?)", (HOSTILE,))
    app = AppTest.from_file(str(REPO_ROOT / "dashboard.py"), default_timeout=60)
    app.query_params["run"] = run_id
    if page != "dashboard.py":
        app.switch_page(page)
    app.run()
    kinds = (app.markdown, app.caption, app.info, app.warning, app.error, app.success)
    texts = [element.value for kind in kinds for element in kind]
    assert any(literal(HOSTILE) in text for text in texts)
    assert [text for text in texts if HOSTILE in text] == []
    assert not app.exception
