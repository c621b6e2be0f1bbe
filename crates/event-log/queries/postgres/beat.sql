/* mahnwerk: beat */
WITH clock AS MATERIALIZED (
  SELECT clock_ms() AS now
), seen AS (
  INSERT INTO schedulers (instance, seen_until, rulebook) SELECT $1, now + $2::bigint, $4::bytea FROM clock
  ON CONFLICT (instance) DO UPDATE SET seen_until = excluded.seen_until, rulebook = excluded.rulebook
), forgotten AS (
  DELETE FROM schedulers WHERE instance IN (
    SELECT s.instance FROM schedulers s, clock WHERE s.seen_until < now - $3::bigint AND s.instance <> $1
    ORDER BY s.instance LIMIT 100 FOR UPDATE OF s SKIP LOCKED)
), renewed AS (
  UPDATE owners SET lease_until = now + $2::bigint FROM clock WHERE owner = $1 RETURNING partition
), members AS (
  SELECT array_agg(instance ORDER BY instance) AS instances, array_agg(rulebook ORDER BY instance) AS rulebooks FROM (
    SELECT instance, rulebook FROM schedulers, clock WHERE seen_until > now AND instance <> $1
    UNION ALL SELECT $1::bytea, $4::bytea) alive
)
SELECT o.partition, o.epoch,
  CASE WHEN o.owner = $1 AND r.partition IS NULL THEN NULL ELSE o.owner END,
  CASE WHEN o.owner IS NULL OR o.owner = $1 AND r.partition IS NULL THEN 0
    WHEN o.owner = $1 THEN $2::bigint ELSE greatest(o.lease_until - c.now, 0) END,
  c.now, m.instances, m.rulebooks
FROM owners o CROSS JOIN clock c CROSS JOIN members m LEFT JOIN renewed r ON r.partition = o.partition
ORDER BY o.partition
