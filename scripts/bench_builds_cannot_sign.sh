#!/usr/bin/env bash
# Shows that what runs on a bench cannot sign what an issuer signs: builds the C library, the Node addon and the verifying
# command as a bench gets them, and looks for the code of licence and custody signing, of the composite private key and of
# PKCS#11 in them. The same search must find it in the issuer's command, or it would prove nothing.
#
#   scripts/bench_builds_cannot_sign.sh
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$(dirname "$0")/.."

# Texts that are in a binary if and only if the code is: exported names, and messages of the code itself.
exported='ztp_(licence_sign|custody_(co)?sign|keys_public)'
messages=('ml-dsa found no signature' 'ztp-token-self-test-v1' 'CKA_NEVER_EXTRACTABLE')

# The search finds what it looks for where it is: in the builds of an issuer.
scripts/build_surfaces.sh
for text in "${messages[@]}"; do
  grep -qaF "$text" target/release/ztp || { say "the issuer's command lacks: $text; the search proves nothing"; exit 1; }
done
nm -D --defined-only target/release/libztp.so | grep -qE "$exported" || { say "the issuer's library exports nothing that signs; the search proves nothing"; exit 1; }

# bench NAME FILE: refuses a file in which any of it is found.
bench() {
  local found
  found=$({ nm -D --defined-only "$2" 2>/dev/null || true; nm --defined-only "$2" 2>/dev/null || true; } | grep -E "$exported" || true)
  [ -z "$found" ] || { say "$1: exports what signs: $found"; exit 1; }
  for text in "${messages[@]}"; do
    ! grep -qaF "$text" "$2" || { say "$1: holds the code that says: $text"; exit 1; }
  done
  say "$1: none of it"
}

cargo build --quiet --locked --release --no-default-features -p ztp-c -p ztp-node -p ztp-cli
bench "libztp" target/release/libztp.so
bench "the Node addon" target/release/libztp_node.so
bench "the verifying command" target/release/ztp

# The features themselves, as cargo resolves them.
for package in ztp-c ztp-node; do
  tree=$(cargo tree --locked -p "$package" -e normal,features --prefix none)
  ! grep -qE 'ztp-(core|licence|facade) feature "signer"|^(cryptoki|ztp-pkcs11) ' <<<"$tree" || { say "$package: reaches the feature signer"; exit 1; }
done
tree=$(cargo tree --locked -p ztp-cli --no-default-features -e normal,features --prefix none)
! grep -qE 'ztp-(core|licence|facade) feature "signer"|^(cryptoki|ztp-pkcs11) ' <<<"$tree" || { say "ztp-cli: reaches the feature signer"; exit 1; }

# What later steps link can sign again.
scripts/build_surfaces.sh
say "bench builds hold no code that signs licences, roots, certificates or revocation lists; the issuer's builds do"
