#!/usr/bin/env bash
# A bench day from nothing, judged on every surface.
#
#   scripts/demo.sh [RECORDS]     default 100000
#
# The command makes keys, writes and seals a plausible day, signs a licence and takes it in. Then Rust, C, Go, Node and the
# command verify the same log and the same licence; one byte of the log is changed; and all five name the same record. At last,
# what root does next, and who notices (scripts/demo_insider.sh).
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT"
records=${1:-100000}
target=${CARGO_TARGET_DIR:-$ROOT/target}
work=$BUILD/demo
day=$work/day
rm -rf "$work"
mkdir -p "$work"

say "demo: building; the first time that is most of it, and the end says how many minutes"
scripts/build_surfaces.sh
cargo build --quiet --release --locked -p ztp-audit --example verify_log
cargo build --quiet --release --locked -p ztp-facade --example conformance
cargo build --quiet --release --locked -p ztp-simulator --example simulate
# shellcheck disable=SC2046
for program in examples/c/verify_log.c bindings/c/tests/conformance.c; do
  cc -std=c11 -O2 -I bindings/c/include -I bindings/c/tests "$program" "$target/release/libztp.a" \
    $(tr '\n' ' ' <bindings/c/native-static-libs.txt) -o "$work/c-$(basename "$program" .c)"
done
(cd examples/go/verify-log && go build -tags ztp_checkout -o "$work/go-verify-log" .)
(cd bindings/go && go build -tags ztp_checkout -o "$work/go-conformance" ./internal/conformance)

built=$SECONDS

echo
"$target/release/ztp" demo --records "$records" --keep "$day"
first_key=$(cat "$day/auditor/first.vkey")

# verify SURFACE LOG: prints the verdict document; its exit status is the verdict's.
verify() {
  case $1 in
    rust) "$target/release/examples/verify_log" "$2" "$first_key" ;;
    c) "$work/c-verify_log" "$2" "$first_key" ;;
    go) "$work/go-verify-log" "$2" "$first_key" ;;
    node) node examples/node/verify-log.mjs "$2" "$first_key" ;;
    command) "$target/release/ztp" --json audit verify "$2" --vkey "$first_key" --now none ;;
  esac 2>/dev/null
}

# judge LOG WANTED-EXIT: verifies on every surface, prints a line each, and demands one document from all.
judge() {
  local log=$1 wanted=$2 surface status document first=
  for surface in rust c go node command; do
    status=0
    verify "$surface" "$log" >"$work/verdict" || status=$?
    document=$(sha256sum <"$work/verdict" | cut -d" " -f1)
    printf '  %-8s exit %s  %s  document %s\n' "$surface" "$status" "$(scripts/first_break.py <"$work/verdict")" "$document"
    if [ "$status" != "$wanted" ] || [ "${first:=$document}" != "$document" ]; then
      say "demo: $surface differs"
      exit 1
    fi
  done
}

echo
echo "the log, verified from five surfaces (first key pinned):"
judge "$day/log" 0
echo
echo "the copy with one byte changed:"
judge "$day/log-tampered" 1

echo
echo "the licence, verified from five surfaces:"
now=$(date -u -d 2026-08-01T12:00:00Z +%s)000
{
  printf 'demo/licence\tlicence_verify'
  for argument in "$(base64 -w0 "$day/licence/envelope.json")" "$(base64 -w0 "$day/licence/trust.json")" \
    "$(printf %s "$now" | base64 -w0)" "$(printf bench-07 | base64 -w0)"; do printf '\t%s' "$argument"; done
  echo
} >"$work/licence.case"
first=
for surface in rust c go node command; do
  case $surface in
    rust) answer=$("$target/release/examples/conformance" <"$work/licence.case") ;;
    c) answer=$("$work/c-conformance" <"$work/licence.case") ;;
    go) answer=$("$work/go-conformance" <"$work/licence.case") ;;
    node) answer=$(node bindings/node/test/conformance.mjs <"$work/licence.case") ;;
    command) answer=$(scripts/conformance_cli.py "$target/release/ztp" <"$work/licence.case") ;;
  esac
  printf '  %-8s %-8s document %s\n' "$surface" "$(cut -f2 <<<"$answer")" "$(cut -f3 <<<"$answer")"
  if [ "${first:=$answer}" != "$answer" ] || [ "$(cut -f2 <<<"$answer")" != ok ]; then
    say "demo: $surface differs"
    exit 1
  fi
done
echo
echo "all five surfaces agree, byte for byte; keys, log, licence and verdicts are in ${day#"$ROOT"/}"
scripts/demo_insider.sh "$work/insider"
minutes() { printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); }
say "demo: took $(minutes $SECONDS), of which building $(minutes "$built")"
