#!/usr/bin/env bash
# Fetches the benign files that the egress monitor must find nothing in, by the ordinary clients of the registries, and unpacks them.
#
#   scripts/dlp_corpus.sh DIRECTORY      what is there already is not fetched again
#
# Packages that ordinary benches carry: web frameworks, locale data, the Kubernetes client, compilers, type declarations, browser
# tables, manual pages. Sources differ in version from day to day; the report names what was scanned. Manual pages come as
# Debian packages and are left out where apt-get is not there.
set -euo pipefail
. "$(dirname "$0")/common.sh"

corpus=${1:?directory}
mkdir -p "$corpus"
corpus=$(cd "$corpus" && pwd)
packed=$corpus.packed
mkdir -p "$packed"

pypi=(Django Babel kubernetes tzdata)
npm=(typescript lodash @types/node caniuse-lite)
debian=(manpages manpages-dev perl-doc git-man)

for name in "${pypi[@]}"; do
  [ -d "$corpus/pypi-$name" ] && continue
  python3 -m pip download -q --no-deps --no-binary :none: --only-binary :all: -d "$packed/$name" "$name"
  mkdir -p "$corpus/pypi-$name.part"
  for wheel in "$packed/$name"/*.whl; do python3 -m zipfile -e "$wheel" "$corpus/pypi-$name.part"; done
  mv "$corpus/pypi-$name.part" "$corpus/pypi-$name"
done

for name in "${npm[@]}"; do
  folder=npm-${name//\//-}
  [ -d "$corpus/$folder" ] && continue
  mkdir -p "$corpus/$folder.part"
  file=$(cd "$packed" && npm pack --silent "$name" | tail -1)
  tar -xzf "$packed/$file" -C "$corpus/$folder.part"
  mv "$corpus/$folder.part" "$corpus/$folder"
done

if have apt-get && have dpkg-deb; then
  for name in "${debian[@]}"; do
    [ -d "$corpus/debian-$name" ] && continue
    mkdir -p "$packed/$name" "$corpus/debian-$name.part"
    (cd "$packed/$name" && apt-get -qq -o APT::Sandbox::User=root download "$name")
    dpkg-deb -x "$packed/$name"/*.deb "$corpus/debian-$name.part"
    # Pages are packed one by one; what leaves a bench is their text.
    find "$corpus/debian-$name.part" -name '*.gz' -type f -exec gunzip -f {} +
    mv "$corpus/debian-$name.part" "$corpus/debian-$name"
  done
else
  say "dlp-corpus: no apt-get here: manual pages are left out"
fi
find "$corpus" -type l -delete
