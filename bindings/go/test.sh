#!/usr/bin/env bash
# Tests the Go package: format, vet, tests, race detector, a collector that runs before every use of a handle, the strict
# pointer check of cgo, conformance, and the build against an installed libztp.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/go-tests
if ! command -v go >/dev/null; then
    echo "no go command: the Go tests need Go 1.19 or later (Debian: apt-get install golang-go)" >&2
    exit 3
fi
mkdir -p "$work"
cd "$root"
scripts/build_surfaces.sh
cd "$here"

echo "== gofmt, go vet ($(go version))"
test -z "$(gofmt -l . | tee /dev/stderr)"
go vet -tags ztp_checkout ./...
go vet -tags ztp_checkout,ztp_signer ./...

echo "== tests"
go test -count=1 -tags ztp_checkout,ztp_signer ./...
if go version | grep -qE 'go1\.(19|20)([. ]|$)'; then
    strict=(env GODEBUG=cgocheck=2)
else
    strict=(env GOEXPERIMENT=cgocheck2)
fi
echo "== tests with the strict pointer check of cgo"
"${strict[@]}" go test -count=1 -tags ztp_checkout,ztp_signer .
echo "== tests with a collection before every use of a handle"
go test -count=1 -tags ztp_checkout,ztp_debug,ztp_signer .
echo "== tests with the race detector"
go test -count=1 -tags ztp_checkout,ztp_signer -race .

echo "== conformance"
# Go does not see that libztp.a has changed, so nothing built earlier may stay.
rm -f "$work/conformance"
go build -tags ztp_checkout,ztp_signer -o "$work/conformance" ./internal/conformance
cd "$root"
vectors() { cargo run --quiet -p ztp-vectors -- "$@"; }
vectors flatten | "$work/conformance" >"$work/answers.tsv"
vectors digest "go=$work/answers.tsv"
vectors library flatten | "$work/conformance" >"$work/library-answers.tsv"
vectors library digest "go=$work/library-answers.tsv"
vectors scripts flatten | "$work/conformance" >"$work/scripts-answers.tsv"
vectors scripts digest "go=$work/scripts-answers.tsv"

echo "== build against an installed library"
if command -v pkg-config >/dev/null && command -v make >/dev/null; then
    make --silent -C bindings/c install BUILD=no ALLOW_SIGNER=yes PREFIX="$work/prefix"
    cd "$here"
    PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig go test -count=1 -tags ztp_signer -exec "env LD_LIBRARY_PATH=$work/prefix/lib" .
else
    echo "SKIPPED: pkg-config or make is not installed (Debian: apt-get install pkg-config make)" >&2
fi
