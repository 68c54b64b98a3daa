#!/usr/bin/env bash
# Gives the vectors to every surface and compares the answers, byte for byte.
#
# vectors/*.json go to Rust, C, Go, Node and the command; vectors/library/*.json, which no command line expresses, to the first four, and so
# do vectors/scripts/*.json, whose cases follow each other in a folder of their own.
# Prints one digest for each surface; all of a set are equal, or the first differing case is named and the exit status is 1.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT"
target=${CARGO_TARGET_DIR:-$ROOT/target}
work=$BUILD/conformance
mkdir -p "$work"

say "conformance: building the surfaces"
"$ROOT/scripts/build_surfaces.sh"
cargo build --quiet --locked -p ztp-facade --features signer --example conformance
cargo build --quiet --locked -p ztp-vectors
vectors=$target/debug/ztp-vectors
# shellcheck disable=SC2046
cc -std=c11 -O1 -g -Wall -Wextra -Werror -I bindings/c/include -I bindings/c/tests bindings/c/tests/conformance.c \
  "$target/release/libztp.a" $(tr '\n' ' ' <bindings/c/native-static-libs.txt) -o "$work/surface-c"
rm -f "$work/surface-go" # Go does not see that libztp.a has changed
(cd bindings/go && go build -tags ztp_checkout,ztp_signer -o "$work/surface-go" ./internal/conformance)

declare -A surface=(
  [rust]="$target/debug/examples/conformance"
  [c]="$work/surface-c"
  [go]="$work/surface-go"
  [node]="node bindings/node/test/conformance.mjs"
  [cli]="python3 scripts/conformance_cli.py $target/release/ztp"
)

# run SET SURFACE...: all surfaces answer the set's cases, then their answers are compared.
run() {
  local set=$1
  shift
  local words=() files=()
  [ "$set" = every ] || words=("$set")
  "$vectors" "${words[@]}" flatten >"$work/$set.cases"
  for name in "$@"; do
    # shellcheck disable=SC2086
    ${surface[$name]} <"$work/$set.cases" >"$work/$set.$name" || {
      say "conformance: $name stopped before the end of the cases"
      exit 3
    }
    files+=("$name=$work/$set.$name")
  done
  echo "vectors for $set surface:"
  "$vectors" "${words[@]}" digest "${files[@]}"
}

run every rust c go node cli
run library rust c go node
run scripts rust c go node
