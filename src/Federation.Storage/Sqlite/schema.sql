-- The store on SQLite. Sections are applied in order, each once and in one transaction; PRAGMA user_version says how far a file is.
-- A section that was released is never edited: add the next one.

-- version 1

-- One row. revision is the sequencer: the newest revision given out.
CREATE TABLE store (
  id                 INTEGER PRIMARY KEY CHECK (id = 1),
  identity           TEXT    NOT NULL,
  revision           INTEGER NOT NULL DEFAULT 0,
  compacted_revision INTEGER NOT NULL DEFAULT 0, -- the log can be read after this revision
  pruned_revision    INTEGER NOT NULL DEFAULT 0  -- what compaction has removed so far; at most compacted_revision
) STRICT;

-- The log, and the only place that holds JSON: an object's JSON is that of the change its row points at, so the two cannot disagree
-- and every write stores its bytes once.
CREATE TABLE changes (
  revision          INTEGER PRIMARY KEY,
  type              INTEGER NOT NULL, -- 1 put, 2 delete
  kind              TEXT    NOT NULL,
  namespace         TEXT    NOT NULL,
  name              TEXT    NOT NULL,
  uid               TEXT    NOT NULL,
  generation        INTEGER NOT NULL,
  previous_revision INTEGER NOT NULL, -- 0: a create
  json              BLOB    NOT NULL
) STRICT;

-- What exists. Times are microseconds since 1970-01-01 UTC.
CREATE TABLE objects (
  kind          TEXT    NOT NULL,
  namespace     TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  uid           TEXT    NOT NULL,
  generation    INTEGER NOT NULL,
  revision      INTEGER NOT NULL, -- of the change that holds its JSON
  reconcile_due INTEGER,
  claimed_until INTEGER,
  claimed_by    TEXT,
  PRIMARY KEY (kind, namespace, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX objects_due ON objects (reconcile_due) WHERE reconcile_due IS NOT NULL;
CREATE INDEX objects_claimed ON objects (claimed_until) WHERE claimed_until IS NOT NULL;
