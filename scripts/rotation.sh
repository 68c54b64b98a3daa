#!/usr/bin/env bash
# The rotation of a quarter, end to end, with keys in tokens (SoftHSM2): a root of three holders, a signing key certified by two of
# them, a licence signed with ztp-signctl, carried, taken in and spent; then the key is revoked, and what still verifies is shown.
#
#   scripts/rotation.sh [--keep DIR]     each step prints what it shows; exit 0 only if every step ended as it must
#
# It needs SoftHSM2 (Debian: softhsm2), Go, Node.js, Python and a C compiler. The surfaces are built first unless
# ZTP_BUILT is set.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT"
target=${CARGO_TARGET_DIR:-$ROOT/target}
ztp=$target/release/ztp
for tool in softhsm2-util go node cc python3; do
  have "$tool" || { echo "SKIPPED: the rotation needs $tool (Debian: apt-get install softhsm2 golang-go gcc python3)"; exit 3; }
done
module=$(find /usr/lib /usr/local/lib -name libsofthsm2.so 2>/dev/null | head -1)
[ -n "$module" ] || { echo "SKIPPED: libsofthsm2.so is not found"; exit 3; }

[ -n "${ZTP_BUILT:-}" ] || scripts/build_surfaces.sh
keep=
[ "${1:-}" != --keep ] || keep=$2
work=${keep:-$(mktemp -d)}
mkdir -p "$work"
[ -n "$keep" ] || trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{tokens,issuer,carried,bench,auditor}
signctl=$work/ztp-signctl
(cd examples/ztp-signctl && go build -tags ztp_checkout,ztp_signer -o "$signctl" .)

export SOFTHSM2_CONF=$work/softhsm2.conf
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$work/tokens" >"$SOFTHSM2_CONF"
printf '123456' >"$work/pin"
chmod 600 "$work/pin"

step() { printf '\n== %s\n' "$*"; }
tell() { printf '   %s\n' "$*"; }
die() { printf 'rotation: %s\n' "$*" >&2; exit 1; }

# expect STATUS COMMAND...: runs a command whose exit status must be this one; its output goes to $work/out.
expect() {
  local status=$1 found=0
  shift
  "$@" >"$work/out" 2>"$work/err" || found=$?
  [ "$found" = "$status" ] || { cat "$work/out" "$work/err" >&2; die "exit status $found, not $status: $*"; }
}
# says TEXT: the last command printed it.
says() { grep -q -- "$1" "$work/out" "$work/err" || { cat "$work/out" "$work/err" >&2; die "it does not say: $1"; }; }
documents() { python3 "$ROOT/scripts/rotation_documents.py" "$work" "$@"; }

uri() { printf 'pkcs11:token=%s;object=%s?module-path=%s&pin-source=file:%s' "$1" "$1" "$module" "$work/pin"; }

# token NAME: a token with one Ed25519 key that was made in it and cannot leave it.
token() {
  softhsm2-util --init-token --free --label "$1" --so-pin 12345678 --pin 123456 >/dev/null
  expect 0 "$ztp" keys generate --out "$(uri "$1")"
  "$signctl" fingerprint --json --key="$(uri "$1")" >"$work/issuer/$1.key.json"
  tell "token $1: key $(id_of "$1")"
}
id_of() { sed 's/.*"key_id":"\([0-9a-f]*\)".*/\1/' "$work/issuer/$1.key.json"; }
in_days() { date -u -d "$1 days" +%Y-%m-%dT%H:%M:%S.000Z; }
holder() { printf -- '--holder=%s=%s' "$1" "$(uri "$1")"; }

step "1. Root ceremony: three holders, each with a token; two of them must sign whatever the root decides"
for name in root-a root-b root-c; do token $name; done
root=$work/issuer/root-1.signed.json
expect 0 "$ztp" keys ceremony "$(holder root-a)" "$(holder root-b)" "$(holder root-c)" --witness=auditor --threshold 2 \
  --not-after "$(in_days 3650)" --out "$root" --transcript "$work/issuer/root-1.transcript.json"
expect 0 "$ztp" keys verify "$root"
expect 0 "$ztp" keys audit "$work/issuer/root-1.transcript.json" --document "$root"
tell "the root holds, and its transcript shows that each key was made in its token and cannot leave it"
"$ztp" keys trust "$root" --out "$work/bench/trust.json" >/dev/null
tell "the bench and the auditor get the root on a path of their own"

step "2. A signing key in a token, certified by two holders: for one product, up to 1,000 test hours an envelope"
token isk-1
expect 0 "$ztp" keys certify "$(holder root-a)" "$(holder root-c)" --key "$(uri isk-1)" --name isk-1 --serial 1 \
  --product tlsstress --class test-hours=1000 --not-before "$(in_days -1)" --not-after "$(in_days 400)" \
  --out "$work/issuer/isk-1.cert.json" --transcript "$work/issuer/isk-1.transcript.json"
expect 0 "$ztp" keys verify "$work/issuer/isk-1.cert.json" --root "$root"
tell "certificate 1 holds under the root"

step "3. The bench: a sealed log, a vault with its own device key, and the incoming directory"
"$ztp" audit init "$work/bench/audit" --origin bench-7.example/audit >/dev/null
"$ztp" keys generate --out "$work/bench/device.pem" --name bench-7-device >/dev/null # and device.pub.pem beside it
"$ztp" vault init "$work/bench/vault" --key "$work/bench/device.pem" --bench bench-7 >/dev/null
mkdir -p "$work/bench/license/incoming"
ingest() {
  "$ztp" licence ingest "$work/bench/license" --trust "$work/bench/trust.json" --log "$work/bench/audit" --bench bench-7 \
    --vault "$work/bench/vault" --device-key "$work/bench/device.pem" --quiet-ms 0 "$@"
}
spend() {
  "$ztp" vault spend "$work/bench/vault" --key "$work/bench/device.pem" --request-id "$1" --class test-hours --amount "$2" \
    --purpose "$3"
}
tell "made; it trusts root 1 and has no key that could sign a licence"

step "4. This quarter's licence: signed by the token, carried, taken in, spent"
documents licence this-quarter none
sign() { # NAME KEY [FLAG...]
  "$signctl" sign --key="$(uri "$2")" --certificate="$work/issuer/$2.cert.json" --in="$work/issuer/$1.json" \
    --out="$work/issuer/$1.signed.json" "${@:3}"
}
sign this-quarter isk-1 | sed 's/^/   /'
cp "$work/issuer/this-quarter.signed.json" "$work/carried/"

python3 - "$work/carried/this-quarter.signed.json" "$work/carried/edited.json" <<'PY'
import sys
text = open(sys.argv[1]).read()
open(sys.argv[2], "w").write(text.replace('"customer":', '"customer": ', 1))
PY
expect 1 "$signctl" verify --in="$work/carried/edited.json" --trust="$work/bench/trust.json" --bench=bench-7
says canonical_white_space
tell "edited on the way, one space: $(sed -n 's/^  canonical_form: //p' "$work/err")"

cp "$work/carried/edited.json" "$work/bench/license/incoming/edited.json"
cp "$work/carried/this-quarter.signed.json" "$work/bench/license/incoming/this-quarter.signed.json"
head -c 500 "$work/carried/this-quarter.signed.json" >"$work/bench/license/incoming/.this-quarter.part"
expect 1 ingest
sed 's/^/   /' "$work/out"
says "1 accepted, 0 taken in before, 1 refused, 1 waiting"
rm "$work/bench/license/incoming/.this-quarter.part"
expect 0 spend request-1 120 "load test of the new firewall"
tell "spent 120 test hours"
expect 0 spend request-1 120 "load test of the new firewall"
tell "the same request again gives the same receipt, and spends nothing"

step "5. The same bytes verify everywhere"
now_ms=$(($(date +%s) * 1000))
# shellcheck disable=SC2046
cc -std=c11 -O1 -I bindings/c/include examples/c/verify_licence.c "$target/release/libztp.a" \
  $(tr '\n' ' ' <bindings/c/native-static-libs.txt) -o "$work/verify-licence-c"
args=("$work/carried/this-quarter.signed.json" "$work/bench/trust.json" bench-7 "$now_ms")
"$work/verify-licence-c" "${args[@]}" >"$work/verdict.c"
node examples/node/verify-licence.mjs "${args[@]}" >"$work/verdict.node"
stamp=$(date -u -d "@$((now_ms / 1000))" +%Y-%m-%dT%H:%M:%SZ)
"$signctl" verify --in="${args[0]}" --trust="${args[1]}" --bench=bench-7 --now="$stamp" --json >"$work/verdict.go"
"$ztp" licence verify "${args[0]}" --trust "${args[1]}" --bench bench-7 --now "$stamp" --json >"$work/verdict.rust"
for surface in c node go; do
  cmp "$work/verdict.rust" "$work/verdict.$surface" || die "the verdict of $surface differs"
done
tell "Rust, C, Node and Go print one verdict: $(sha256sum <"$work/verdict.rust" | cut -c1-16)…"

step "6. Rotation: a second key is certified, and the root's holders revoke the first"
token isk-2
documents certificate 2 isk-2
"$signctl" certify --key="$(uri root-b)" --in="$work/issuer/isk-2.request.json" --out="$work/issuer/isk-2.cert.json" >/dev/null
expect 1 "$ztp" keys verify "$work/issuer/isk-2.cert.json" --root "$root"
says custody_too_few_signatures
tell "certificate 2, signed by one holder with ztp-signctl: not enough (custody_too_few_signatures)"
"$signctl" certify --key="$(uri root-c)" --in="$work/issuer/isk-2.cert.json" --out="$work/issuer/isk-2.cert.json" >/dev/null
expect 0 "$ztp" keys verify "$work/issuer/isk-2.cert.json" --root "$root"
tell "signed by a second one, on a machine of his own: it holds"
expect 0 "$ztp" keys revoke "$(holder root-a)" "$(holder root-b)" --key-id "$(id_of isk-1)" \
  --out "$work/issuer/revocation-1.signed.json" --transcript "$work/issuer/revocation-1.transcript.json"
expect 0 "$ztp" keys verify "$work/issuer/revocation-1.signed.json" --root "$root"
tell "revocation list 1 names the key of isk-1; no bench knows of it yet"
documents licence next-quarter this-quarter 1
sign next-quarter isk-2 --revocation="$work/issuer/revocation-1.signed.json" | sed 's/^/   /'
cp "$work/issuer/next-quarter.signed.json" "$work/bench/license/incoming/"
expect 0 ingest
sed 's/^/   /' "$work/out"
tell "the list rode in that envelope: $("$ztp" licence seen "$work/bench/audit" --trust "$work/bench/trust.json" --bench bench-7 --require none | grep ^newest)"

step "7. What still verifies, what does not, and why"
expect 0 spend request-2 100 "regression run"
tell "yes  notes of the first envelope: they were minted while the key was good, and spending asks the vault, not the key"
expect 0 "$ztp" audit verify "$work/bench/audit" --require none
expect 4 "$ztp" vault verify "$work/bench/vault" --device-key "$work/bench/device.pub.pem" --trust "$work/bench/trust.json"
says unanchored
tell "yes  the sealed log and the vault: what was done then was right then (unanchored: this bench has neither TPM nor witness)"
cp "$work/carried/this-quarter.signed.json" "$work/bench/license/incoming/again.json"
expect 0 ingest
says "0 accepted, 1 taken in before"
tell "yes  the first envelope again: the same bytes are one ingest; nothing is done"
expect 0 "$signctl" verify --in="$work/carried/this-quarter.signed.json" --trust="$work/bench/trust.json" --bench=bench-7
tell "yes  the first envelope, for an auditor who knows no list: the verdict says revocation version 0"
documents trust-with-list
expect 1 "$signctl" verify --in="$work/carried/this-quarter.signed.json" --trust="$work/auditor/trust.json" --bench=bench-7
says custody_certificate_revoked
tell "no   the first envelope, for one who knows list 1: custody_certificate_revoked"
documents licence stolen next-quarter
sign stolen isk-1 >/dev/null
cp "$work/issuer/stolen.signed.json" "$work/bench/license/incoming/"
expect 1 ingest
says custody_certificate_revoked
tell "no   a new licence that somebody signs with the first key: the bench remembers, in its sealed log"
documents licence quarter-after next-quarter 1
sign quarter-after isk-2 >/dev/null
cp "$work/issuer/quarter-after.signed.json" "$work/bench/license/incoming/"
expect 0 ingest
tell "yes  the next licence by the second key; it may leave the list out, the bench has it"
rm -rf "$work/bench/license"
mkdir -p "$work/bench/license/incoming"
cp "$work/issuer/stolen.signed.json" "$work/bench/license/incoming/"
expect 1 ingest
says custody_certificate_revoked
tell "no   the stolen licence after root deleted the whole ingest directory: the memory is not there"
expect 0 "$ztp" audit verify "$work/bench/audit" --require none

printf '\nthe rotation ended as it must\n'
