#!/usr/bin/env bash
# Runs each fuzz target for FUZZ_SECONDS (default 60) with a nightly compiler.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT/fuzz"
seconds=${FUZZ_SECONDS:-60}
cargo +nightly fuzz --version >/dev/null 2>&1 || {
  say "fuzz: installing cargo-fuzz from the registry"
  cargo install --quiet --locked cargo-fuzz
}
for target in $(cargo +nightly fuzz list); do
  say "== $target, $seconds s"
  cargo +nightly fuzz run "$target" -- -max_total_time="$seconds" -print_final_stats=1
done
