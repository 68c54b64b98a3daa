#!/usr/bin/env bash
# Installs what a make target needs and this machine lacks.
#
#   scripts/setup.sh demo|test|rotation|bench|lint|fuzz|mutants
#
# As root on Debian, missing packages come from apt-get. Otherwise, or where Debian's package is too old, it says exactly what is
# missing and exits with 3. It changes nothing else on the machine: cargo and npm packages come later, from their registries.
set -euo pipefail
. "$(dirname "$0")/common.sh"

target=${1:-test}
packages=()
missing=()

# need COMMAND PACKAGE: the command, or the Debian package that has it.
need() { have "$1" || packages+=("$2"); }

go_ok() { have go && at_least 1.19 "$(go env GOVERSION 2>/dev/null | sed 's/^go//')"; }

# The module x/mod that Debian ships: the independent implementation of notes and proofs that tests check ours with.
xmod_ok() { [ -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ]; }

# Whether the C compiler can link the address sanitizer.
asan_ok() { echo 'int main(void){return 0;}' | cc -fsanitize=address,undefined -x c -o /dev/null - >/dev/null 2>&1; }

check_rust() {
  if ! have cargo || ! have rustc; then
    missing+=("Rust 1.88 or later (cargo, rustc): install it with rustup; Debian's package is older")
  elif ! at_least 1.88 "$(rustc --version | cut -d' ' -f2)"; then
    missing+=("Rust 1.88 or later: found $(rustc --version | cut -d' ' -f2); update it with rustup")
  fi
}

check_node() {
  if ! have node || ! have npm; then
    missing+=("Node.js 20 or later with npm: install it from nodejs.org or a newer Debian")
  elif ! at_least 20 "$(node --version | sed 's/^v//')"; then
    missing+=("Node.js 20 or later: found $(node --version)")
  fi
}

check_rust
need cc gcc
need python3 python3
case $target in
  demo | test | rotation | bench)
    check_node
    go_ok || packages+=(golang-go)
    need pkg-config pkg-config
    need openssl openssl
    ;;
esac
case $target in
  test | rotation)
    # Tokens in software, for the tests of keys in tokens, and a second program that talks to them.
    need softhsm2-util softhsm2
    need pkcs11-tool opensc
    ;;
esac
case $target in
  test)
    need valgrind valgrind
    need jq jq
    need xxd xxd
    need make make
    xmod_ok || packages+=(golang-golang-x-mod-dev)
    if have cc && ! asan_ok; then packages+=(libgcc-12-dev); fi
    ;;
  lint)
    cargo fmt --version >/dev/null 2>&1 || missing+=("rustfmt: rustup component add rustfmt")
    cargo clippy --version >/dev/null 2>&1 || missing+=("clippy: rustup component add clippy")
    ;;
  fuzz)
    have rustup && rustup toolchain list 2>/dev/null | grep -q nightly ||
      missing+=("a nightly Rust compiler: rustup toolchain install nightly")
    ;;
esac

if [ ${#packages[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && have apt-get; then
    say "setup: installing ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update >&2 || say "setup: apt-get update failed; trying with the lists at hand"
    apt-get -qq install -y --no-install-recommends "${packages[@]}" >&2 ||
      missing+=("Debian packages: ${packages[*]} (apt-get install failed)")
  else
    missing+=("Debian packages: ${packages[*]} (run as root: apt-get install ${packages[*]})")
  fi
fi

if [ ${#missing[@]} -eq 0 ]; then
  case $target in
    demo | test | rotation | bench) go_ok || missing+=("Go 1.19 or later: found $(go env GOVERSION 2>/dev/null || echo none)") ;;
  esac
  [ "$target" != test ] || ! have cc || asan_ok || missing+=("the address sanitizer of your C compiler (Debian: libgcc-12-dev)")
fi

if [ ${#missing[@]} -gt 0 ]; then
  say "setup: make $target needs what is missing here:"
  for what in "${missing[@]}"; do say "  - $what"; done
  exit 3
fi
