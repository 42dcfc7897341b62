#!/bin/sh
# Runs the image's process: `--role api` and the like for a service, a command for the cli, `keys` to make the keys.
set -eu

shared=/run/terrain/shared/cursor.secret
if [ -z "${CURSOR_SECRET:-}" ] && [ -r "$shared" ]; then
  CURSOR_SECRET=$(cat "$shared")
  export CURSOR_SECRET
fi

if [ "${1:-}" = keys ]; then
  exec python -P -m chassis.native.keys /run/terrain/private /run/terrain/shared
fi
if [ "$TERRAIN_PROCESS" = cli ]; then
  exec terrain "$@"
fi
exec python -P -m "$TERRAIN_PROCESS" "$@"
