-- The store on PostgreSQL, in a schema of its own so that it can share a database. Sections are applied in order, each once and in one
-- transaction; federation.schema_version says how far a database is. A section that was released is never edited: add the next one.

-- version 1

-- One row. revision is the sequencer: the newest revision given out. Whoever writes objects locks this row first and holds it until the
-- commit, which makes revisions gap-free and in commit order over all processes, and makes checking an expected revision race-free.
CREATE TABLE federation.store (
  id                 smallint PRIMARY KEY DEFAULT 1 CHECK (id = 1),
  identity           uuid     NOT NULL,
  revision           bigint   NOT NULL DEFAULT 0,
  compacted_revision bigint   NOT NULL DEFAULT 0, -- the log can be read after this revision
  pruned_revision    bigint   NOT NULL DEFAULT 0  -- what compaction has removed so far; at most compacted_revision
) WITH (fillfactor = 10); -- updated by every transaction: room for many versions in the one page

-- The log, and the only place that holds JSON: an object's JSON is that of the change its row points at, so the two cannot disagree
-- and every write stores its bytes once. bytea, not jsonb: what is read back is what was written, byte for byte.
-- To look at it: SELECT revision, type, kind, namespace, name, convert_from(json, 'UTF8')::jsonb FROM federation.changes
CREATE TABLE federation.changes (
  revision          bigint   PRIMARY KEY,
  type              smallint NOT NULL, -- 1 put, 2 delete
  kind              text     COLLATE "C" NOT NULL,
  namespace         text     COLLATE "C" NOT NULL,
  name              text     COLLATE "C" NOT NULL,
  uid               text     NOT NULL,
  generation        bigint   NOT NULL,
  previous_revision bigint   NOT NULL, -- 0: a create
  json              bytea    NOT NULL
) WITH (toast_tuple_target = 8160); -- objects of a few KiB stay in their row, uncompressed
ALTER TABLE federation.changes ALTER COLUMN json SET STORAGE EXTERNAL;

-- What exists. Times are microseconds since 1970-01-01 UTC.
CREATE TABLE federation.objects (
  kind          text   COLLATE "C" NOT NULL,
  namespace     text   COLLATE "C" NOT NULL,
  name          text   COLLATE "C" NOT NULL,
  uid           text   NOT NULL,
  generation    bigint NOT NULL,
  revision      bigint NOT NULL, -- of the change that holds its JSON
  reconcile_due bigint,
  claimed_until bigint,
  claimed_by    text,
  PRIMARY KEY (kind, namespace, name)
) WITH (fillfactor = 70);

CREATE INDEX objects_due ON federation.objects (reconcile_due) WHERE reconcile_due IS NOT NULL;
CREATE INDEX objects_claimed ON federation.objects (claimed_until) WHERE claimed_until IS NOT NULL;
