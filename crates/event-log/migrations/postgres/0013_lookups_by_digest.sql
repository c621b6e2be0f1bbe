-- One short index entry for each lookup, and nothing to look for before one is written: a busy log spent a fifth of the
-- server's time on asking whether its lookups stood there already.
--
-- A digest is only ever asked for whole, so that a hash index serves, which costs two thirds of a tree's insert.
-- A lookup may stand there twice (a name that is stated again); whoever reads counts it once.
-- Claims have their own index already, which keeps that one has one debtor (inputs, 5).
ALTER TABLE lookups DROP CONSTRAINT lookups_pkey;
CREATE INDEX lookups_by_digest ON lookups USING hash (digest) WHERE kind <> 1;
