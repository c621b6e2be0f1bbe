-- The database's time, in milliseconds since 1970: that of the moment, not that of the transaction's beginning (time, 1).
CREATE FUNCTION clock_ms() RETURNS bigint LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint $$;
