-- Who owns each partition until when, and how far its owner has published the feed.
--
-- Beside the heads, so that a sign of life waits for no append and no append waits for a sign of life.
-- "epoch" is the head's: whoever raises one raises both, this one first.
CREATE TABLE owners (
  partition    smallint PRIMARY KEY,
  epoch        bigint NOT NULL,
  owner        bytea,             -- the instance, or none
  lease_until  bigint NOT NULL,
  feed_cursor  bigint NOT NULL    -- the last position that was published
) WITH (fillfactor = 20);

-- The schedulers that say that they live.
CREATE TABLE schedulers (
  instance    bytea PRIMARY KEY,
  seen_until  bigint NOT NULL
) WITH (fillfactor = 20);
