#!/usr/bin/env bash
# Time of one call on 1 KiB of input, and of verifying a whole log, from Rust, C (shared and static library) and Go, and each one's ratio to Rust. The programs
# take turns, and the best of all turns counts. Usage: run.sh [TURNS]
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
work=$target/callcost
turns=${1:-5}
# Short rounds, many of them: the best one ran undisturbed even on a busy machine.
calls=4000
rounds=300
cd "$root"
cargo build --quiet --release -p ztp-c
cargo build --quiet --release -p ztp-facade --example callcost
mkdir -p "$work"
ln -sf ../release/libztp.so "$work/libztp.so"
ln -sf ../release/libztp.so "$work/libztp.so.0"
# shellcheck disable=SC2046
"${CC:-cc}" -std=c11 -O2 -I bindings/c/include "$here/callcost.c" "$target/release/libztp.a" \
    $(tr '\n' ' ' <"$here/../native-static-libs.txt") -o "$work/callcost-c"
"${CC:-cc}" -std=c11 -O2 -I bindings/c/include "$here/callcost.c" -L "$work" -lztp -Wl,-rpath,"$work" -o "$work/callcost-c-shared"
languages=(c c-shared)
if command -v go >/dev/null; then
    rm -f "$work/callcost-go" # Go does not see that libztp.a has changed
    (cd bindings/go && go build -o "$work/callcost-go" ./internal/callcost)
    languages+=(go)
else
    echo "SKIPPED: Go, there is no go command" >&2
fi

rm -f "$work"/result-*
for ((turn = 0; turn < turns; turn++)); do
    "$target/release/examples/callcost" "$work/inputs" $calls $rounds >>"$work/result-rust"
    for language in "${languages[@]}"; do
        "$work/callcost-$language" "$work/inputs" $calls $rounds >>"$work/result-$language"
    done
done

awk -v languages="rust ${languages[*]}" -v work="$work" '
    BEGIN {
        n = split(languages, names, " ")
        for (l = 1; l <= n; l++)
            while ((getline line < (work "/result-" names[l])) > 0) {
                split(line, f, "\t")
                if (!(f[1] in seen)) { seen[f[1]]; order[++ops] = f[1] }
                if (!((f[1], l) in best) || f[2] + 0 < best[f[1], l]) best[f[1], l] = f[2] + 0
            }
        printf "%-18s", "call"
        for (l = 1; l <= n; l++) printf "%12s ns  ratio", names[l]
        print ""
        for (o = 1; o <= ops; o++) {
            printf "%-18s", order[o]
            for (l = 1; l <= n; l++) printf "%15.1f  %.3f", best[order[o], l], best[order[o], l] / best[order[o], 1]
            print ""
        }
    }'
