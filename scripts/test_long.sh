#!/usr/bin/env bash
# The tests that are too slow for every change: killed writers by the thousand, and files of the greatest size.
#
#   scripts/test_long.sh          ZTP_KILLS sets how many writers are killed (10000), ZTP_HONEST_YEARS how many years of each kind the
#                                 detectors watch (20); TMPDIR needs 3 GB
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT" || exit
export ZTP_KILLS=${ZTP_KILLS:-10000} ZTP_LONG=1

run() {
  echo "== $*"
  cargo test --locked --release "$@" -- --nocapture --test-threads=1 | grep -Ev '^(ack|test child_)' | tail -40
}

run -p ztp-audit --test recovery
run -p ztp-audit --test making
run -p ztp-audit --test crash
run -p ztp-licence --test vault_crash
run -p ztp-licence --test ingest crash

echo "== honest years: at most one alert in ten of them, over all rules"
cargo build --quiet --locked --release -p ztp-cli
python3 scripts/honest_years.py --years "${ZTP_HONEST_YEARS:-20}"
