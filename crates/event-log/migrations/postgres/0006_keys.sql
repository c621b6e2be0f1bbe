-- What leads from a keyed digest: keys of inputs, lookups, and the debtors' wrapped data keys.

CREATE TABLE input_keys (
  partition  smallint NOT NULL,
  key        bytea    NOT NULL,
  content    bytea    NOT NULL,
  PRIMARY KEY (key, partition)
) PARTITION BY LIST (partition);

-- The digest stands first: one question goes to all partitions.
CREATE TABLE lookups (
  partition  smallint NOT NULL,
  kind       smallint NOT NULL,
  digest     bytea    NOT NULL,
  stream     bytea    NOT NULL,
  number     bigint   NOT NULL,
  PRIMARY KEY (digest, kind, stream, number, partition)
) PARTITION BY LIST (partition);

CREATE TABLE data_keys (
  partition  smallint NOT NULL,
  stream     bytea    NOT NULL,
  wrapped    bytea    NOT NULL,
  PRIMARY KEY (stream, partition)
) PARTITION BY LIST (partition);
