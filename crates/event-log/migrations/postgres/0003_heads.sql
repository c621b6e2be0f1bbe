-- The end of each partition's log: the fence. An append moves it only from the position, chain and epoch that it expects.
--
-- Nothing of it is indexed but the partition, and each page keeps room, so that moving it touches its own page alone.
CREATE TABLE heads (
  partition      smallint PRIMARY KEY,
  epoch          bigint NOT NULL,
  position       bigint NOT NULL,
  chain          bytea  NOT NULL,
  at             bigint NOT NULL,
  checkpoint     bigint NOT NULL, -- up to where the snapshots are complete
  least_decider  bigint NOT NULL, -- the least decider revision that may own the partition
  own_newest     bigint NOT NULL  -- the newest event of the partition's own stream, or 0
) WITH (fillfactor = 10);
