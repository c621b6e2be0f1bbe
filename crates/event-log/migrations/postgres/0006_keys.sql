-- What leads from a keyed digest: keys of inputs, lookups, and the debtors' wrapped data keys.

CREATE TABLE input_keys (
  partition  smallint NOT NULL,
  key        bytea    NOT NULL,
  content    bytea    NOT NULL,
  PRIMARY KEY (key, partition)
) PARTITION BY LIST (partition);

-- One table, and the digest first: one question goes to all partitions at once (inputs, 5).
CREATE TABLE lookups (
  partition  smallint NOT NULL,
  kind       smallint NOT NULL,
  digest     bytea    NOT NULL,
  stream     bytea    NOT NULL,
  number     bigint   NOT NULL,
  PRIMARY KEY (digest, kind, stream, number, partition)
);

CREATE TABLE data_keys (
  partition  smallint NOT NULL,
  stream     bytea    NOT NULL,
  wrapped    bytea    NOT NULL,
  PRIMARY KEY (stream, partition)
) PARTITION BY LIST (partition);
