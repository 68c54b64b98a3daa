#!/usr/bin/env bash
# The auditor's `ztp`: one static file without the code that signs for an issuer, and without a path of the machine that built it.
# It is built twice, from two copies of the source in two directories, and the two files must be the same.
#
#   scripts/static_verifier.sh [DIRECTORY]     default build/static; gets ztp and SHA256SUMS
#
# Needs Rust's target for musl, which rustup brings. Without it the file is linked statically against glibc, and that is said.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT"
out=${1:-$BUILD/static}
mkdir -p "$out"

arch=$(uname -m)
target=$arch-unknown-linux-musl
has_target() { [ -d "$(rustc --print sysroot)/lib/rustlib/$1/lib" ]; }
if ! has_target "$target"; then
  have rustup && rustup target add "$target" >&2 || true
fi
if ! has_target "$target"; then
  target=$arch-unknown-linux-gnu
  say "static verifier: Rust's target for musl is not installed (rustup target add $arch-unknown-linux-musl); linking statically against glibc instead"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
registry=${CARGO_HOME:-$HOME/.cargo}
sysroot=$(rustc --print sysroot)

# What git knows, as it stands in this tree: taken once, so that an edit meanwhile does not tell the two builds apart.
git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --create --file="$work/source.tar"

# once DIRECTORY: builds from a copy of the source. The paths to map away are given by a wrapper around the compiler: among RUSTFLAGS cargo
# would take them into the names of symbols, and no two directories would give one file.
once() {
  local source=$work/$1/source
  mkdir -p "$source"
  tar --extract --directory="$source" --file="$work/source.tar"
  cat >"$work/$1/rustc" <<END
#!/bin/sh
exec "\$@" --remap-path-prefix='$source=/ztp' --remap-path-prefix='$registry=/cargo' --remap-path-prefix='$sysroot=/rust'
END
  chmod +x "$work/$1/rustc"
  (
    cd "$source"
    CARGO_TARGET_DIR=$work/$1/target CARGO_PROFILE_RELEASE_STRIP=symbols CARGO_INCREMENTAL=0 RUSTC_WRAPPER=$work/$1/rustc \
      RUSTFLAGS="-C target-feature=+crt-static" \
      cargo build --quiet --locked --release --target "$target" --no-default-features -p ztp-cli
  )
  mv "$work/$1/target/$target/release/ztp" "$work/ztp-$1"
  rm -rf "${work:?}/$1"
}

fail() { say "static verifier: $*"; exit 1; }

say "static verifier: building twice for $target (some minutes)"
once one
once another-directory-with-a-longer-name
first=$work/ztp-one
second=$work/ztp-another-directory-with-a-longer-name
cmp -s "$first" "$second" || fail "two builds from two directories differ: $(sha256sum "$first" "$second" | cut -c1-64 | tr '\n' ' ')"

# Nothing to load at run time, nothing of the builder, nothing that signs for an issuer.
! readelf --program-headers "$first" | grep -q INTERP || fail "it asks for a loader: it is not static"
! readelf --dynamic "$first" 2>/dev/null | grep -q NEEDED || fail "it needs a shared library"
for path in "$ROOT" "$work" "$HOME" "$registry"; do
  ! grep -qaF -- "$path/" "$first" || fail "it holds the path $path"
done
for text in 'ml-dsa found no signature' 'ztp-token-self-test-v1' 'CKA_NEVER_EXTRACTABLE'; do
  ! grep -qaF "$text" "$first" || fail "it holds the code that says: $text"
done

# It judges, with nothing around it.
judge() { env -i "$first" audit verify "$1" --require evolved-key >/dev/null 2>&1; }
judge vectors/logs/intact || fail "it does not accept a log that holds"
status=0
judge vectors/logs/tampered-payload || status=$?
[ "$status" = 1 ] || fail "it ends with $status on a log that was tampered with, not with 1"

install -m 755 "$first" "$out/ztp"
(cd "$out" && sha256sum ztp >SHA256SUMS)
printf 'ztp %s, static, %s, built twice with one digest\n' "$("$out/ztp" --version | cut -d' ' -f2)" "$target"
printf '%s bytes\n' "$(stat -c %s "$out/ztp")"
cat "$out/SHA256SUMS"
