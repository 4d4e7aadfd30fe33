#!/bin/sh
# Makes the three roles of an installation, or brings their passwords and rights in line. Run as superuser at every
# start of the compose files (PGHOST, PGUSER, PGPASSWORD, PGDATABASE): a new password is set in .env and nowhere else.
#
#   mvdb_owner        owns the tables and migrates; logs in for the time of a migration
#   mvdb_app          serves: rows of tables that migrations grant, nothing of its own
#   mvdb_replication  Electric's: reads the log and the tables, and may write nothing
#
# ELECTRIC_MANAGES_PUBLICATION=1 is for development, where nobody runs publication.sh after a migration: Electric then
# adds tables to its publication itself, for which it has to be a member of the owner.
set -eu

# The passwords go by standard input, through psql's own quoting: a process list shows flags to everybody.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set manages="${ELECTRIC_MANAGES_PUBLICATION:-0}" <<'SQL'
\getenv owner_password DATABASE_OWNER_PASSWORD
\getenv app_password DATABASE_APP_PASSWORD
\getenv replication_password DATABASE_REPLICATION_PASSWORD
BEGIN;
SELECT format('CREATE ROLE %I', role) FROM unnest(ARRAY['mvdb_owner', 'mvdb_app', 'mvdb_replication']) AS role
  WHERE to_regrole(role) IS NULL \gexec
-- What a password would look like in the server's log.
SET LOCAL log_statement = 'none';
SET LOCAL log_min_error_statement = 'panic';
ALTER ROLE mvdb_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE mvdb_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD :'app_password';
-- It reads the log, in which every row is, so row level security would keep nothing from it but the first snapshot.
ALTER ROLE mvdb_replication LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE REPLICATION BYPASSRLS PASSWORD :'replication_password';

SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO mvdb_owner', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO mvdb_app, mvdb_replication', current_database()) \gexec
ALTER SCHEMA public OWNER TO mvdb_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO mvdb_app, mvdb_replication;
-- What migrations make from now on; `auth` has sessions and passwords, and no shape is ever made of it.
ALTER DEFAULT PRIVILEGES FOR ROLE mvdb_owner IN SCHEMA public GRANT SELECT ON TABLES TO mvdb_replication;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO mvdb_replication;
SELECT :manages = 1 AS manages \gset
\if :manages
  GRANT mvdb_owner TO mvdb_replication;
  SELECT format('GRANT CREATE ON DATABASE %I TO mvdb_replication', current_database()) \gexec
\endif
COMMIT;
SQL
echo 'The roles mvdb_owner, mvdb_app and mvdb_replication are there.'
