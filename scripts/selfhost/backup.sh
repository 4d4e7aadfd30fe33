#!/bin/sh
# One backup of the database into BACKUP_FOLDER, whole or not at all; those older than BACKUP_KEEP_DAYS go. Run as
# superuser (PGHOST, PGUSER, PGPASSWORD, PGDATABASE) by the client of the server's own major version.
set -eu

folder=${BACKUP_FOLDER:-/backups}
keep=${BACKUP_KEEP_DAYS:-14}
server=$(psql --no-psqlrc --tuples-only --no-align --command "SELECT current_setting('server_version_num')::int / 10000")
client=$(pg_dump --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
if [ "$server" != "$client" ]; then
  echo "pg_dump is of version $client and the server of version $server: make the backup with the image that the server runs from." >&2
  exit 1
fi

umask 077
name="$folder/$PGDATABASE-$(date -u +%Y%m%dT%H%M%SZ).dump"
trap 'rm -f "$name.part"' EXIT
pg_dump --format=custom --compress=6 --file="$name.part"
# It can be read to its end: half of one would be found out on the day that it is needed.
pg_restore --list "$name.part" > /dev/null
mv "$name.part" "$name"
find "$folder" -name "$PGDATABASE-*.dump" -type f -mtime "+$keep" -delete
echo "Backup: $name ($(wc -c < "$name") bytes)"
