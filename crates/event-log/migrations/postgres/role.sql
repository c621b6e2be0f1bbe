-- The role of the application, `{role}`, where nobody has made it yet: it may log in and nothing else.
--
-- Run by `mahnwerk migrate` as the owner of the tables. Give it a password, or let `pg_hba.conf` know it by certificate;
-- where roles are made by hand, this finds the role and does nothing.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
    CREATE ROLE "{role}" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
  END IF;
EXCEPTION
  -- Somebody else made it in the same moment.
  WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
