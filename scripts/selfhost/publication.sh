#!/bin/sh
# Puts every table of the schema `public` into Electric's publication, with whole rows in the log. Run as superuser after
# each migration (PGHOST, PGUSER, PGPASSWORD, PGDATABASE). Electric runs with ELECTRIC_MANUAL_TABLE_PUBLISHING=true, so
# that its role needs to own no table; it wants the publication to be its own.
set -eu

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 <<'SQL'
SET client_min_messages = warning;
-- A migration, or somebody's long query, must not make all others wait behind this.
SET lock_timeout = '10s';
SELECT 'CREATE PUBLICATION electric_publication_default' WHERE NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'electric_publication_default') \gexec
ALTER PUBLICATION electric_publication_default OWNER TO mvdb_replication;
SELECT format('ALTER TABLE %s REPLICA IDENTITY FULL', oid::regclass) FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relreplident <> 'f' ORDER BY relname \gexec
SELECT format('ALTER PUBLICATION electric_publication_default ADD TABLE %s', c.oid::regclass) FROM pg_class c
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid WHERE p.pubname = 'electric_publication_default' AND r.prrelid = c.oid)
  ORDER BY c.relname \gexec
SQL
echo 'The publication of Electric holds every table that it may be asked for.'
