#!/bin/sh
# Puts a backup in the place of the database; what was there is kept beside it under another name. The app and Electric
# are stopped before (docs/operations.md, "Restore"). Run as superuser (PGHOST, PGUSER, PGPASSWORD, PGDATABASE).
# Usage: restore.sh FILE
set -eu

file=${1-}
if [ ! -r "$file" ]; then
  echo "Say which backup: restore.sh FILE. ${file:+$file cannot be read.}" >&2
  exit 1
fi
target=$PGDATABASE
ask() { PGOPTIONS="--client-min-messages=warning" PGDATABASE=postgres psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set target="$target" "$@"; }

others=$(echo "SELECT count(*) FROM pg_stat_activity WHERE datname = :'target'" | ask --tuples-only --no-align)
if [ "$others" != 0 ]; then
  echo "$others connections are open to $target: stop the app and Electric first, so that nothing is written beside the restore." >&2
  exit 1
fi

new="${target}_restored"
old="${target}_before_$(date -u +%Y%m%dT%H%M%SZ)"
echo "SELECT format('DROP DATABASE IF EXISTS %I', '$new') \gexec
CREATE DATABASE \"$new\" TEMPLATE template0;" | ask
# Up to here the old one is untouched, and stays so if the backup cannot be read.
pg_restore --exit-on-error --dbname="$new" "$file"
# A slot is of one database: Electric makes a new one, and what the old one holds back would fill the disk.
echo "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = :'target' AND NOT active;
ALTER DATABASE \"$target\" RENAME TO \"$old\";
ALTER DATABASE \"$new\" RENAME TO \"$target\";" | ask > /dev/null
echo "Restored: $target is as in $file. What was there before is $old: drop it when nobody misses anything. Start everything again now: that gives the roles their rights on the new one."
