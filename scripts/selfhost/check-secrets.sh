#!/bin/sh
# Ends with 1 and one sentence for the first secret that is missing, empty, short or unfit for an address. Every other
# service of the compose files waits for this: nothing starts with a secret that Electric or PostgreSQL would take but
# should not. Takes NAME:LEAST pairs; the values come by the environment and are never said.
set -eu

for pair in "$@"; do
  name=${pair%%:*}
  least=${pair#*:}
  eval "value=\${$name-}"
  if [ -z "$value" ]; then
    echo "$name is not set: make the secrets by scripts/selfhost/make-env.sh, or set it in .env." >&2
    exit 1
  fi
  if [ "${#value}" -lt "$least" ]; then
    echo "$name is shorter than $least characters: set it to what openssl rand -hex 32 prints." >&2
    exit 1
  fi
  case $value in
    *[!A-Za-z0-9_-]*)
      echo "$name has a character beside letters, digits, - and _, which addresses do not hold as it is: set it to what openssl rand -hex 32 prints." >&2
      exit 1
      ;;
  esac
done
echo 'The secrets are there and long enough.'
