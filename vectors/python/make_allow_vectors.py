#!/usr/bin/env python3
"""Makes the cases about the allow-list: of scans under one in vectors/dlp.json, and of baselines in vectors/library/issuer.json.

  vectors/python/make_allow_vectors.py

Lists and signatures are made here, from docs/formats/dlp-rules.md, with Python and `cryptography` alone. Statuses are written by hand;
reports are recorded afterwards by `cargo run -p ztp-vectors --example update`.
"""

import base64
import json
import pathlib

from issuer_keys import Ed, canonical, pae

FOLDER = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = "ztp.dlp.allow-list/1"
AUDITOR, STRANGER = Ed(61), Ed(62)
ISSUED, END, NOW_MS = "2026-05-01T00:00:00.000Z", "2026-08-01T00:00:00.000Z", 1778572800000


def entry(**change):
    return {"destination": "example.com", "expires": END, "rule": "pem-material", "spki_sha256": None, "tag": None, "ticket": "SEC-7",
            **change}


def allow_list(entries, key=AUDITOR, version=1, purpose=SCHEMA):
    payload = {"entries": entries, "issued_at": ISSUED, "schema": SCHEMA, "version": version}
    signature = base64.b64encode(key.sign(pae(purpose, canonical(payload).encode()))).decode()
    return canonical({"payload": payload, "schema": SCHEMA, "signature": signature})


def allow_cases(add):
    """Scans of a request that holds a key, by its tag under the key 07…07."""
    cases = json.loads((FOLDER / "dlp.json").read_text())["cases"]
    sample = next(case for case in cases if case["id"] == "dlp-scan/refuse/pem-in-a-body")
    found = json.loads(sample["document"])["findings"][0]
    tag, spki = found["tag"], found["facts"]["spki_sha256"]

    def scan(id, why, status, document, url="https://example.com/", key=AUDITOR, newest=None, now=NOW_MS):
        listed = {"document": document, "public_key": key.raw.hex()}
        if newest is not None:
            listed["newest_seen"] = newest
        config = {"allow_list": listed, "mode": "enforce", "schema": "ztp.dlp.config/1", "tag_key": "07" * 32}
        request = {"headers": [["host", "x.example"]]} if url.startswith("!") else {}
        request |= {"id": "c0ffee", "method": "POST", "principal": "telemetry", "url": url.lstrip("!")}
        add(f"dlp-allow/{id}", why, "dlp_scan",
            [{"text": canonical(config)}, {"text": canonical(request)}, sample["args"][2], {"int": now}], status, "")

    by_tag = [entry(tag=tag)]
    scan("accept/by-tag", "the thing, the rule, the host and the time are the entry's", "ok", allow_list(by_tag))
    scan("accept/by-key", "by the public key of what was found", "ok", allow_list([entry(spki_sha256=spki)]))
    scan("accept/host-in-capitals", "a host is the same in any case, with a port or without", "ok", allow_list(by_tag), "https://EXAMPLE.com:443/")
    scan("accept/newest", "the version that was in force", "ok", allow_list(by_tag, version=3), newest=3)
    scan("refuse/other-host", "another destination", "dlp_blocked", allow_list(by_tag), "https://example.org/")
    scan("refuse/sub-host", "no wildcards", "dlp_blocked", allow_list(by_tag), "https://a.example.com/")
    scan("refuse/host-header", "the host that is dialled is excepted, another one behind it is not", "dlp_blocked", allow_list(by_tag),
         "!https://example.com/")
    scan("refuse/other-tag", "another thing", "dlp_blocked", allow_list([entry(tag="00" * 8)]))
    scan("refuse/other-rule", "another rule", "dlp_blocked", allow_list([entry(tag=tag, rule="ca-material")]))
    scan("refuse/a-file-is-no-host", "an exception for a file holds for no request", "dlp_blocked",
         allow_list([entry(tag=tag, destination="file:example.com")]))
    scan("refuse/expired", "the end is excluded", "dlp_blocked", allow_list(by_tag), now=1785542400000)
    scan("refuse/rolled-back", "older than one that was in force", "dlp_allow_rolled_back", allow_list(by_tag, version=2), newest=3)
    scan("refuse/stranger", "signed by another key", "signature_mismatch", allow_list(by_tag, key=STRANGER))
    scan("refuse/other-purpose", "a signature for something else", "signature_mismatch", allow_list(by_tag, purpose="ztp.licence/1"))
    scan("refuse/edited", "changed after it was signed", "signature_mismatch", allow_list(by_tag).replace("SEC-7", "SEC-8"))
    scan("refuse/for-ever", "an end more than 400 days ahead", "dlp_allow_entry",
         allow_list([entry(tag=tag, expires="2028-01-01T00:00:00.000Z")]))
    scan("refuse/spelling", "not canonical", "canonical_white_space", allow_list(by_tag).replace(":{", ": {", 1))
    scan("refuse/path-with-control", "a path that could act on a terminal", "dlp_allow_entry",
         allow_list([entry(tag=tag, destination="file:a\x1bb")]))


def baseline_cases(add):
    """Baselines of what scans found; tags are what they are."""
    one = {"file": "conf/dev.pem", "of": "content", "rule": "pem-material", "tag": "00112233aabbccdd"}
    two = {"file": "a/\u00fcber uns.txt", "of": "content", "rule": "internal-domain", "tag": "ffeeddccbbaa0099"}

    def found(findings, suppressed=(), **change):
        return {"findings": findings, "findings_count": len(findings), "schema": "ztp.dlp.scan/1", "suppressed": list(suppressed),
                "suppressed_count": len(suppressed), "tag_key": "given", "unlisted_count": 0, **change}

    def case(id, why, status, document, key=AUDITOR, answer="", **change):
        terms = {"expires": END, "issued_at": ISSUED, "ticket": "SEC-7", "version": 1, **change}
        args = [{"text": canonical(document)}, {"text": canonical(terms)}, {"text": key.pem()}]
        add(f"dlp-baseline/{id}", why, "dlp_baseline", args, status, answer)

    def signed(*findings):
        things = sorted(findings, key=lambda thing: (thing["file"], thing["rule"], thing["tag"]))
        return allow_list([entry(destination=f"file:{thing['file']}", rule=thing["rule"], tag=thing["tag"]) for thing in things])

    case("accept/findings", "each finding, for its file", "ok", found([one, two]), answer=signed(one, two))
    case("accept/suppressed", "what a list in force excepted stays, and one thing is one entry", "ok", found([one], [one, two]),
         answer=signed(one, two))
    case("accept/nothing", "a clean scan is an empty list", "ok", found([]), answer=signed())
    case("refuse/drawn", "tags that no other scan has", "dlp_allow_entry", found([one], tag_key="drawn"))
    case("refuse/name", "found in a file's name", "dlp_allow_entry", found([{**one, "of": "name"}]))
    case("refuse/unlisted", "counted, with no tag", "dlp_allow_entry", found([one], unlisted_count=1))
    case("refuse/cut", "more than are listed", "dlp_allow_entry", found([one], findings_count=2))
    case("refuse/report", "of a request, which has no path", "dlp_allow_entry", found([one], schema="ztp.dlp.report/1"))
    case("refuse/no-tag", "a finding that names nothing", "dlp_allow_entry", found([{**one, "tag": None}]))
    case("refuse/bad-tag", "a tag that is none", "dlp_allow_entry", found([{**one, "tag": "00"}]))
    case("refuse/expires", "an end more than 400 days ahead", "dlp_allow_entry", found([one]), expires="2028-01-01T00:00:00.000Z")
    case("refuse/ticket", "no reason", "dlp_allow_entry", found([one]), ticket="")
    case("refuse/version", "versions begin with 1", "dlp_allow_entry", found([one]), version=0)
    case("refuse/term", "a term that is not known", "schema_unknown_member", found([one]), forever=True)


def replace(name, prefix, make):
    path = FOLDER / name
    cases = [case for case in json.loads(path.read_text())["cases"] if not case["id"].startswith(prefix)]

    def add(id, why, op, args, status, document):
        cases.append({"id": id, "why": why, "op": op, "args": args, "status": status, "document": document})

    make(add)
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), ensure_ascii=False) for case in cases)
    path.write_text('{"schema":"ztp.vectors/1","cases":[\n' + lines + "\n]}\n")


def main():
    replace("dlp.json", "dlp-allow/", allow_cases)
    replace("library/issuer.json", "dlp-baseline/", baseline_cases)


if __name__ == "__main__":
    main()
