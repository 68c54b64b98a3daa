#!/usr/bin/env bash
# Builds what C, Go, Node and the shell link or run, optimised: libztp, the addon and the command. One cargo command, so that
# shared dependencies are compiled once. These are an issuer's builds, which can sign and reach tokens: the tests and the
# conformance run need every operation. What a bench gets is built without features (docs/adr/0010-signer-feature.md).
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT"
node bindings/node/scripts/build.mjs --quiet --locked -p ztp-c -p ztp-cli \
  --features ztp-c/pkcs11,ztp-node/pkcs11,ztp-cli/pkcs11 >&2
