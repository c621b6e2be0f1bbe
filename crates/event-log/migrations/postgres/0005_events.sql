-- The events. Only ever added to: the application's role can neither change nor delete one.
--
-- No index but the primary key: a debtor's events are found by the links from one to the one before.
-- The long columns are not compressed: what is sealed does not get shorter.
CREATE TABLE events (
  position     bigint   NOT NULL,
  version      bigint   NOT NULL,
  previous     bigint,            -- the position of the stream's previous event
  at           bigint   NOT NULL,
  occurred_at  bigint   NOT NULL,
  decider      bigint   NOT NULL,
  history      integer  NOT NULL,
  tenant       integer  NOT NULL,
  rulebook     integer  NOT NULL,
  kind         integer  NOT NULL,
  schema       integer  NOT NULL,
  partition    smallint NOT NULL,
  cause_kind   smallint NOT NULL,
  stream       bytea    NOT NULL,
  event_id     bytea    NOT NULL,
  cause_id     bytea    NOT NULL,
  trace        bytea,
  payload      bytea    NOT NULL,
  personal     bytea,             -- sealed
  chain        bytea    NOT NULL,
  PRIMARY KEY (partition, position)
) PARTITION BY LIST (partition);
ALTER TABLE events ALTER COLUMN personal SET STORAGE EXTERNAL;
