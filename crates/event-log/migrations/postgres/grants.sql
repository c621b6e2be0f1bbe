-- What the application's role, `{role}`, may do: add to the log and move what stands beside it, never change the log.
--
-- Run at the end of every migration; each right is named where it is given, and no other is.
GRANT USAGE ON SCHEMA mahnwerk TO "{role}";
GRANT EXECUTE ON FUNCTION clock_ms() TO "{role}";
GRANT SELECT ON schema_version, origin, histories TO "{role}";

-- Only ever added to.
GRANT SELECT, INSERT ON events, input_keys, lookups, data_keys, tenants, refused TO "{role}";
GRANT SELECT, INSERT ON rulebooks TO "{role}";
GRANT UPDATE (sources) ON rulebooks TO "{role}";

-- The fence, and the leases.
GRANT SELECT ON heads, owners TO "{role}";
GRANT UPDATE (epoch, position, chain, at, checkpoint, least_decider, own_newest) ON heads TO "{role}";
GRANT UPDATE (epoch, owner, lease_until, feed_cursor) ON owners TO "{role}";
GRANT SELECT, INSERT, UPDATE, DELETE ON schedulers TO "{role}";

-- What is behind the log or waits beside it.
GRANT SELECT, INSERT, UPDATE ON snapshots, suppressed TO "{role}";
GRANT SELECT, INSERT, UPDATE, DELETE ON parked TO "{role}";
