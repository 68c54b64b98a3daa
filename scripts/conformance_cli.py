#!/usr/bin/env python3
"""Answers vectors through the command `ztp`, one real command line for each case.

  cargo run -q -p ztp-vectors -- flatten | scripts/conformance_cli.py target/release/ztp

Standard input: one case a line: id, operation, arguments in base64, separated by tabs. Standard output: one answer a line: id,
`ok` or a code, SHA-256 of the document. Run it in the root of the checkout: cases name folders relative to it.
Exit status: 0 every case is answered; 3 one could not be put to the command.
"""

import base64
import datetime
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

# Exit statuses with which `ztp` gives an answer: it holds, it does not, wrong usage, could not be checked, rests on too little.
ANSWERS = (0, 1, 2, 3, 4)

# A verdict's own word for the code of its status.
VERDICT_CODES = {"broken": "audit_broken", "truncated": "audit_truncated", "forked": "audit_forked", "rolled_back": "audit_rolled_back",
                 "unanchored": "audit_unanchored", "below_required": "anchor_below_required",
                 "blocked": "dlp_blocked", "findings": "dlp_finding", "incomplete": "dlp_scan_incomplete"}


# The kinds of findings, the gravest first: a report's status is the code of the first that it has.
KINDS = ("missing_in_sealed", "missing_in_admission", "altered", "duplicate_conflicting", "unreadable_entry", "bound_reached", "dated_ahead", "drift",
         "order_inversion", "clock_skew", "clock_step", "witness_gap")


def finding_code(report):
    """The code that stands for the findings of a report."""
    subject = report["schema"].split(".")[1]
    log = (report["sealed_log"] or {}).get("status", "intact")
    status = report.get("status", log)
    if status in ("unanchored", "below_required"):
        return VERDICT_CODES[status]
    if log not in ("intact", "unanchored", "below_required"):
        return f"{subject}_log_not_intact"
    if status in ("incomplete", "nothing"):
        return "anomaly_incomplete" if subject == "anomaly" else "correlation_nothing_compared"
    if subject == "anomaly":
        return report["findings"][0]["code"] if "findings" in report else "anomaly_fired"
    return "correlation_" + next(kind for kind in KINDS if kind in report["findings_total"])


def seen_code(seen):
    """The code that stands for what a bench has seen."""
    log = seen["sealed_log"]["status"]
    if log not in ("intact", "unanchored", "below_required"):
        return "ingest_log_not_intact"
    return "ingest_record_unproven" if seen["findings_total"] else VERDICT_CODES[log]


class Command:
    """`ztp` with a folder for the files a case needs."""

    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def run(self, *words, stdin=b"", as_json=True):
        arguments = [self.program, *(["--json"] if as_json else []), *words]
        done = subprocess.run(arguments, input=stdin, capture_output=True, check=False)
        if done.returncode not in ANSWERS:
            raise RuntimeError(f"{' '.join(words)[:200]}: exit status {done.returncode}: {done.stderr.decode()[:400]}")
        return done


def options(text):
    return json.loads(text) if text else {}


def timestamp(milliseconds):
    seconds, rest = divmod(int(milliseconds), 1000)
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:03}Z"


def canonical_encode(ztp, document):
    done = ztp.run("canonical", "encode", stdin=document, as_json=False)
    return done if done.returncode == 0 else ztp.run("canonical", "encode", stdin=document)


def canonical_check(ztp, document):
    return ztp.run("canonical", "check", stdin=document)


def signature_verify(ztp, suite, key, message, signature):
    return ztp.run("signature", "verify", f"--suite={suite.decode()}", f"--public-key={key.hex()}",
                   f"--message={message.hex()}", f"--signature={signature.hex()}")


def record_hash(ztp, line):
    return ztp.run("audit", "record-hash", stdin=line)


def audit_head(ztp, folder):
    return ztp.run("audit", "head", folder.decode())


def flags(ztp, given):
    """Options of an operation that reads a log for an answer, as words of a command line."""
    given = options(given)
    words = [f"--now={given.pop('now', 'none')}"]
    within = given.pop("sealed_within_ms", None)
    if given.pop("content_from_head", False):
        words.append("--content-from-head")
    if "require" in given:
        asked = [f"sealed-within={within // 1000}s" if grade == "sealed_within" else grade.replace("_", "-") for grade in given.pop("require")]
        words += [f"--require={grade}" for grade in asked or ["none"]]
    for name, value in given.items():
        name = "at" if name == "time" else name.replace("_", "-")
        words.append(f"--{name}={ztp.file('head', value.encode()) if name == 'head' else value}")
    return words


def audit_verify(ztp, folder, given):
    return ztp.run("audit", "verify", folder.decode(), *flags(ztp, given))


def audit_prove(ztp, folder, given):
    return ztp.run("audit", "prove", folder.decode(), *(f"--{name}={value}" for name, value in options(given).items()))


def audit_prove_consistency(ztp, folder, given):
    return ztp.run("audit", "prove", folder.decode(), "--consistency", f"--from={options(given)['old_size']}")


def audit_check_proof(ztp, proof, record, vkey):
    # Held against a key, or against a checkpoint that was kept, with what joins it to the proof's.
    given = options(vkey) if vkey.startswith(b"{") else {}
    words = [f"--{name}={ztp.file(name, value.encode())}" for name, value in given.items()] or [f"--vkey={vkey.decode()}"]
    return ztp.run("audit", "check-proof", ztp.file("proof", proof), f"--record={ztp.file('record', record)}", *words)


def audit_check_consistency(ztp, proof, old, vkey_old, vkey_new):
    return ztp.run("audit", "check-consistency", ztp.file("proof", proof), f"--old={ztp.file('old', old)}",
                   f"--vkey-old={vkey_old.decode()}", f"--vkey-new={vkey_new.decode()}")


def correlate(ztp, folder, stream, given):
    return ztp.run("correlate", folder.decode(), stream.decode(), *flags(ztp, given))


def anomaly_report(ztp, folder, given):
    return ztp.run("anomaly", "report", folder.decode(), *flags(ztp, given))


def anomaly_replay(ztp, folder, given):
    return ztp.run("anomaly", "replay", folder.decode(), *flags(ztp, given))


def anomaly_explain(ztp, folder, given):
    return ztp.run("anomaly", "explain", folder.decode(), *flags(ztp, given))


def licence_sign(ztp, payload, key):
    out = ztp.folder / "envelope"
    done = ztp.run("licence", "sign", f"--key={ztp.file('key.pem', key)}", f"--in={ztp.file('payload', payload)}", f"--out={out}")
    if done.returncode == 0:
        done.stdout = out.read_bytes()
    return done


def licence_verify(ztp, envelope, trust, now, bench):
    words = [f"--bench={bench.decode()}"] if bench else []
    return ztp.run("licence", "verify", ztp.file("envelope", envelope), f"--trust={ztp.file('trust', trust)}",
                   f"--now={timestamp(now)}", *words)


def licence_inspect(ztp, envelope):
    return ztp.run("licence", "inspect", ztp.file("envelope", envelope))


def licence_sign_chained(ztp, payload, key, chain):
    words = []
    for name, value in json.loads(chain).items():
        # A chain that no command line can spell is put to the libraries alone.
        flag = {"certificate": "certificate", "revocation": "revocation", "roots": "root"}[name]
        for index, document in enumerate(value if isinstance(value, list) else [value]):
            if document is not None:
                words.append(f"--{flag}={ztp.file(f'{name}-{index}', json.dumps(document).encode())}")
    out = ztp.folder / "envelope"
    done = ztp.run("licence", "sign", f"--key={ztp.file('key.pem', key)}", f"--in={ztp.file('payload', payload)}", f"--out={out}", *words)
    if done.returncode == 0:
        done.stdout = out.read_bytes()
    return done


def licence_seen(ztp, folder, trust, given):
    return ztp.run("licence", "seen", folder.decode(), f"--trust={ztp.file('trust', trust)}", *flags(ztp, given))


def licence_decide(ztp, envelope, trust, seen, now, bench):
    words = [f"--bench={bench.decode()}"] if bench else []
    if seen:
        words.append(f"--seen={ztp.file('seen', seen)}")
    return ztp.run("licence", "decide", ztp.file("envelope", envelope), f"--trust={ztp.file('trust', trust)}",
                   f"--now={timestamp(now)}", *words)


def licence_ingest(ztp, folder, trust, given, now):
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options(given).items()]
    return ztp.run("licence", "ingest", folder.decode(), f"--trust={ztp.file('trust', trust)}", f"--now={timestamp(now)}", *words)


def licence_ingest_envelope(ztp, envelope, name, trust, given, now):
    words = [f"--{flag.replace('_', '-')}={value}" for flag, value in options(given).items()]
    return ztp.run("licence", "ingest", ztp.file(name.decode(), envelope), f"--trust={ztp.file('trust', trust)}",
                   f"--now={timestamp(now)}", *words)


def custody_verify(ztp, document, root, seen, now):
    words = [f"--{name}={ztp.file(name, content)}" for name, content in (("root", root), ("seen", seen)) if content]
    return ztp.run("keys", "verify", ztp.file("document", document), f"--now={timestamp(now)}", *words)


def custody_transcript(ztp, transcript, document, given):
    words = [f"--{name.replace('_', '-')}" for name, value in options(given).items() if value]
    words = ["--allow-outside" if word == "--outside-allowed" else word for word in words]
    return ztp.run("keys", "audit", ztp.file("transcript", transcript), f"--document={ztp.file('document', document)}", *words)


def dlp_scan(ztp, config, request, body, now):
    words = [f"--request={ztp.file('request', request)}", f"--now={timestamp(now)}"] if request else []
    return ztp.run("dlp", "scan", "-", f"--config={ztp.file('config', config)}", *words, stdin=body)


def dlp_rules(ztp, config):
    return ztp.run("dlp", "rules", f"--config={ztp.file('config', config)}")


def dlp_test(ztp, rules):
    return ztp.run("dlp", "test", ztp.file("rules", rules))


OPERATIONS = {run.__name__: run for run in (
    canonical_encode, canonical_check, signature_verify, record_hash, audit_head, audit_verify, audit_prove,
    audit_prove_consistency, audit_check_proof, audit_check_consistency, licence_sign, licence_verify, licence_inspect,
    licence_sign_chained, licence_seen, licence_decide, licence_ingest, licence_ingest_envelope, custody_verify,
    custody_transcript, correlate, anomaly_report, anomaly_replay, anomaly_explain, dlp_scan, dlp_rules,
    dlp_test)}


def answer(done):
    """Status and document of what the command printed."""
    if done.returncode == 0:
        # A check that holds has nothing to say; with --json the command says so in a document of its own.
        if done.stdout.rstrip(b"\n") == b'{"code":"ok","schema":"ztp.result/1"}':
            return "ok", b""
        return "ok", done.stdout
    document = done.stdout.rstrip(b"\n")
    verdict = json.loads(document)
    word = verdict.get("status") or verdict.get("verdict")
    if verdict["schema"].startswith(("ztp.correlation.", "ztp.anomaly.")):
        return finding_code(verdict), document
    if verdict["schema"].startswith("ztp.licence.seen/"):
        return seen_code(verdict), document
    if verdict["schema"].startswith("ztp.licence.decision/") and not verdict["code"]:
        return VERDICT_CODES[(verdict["sealed_log"] or {"status": "unanchored"})["status"]], document
    return verdict.get("code") or VERDICT_CODES[word], document


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: conformance_cli.py PATH-OF-ZTP < cases")
    with tempfile.TemporaryDirectory() as folder:
        ztp = Command(sys.argv[1], folder)
        for line in sys.stdin:
            name, operation, *arguments = line.rstrip("\n").split("\t")
            try:
                done = OPERATIONS[operation](ztp, *(base64.b64decode(argument) for argument in arguments))
                status, document = answer(done)
            except (KeyError, ValueError, RuntimeError) as error:
                print(f"conformance_cli: {name}: {error!r}", file=sys.stderr)
                sys.exit(3)
            if operation not in ("canonical_encode", "licence_sign", "licence_sign_chained"):
                document = document.rstrip(b"\n")
            print(name, status, hashlib.sha256(document).hexdigest(), sep="\t")


if __name__ == "__main__":
    main()
