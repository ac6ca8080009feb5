"""The Labels page, opened cold by Streamlit's own test client on real predictions."""

import csv
import io
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from fashion_core.config import RunSpec
from fashion_core.data import read_split
from fashion_core.history import EpochRecord
from fashion_core.runs import artifacts
from fashion_core.runs.artifacts import EpochFile
from fashion_core.runs.decision import Decision, picture_digest
from fashion_core.runs.importing import import_folder
from fashion_core.runs.journal import RunJournal
from fashion_core.runs.label_decisions import DECISION_FILE, LabelDecisions
from fashion_core.runs.store import RunStore
from pages.ui import labels_data, labels_panel, services
from pages.ui.labels_csv import write_decisions_csv
from pages.ui.labels_keys import KeyButton, pressed_action

ROOT = Path(__file__).parents[1]
REFERENCE_RUN = ROOT / "examples" / "reference-run"
REFERENCE = "r-reference-as-specified"


def buttons_for_keys(buttons: list[KeyButton], *, said: str, on_press, token, **_) -> None:
    """Stand in for the component, which needs a browser: the same buttons as Streamlit's own."""
    for button in buttons:
        st.button(
            button.text,
            key=f"key-{button.action}",
            disabled=button.disabled,
            on_click=on_press,
            args=(button.action,),
        )
    st.caption(said)


@pytest.fixture(autouse=True)
def caches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give pages caches of their own, no engine, and only the runs of the test."""
    monkeypatch.setattr(services, "engine", lambda: None)
    monkeypatch.setattr(services, "REFERENCE", Path("nowhere"))
    monkeypatch.setattr(labels_panel, "key_bar", buttons_for_keys)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Give the empty store that the pages use."""
    monkeypatch.setenv("FASHION_RUNS", str(tmp_path / "runs"))
    return services.store()


@pytest.fixture
def with_run(store: RunStore) -> RunStore:
    """Give the store with the reference run."""
    import_folder(store, REFERENCE_RUN)
    return store


def open_page(**query: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("pages/labels.py")
    return app.run()


def words(app: AppTest) -> str:
    """Give all the text of a page; `app` must be free of exceptions."""
    assert not app.exception
    kinds = (app.title, app.markdown, app.caption, app.info, app.warning, app.error, app.metric)
    return "\n".join(
        f"{getattr(element, 'label', '')} {element.value}" for kind in kinds for element in kind
    )


def press(app: AppTest, action: str) -> AppTest:
    return app.button(key=f"key-{action}").click().run()


def decided(store: RunStore) -> list[tuple]:
    found = LabelDecisions(store.root).all()
    return [(d.split, d.image_id, d.verdict, d.new_label) for d in found]


def ranking(split: str, by: str = "probability") -> list[int]:
    """Rank from disk: image ids, the least believed label first."""
    source = read_split(ROOT / "data", "test" if split == "test" else "val")
    losses = np.stack(
        [
            getattr(
                artifacts.read_epoch(REFERENCE_RUN, e), "test" if split == "test" else "val"
            ).loss
            for e in range(1, 31)
        ]
    ).astype(float)
    believed = np.exp(-losses).sum(axis=0)
    order = np.argsort(believed if by == "probability" else -losses.sum(axis=0))
    return source.image_ids[order].tolist()


def add_one_epoch_run(store: RunStore) -> str:
    run_id = store.create(RunSpec(epochs=1, seed=4))
    journal = RunJournal(store, run_id)
    journal.start()
    content = artifacts.read_epoch(REFERENCE_RUN, 3)
    record = EpochRecord(
        epoch=1,
        train_loss=0.5,
        train_accuracy=0.8,
        val_loss=content.record.val_loss,
        val_accuracy=content.record.val_accuracy,
        seconds=1.0,
    )
    written = EpochFile(record=record, val=content.val, test=content.test)
    artifacts.write_epoch(store.run_dir(run_id), written)
    journal.epoch(record)
    journal.end("finished", "")
    return run_id


# What is shown


def test_page_without_a_run_says_what_to_do(store) -> None:
    app = open_page()
    assert app.title[0].value == "Which labels look wrong?"
    assert "Nothing was trained yet." in words(app)


def test_page_of_a_run_without_an_epoch_says_so(store) -> None:
    store.create(RunSpec())
    assert "has not finished its first epoch yet" in words(open_page())


@pytest.mark.parametrize("split", ["test", "validation"])
def test_page_opens_with_the_least_believed_label(with_run, split) -> None:
    first = ranking(split)[0]
    app = open_page(split=split)
    text = words(app)
    assert f"{split.capitalize()} picture {first}" in text
    assert app.query_params["picture"] == str(first)


def test_the_list_ends_with_the_labels_that_the_sentence_counts(with_run) -> None:
    text = words(open_page())
    counted = re.search(r"more than the label for (\d+) of 10,000", text)[1]
    assert f"**{counted} labels to decide about**" in text
    text = words(press(open_page(), "keep"))
    assert f"**{int(counted) - 1} labels to decide about** · 1 of the {counted} decided" in text


def test_all_labels_can_be_listed_and_those_that_are_believed_are_marked(with_run) -> None:
    app = open_page(labels="all undecided")
    assert "**10,000 undecided labels**, also those that the network agrees with" in words(app)
    app.session_state["page"] = 400
    sent = [json.loads(part.proto.json) for part in app.run().get("bidi_component")]
    (data,) = [each for each in sent if "notes" in each]
    assert set(data["notes"]) == {"believed"}


def test_where_all_doubted_labels_are_decided_the_page_says_that_one_can_stop(with_run) -> None:
    weighed = labels_data.weighed(REFERENCE, tuple(range(1, 31)), "test")
    pictures = services.pictures("test")
    decisions = [
        Decision(
            split="test",
            image_id=int(pictures.image_ids[position]),
            digest=labels_data.digests("test")[int(pictures.image_ids[position])],
            label=int(pictures.labels[position]),
            verdict="keep",
            new_label=None,
            decided=1.0,
        )
        for position in np.flatnonzero(weighed.belief.is_doubted)
    ]
    for decision in decisions:
        LabelDecisions(with_run.root).decide(decision)
    assert "every label that the network doubts: you can stop here." in words(open_page())


def test_sentence_counts_the_doubted_labels(with_run) -> None:
    labels = read_split(ROOT / "data", "test").labels
    epochs = [artifacts.read_epoch(REFERENCE_RUN, e).test for e in range(1, 31)]
    mean = sum(part.pred_probs.astype(float) for part in epochs) / 30
    mean[np.arange(10_000), labels] = sum(np.exp(-part.loss.astype(float)) for part in epochs) / 30
    doubted = int((mean.argmax(axis=1) != labels).sum())
    assert (
        f"Averaged over 30 epochs, the network believed another class more than the label for "
        f"{doubted} of 10,000 test pictures." in words(open_page())
    )


def test_ranking_by_loss_begins_with_another_picture(with_run) -> None:
    app = open_page()
    app.selectbox(key="suspicion").set_value("Mean loss, highest first").run()
    first = ranking("test", by="loss")[0]
    assert first != ranking("test")[0]
    assert f"Test picture {first}" in words(app)


def test_a_link_puts_any_picture_in_question(with_run) -> None:
    app = open_page(picture="9000")
    assert "Test picture 9000" in words(app)


def test_a_link_to_a_picture_of_another_split_falls_back_to_the_first(with_run) -> None:
    training_picture = next(i for i in range(60_000) if i not in set(ranking("validation")))
    app = open_page(split="validation", picture=str(training_picture))
    assert f"Validation picture {ranking('validation')[0]}" in words(app)


def test_one_epoch_is_enough(store) -> None:
    add_one_epoch_run(store)
    app = open_page()
    text = words(app)
    assert "In its only epoch, the network believed another class more" in text
    assert len(app.get("plotly_chart")) == 1
    press(app, "keep")
    assert len(decided(store)) == 1


def test_a_damaged_epoch_is_left_out_and_named(with_run) -> None:
    (path,) = (with_run.run_dir(REFERENCE) / "epochs").glob("epoch-0003-*")
    path.write_bytes(path.read_bytes()[:-7])
    text = words(open_page())
    assert "Averaged over 29 epochs" in text
    assert "without epoch 3, whose files are damaged" in text


def test_a_run_damaged_in_every_epoch_says_so(with_run) -> None:
    shutil.rmtree(with_run.run_dir(REFERENCE) / "epochs")
    text = words(open_page())
    assert "The answers of epoch 8 of run 1 cannot be shown" in text
    assert "Show epoch" not in text


def test_page_says_what_the_list_can_and_cannot_show(with_run) -> None:
    text = words(open_page())
    assert "a rare or hard picture, or a network that is wrong, are others" in text
    assert "**What it cannot find.**" in text


# Deciding


def test_a_decision_is_kept_and_the_next_label_comes(with_run) -> None:
    order = ranking("test")
    app = press(press(open_page(), "keep"), "ambiguous")
    assert decided(with_run) == [
        ("test", order[0], "keep", None),
        ("test", order[1], "ambiguous", None),
    ]
    text = words(app)
    assert f"Test picture {order[2]}" in text
    assert "labels to decide about** · 2 of the" in text
    assert f"Test picture {order[1]}: ambiguous." in text


def test_relabel_takes_the_suggested_class_or_the_chosen_one(with_run) -> None:
    """The label least believed, test picture 1111, is T-shirt/top and suggested as Dress."""
    app = press(open_page(picture="1111"), "relabel")
    assert decided(with_run) == [("test", 1111, "relabel", 3)]
    app.selectbox(key=f"new-label-test-{ranking('test')[1]}").set_value("Bag").run()
    press(app, "relabel")
    assert decided(with_run)[1][2:] == ("relabel", 8)


def test_undo_takes_back_one_decision_after_the_other(with_run) -> None:
    order = ranking("test")
    app = open_page()
    assert app.button(key="key-undo").disabled
    app = press(press(press(app, "keep"), "skip"), "undo")
    assert decided(with_run) == [("test", order[0], "keep", None)]
    assert app.query_params["picture"] == str(order[1])
    press(app, "undo")
    assert decided(with_run) == []
    assert app.button(key="key-undo").disabled


def test_undo_puts_an_earlier_decision_back(with_run) -> None:
    first = str(ranking("test")[0])
    press(open_page(), "ambiguous")
    app = press(open_page(labels="decided", picture=first), "keep")
    assert decided(with_run) == [("test", int(first), "keep", None)]
    app = press(app, "undo")
    assert decided(with_run) == [("test", int(first), "ambiguous", None)]
    assert "ambiguous again" in words(app)


def test_two_windows_do_not_lose_decisions_nor_undo_each_other(with_run) -> None:
    order = ranking("test")
    first, second = open_page(), open_page()
    press(first, "keep")
    press(second, "ambiguous")  # the same picture: the later decision counts
    press(second, "skip")
    assert decided(with_run) == [
        ("test", order[0], "ambiguous", None),
        ("test", order[1], "skip", None),
    ]
    text = words(press(first, "undo"))
    assert f"Another window has decided about test picture {order[0]} since" in text
    assert len(decided(with_run)) == 2


def test_decided_labels_are_listed_apart(with_run) -> None:
    press(open_page(), "keep")
    text = words(open_page(labels="decided"))
    assert "1 label decided about" in text
    assert f"Test picture {ranking('test')[0]}" in text


def test_nothing_decided_is_said(with_run) -> None:
    assert "Nothing decided yet." in words(open_page(labels="decided"))


def test_decisions_hold_for_every_run_and_one_split(with_run) -> None:
    press(open_page(), "keep")
    add_one_epoch_run(with_run)
    every = {"labels": "all undecided"}
    assert "9,999 undecided labels" in words(open_page(**every))
    assert "10,000 undecided labels" in words(open_page(split="validation", **every))


def test_a_folder_that_cannot_be_written_is_said_and_the_picture_stays(with_run) -> None:
    app = open_page()
    (with_run.root / "label-decisions.lock").mkdir()
    text = words(press(app, "keep"))
    assert "nothing was changed" in text
    assert f"Test picture {ranking('test')[0]}" in text


# The score


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def test_disputed_labels_leave_the_official_figure_as_it_is(with_run) -> None:
    """Four labels at the top, all mistakes of epoch 8; relabel and ambiguous are disputes."""
    labels = read_split(ROOT / "data", "test").labels
    right = int((artifacts.read_epoch(REFERENCE_RUN, 8).test.predictions == labels).sum())
    app = open_page()
    before = metrics(app)["Accuracy (official)"]
    assert metrics(app)["Without disputed labels"] == before == f"{right / 100:.2f}\u00a0%"
    for action in ("keep", "relabel", "ambiguous", "skip"):
        app = press(app, action)
    assert metrics(app)["Accuracy (official)"] == before
    assert metrics(app)["Without disputed labels"] == f"{100 * right / 9_998:.2f}\u00a0%"
    text = words(app)
    assert "2 left out, 2 of them counted as mistakes" in text
    assert "Decided so far: 1 keep, 1 relabel, 1 ambiguous, 1 skipped." in text


# Damage, and the file to take away


def test_a_damaged_file_is_named_kept_and_goes_on(with_run) -> None:
    press(press(open_page(), "keep"), "ambiguous")
    path = with_run.root / DECISION_FILE
    path.write_bytes(path.read_bytes()[:-10])
    damaged = path.read_bytes()
    text = words(open_page())
    (kept,) = with_run.root.glob(f"{DECISION_FILE}.damaged-*")
    assert kept.read_bytes() == damaged
    assert "The file of decisions was damaged." in text
    assert kept.name.split("-")[-1] in text
    assert [row[2] for row in decided(with_run)] == ["keep"]
    kept.unlink()
    assert "was damaged" not in words(open_page())


def test_an_unreadable_file_is_a_sentence(with_run) -> None:
    (with_run.root / DECISION_FILE).mkdir()
    assert "with the decisions about labels cannot be read" in words(open_page())


def test_a_decision_about_other_pixels_does_not_count(with_run) -> None:
    other = Decision(
        split="test",
        image_id=ranking("test")[0],
        digest="0" * 16,
        label=0,
        verdict="ambiguous",
        new_label=None,
        decided=1.0,
    )
    LabelDecisions(with_run.root).decide(other)
    text = words(open_page(labels="all undecided"))
    assert "10,000 undecided labels" in text
    assert "1 decision is about pictures or labels that are others now" in text


def test_the_digest_is_that_of_the_picture_on_screen(with_run) -> None:
    press(open_page(split="validation"), "keep")
    (made,) = LabelDecisions(with_run.root).all()
    source = read_split(ROOT / "data", "val")
    position = source.image_ids.tolist().index(made.image_id)
    assert made.label == source.labels[position]
    assert made.digest == picture_digest(source.images[position], made.label)


def test_csv_has_a_line_for_each_decision(with_run) -> None:
    app = press(press(open_page(split="validation"), "relabel"), "keep")
    assert not app.exception
    press(open_page(), "skip")
    found = LabelDecisions(with_run.root).all()
    rows = list(csv.DictReader(io.StringIO(write_decisions_csv(found).decode())))
    assert [row["split"] for row in rows] == ["test", "validation", "validation"]
    by_id = {(row["split"], int(row["image_id"])): row for row in rows}
    relabelled = by_id["validation", ranking("validation")[0]]
    assert relabelled["decision"] == "relabel"
    assert relabelled["label"] != relabelled["new_label"]
    assert relabelled["new_label_name"]
    assert by_id["test", ranking("test")[0]]["new_label"] == ""
    assert rows[0]["decided"].startswith("20")


def test_download_waits_for_the_first_decision(with_run) -> None:
    app = open_page()
    assert app.get("download_button")[0].proto.disabled
    press(app, "keep")
    assert not app.get("download_button")[0].proto.disabled


# Keys


@pytest.mark.parametrize(
    ("value", "action"),
    [
        ({"token": "t", "action": "keep"}, "keep"),
        ({"token": "older", "action": "keep"}, ""),
        ({"token": "t", "action": 3}, ""),
        ({"token": "t"}, ""),
        ("keep", ""),
        (None, ""),
    ],
)
def test_a_press_counts_only_for_what_is_on_screen(monkeypatch, value, action) -> None:
    monkeypatch.setattr(st, "session_state", {"decide": {"pressed": value}})
    assert pressed_action("decide", "t") == action


def test_a_bar_that_is_gone_reports_nothing(monkeypatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    assert pressed_action("decide", "t") == ""


def test_no_key_is_one_of_streamlits_own_or_given_twice(with_run, monkeypatch) -> None:
    seen: list[KeyButton] = []
    monkeypatch.setattr(labels_panel, "key_bar", lambda buttons, **_: seen.extend(buttons))
    words(open_page())
    keys = [button.key for button in seen]
    assert sorted(keys) == ["A", "K", "L", "S", "U"]
    assert not set(keys) & {"R", "C"}
