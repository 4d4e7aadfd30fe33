#!/bin/sh
# One backup of the database that PGHOST, PGUSER, PGPASSWORD and PGDATABASE name, into BACKUP_DIR. Read whole once before it
# gets its name; the oldest beyond BACKUP_KEEP (14) are removed. The programs must be of the server's major, or newer.
set -eu
umask 077

refuse() { echo "$1" >&2; exit 1; }
for name in PGHOST PGUSER PGDATABASE BACKUP_DIR; do
  eval "value=\${$name:-}"
  [ -n "$value" ] || refuse "$name is not set: say which database is to be backed up, and where to."
done
keep=${BACKUP_KEEP:-14}
case $keep in *[!0-9]* | 0) refuse "BACKUP_KEEP is $keep: give the number of backups to be kept, 1 or more." ;; esac
mkdir -p "$BACKUP_DIR" || refuse "BACKUP_DIR is $BACKUP_DIR, which cannot be made: give a folder that this account may write to."

name_it() {
  name=$PGDATABASE-$(date -u +%Y%m%dT%H%M%SZ).dump
  file=$BACKUP_DIR/$name
}
name_it
# Names are of seconds, and never taken twice.
while [ -e "$file" ]; do sleep 1; name_it; done
# What a killed run left.
rm -f "$BACKUP_DIR"/.part-*.dump
part=$BACKUP_DIR/.part-$$.dump
trap 'rm -f "$part"' EXIT
trap 'exit 1' HUP INT TERM

# A publication is Electric's own, and made by it anew.
pg_dump --format=custom --no-publications --no-subscriptions --lock-wait-timeout=60s --file="$part" \
  || refuse "The database could not be backed up (above is what pg_dump said)."
# The list stands at the front of the file and is whole also where the rest is not, so everything is read once.
pg_restore --list "$part" | grep -q ' TABLE DATA ' || refuse "The backup holds no table: look at PGDATABASE ($PGDATABASE)."
pg_restore --file=/dev/null "$part" || refuse "The backup cannot be read again (above is what pg_restore said): look at the disk of BACKUP_DIR."
printf '%s  %s\n' "$(sha256sum <"$part" | cut -d' ' -f1)" "$name" >"$file.sha256"
sync
mv "$part" "$file"
sync
echo "The database $PGDATABASE is in $file."

# In the order of their names, which is that of their times.
set -- "$BACKUP_DIR/$PGDATABASE"-[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]T[0-9][0-9][0-9][0-9][0-9][0-9]Z.dump
while [ $# -gt "$keep" ]; do
  rm -f "$1" "$1.sha256"
  shift
done
