#!/usr/bin/env bash
# The main job from nothing: a bench writes a day of 100,000 events into a sealed log and takes in a signed licence; the log is
# verified by five programs, one for each surface; in a copy one byte is changed, and the five name the same record.
#
#   scripts/demo.sh            everything is kept in build/demo
#   DEMO_RECORDS=N DEMO_SEED=N scripts/demo.sh
#
# exit: 0 all five agree and say what they must, 1 they do not, 3 something could not be built or run
set -Eeuo pipefail
. "$(dirname "$0")/common.sh"

began=$SECONDS
records=${DEMO_RECORDS:-100000}
seed=${DEMO_SEED:-1}
stage=$BUILD/demo
bin=$BUILD/demo-bin
# The Go package links the library from the source tree's own target directory.
unset CARGO_TARGET_DIR
release=$ROOT/target/release

build() {
  mkdir -p "$bin"
  say "demo: building the command, the C library, the Node addon, the Rust example"
  "$ROOT/scripts/build_surfaces.sh"
  cargo build --quiet --locked --release --manifest-path "$ROOT/Cargo.toml" -p ztp-audit --example verify_log
  say "demo: building the C and Go programs"
  local native
  read -r -d '' -a native <"$ROOT/bindings/c/native-static-libs.txt" || true
  "${CC:-cc}" -std=c11 -O2 -Wall -Wextra -I "$ROOT/bindings/c/include" "$ROOT/examples/c/verify_log.c" \
    "$release/libztp.a" "${native[@]}" -o "$bin/verify-log-c"
  (cd "$ROOT/examples/go/verify-log" && GOFLAGS=-mod=mod GOTOOLCHAIN=local go build -o "$bin/verify-log-go" .)
}

surfaces=(command rust c go node)

# verdict SURFACE LOG: prints the verdict document of one surface; the exit status is the surface's.
verdict() {
  local log=$stage/$2
  case $1 in
    command) "$release/ztp" audit verify "$log" --vkey "$vkey" --json ;;
    rust) "$release/examples/verify_log" "$log" "$vkey" ;;
    c) "$bin/verify-log-c" "$log" "$vkey" ;;
    go) "$bin/verify-log-go" "$log" "$vkey" ;;
    node) node "$ROOT/examples/node/verify-log.mjs" "$log" "$vkey" ;;
  esac
}

# collect LOG STATUS: verifies with every surface; each must end with STATUS and print the same document.
collect() {
  local surface document status first=
  for surface in "${surfaces[@]}"; do
    status=0
    document=$(verdict "$surface" "$1" 2>"$stage/$1.$surface.words") || status=$?
    printf '%s' "$document" >"$stage/$1.$surface.json"
    printf '  %-8s exit %s  sha256 %s  %s\n' "$surface" "$status" \
      "$(sha256sum <"$stage/$1.$surface.json" | cut -d' ' -f1)" "$(python3 -c "$3" "$stage/$1.$surface.json")"
    if [ "$status" != "$2" ]; then
      say "demo: $surface ended with $status, expected $2: $(cat "$stage/$1.$surface.words")"
      failed=1
    fi
    [ -n "$first" ] || first=$stage/$1.$surface.json
    cmp -s "$first" "$stage/$1.$surface.json" || { say "demo: $surface printed another document"; failed=1; }
  done
}

intact='import json, sys
v = json.load(open(sys.argv[1]))
print(v["status"], "to record", v["verified_to_seq"], "resting on", "+".join(a["kind"] for a in v["anchors"]))'
broken='import json, sys
v = json.load(open(sys.argv[1]))
b = v["breaks"][0]
print(v["status"], "at record", b["seq"], b["timestamp"], "\n             hash expected", b["expected"], "\n             found        ", b["found"])'

# A condition around build would let it go on after a failure.
trap 'say "demo: could not be built"; exit 3' ERR
build
trap - ERR
say "demo: built after $((SECONDS - began)) s"
rm -rf "$stage"
"$release/ztp" demo --records "$records" --seed "$seed" --keep "$stage" || exit 3
vkey=$(cat "$stage/auditor/first.vkey")

failed=0
echo
echo "the log, verified by five programs (first key pinned):"
collect log 0 "$intact"
echo
echo "the copy in which one byte was changed:"
collect log-tampered 1 "$broken"
echo
if [ "$failed" = 0 ]; then
  echo "all five surfaces printed the same bytes, twice; $((SECONDS - began)) s in all; everything is in ${stage#"$ROOT"/}"
else
  echo "the surfaces do not agree; everything is in ${stage#"$ROOT"/}"
  exit 1
fi
