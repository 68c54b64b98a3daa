#!/usr/bin/env python3
"""Writes the documents of scripts/rotation.sh that people write: certificate requests, licences, an auditor's trust.

  rotation_documents.py WORK certificate SERIAL TOKEN | licence NAME PREVIOUS [LIST] | trust-with-list
"""

import base64
import datetime
import hashlib
import json
import pathlib
import sys

work = pathlib.Path(sys.argv[1])
issuer = work / "issuer"
now = datetime.datetime.now(datetime.timezone.utc)


def stamp(days):
    return (now + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def key(token):
    public = json.loads((issuer / f"{token}.key.json").read_text())
    der = "".join(line for line in public["public_key_pem"].splitlines() if not line.startswith("-----"))
    base64.b64decode(der, validate=True)
    return {"key_id": public["key_id"], "public_key": der, "suite": public["suite"]}


def write(path, document):
    path.write_text(json.dumps(document, indent=2) + "\n")


def certificate(serial, token):
    write(issuer / f"{token}.request.json", {
        "schema": "ztp.custody.certificate/1", "serial": int(serial), "name": token, "key": key(token), "issued_at": stamp(-1),
        "not_before": stamp(-1), "not_after": stamp(400), "usages": ["licence", "mint"],
        "limits": {"products": ["tlsstress"], "classes": [{"class": "test-hours", "amount_max": 1000}], "total_max": 1000}})


def licence(name, previous, revocation_version=0):
    before = None
    if previous != "none":
        before = hashlib.sha256((issuer / f"{previous}.signed.json").read_bytes()).hexdigest()
    window = {"not_before": stamp(-1), "not_after": stamp(90)}
    write(issuer / f"{name}.json", {
        "schema": "ztp.licence/2", "envelope_id": name, "licence_id": "L-0042", "customer": "Companhia Exemplo S.A.",
        "product": "tlsstress", "bench": {"binding": "bench", "bench_id": "bench-7"}, "features": ["tls-stress"],
        "issued_at": stamp(-1), **window, "previous_envelope": before, "root_version": 1, "revocation_version": int(revocation_version),
        "vault_head": None,
        "mint": [{"serial": n, "class": "test-hours", "amount": 250, **window} for n in (1, 2)]})


def trust_with_list():
    document = json.loads((work / "bench" / "trust.json").read_text())
    document["revocation"] = json.loads((issuer / "revocation-1.signed.json").read_text())["payload"]
    write(work / "auditor" / "trust.json", document)


{"certificate": certificate, "licence": licence, "trust-with-list": trust_with_list}[sys.argv[2]](*sys.argv[3:])
