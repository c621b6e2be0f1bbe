#!/usr/bin/env bash
# Run once by PostgreSQL's image, when it makes the cluster: the roles, and their passwords from the secrets.
# The passwords pass through psql alone, not through anybody's arguments or a log.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres --file /etc/mahnwerk/roles.sql
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set owner `cat /run/secrets/postgres_owner`
\set app `cat /run/secrets/postgres_app`
SET log_min_duration_statement = -1;
ALTER ROLE mahnwerk_owner PASSWORD :'owner';
ALTER ROLE mahnwerk_app PASSWORD :'app';
SQL
