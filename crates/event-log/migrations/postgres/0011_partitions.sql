-- Makes the tables of these partitions, those that are missing: called when a log is made, and for every table that a
-- later release splits.
CREATE FUNCTION make_partitions(first integer, last integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text;
  settings text;
BEGIN
  FOR number IN first .. last LOOP
    FOREACH name IN ARRAY ARRAY['events', 'input_keys', 'data_keys', 'snapshots'] LOOP
      settings := CASE name WHEN 'snapshots' THEN 'WITH (fillfactor = 80)' ELSE '' END;
      EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I FOR VALUES IN (%s) %s',
        name || '_' || number, name, number, settings);
    END LOOP;
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION make_partitions(integer, integer) FROM PUBLIC;
