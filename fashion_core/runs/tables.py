"""The tables of the run store: the first format, and what each later one adds to it."""

from typing import Final

_FIRST: Final = """
CREATE TABLE runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created REAL NOT NULL,
    spec TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    stop_requested INTEGER NOT NULL DEFAULT 0,
    queue_position INTEGER NOT NULL DEFAULT 0,
    progress TEXT
);
CREATE TABLE epochs (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (run_id, epoch)
) WITHOUT ROWID;
CREATE TABLE steps (
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    epoch INTEGER NOT NULL,
    step INTEGER NOT NULL,
    loss REAL,
    PRIMARY KEY (run_id, epoch, step)
) WITHOUT ROWID;
CREATE TABLE notices (
    number INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    UNIQUE (run_id, text)
);
CREATE TABLE news (
    text TEXT NOT NULL
);
"""

# What a list of runs shows of each, so that it need not read every epoch; see `rows.summarise`.
_SUMMARIES: Final = """
ALTER TABLE runs ADD COLUMN summary TEXT NOT NULL DEFAULT '';
"""

# What people say about a run, repeated in its folder; see `annotation_file`.
_ANNOTATIONS: Final = """
ALTER TABLE runs ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE runs ADD COLUMN deleted REAL;
"""

# Runs that wait but must not be taken yet, and settings of the server that outlive it.
_QUEUE: Final = """
ALTER TABLE runs ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
"""

FORMATS: Final = (_FIRST, _SUMMARIES, _ANNOTATIONS, _QUEUE)
"""SQL that leads from each format to the next; applied in order, they make a new database."""

SCHEMA_VERSION: Final = len(FORMATS)
