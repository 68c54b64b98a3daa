#!/usr/bin/env bash
# Every test of every language, one step after the other; the output of each is kept in build/test/, and shown if it fails.
#
#   scripts/test.sh [STEP...]     all steps, or only those named
set -uo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT" || exit
logs=$BUILD/test
mkdir -p "$logs"

step_rust() { cargo test --workspace --locked --no-fail-fast; }
step_build() { scripts/build_surfaces.sh; }
step_c() { bindings/c/tests/run.sh; }

step_go() {
  bindings/go/test.sh && (cd examples/go/verify-log && go vet -tags ztp_checkout ./... && go build -tags ztp_checkout -o /dev/null .)
}

step_node() {
  (cd bindings/node && npm ci --no-audit --no-fund && npm run --silent typecheck && npm test)
}

# The same verdicts with every Cargo feature on that is known to change them elsewhere.
step_features() {
  cargo test --locked --manifest-path hostile-features/Cargo.toml --target-dir "${CARGO_TARGET_DIR:-$ROOT/target}"
}

# The issuer's command in Go, and the rotation of a quarter with keys in tokens.
step_signctl() {
  scripts/build_surfaces.sh &&
    (cd examples/ztp-signctl && test -z "$(gofmt -l .)" && go vet -tags ztp_checkout,ztp_signer ./... && go test -count=1 -tags ztp_checkout,ztp_signer ./...)
}
step_rotation() { scripts/rotation.sh; }

# What a bench gets holds no code that signs for an issuer.
step_unsigning() { scripts/bench_builds_cannot_sign.sh; }

step_python() { python3 vectors/python/check_vectors.py; }
step_conformance() { scripts/conformance.sh; }
step_readme() { scripts/readme_examples.py; }
step_logs() { cargo run --quiet --locked -p ztp-vectors --example logs -- --check; }
step_repository() { cargo run --quiet --locked -p xtask -- all; }

# What a step's output says of how much was tested.
summary() {
  case $1 in
    rust | features) awk '/^test result:/ { ok += $4; bad += $6 } END { printf "%d tests passed, %d failed", ok, bad }' "$2" ;;
    c | go) grep -c '^== ' "$2" | sed 's/$/ parts/' ;;
    node) awk '/^(#|ℹ) (pass|fail)/ { printf "%s %s ", $2, $3 }' "$2" ;;
    readme) grep -c 'as it says' "$2" | sed 's/$/ examples/' ;;
    rotation) grep -c '^== ' "$2" | sed 's/$/ steps of the story/' ;;
    python) tail -1 "$2" ;;
    conformance) awk 'NF >= 4 && /cases/ { print $1, $2, "cases", substr($4, 1, 16) }' "$2" | paste -sd ';' | sed 's/;/; /g' ;;
    *) : ;;
  esac
}

steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(rust build c go signctl node python conformance rotation unsigning readme features logs repository)
failed=()
table=()
for step in "${steps[@]}"; do
  log=$logs/$step.log
  say "== $step"
  start=$SECONDS
  if "step_$step" >"$log" 2>&1; then
    result=ok
  else
    result=FAILED
    failed+=("$step")
    say "-- the end of $log:"
    tail -n 60 "$log" >&2
  fi
  table+=("$(printf '%-12s %-7s %5d s  %s' "$step" "$result" $((SECONDS - start)) "$(summary "$step" "$log")")")
  grep -h 'SKIPPED' "$log" >&2 || true
done

printf '%s\n' '' "${table[@]}"
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}"
  exit 1
fi
echo "all steps passed"
