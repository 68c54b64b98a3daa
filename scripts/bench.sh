#!/usr/bin/env bash
# The speed bars, each a ratio to the peer a user would take instead, measured in turns in one run on this machine.
#
#   scripts/bench.sh [MEGABYTES]      size of the log, 250 if not given; results are kept in build/bench
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT"
unset CARGO_TARGET_DIR
megabytes=${1:-250}
work=$BUILD/bench
log=$work/log-$megabytes
mkdir -p "$work"

say "bench: building"
scripts/build_surfaces.sh
cargo build --quiet --locked --release -p ztp-audit --example audit_bench

say "bench: a log of $megabytes MB, written durably, then verified beside openssl and a plain Node verifier"
[ -d "$log" ] || rm -f "$work/append.json"
target/release/examples/audit_bench "$log" "$megabytes" >"$work/first.jsonl"
[ -f "$work/append.json" ] || head -1 "$work/first.jsonl" >"$work/append.json"
cat "$log"/segments/*.jsonl >"$work/log.one"
python3 scripts/bench_log.py "$log" "$work/log.one" target/release/examples/audit_bench "$work/append.json"

say "bench: canonical form"
cargo bench --quiet --locked -p ztp-core --bench canonical -- --quick 2>/dev/null | grep -v '^$' | sed -n '/bytes each/,$p'
say "bench: SHA-256 of many short messages"
cargo bench --quiet --locked -p ztp-simd --bench sha256 2>/dev/null | sed -n '/^best of/,$p'
say "bench: licence envelope"
cargo bench --quiet --locked -p ztp-licence --bench envelope -- --quick 2>/dev/null | grep -E '^(envelope of|bar:)'
say "bench: correlation of a million decisions: the join alone, and from text to report"
cargo run --quiet --locked --release -p ztp-simulator --example correlation_memory -- 1000000
say "bench: the detectors, beside plain queues"
cargo bench --quiet --locked -p ztp-anomaly --bench fold -- --quick 2>/dev/null | sed -n '/^| events a second/,$p'
say "bench: the egress monitor beside a bare automaton, and its costliest bodies"
cargo bench --quiet --locked -p ztp-dlp --bench scan -- --quick 2>/dev/null | sed -n '/^| benign text/,$p'
say "bench: note vault beside SQLite, and a vault of a million notes"
mkdir -p "$work/vault"
ZTP_BENCH_DIR=$work/vault cargo bench --quiet --locked -p ztp-licence --bench vault 2>/dev/null | grep -E '^(durable|[0-9]+ notes|bar:)'
say "bench: what a call costs through each binding"
bindings/c/bench/run.sh
node bindings/node/bench/overhead.mjs
