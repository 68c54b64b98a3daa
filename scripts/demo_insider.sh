#!/usr/bin/env bash
# What the bench's own operator, who is root, does next; and who notices, and how.
#
#   scripts/demo_insider.sh DIR     DIR is made anew; the surfaces must be built (scripts/build_surfaces.sh)
#
# Three attempts: a restored backup of the note vault, a key sent out in disguise, and a month in which decisions are not sealed
# and denials come by the hundred. Exit 0 only if each was noticed as it must be.
set -euo pipefail
. "$(dirname "$0")/common.sh"
cd "$ROOT"
ztp=${CARGO_TARGET_DIR:-$ROOT/target}/release/ztp
work=$1
rm -rf "$work"
mkdir -p "$work"/{issuer,bench,auditor}

step() { printf '\n%s\n' "$*"; }
tell() { printf '  %s\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 1; }

# expect STATUS COMMAND...: runs a command whose exit status must be this one; its output goes to $work/out.
expect() {
  local status=$1 found=0
  shift
  "$@" >"$work/out" 2>"$work/err" || found=$?
  [ "$found" = "$status" ] || { cat "$work/out" "$work/err" >&2; die "exit status $found, not $status: $*"; }
}
member() { python3 -c 'import json,sys; d=json.load(open(sys.argv[1]))
for name in sys.argv[2].split("."): d=d[int(name)] if isinstance(d, list) else d[name]
print(d)' "$1" "$2"; }
key() { expect 0 "$ztp" keys generate --out "$1" --json && cp "$work/out" "$1.public" && member "$1.public" public_key_pem | sed "/^$/d" >"$1.pub"; }
in_days() { date -u -d "$1 days" +%Y-%m-%dT%H:%M:%S.000Z; }

step "a backup of the vault, restored after its notes were spent:"
for name in root-a root-b isk; do key "$work/issuer/$name.pem"; done
key "$work/bench/device.pem"
holders=(--holder="a=$work/issuer/root-a.pem" --holder="b=$work/issuer/root-b.pem")
expect 0 "$ztp" keys ceremony "${holders[@]}" --threshold 2 --not-after "$(in_days 3650)" --out "$work/issuer/root.json" \
  --transcript "$work/issuer/root.transcript.json"
expect 0 "$ztp" keys trust "$work/issuer/root.json" --out "$work/bench/trust.json"
expect 0 "$ztp" keys certify "${holders[@]}" --key "$work/issuer/isk.pem" --name isk --serial 1 --product tlsstress \
  --class test-hours=1000 --not-before "$(in_days -1)" --not-after "$(in_days 400)" --out "$work/issuer/isk.cert.json" \
  --transcript "$work/issuer/isk.transcript.json"
from=$(in_days -1) until=$(in_days 90)
cat >"$work/issuer/licence.json" <<JSON
{"schema":"ztp.licence/2","envelope_id":"2026-Q4","licence_id":"L-0042","customer":"Companhia Exemplo S.A.","product":"tlsstress",
 "bench":{"binding":"bench","bench_id":"bench-7"},"features":["tls-stress"],"issued_at":"$from","not_before":"$from",
 "not_after":"$until","previous_envelope":null,"root_version":1,"revocation_version":0,"vault_head":null,
 "mint":[{"serial":1,"class":"test-hours","amount":250,"not_before":"$from","not_after":"$until"}]}
JSON
expect 0 "$ztp" licence sign --key "$work/issuer/isk.pem" --certificate "$work/issuer/isk.cert.json" --in "$work/issuer/licence.json" \
  --out "$work/issuer/licence.signed.json"
vault=$work/bench/vault
expect 0 "$ztp" vault init "$vault" --key "$work/bench/device.pem" --bench bench-7
expect 0 "$ztp" vault mint "$vault" --key "$work/bench/device.pem" --envelope "$work/issuer/licence.signed.json" --trust "$work/bench/trust.json"
spend() {
  expect 0 "$ztp" vault spend "$vault" --key "$work/bench/device.pem" --request-id "$1" --class test-hours --amount 250 --purpose "$2" --json
}
cp -a "$vault" "$work/bench/backup"
spend request-1 "load test of the new firewall"
cp "$work/out" "$work/auditor/receipt-1.json"
rm -rf "$vault" && mv "$work/bench/backup" "$vault"
spend request-2 "the same 250 hours, once more"
cp "$work/out" "$work/auditor/receipt-2.json"
tell "250 test hours were spent, the backup restored, and the same note spent again: nothing in the copy could tell"
verify=("$ztp" vault verify "$vault" --device-key "$work/bench/device.pem.pub")
expect 4 "${verify[@]}"
tell "the bench alone     exit 4: $(grep -m1 -o 'unanchored[^.]*' "$work/out")"
expect 1 "${verify[@]}" --receipts "$work/auditor/receipt-1.json"
tell "with one receipt    exit 1: $(head -1 "$work/out")"
expect 1 "$ztp" vault verify-fork "$work/auditor/receipt-1.json" "$work/auditor/receipt-2.json" \
  --device-key "$work/bench/device.pem.pub" --out "$work/auditor/proof.json"
expect 1 "$ztp" vault verify-fork "$work/auditor/proof.json" --device-key "$work/bench/device.pem.pub"
tell "with both receipts  a proof that anybody can check: $(head -1 "$work/out")"

step "a fresh private key, compressed, in base64, inside a JSON report:"
python3 - "$work/issuer/isk.pem" "$work/bench/report.json" <<'PY'
import base64, gzip, json, sys
dressed = base64.b64encode(gzip.compress(open(sys.argv[1], "rb").read())).decode()
json.dump({"build": 4711, "log": "all quiet", "trace": dressed}, open(sys.argv[2], "w"))
PY
expect 1 "$ztp" dlp scan "$work/bench/report.json"
tell "looked at             exit 1: $(head -1 "$work/out")"
expect 0 "$ztp" audit init "$work/bench/audit" --origin bench-7.example/audit
expect 0 node scripts/demo_egress.mjs "$work/bench/audit" "$work/bench/report.json"
sed 's/^/  /' "$work/out"
expect 0 "$ztp" audit verify "$work/bench/audit" --require none
grep -q '"event_class":"egress.request"' "$work"/bench/audit/segments/*.jsonl || die "the refused request is not in the log"
tell "the refusal is a record in the sealed log; the key is not: its bytes stand in no file that was written"
! grep -qF "$(sed -n 2p "$work/issuer/isk.pem")" -r "$work/bench/audit" || die "the log holds the key"

step "thirty days of a bench, of which somebody suppresses one record and hammers the webhook on day 20:"
"${ZTP_SIMULATE:-${CARGO_TARGET_DIR:-$ROOT/target}/release/examples/simulate}" "$work/month" --seed 7 --days 30 \
  --attack flood@20 --fault suppress@5000 >"$work/month.json"
month=$work/month/log
expect 0 "$ztp" audit verify "$month" --vkey "$(member "$work/month.json" vkey)"
tell "the chain alone       exit 0: what was never written breaks no chain"
expect 1 "$ztp" correlate "$month" "$work/month/admission.jsonl" --plot "$work/auditor/drift.svg"
tell "the two accounts      exit 1: $(grep -m1 -i missing "$work/out" | sed 's/^ *//')"
expect 1 "$ztp" anomaly report "$month" --plot "$work/auditor/days.svg"
tell "the detectors         exit 1: $(head -1 "$work/out"), the gravest:"
grep -m1 -A1 '^  critical' "$work/out"
echo
echo "receipts, proof, plots and logs are in ${work#"$ROOT"/}"
