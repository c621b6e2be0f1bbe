-- The rulebook that each scheduler decides by, so that two with different ones can say so; none: an older release.
ALTER TABLE schedulers ADD COLUMN rulebook bytea;
