-- The checkpoint behind the log: a debtor's state, when it is due, and with which priority it waits.
--
-- The indexes hold only who is due or waits; a state that changes alone stays on its page.
CREATE TABLE snapshots (
  partition       smallint NOT NULL,
  ready_channel   smallint,
  tenant          integer  NOT NULL,
  version         bigint   NOT NULL,
  position        bigint   NOT NULL,
  revision        bigint   NOT NULL,
  due_at          bigint,
  ready_priority  integer,
  stream          bytea    NOT NULL,
  state           bytea    NOT NULL,
  PRIMARY KEY (partition, stream)
) PARTITION BY LIST (partition);
CREATE INDEX snapshots_due ON snapshots (due_at, stream) WHERE due_at IS NOT NULL AND ready_channel IS NULL;
CREATE INDEX snapshots_ready ON snapshots (ready_priority DESC, stream) WHERE ready_channel IS NOT NULL;
