/* mahnwerk: append */
WITH moved AS (
  UPDATE heads SET position = $5, chain = $6, at = greatest(at, $7), least_decider = greatest(least_decider, $8),
    own_newest = greatest(own_newest, $9)
  WHERE partition = $1 AND epoch = $2 AND position = $3 AND chain = $4
    AND abs($10::bigint - clock_ms()) <= $11::bigint
    AND $7 <= greatest(clock_ms() + $11::bigint, at)
  RETURNING partition, at, checkpoint
), events_written AS (
  INSERT INTO events (partition, history, position, tenant, rulebook, stream, version, previous, event_id, cause_kind,
    cause_id, at, occurred_at, kind, schema, decider, trace, payload, personal, chain)
  SELECT m.partition, $12::integer, e.*
  FROM moved m, unnest($13::bigint[], $14::integer[], $15::integer[], $16::bytea[], $17::bigint[], $18::bigint[],
    $19::bytea[], $20::smallint[], $21::bytea[], $22::bigint[], $23::bigint[], $24::integer[], $25::integer[],
    $26::bigint[], $27::bytea[], $28::bytea[], $29::bytea[], $30::bytea[]) AS e
), keys_written AS (
  INSERT INTO input_keys (partition, key, content)
  SELECT m.partition, k.* FROM moved m, unnest($31::bytea[], $32::bytea[]) AS k
), lookups_written AS (
  INSERT INTO lookups (partition, kind, digest, stream, number)
  SELECT m.partition, l.* FROM moved m CROSS JOIN unnest($33::smallint[], $34::bytea[], $35::bytea[], $36::bigint[])
    AS l (kind, digest, stream, number)
  LEFT JOIN LATERAL (SELECT true AS stands FROM lookups k
    WHERE l.kind = 1 AND k.kind = 1 AND k.digest = l.digest AND k.stream = l.stream OFFSET 0) known ON true
  WHERE known.stands IS NULL
), data_keys_written AS (
  INSERT INTO data_keys (partition, stream, wrapped)
  SELECT m.partition, k.* FROM moved m, unnest($37::bytea[], $38::bytea[]) AS k
), drained AS (
  DELETE FROM parked p USING moved WHERE p.partition = $1 AND p.key = ANY($39::bytea[])
), parked_anew AS (
  INSERT INTO parked (partition, key, claim, since, sealed)
  SELECT m.partition, p.* FROM moved m, unnest($40::bytea[], $41::bytea[], $42::bigint[], $43::bytea[]) AS p
  ON CONFLICT DO NOTHING
), parked_again AS (
  INSERT INTO parked (partition, key, claim, since, sealed)
  SELECT m.partition, p.* FROM moved m, unnest($44::bytea[], $45::bytea[], $46::bigint[], $47::bytea[]) AS p
  ON CONFLICT (partition, key) DO UPDATE SET claim = excluded.claim, since = excluded.since, sealed = excluded.sealed
), suppressed_written AS (
  INSERT INTO suppressed (partition, point, since)
  SELECT m.partition, s.* FROM moved m, unnest($48::bytea[], $49::bigint[]) AS s
  ON CONFLICT (partition, point) DO UPDATE SET since = greatest(suppressed.since, excluded.since)
)
SELECT at, checkpoint FROM moved
