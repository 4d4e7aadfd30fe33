#!/bin/sh
# A file of backup.sh in the place of the database that PGHOST, PGUSER, PGPASSWORD and PGDATABASE name. The user must be a
# superuser; app and Electric must be stopped. What is there is backed up into BACKUP_DIR first (--discard: it is not).
# The file is loaded into a database beside, which takes the other's name in one step: stopped before, nothing has changed.
set -eu
umask 077

refuse() { echo "$1" >&2; exit 1; }
usage='Usage: restore.sh [--discard] FILE'
discard=
if [ "${1:-}" = --discard ]; then discard=1; shift; fi
[ $# = 1 ] || refuse "Give one file. $usage"
file=$1
for name in PGHOST PGUSER PGDATABASE; do
  eval "value=\${$name:-}"
  [ -n "$value" ] || refuse "$name is not set: say which database is to be replaced."
done
[ -n "$discard" ] || [ -n "${BACKUP_DIR:-}" ] || refuse "BACKUP_DIR is not set: say where what is there is backed up to, or say --discard. $usage"
[ -f "$file" ] || refuse "There is no file $file."

unchanged='Nothing was changed.'
if [ -f "$file.sha256" ]; then
  [ "$(sha256sum <"$file" | cut -d' ' -f1)" = "$(cut -d' ' -f1 <"$file.sha256")" ] \
    || refuse "$file is not as it was written (its checksum differs): copy it anew from where it is whole, or take an earlier one. $unchanged"
fi
pg_restore --list "$file" 2>/dev/null | grep -q ' TABLE DATA migrations __drizzle_migrations ' || refuse "$file is not a backup of this project: give one that backup.sh has made. $unchanged"
pg_restore --file=/dev/null "$file" || refuse "$file is cut off or damaged (above is what pg_restore said): copy it anew from where it is whole, or take an earlier one. $unchanged"

export PGOPTIONS='--client-min-messages=warning'
ask() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname="${database:-postgres}" "$@"; }
# An SQL name, and an SQL text, of anything.
as_name() { printf '"%s"' "$(printf %s "$1" | sed 's/"/""/g')"; }
as_text() { printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"; }
target=$(as_name "$PGDATABASE")
beside=$(as_name "${PGDATABASE}_restoring")
replaced=$(as_name "${PGDATABASE}_replaced")
is_target="datname = $(as_text "$PGDATABASE")"

there=$(ask --command="SELECT count(*) FROM pg_database WHERE $is_target") || refuse "PostgreSQL on $PGHOST does not answer as $PGUSER (above is what it said). $unchanged"
[ "$there" = 1 ] || refuse "There is no database $PGDATABASE on $PGHOST: make it and its roles as for a new install first. $unchanged"
connected=$(ask --command="SELECT string_agg(DISTINCT coalesce(nullif(application_name, ''), usename), ', ') FROM pg_stat_activity WHERE $is_target AND backend_type IN ('client backend', 'walsender')")
[ -z "$connected" ] || refuse "Somebody is connected to $PGDATABASE ($connected): stop the app and Electric first. $unchanged"

if [ -z "$discard" ] && [ "$(database=$PGDATABASE ask --command="SELECT to_regclass('migrations.__drizzle_migrations') IS NOT NULL")" = t ]; then
  # Nothing is pruned now: the oldest may be the very file that is to be restored.
  BACKUP_KEEP=1000000 "$(dirname "$0")/backup.sh" || refuse "What is there could not be backed up, so it was not replaced. $unchanged"
fi

# Of a run that was killed; and as the database itself is set and granted, which a dump does not hold.
ask --command="DROP DATABASE IF EXISTS $beside" --command="DROP DATABASE IF EXISTS $replaced"
ask --command="CREATE DATABASE $beside" --command="
  DO \$do\$ DECLARE line text; BEGIN
    FOR line IN
      SELECT format('ALTER DATABASE %I OWNER TO %I', $(as_text "${PGDATABASE}_restoring"), pg_get_userbyid(datdba)) FROM pg_database WHERE $is_target
      UNION ALL SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $(as_text "${PGDATABASE}_restoring")) FROM pg_database WHERE $is_target AND datacl IS NOT NULL
      UNION ALL SELECT format('GRANT %s ON DATABASE %I TO %s', a.privilege_type, $(as_text "${PGDATABASE}_restoring"), CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
        FROM pg_database d, aclexplode(d.datacl) a WHERE $is_target
      UNION ALL SELECT format('ALTER %sDATABASE %I SET %I = %s', CASE s.setrole WHEN 0 THEN '' ELSE format('ROLE %I IN ', pg_get_userbyid(s.setrole)) END,
          $(as_text "${PGDATABASE}_restoring"), split_part(c, '=', 1),
          -- A list is kept as it is written; any other value is one text.
          CASE WHEN split_part(c, '=', 1) IN ('search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries') THEN substring(c FROM position('=' IN c) + 1)
            ELSE quote_literal(substring(c FROM position('=' IN c) + 1)) END)
        FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid, unnest(s.setconfig) c WHERE $is_target
    LOOP EXECUTE line; END LOOP;
  END \$do\$"
pg_restore --exit-on-error --single-transaction --no-publications --no-subscriptions --dbname="${PGDATABASE}_restoring" "$file" \
  || refuse "The backup could not be loaded (above is what pg_restore said). $unchanged"
database=${PGDATABASE}_restoring ask --command=ANALYZE

# A slot is on one database and keeps its name: Electric makes its own anew on the next.
ask --command="SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $(as_text "$PGDATABASE") AND NOT active" >/dev/null
ask --single-transaction --command="ALTER DATABASE $target RENAME TO $replaced" --command="ALTER DATABASE $beside RENAME TO $target" \
  || refuse "The database could not be replaced (above is what PostgreSQL said): stop the app and Electric, then run this again. $unchanged"
ask --command="DROP DATABASE $replaced"
echo "The database $PGDATABASE is as it was in $file."
echo "Now remove Electric's storage, start Electric, then the app: browsers fetch their data anew by themselves."
