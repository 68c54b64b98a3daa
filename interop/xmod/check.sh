#!/bin/sh
# Checks a record, its proof and the checkpoints of a ZTP audit log with Go's x/mod sumdb packages, that is, without ZTP.
#
#   check.sh CHECKPOINT VKEYS PROOF RECORD [OLDCHECKPOINT CONSISTENCY]
#
# Files: a signed checkpoint; verifier keys, one a line, of the epochs that signed the checkpoints; a .tlog-proof; one line of
# the log; an older signed checkpoint; the proof from it (add-checkpoint body).
# Exit status: 0 everything holds, 1 something does not, 2 wrong usage, 3 could not check.
#
# x/mod comes from Debian's golang-golang-x-mod-dev if it is installed (no network), else as the module pinned in go.sum.
# XMOD_SOURCE=gopath or XMOD_SOURCE=module chooses one. Go 1.19 or later.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
gocode=/usr/share/gocode

cannot() {
    echo "check.sh: cannot check: $1" >&2
    exit 3
}

command -v go >/dev/null || cannot "no go on the PATH: install golang-go and golang-golang-x-mod-dev"
source=${XMOD_SOURCE:-}
if [ -z "$source" ]; then
    source=module
    [ ! -d "$gocode/src/golang.org/x/mod/sumdb" ] || source=gopath
fi

bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
unset GOFLAGS
case $source in
gopath) (cd "$here" && GO111MODULE=off GOPATH=$gocode go build -o "$bin/xmod" main.go) || cannot "go build failed" ;;
module) (cd "$here" && GO111MODULE=on go build -o "$bin/xmod" .) || cannot "go build failed" ;;
*) cannot "XMOD_SOURCE is neither gopath nor module" ;;
esac
"$bin/xmod" "$@"
