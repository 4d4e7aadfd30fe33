#!/bin/sh
# Makes .env for docker-compose.prod.yml: a secret of 64 hexadecimal digits for each, readable by its owner only.
# Usage: sh scripts/selfhost/make-env.sh workspace.example.com operator@example.com
set -eu

domain=${1-}
email=${2-}
file=${ENV_FILE:-.env}
if [ -z "$domain" ] || [ -z "$email" ]; then
  echo "Say the name that people type and the address for letters about certificates: sh scripts/selfhost/make-env.sh workspace.example.com operator@example.com" >&2
  exit 1
fi
if [ -e "$file" ]; then
  echo "$file is there already and is left as it is: its secrets open the data. Move it away to make others." >&2
  exit 1
fi

secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

umask 077
{
  echo "DOMAIN=$domain"
  echo "ACME_EMAIL=$email"
  for name in POSTGRES_PASSWORD DATABASE_OWNER_PASSWORD DATABASE_APP_PASSWORD DATABASE_REPLICATION_PASSWORD ELECTRIC_API_KEY NUXT_SESSION_PASSWORD; do
    echo "$name=$(secret)"
  done
} > "$file"
echo "$file holds the secrets now. Keep a copy of it where the backups are not."
