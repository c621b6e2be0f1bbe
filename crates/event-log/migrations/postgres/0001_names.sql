-- The log of one Mahnwerk in PostgreSQL: what it was made with, and what its rows name by a small number.
--
-- No column of any table holds a plain personal value: personal parts come sealed, and names of persons, debtors, claims
-- and contact points come as keyed digests. Instants are milliseconds since 1970 in UTC.

-- One row.
CREATE TABLE origin (
  one         smallint PRIMARY KEY CHECK (one = 1),
  partitions  integer  NOT NULL,
  history     integer  NOT NULL,
  key_check   bytea    NOT NULL
);

CREATE TABLE histories (number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, history bytea NOT NULL UNIQUE);
CREATE TABLE tenants (number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant text NOT NULL UNIQUE);
CREATE TABLE rulebooks (
  number   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  hash     bytea NOT NULL UNIQUE,
  sources  bytea
);
