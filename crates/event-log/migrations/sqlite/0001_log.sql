-- The log of one Mahnwerk in SQLite.
--
-- No column holds a plain personal value: personal parts come sealed, and names of persons, debtors, claims and contact
-- points come as keyed digests. Instants are milliseconds since 1970 in UTC.
--
-- "place" is partition * 2^48 + position: one integer, so that the log grows at its right end and a row is one look-up.

-- What the log was made with. One row.
CREATE TABLE origin (
  one         INTEGER PRIMARY KEY CHECK (one = 1),
  partitions  INTEGER NOT NULL,
  history     INTEGER NOT NULL,
  key_check   BLOB    NOT NULL
) STRICT;

-- What events name by a small number.
CREATE TABLE histories (number INTEGER PRIMARY KEY, history BLOB NOT NULL UNIQUE) STRICT;
CREATE TABLE tenants (number INTEGER PRIMARY KEY, tenant TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE rulebooks (number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, sources BLOB) STRICT;

-- The end of each partition's log, and who may move it.
CREATE TABLE heads (
  partition      INTEGER PRIMARY KEY,
  epoch          INTEGER NOT NULL,
  position       INTEGER NOT NULL,
  chain          BLOB    NOT NULL,
  at             INTEGER NOT NULL,
  checkpoint     INTEGER NOT NULL, -- up to where the snapshots are complete
  least_decider  INTEGER NOT NULL, -- the least decider revision that may own the partition
  own_newest     INTEGER NOT NULL  -- the newest event of the partition's own stream, or 0
) STRICT;

-- Only ever added to.
CREATE TABLE events (
  place        INTEGER PRIMARY KEY,
  history      INTEGER NOT NULL,
  tenant       INTEGER NOT NULL,
  stream       BLOB    NOT NULL,
  version      INTEGER NOT NULL,
  previous     INTEGER,          -- the position of the stream's previous event
  event_id     BLOB    NOT NULL,
  cause_kind   INTEGER NOT NULL,
  cause_id     BLOB    NOT NULL,
  at           INTEGER NOT NULL,
  occurred_at  INTEGER NOT NULL,
  kind         INTEGER NOT NULL,
  schema       INTEGER NOT NULL,
  decider      INTEGER NOT NULL,
  rulebook     INTEGER NOT NULL,
  trace        BLOB,
  payload      BLOB    NOT NULL,
  personal     BLOB,             -- sealed
  chain        BLOB    NOT NULL
) STRICT;

CREATE TABLE input_keys (
  partition  INTEGER NOT NULL,
  key        BLOB    NOT NULL,
  content    BLOB    NOT NULL,
  PRIMARY KEY (partition, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE lookups (
  partition  INTEGER NOT NULL,
  kind       INTEGER NOT NULL,
  digest     BLOB    NOT NULL,
  stream     BLOB    NOT NULL,
  number     INTEGER NOT NULL,
  PRIMARY KEY (partition, kind, digest, stream, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE data_keys (
  partition  INTEGER NOT NULL,
  stream     BLOB    NOT NULL,
  wrapped    BLOB    NOT NULL,
  PRIMARY KEY (partition, stream)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked (
  partition  INTEGER NOT NULL,
  key        BLOB    NOT NULL,
  claim      BLOB    NOT NULL,
  since      INTEGER NOT NULL,
  sealed     BLOB    NOT NULL,
  PRIMARY KEY (partition, key)
) STRICT;
CREATE INDEX parked_by_age ON parked (partition, since, key);
CREATE INDEX parked_by_claim ON parked (partition, claim, since, key);

-- The checkpoint behind the log.
CREATE TABLE snapshots (
  partition       INTEGER NOT NULL,
  stream          BLOB    NOT NULL,
  tenant          INTEGER NOT NULL,
  version         INTEGER NOT NULL,
  position        INTEGER NOT NULL,
  revision        INTEGER NOT NULL,
  state           BLOB    NOT NULL,
  due_at          INTEGER,
  ready_channel   INTEGER,
  ready_priority  INTEGER,
  PRIMARY KEY (partition, stream)
) STRICT;
CREATE INDEX snapshots_due ON snapshots (partition, due_at, stream)
  WHERE due_at IS NOT NULL AND ready_channel IS NULL;
CREATE INDEX snapshots_ready ON snapshots (partition, ready_priority DESC, stream)
  WHERE ready_channel IS NOT NULL;
