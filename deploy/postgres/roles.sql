-- The database and the two roles of Mahnwerk in PostgreSQL. Run once as a superuser, before `mahnwerk init`:
--
--   psql --set ON_ERROR_STOP=1 --file deploy/postgres/roles.sql postgres
--
-- Running it again changes nothing. It sets no password: `\password mahnwerk_owner` and `\password mahnwerk_app` do,
-- without a trace in a log or a history.
--
-- mahnwerk_owner  owns the tables; logs in for `init` and `migrate` alone, and never for a role that runs.
-- mahnwerk_app    every role that runs. What it may do to each table `migrate` says (migrations/postgres/grants.sql):
--                 it adds events, and can neither change, delete nor truncate one, nor make or drop a table.
--
-- `\gexec` runs what the line above it wrote, and only where something is missing.

SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', name)
FROM unnest(ARRAY['mahnwerk_owner', 'mahnwerk_app']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

SELECT 'CREATE DATABASE mahnwerk OWNER mahnwerk_owner ENCODING ''UTF8'' LOCALE ''C'' TEMPLATE template0'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'mahnwerk') \gexec

-- Nobody else connects, and nobody makes temporary tables: all that is kept is kept where it is looked for.
REVOKE ALL ON DATABASE mahnwerk FROM PUBLIC;
GRANT CONNECT ON DATABASE mahnwerk TO mahnwerk_app;

-- A frozen process holds no lock for longer than a lease (takeover, 1), also where the server's own settings say else.
ALTER ROLE mahnwerk_app IN DATABASE mahnwerk SET idle_in_transaction_session_timeout = '3s';
-- No statement of ours takes longer; one that hangs is given up, and its outcome looked up (takeover, 2).
ALTER ROLE mahnwerk_app IN DATABASE mahnwerk SET statement_timeout = '60s';
-- Confirmed means on the disk, whatever the server's default is.
ALTER ROLE mahnwerk_app IN DATABASE mahnwerk SET synchronous_commit = 'on';

\connect mahnwerk
-- The tables lie in the schema `mahnwerk`, which `init` makes as the owner; nobody makes anything beside them.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
-- What a later release of PostgreSQL or a careless migration would give to everybody is given to nobody.
ALTER DEFAULT PRIVILEGES FOR ROLE mahnwerk_owner REVOKE ALL ON TABLES FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE mahnwerk_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
