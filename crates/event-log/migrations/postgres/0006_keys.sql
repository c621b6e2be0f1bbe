-- What leads from a keyed digest: keys of inputs, lookups, and the debtors' wrapped data keys.

CREATE TABLE input_keys (
  partition  smallint NOT NULL,
  key        bytea    NOT NULL,
  content    bytea    NOT NULL,
  PRIMARY KEY (key, partition)
) PARTITION BY LIST (partition);

-- One table, and the digest stands first: a fact that names a claim alone is asked for over all partitions, and a
-- question to as many tables as there are partitions would cost as many times.
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
