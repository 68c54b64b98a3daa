#!/usr/bin/env bash
# Draws MUTANTS mutants (default 200) of the crates that judge, by SEED (default 1), and runs each crate's own tests against them.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT"
crates=(-p ztp-core -p ztp-audit -p ztp-licence)
cargo mutants --version >/dev/null 2>&1 || {
  say "mutants: installing cargo-mutants from the registry"
  cargo install --quiet --locked cargo-mutants
}
chosen=()
while read -r name; do chosen+=(--re "$name"); done < <(
  cargo mutants --list "${crates[@]}" | scripts/mutants.py "${SEED:-1}" "${MUTANTS:-200}"
)
# Survivors are listed in target/mutants.out/missed.txt; docs/mutation-testing.md says what to do with one.
cargo mutants "${crates[@]}" "${chosen[@]}" --output target -- --lib --tests
