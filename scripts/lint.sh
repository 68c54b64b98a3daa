#!/usr/bin/env bash
# What a reviewer should not have to say: formatting, clippy, documentation warnings, dependency policy, repository checks.
set -uo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT" || exit
failed=()
skipped=()

try() {
  local name=$1
  shift
  say "== $name"
  "$@" || failed+=("$name")
}

go_files_formatted() {
  local listed
  listed=$(gofmt -l bindings/go examples interop)
  [ -z "$listed" ] || { echo "not formatted by gofmt: $listed" && return 1; }
}

try fmt cargo fmt --all --check
try clippy cargo clippy --workspace --all-targets --locked -- -D warnings
try doc env RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
try repository cargo run --quiet --locked -p xtask -- all
if cargo deny --version >/dev/null 2>&1; then
  try deny cargo deny --locked check bans licenses sources
  # The advisory database comes over the network; a machine without one says so and goes on.
  cargo deny --locked check advisories || skipped+=("advisories: the database could not be fetched, or an advisory applies; see above")
else
  skipped+=("deny: cargo-deny is not installed (cargo install --locked cargo-deny)")
fi
if have gofmt; then try gofmt go_files_formatted; else skipped+=("gofmt: there is no Go"); fi
if have shellcheck; then try shellcheck shellcheck -x -P SCRIPTDIR -s bash .ci/run scripts/*.sh bindings/*/*.sh bindings/*/*/*.sh; else skipped+=("shellcheck: not installed"); fi

for what in "${skipped[@]}"; do say "SKIPPED $what"; done
if [ ${#failed[@]} -gt 0 ]; then
  say "failed: ${failed[*]}"
  exit 1
fi
say "lint: clean"
