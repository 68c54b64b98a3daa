#!/usr/bin/env bash
# Builds what C, Go, Node and the shell link or run, optimised: libztp, the addon and the command. One cargo command, so that
# shared dependencies are compiled once.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT"
node bindings/node/scripts/build.mjs --quiet --locked -p ztp-c -p ztp-cli >&2
