#!/usr/bin/env python3
"""Makes vectors/custody.json, vectors/ingest.json and vectors/suites.json, with Python's standard library and `cryptography` alone.

  vectors/python/make_issuer_vectors.py [NAME...]

It knows nothing of ZTP's code: documents, signatures and chains are made here from docs/formats. Each case states the status it must
end with; the documents are recorded afterwards by `cargo run -p ztp-vectors --example update`. ML-DSA signatures are randomised, so a
second run gives other bytes of the same meaning.

The keys are made from published seeds. They protect nothing.
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric import padding

from issuer_keys import Ed, Hybrid, Rsa, canonical, ed25519ph, key_id, key_members, ms, pae, signed
from make_allow_vectors import baseline_cases

FOLDER = pathlib.Path(__file__).resolve().parent.parent

R1, R2, R3, R4 = (Ed(n) for n in (11, 12, 13, 14))
ISK, OTHER, STRANGER = Ed(21), Ed(22), Ed(99)
ISSUED, NOW, END = "2026-06-01T00:00:00.000Z", "2026-08-01T12:00:00.000Z", "2031-01-01T00:00:00.000Z"

def root(version=1, keys=(R1, R2, R3), threshold=2, **change):
    members = sorted((key_members(key) for key in keys), key=lambda item: item["key_id"])
    return {"issued_at": ISSUED, "keys": members, "not_after": END, "schema": "ztp.custody.root/1",
            "threshold": threshold, "version": version, **change}

def certificate(key=ISK, **change):
    limits = {"classes": [{"amount_max": 1000, "class": "test-hours"}], "products": ["tlsstress"], "total_max": 1000}
    limits.update(change.pop("limits", {}))
    return {"issued_at": ISSUED, "key": key_members(key), "limits": limits, "name": "isk-2026",
            "not_after": "2027-06-01T00:00:00.000Z", "not_before": ISSUED, "schema": "ztp.custody.certificate/1",
            "serial": 7, "usages": ["licence", "mint"], **change}

def revocation(version=1, serials=(), keys=(), **change):
    return {"certificate_serials": sorted(serials), "issued_at": ISSUED, "key_ids": sorted(key_id(k) for k in keys),
            "schema": "ztp.custody.revocation/1", "version": version, **change}

def licence(**change):
    note = {"amount": 500, "class": "test-hours", "not_after": "2026-09-30T23:59:59.999Z",
            "not_before": "2026-07-01T00:00:00.000Z", "serial": 1}
    return {"bench": {"bench_id": "bench-7", "binding": "bench"}, "customer": "Companhia Exemplo S.A.",
            "envelope_id": "envelope-2026-Q3", "features": ["tls-stress"], "issued_at": "2026-06-20T09:00:00.000Z",
            "licence_id": "L-0042", "mint": [note], "not_after": "2026-09-30T23:59:59.999Z",
            "not_before": "2026-07-01T00:00:00.000Z", "previous_envelope": None, "product": "tlsstress",
            "revocation_version": 0, "root_version": 1, "schema": "ztp.licence/2", "vault_head": None, **change}

ROOT = signed(root(), R1, R2)

TOKEN = {"always_sensitive": True, "deterministic": True, "extractable": False, "id": "01", "ignores_parameters": None, "local": True,
         "manufacturer": "SoftHSM project", "model": "SoftHSM v2", "never_extractable": True, "object": "root", "other_uses": False,
         "self_test": True, "sensitive": True, "serial": "1", "sign": True, "token": "root"}

CERTIFICATE = signed(certificate(), R1, R2)

def envelope(payload, key=ISK, certificates=None, revoked=None, roots=(), over=None, keys=None):
    keys = keys or [key]
    document = signed(payload, *keys, over=over)
    chain = {"certificates": [CERTIFICATE] if certificates is None else certificates, "revocation": revoked, "roots": list(roots)}
    return {"chain": chain, "payload": payload, "schema": "ztp.licence.envelope/2", "signatures": document["signatures"]}

def trust(**change):
    return {"root": root(), "schema": "ztp.trust/2", **change}

class Cases:
    def __init__(self, name):
        self.name, self.cases = name, []

    def add(self, id, why, op, args, status, document=""):
        spelled = []
        for argument in args:
            if isinstance(argument, int):
                spelled.append({"int": argument})
            elif isinstance(argument, bytes):
                spelled.append({"base64": base64.b64encode(argument).decode()})
            elif isinstance(argument, str):
                spelled.append({"text": argument})
            elif len(argument) == 1 and ("dir" in argument or "join" in argument):
                spelled.append(argument)
            else:
                spelled.append({"text": canonical(argument)})
        self.cases.append({"id": id, "why": why, "op": op, "args": spelled, "status": status, "document": document})

    def add_spelled(self, id, why, op, args, status, document):
        self.cases.append({"id": id, "why": why, "op": op, "args": args, "status": status, "document": document})

    def write(self):
        lines = ",\n".join(json.dumps(case, separators=(",", ":"), ensure_ascii=False) for case in self.cases)
        path = FOLDER / f"{self.name}.json"
        path.write_text('{"schema":"ztp.vectors/1","cases":[\n' + lines + "\n]}\n")
        print(f"{path.name}: {len(self.cases)} cases")

def custody():
    c = Cases("custody")

    def check(id, why, document, by, status, seen="", now=NOW):
        c.add(f"custody-verify/{id}", why, "custody_verify", [document, by, seen, ms(now)], status)

    # Roots.
    check("accept/first-root", "a first root, taken by its own word", ROOT, "", "ok")
    next_root = root(2, (R2, R3, R4))
    check("accept/next-root", "version 2, by a threshold of both", signed(next_root, R1, R2, R4), ROOT, "ok")
    check("accept/last-moment-of-root", "validity includes its last moment", ROOT, "", "ok", now=END)
    check("refuse/root-expired", "the newest root is over", ROOT, "", "custody_root_expired", now="2031-01-01T00:00:00.001Z")
    check("refuse/first-root-too-few", "one key of a threshold of two", signed(root(), R1), "", "custody_root_new_threshold")
    check("refuse/next-root-old-threshold", "only the new keys vouch for the new root", signed(next_root, R4, R3), ROOT,
          "custody_root_old_threshold")
    check("refuse/next-root-new-threshold", "the new keys do not show that they exist",
          signed(root(2, (R3, R4), 2), R1, R2), ROOT, "custody_root_new_threshold")
    check("refuse/root-version-skipped", "a root that does not follow by exactly one", signed(root(3, (R2, R3, R4)), R2, R3),
          ROOT, "custody_root_version")
    check("refuse/root-version-again", "the same version again is no update", ROOT, ROOT, "custody_root_version")
    twice = signed(root(), R1, R2)
    twice["signatures"] = [twice["signatures"][0]] * 2
    check("refuse/key-counted-twice", "one key's signature twice toward a threshold of two", twice, "", "custody_key_counted_twice")
    check("refuse/signer-unknown", "a stranger signed as well", signed(root(), R1, R2, STRANGER), "", "custody_signer_unknown")
    check("refuse/root-threshold", "more signatures than keys", signed(root(threshold=4), R1, R2, R3), "", "custody_root_threshold")
    shared = root(1, (R1, R2), 2)
    mixed = Hybrid(11)
    shared["keys"] = sorted(shared["keys"] + [key_members(mixed)], key=lambda item: item["key_id"])
    check("refuse/root-shared-half", "two keys of a root that share their Ed25519 half", signed(shared, R1, R2), "",
          "custody_root_shared_key")
    wrong_id = root()
    wrong_id["keys"][0] = {**wrong_id["keys"][0], "key_id": "00" * 32}
    wrong_id["keys"].sort(key=lambda item: item["key_id"])
    check("refuse/root-key-id", "a key id of another key", signed(wrong_id, R1, R2), "", "custody_key_id")
    wrong_suite = root()
    wrong_suite["keys"][0] = {**wrong_suite["keys"][0], "suite": "rsa4096-pss-sha384"}
    check("refuse/root-key-suite", "a suite that is not the key's", signed(wrong_suite, R1, R2), "", "custody_key_suite")
    unsorted = root()
    unsorted["keys"].reverse()
    check("refuse/root-keys-order", "keys out of order", signed(unsorted, R1, R2), "", "custody_list_order")
    doubled = root()
    doubled["keys"].insert(0, doubled["keys"][0])
    check("refuse/root-keys-twice", "a key listed twice", signed(doubled, R1, R2), "", "custody_list_repeated")
    check("refuse/root-no-keys", "a root without keys", signed(root(keys=(), threshold=1), R1), "", "custody_list_length")
    check("refuse/root-version-zero", "versions begin with 1", signed(root(0), R1, R2), "", "custody_range")
    check("refuse/root-window", "over before it was made", signed(root(not_after="2026-05-31T00:00:00.000Z"), R1, R2), "",
          "custody_window_reversed")
    check("refuse/other-document", "a signed document of another kind", signed({"schema": "ztp.licence/1"}, R1, R2), ROOT,
          "custody_schema_name")
    check("refuse/anchor-other-kind", "a certificate cannot be a first root", CERTIFICATE, "", "custody_schema_name")
    check("refuse/signature-for-other-purpose", "the root's keys signed these bytes as something else",
          signed(root(), R1, R2, purpose="ztp.custody.revocation/1"), "", "signature_mismatch")
    check("refuse/forged", "a threshold of one, under signatures over two", signed(root(threshold=1), R1, R2, over=root()), "",
          "signature_mismatch")
    check("refuse/white-space", "an editor was here", canonical(ROOT).replace(":", ": ", 1), "", "canonical_white_space")
    check("refuse/member-unknown", "a member that the schema does not have", signed(root(colour="red"), R1, R2), "",
          "schema_unknown_member")
    check("refuse/too-large", "more bytes than any document of its kind",
          {"join": [{"text": '{"payload":{"schema":"'}, {"repeat": {"text": "x", "count": 1 << 20}},
                    {"text": '"},"schema":"ztp.signed/1","signatures":[]}'}]}, "", "custody_too_large")

    # Certificates.
    check("accept/certificate", "a certificate of the root", CERTIFICATE, ROOT, "ok")
    check("accept/certificate-unrevoked", "not on the newest list", CERTIFICATE, ROOT, "ok",
          seen=signed(revocation(3, [6], [OTHER]), R1, R3))
    check("refuse/certificate-too-few", "one root key of two", signed(certificate(), R1), ROOT, "custody_too_few_signatures")
    check("refuse/certificate-not-yet", "before its first moment", CERTIFICATE, ROOT, "custody_certificate_not_yet_valid",
          now="2026-05-31T23:59:59.999Z")
    check("refuse/certificate-expired", "after its last moment", CERTIFICATE, ROOT, "custody_certificate_expired",
          now="2027-06-01T00:00:00.001Z")
    check("refuse/certificate-revoked-by-serial", "its serial number is on the list", CERTIFICATE, ROOT,
          "custody_certificate_revoked", seen=signed(revocation(1, [7]), R1, R2))
    check("refuse/certificate-revoked-by-key", "its key is on the list", CERTIFICATE, ROOT, "custody_certificate_revoked",
          seen=signed(revocation(1, [], [ISK]), R1, R2))
    check("refuse/certificate-of-root-key", "a root key that certifies itself", signed(certificate(R1), R1, R2), ROOT,
          "custody_certificate_of_root_key")
    check("refuse/certificate-usage", "a usage that does not exist", signed(certificate(usages=["anything"]), R1, R2), ROOT,
          "custody_usage_unknown")
    check("refuse/certificate-name", "a name with a slash", signed(certificate(name="../isk"), R1, R2), ROOT, "custody_identifier")
    check("refuse/certificate-of-other-root", "another root's certificate", signed(certificate(), R4, OTHER), ROOT,
          "custody_signer_unknown")

    # Revocation lists.
    one, two = signed(revocation(1, [7]), R1, R2), signed(revocation(2, [7, 8]), R1, R2)
    check("accept/revocation", "the first list", one, ROOT, "ok")
    check("accept/revocation-follows", "a list that grew", two, ROOT, "ok", seen=one)
    check("refuse/revocation-rollback", "an older list than the one seen", one, ROOT, "custody_revocation_rollback", seen=two)
    check("refuse/revocation-conflict", "another list of the same version", signed(revocation(1, [9]), R1, R2), ROOT,
          "custody_revocation_conflict", seen=one)
    check("refuse/revocation-shrunk", "a later list that takes a revocation back", signed(revocation(2, [8]), R1, R2), ROOT,
          "custody_revocation_shrunk", seen=one)
    check("refuse/revocation-too-few", "one root key of two", signed(revocation(1, [7]), R3), ROOT, "custody_too_few_signatures")

    # Making them, which the command does in ceremonies alone.
    made = Cases("library/issuer")
    made.add("custody-sign/accept/root", "any spelling of the payload", "custody_sign",
          [json.dumps(root(), indent=2), R1.pem()], "ok", canonical(signed(root(), R1)))
    made.add("custody-sign/refuse/payload", "what no verifier would take is not signed", "custody_sign",
          [root(threshold=4), R1.pem()], "custody_root_threshold")
    made.add("custody-sign/refuse/key", "no key", "custody_sign", [root(), "none"], "pem_framing")
    made.add("custody-cosign/accept/second", "the signature of another key", "custody_cosign",
          [signed(root(), R1), R2.pem()], "ok", canonical(ROOT))
    made.add("custody-cosign/refuse/same-key", "the same key again", "custody_cosign", [signed(root(), R1), R1.pem()],
          "custody_key_counted_twice")
    made.add("keys-public/accept/private", "the public half of a private key", "keys_public", [R1.pem()], "ok")
    made.add("keys-public/refuse/none", "no key", "keys_public", ["-----BEGIN NOTHING-----"], "pem_label")
    # Transcripts of ceremonies.
    def ceremony(made=ROOT, shown=(R1, R2, R3), signing=(R1, R2), alter=None, token=None, signers=None):
        payload, steps = canonical(made["payload"]).encode(), []

        def step(kind, **detail):
            previous = hashlib.sha256(canonical(steps[-1]).encode()).hexdigest() if steps else "00" * 32
            steps.append({"at": ISSUED, "detail": detail, "kind": kind, "previous": previous, "step": len(steps)})

        step("begun", purpose=made["payload"]["schema"], tool="by hand", witnesses=["auditor"])
        for number, key in enumerate(shown):
            step("key", holder=f"holder-{number}", key=key_members(key), token=TOKEN if token is None else token)
        for key in signing:
            step("signed", key_id=key_id(key), payload_digest=hashlib.sha256(payload).hexdigest())
        step("made", document_digest=hashlib.sha256(canonical(made).encode()).hexdigest(),
             payload_digest=hashlib.sha256(payload).hexdigest())
        step("ended")
        if alter:
            alter(steps)
        return signed({"schema": "ztp.custody.transcript/1", "steps": steps}, *(signers or signing))

    def transcript(id, why, document, status, made=ROOT, options=""):
        c.add(f"custody-transcript/{id}", why, "custody_transcript", [document, made, options], status)

    transcript("accept/root", "each key made in its token, two signed", ceremony(), "ok")
    outside = {**TOKEN, "extractable": True}
    transcript("accept/outside-allowed", "keys outside of custody, which are named", ceremony(token=outside), "ok",
               options={"outside_allowed": True})
    transcript("refuse/outside", "a key that can leave its token", ceremony(token=outside), "custody_transcript_key_outside")
    transcript("refuse/not-local", "a key that was brought into its token", ceremony(token={**TOKEN, "local": False}),
               "custody_transcript_key_outside")
    transcript("refuse/step-changed", "a step that was changed after the next one was bound to it",
               ceremony(alter=lambda steps: steps[1].update(at="2026-06-01T00:00:00.001Z")), "custody_transcript_step")
    transcript("refuse/step-removed", "a step that was taken out", ceremony(alter=lambda steps: steps.pop(2)), "custody_transcript_step")
    transcript("refuse/not-ended", "a ceremony that did not come to its end", ceremony(alter=lambda steps: steps.pop()),
               "custody_transcript_step")
    transcript("refuse/signer-missing", "a key that signed the root did not sign the transcript", ceremony(signers=(R1,)),
               "custody_transcript_unsigned")
    transcript("refuse/other-document", "the transcript of another document", ceremony(), "custody_transcript_document",
               made=signed(root(), R1, R3))
    transcript("refuse/key-not-shown", "a key of the root that was not brought", ceremony(shown=(R1, R2)),
               "custody_transcript_key_missing")
    made.add("custody-transcript/fail/options", "an option that does not exist", "custody_transcript",
             [ceremony(), ROOT, {"allow": True}], "schema_unknown_member")

    # Envelopes that carry a chain.
    def judge(id, why, document, status, by=None, now=NOW, bench="bench-7"):
        c.add(f"licence-verify-chained/{id}", why, "licence_verify", [document, by or trust(), ms(now), bench], status)

    good = envelope(licence())
    judge("accept/valid", "root, certificate, signature, limits: all hold", good, "ok")
    rotated = signed(root(2, (R2, R3, R4)), R1, R2, R4)
    recertified = signed(certificate(), R3, R4)
    judge("accept/root-rotated", "an old bench learns the new root from the envelope",
          envelope(licence(root_version=2), certificates=[recertified], roots=[rotated]), "ok")
    judge("accept/revocation-of-another", "a list that does not concern this key",
          envelope(licence(revocation_version=1), revoked=signed(revocation(1, [6]), R1, R2)), "ok")
    judge("refuse/certificate-revoked", "the list in the envelope revokes the key that signed it",
          envelope(licence(), revoked=signed(revocation(1, [7]), R1, R2)), "custody_certificate_revoked")
    judge("refuse/certificate-revoked-before", "the list that the bench knows revokes the key", good, "custody_certificate_revoked",
          by=trust(revocation=revocation(4, [], [ISK])))
    judge("refuse/list-taken-out", "the envelope was made under a list that is not in it any more",
          envelope(licence(revocation_version=2)), "licence_revocation_missing")
    judge("refuse/root-taken-out", "the envelope was made under a root that is not in it any more",
          envelope(licence(root_version=2)), "licence_root_missing")
    judge("refuse/seen-newer-list", "the bench saw a newer list than this envelope brings",
          envelope(licence(), revoked=signed(revocation(1), R1, R2)), "custody_revocation_rollback",
          by=trust(seen={"revocation_version": 2, "root_version": 1}))
    judge("refuse/seen-newer-root", "the bench saw a newer root than this envelope brings", good, "custody_root_rollback",
          by=trust(seen={"revocation_version": 0, "root_version": 2}))
    judge("refuse/root-conflict", "another root of the version that is pinned",
          envelope(licence(), roots=[signed(root(1, (R1, R2, R4)), R1, R2)]), "custody_root_conflict")
    judge("refuse/root-gap", "root 3 without root 2", envelope(licence(), roots=[signed(root(3, (R2, R3, R4)), R2, R3)]),
          "custody_root_version")
    judge("refuse/product", "a product that the certificate does not cover", envelope(licence(product="other")),
          "custody_certificate_product")
    no_mint = signed(certificate(usages=["licence"]), R1, R2)
    judge("refuse/usage", "notes under a certificate that may not mint", envelope(licence(), certificates=[no_mint]),
          "custody_certificate_usage")
    note = licence()["mint"][0]
    judge("refuse/class", "a class that the certificate does not cover",
          envelope(licence(mint=[{**note, "class": "benches"}])), "custody_certificate_class")
    judge("refuse/class-limit", "more of a class than the certificate covers", envelope(licence(mint=[{**note, "amount": 1001}])),
          "custody_certificate_class_limit")
    tight = signed(certificate(limits={"total_max": 400}), R1, R2)
    judge("refuse/total-limit", "more in all than the certificate covers", envelope(licence(), certificates=[tight]),
          "custody_certificate_total_limit")
    late = signed(certificate(not_before="2026-06-25T00:00:00.000Z"), R1, R2)
    judge("refuse/issued-outside", "issued before the certificate was valid", envelope(licence(), certificates=[late]),
          "custody_certificate_issued_outside")
    judge("refuse/certificate-expired", "the certificate is over now", good, "custody_certificate_expired",
          now="2027-06-01T00:00:00.001Z")
    judge("refuse/certificate-other-key", "the certificate of another key",
          envelope(licence(), certificates=[signed(certificate(OTHER), R1, R2)]), "licence_certificate_other_key")
    judge("refuse/chain-length", "two certificates, one signature", envelope(licence(), certificates=[CERTIFICATE, CERTIFICATE]),
          "licence_chain_length")
    judge("refuse/forged-amount", "an amount changed after signing",
          envelope(licence(mint=[{**note, "amount": 900}]), over=licence()), "signature_mismatch")
    judge("refuse/edited", "an editor was here", canonical(good).replace('"customer":', '"customer": ', 1), "canonical_white_space")
    judge("refuse/other-generation", "an envelope of pinned keys against a pinned root",
          {"payload": {}, "schema": "ztp.licence.envelope/1", "signatures": []}, "licence_schema_name")
    for index, (mutation, status) in enumerate((("swap", "signature_halves_swapped"), ("pq-only", "signature_half_missing"),
                                                ("ed-of-other", "signature_ed25519_mismatch"),
                                                ("pq-of-other", "signature_mldsa_mismatch"))):
        hybrid = Hybrid(31)
        document = envelope(licence(), hybrid, [signed(certificate(hybrid), R1, R2)])
        pq, ed = hybrid.halves(pae("ztp.licence/2", canonical(licence()).encode()))
        other_pq, other_ed = hybrid.halves(pae("ztp.licence/2", canonical(licence(licence_id="L-0043")).encode()))
        halves = {"swap": ed + pq, "pq-only": pq, "ed-of-other": pq + other_ed, "pq-of-other": other_pq + ed}[mutation]
        document["signatures"][0]["signature"] = base64.b64encode(halves).decode()
        judge(f"refuse/hybrid-{mutation}", "halves of a composite signature that do not belong together", document, status)
    hybrid = Hybrid(31)
    judge("accept/hybrid", "a certificate for a composite key", envelope(licence(), hybrid, [signed(certificate(hybrid), R1, R2)]), "ok")

    chain = {"certificate": CERTIFICATE, "revocation": None, "roots": []}
    c.add("licence-sign-chained/accept/licence", "the envelope that was made by hand above", "licence_sign_chained",
          [json.dumps(licence(), indent=1), ISK.pem(), json.dumps(chain)], "ok", canonical(good))
    c.add("licence-sign-chained/refuse/other-key", "a certificate of another key", "licence_sign_chained",
          [licence(), OTHER.pem(), chain], "licence_certificate_other_key")
    made.add("licence-sign-chained/refuse/chain-member", "a member that a chain does not have", "licence_sign_chained",
          [licence(), ISK.pem(), {**chain, "more": 1}], "schema_unknown_member")
    baseline_cases(made.add_spelled)
    made.write()
    c.write()

FIRST_KEY = "vectors.example/audit+dfbd05fa+Ae5V4li44ZI4BWBPEtdJOAWOA4zR6cUOfhPShXT2Mgam"

def ingest():
    c = Cases("ingest")
    good = envelope(licence())
    digest = hashlib.sha256(canonical(good).encode()).hexdigest()

    def seen(*envelopes, **change):
        items = [{"envelope_digest": d, "envelope_id": e, "ingested_at": NOW, "licence_id": l, "seq": n + 1, "vault_id": None}
                 for n, (d, e, l) in enumerate(envelopes)]
        return {"clock": None, "envelopes": items, "findings": [], "findings_total": 0, "news": [], "revocation_version": 0,
                "root_version": 0, "schema": "ztp.licence.seen/1", "sealed_log": read_from("intact", "pinned_key"), **change}

    def read_from(status, *anchors):
        return {"anchors": list(anchors), "missing": [], "records": 9, "status": status, "unchecked": [], "verified_to_seq": 8}

    def decide(id, why, document, before, status, by=None, now=NOW, bench="bench-7"):
        c.add(f"licence-decide/{id}", why, "licence_decide", [document, by or trust(), before, ms(now), bench], status)

    first = (digest, "envelope-2026-Q3", "L-0042")
    decide("accept/first", "a bench that has seen nothing", good, "", "ok")
    decide("accept/nothing-seen", "the same, spelled out", good, seen(), "ok")
    cut = dict.fromkeys(("broken", "truncated", "forked", "rolled_back"), "ingest_log_not_intact")
    for word, status in {**cut, "unanchored": "audit_unanchored", "below_required": "anchor_below_required"}.items():
        decide(f"refuse/seen-of-log-{word.replace('_', '-')}", "what its log does not show may have been taken in", good,
               seen(sealed_log=read_from(word, "evolved_key")), status)
    decide("refuse/seen-of-log-unverified", "nobody verified the log", good, seen(sealed_log=None), "audit_unanchored")
    decide("accept/seen-of-log-nothing-asked", "its reader said that nothing need vouch for it", good, seen(sealed_log=read_from("intact")), "ok")
    decide("fail/seen-of-log-word", "a word that no verdict has", good, seen(sealed_log=read_from("fine")), "ingest_seen_malformed")
    decide("accept/again", "the same bytes again are one ingest", good, seen(first), "ok")
    decide("accept/again-long-after", "also when the licence is over", good, seen(first), "ok", now="2028-01-01T00:00:00.000Z")
    follower = envelope(licence(envelope_id="envelope-2026-Q4", previous_envelope=digest))
    decide("accept/follows", "the next envelope of the licence", follower, seen(first), "ok")
    decide("accept/another-licence", "another licence begins a chain of its own",
           envelope(licence(envelope_id="envelope-b", licence_id="L-0043")), seen(first), "ok")
    decide("refuse/id-reused", "an id that other bytes have", envelope(licence(customer="Another")), seen(first),
           "ingest_envelope_id_reused")
    decide("refuse/previous-missing", "it follows an envelope that was never taken in", follower, "", "ingest_previous_mismatch")
    decide("refuse/previous-forked", "a beginning beside one that is there", envelope(licence(envelope_id="envelope-x")), seen(first),
           "ingest_previous_mismatch")
    decide("refuse/other-bench", "an envelope of another bench", good, "", "licence_other_bench", bench="bench-8")
    decide("refuse/expired", "not taken in while it was valid", good, "", "licence_expired", now="2026-10-01T00:00:00.000Z")
    decide("refuse/edited", "an editor was here", canonical(good).replace(",", ", ", 1), "", "canonical_white_space")
    def news(*envelopes):
        return [{"at": NOW, "envelope": canonical(document)} for document in envelopes]

    carrier = envelope(licence(), revoked=signed(revocation(2, [7]), R1, R2))
    decide("refuse/learned-revocation", "what an earlier envelope revoked stays revoked", good,
           seen(news=news(carrier), revocation_version=2, root_version=1), "custody_certificate_revoked")
    decide("fail/list-unproved", "a version that nothing signed brings", good, seen(revocation_version=3), "ingest_seen_malformed")
    decide("fail/root-unproved", "a root that nothing signed brings", good, seen(root_version=2), "ingest_seen_malformed")
    his = envelope(licence(), revoked=signed(revocation(3, []), STRANGER))
    decide("fail/news-unproved", "news that a stranger signed", good, seen(news=news(his), revocation_version=3, root_version=1),
           "ingest_seen_malformed")
    attested = {"at": "2026-09-01T00:00:00.000Z", "hash": "11" * 32, "ledger": "22" * 32, "seq": 9}
    decide("refuse/clock-behind", "the log attests a later time than the clock", good, seen(clock=attested), "clock_behind_log")
    near = {**attested, "at": "2026-08-01T12:00:05.000Z"}
    decide("accept/clock-corrected", "a clock that a daemon set back by five seconds", good, seen(clock=near), "ok")
    decide("refuse/clock-corrected-by-more", "and by a millisecond more", good,
           seen(clock={**near, "at": "2026-08-01T12:00:05.001Z"}), "clock_behind_log")

    def stated(key=ISK, certificates=None, **change):
        named = {"hash": attested["hash"], "ledger": attested["ledger"], "seq": 9, **change}
        word = {"ledgers": [named], "not_before": "2026-08-01T11:00:00.000Z"}
        return envelope(licence(clock_statement=word, envelope_id="clock-1", licence_id="clock", mint=[]), key, certificates)

    decide("accept/clock-stated", "the issuer says that the log was ahead", stated(), seen(clock=attested), "ok")
    decide("refuse/clock-stated-other-log", "he says so of another log", stated(ledger="33" * 32), seen(clock=attested), "clock_behind_log")
    decide("refuse/clock-stated-other-record", "he says so of another record", stated(seq=8), seen(clock=attested), "clock_behind_log")
    decide("refuse/clock-stated-other-hash", "of a record that another history has there", stated(hash="44" * 32), seen(clock=attested),
           "clock_behind_log")
    decide("refuse/clock-stated-key-over", "by a certificate that is over at the time the log attests",
           stated(certificates=[signed(certificate(not_after="2026-08-15T00:00:00.000Z"), R1, R2)]), seen(clock=attested),
           "clock_behind_log")
    decide("refuse/clock-stated-too-early", "what he states has not come yet", stated(), seen(clock=attested), "clock_behind_log",
           now="2026-08-01T10:00:00.000Z")
    word = {"ledgers": [], "not_before": "2026-08-01T11:00:00.000Z"}
    decide("refuse/clock-stated-of-nothing", "a statement about no log", envelope(licence(clock_statement=word)), "", "licence_list_length")
    unbound = licence(clock_statement={**word, "ledgers": [{"hash": "11" * 32, "ledger": "22" * 32, "seq": 1}]}, bench={"binding": "any"})
    decide("refuse/clock-stated-of-any-bench", "a clock is that of one bench", envelope(unbound), "", "schema_unknown_member")
    decide("fail/seen-twice", "a memory that contradicts itself", good, seen(first, first), "ingest_seen_malformed")
    decide("fail/seen-version", "another format", good, {**seen(), "schema": "ztp.licence.seen/2"}, "ingest_seen_malformed")
    decide("fail/seen-empty-object", "no memory at all", good, {}, "schema_missing_member")
    decide("fail/trust", "no trust document", good, "", "schema_missing_member", by={"schema": "ztp.trust/2"})

    log = {"dir": "logs/intact"}
    c.add("licence-seen/accept/none", "a log without licences", "licence_seen", [log, trust(), canonical({"bench": "bench-7", "require": []})], "ok")
    bench = canonical({"bench": "bench-7"})
    c.add("licence-seen/refuse/unanchored", "nothing outside vouches for the log", "licence_seen", [log, trust(), bench], "audit_unanchored")
    for name, why in [("truncated-in-epoch", "records were cut off"), ("truncated-to-genesis", "all but the first were"),
                      ("checkpoint-signature", "its signature does not hold"), ("rewritten-with-other-keys", "another key was pinned")]:
        pinned = {"vkey": FIRST_KEY} if name.startswith("rewritten") else {"require": []}
        c.add(f"licence-seen/refuse/{name}", why, "licence_seen",
              [{"dir": f"logs/{name}"}, trust(), canonical({"bench": "bench-7", **pinned})], "ingest_log_not_intact")
    emptied = {"dir": "logs/truncated-to-nothing"}
    c.add("licence-seen/refuse/truncated-to-nothing", "no clean one", "licence_seen", [emptied, trust(), bench], "ingest_log_not_intact")
    held = {"dir": "logs/tampered-payload"}
    c.add("licence-seen/refuse/tampered", "a record that does not hold", "licence_seen", [held, trust(), bench], "ingest_log_broken")
    c.add("licence-seen/refuse/no-log", "no log", "licence_seen", [{"dir": "python"}, trust(), bench], "log_not_found")
    c.add("licence-seen/fail/trust", "no trust document", "licence_seen", [log, {"schema": "ztp.trust/2"}, ""], "schema_missing_member")
    options = canonical({"bench": "bench-7", "log": "vectors/logs/intact"})
    programs = Cases("library/ingest")
    programs.add("licence-ingest/refuse/no-options", "no log is named", "licence_ingest",
          [{"dir": "python"}, trust(), "", ms(NOW)], "schema_missing_member")
    programs.add("licence-ingest/refuse/no-bench", "no bench is named: nothing is touched", "licence_ingest",
          [{"dir": "python"}, trust(), canonical({"log": "vectors/logs/intact"}), ms(NOW)], "schema_missing_member")
    programs.write()
    c.add("licence-ingest/refuse/log-cannot-be-written", "the log's key is not there, so nothing is looked at", "licence_ingest",
          [{"dir": "python"}, trust(), options, ms(NOW)], "state_missing")
    c.add("licence-ingest-envelope/refuse/log-cannot-be-written", "a decision that cannot be recorded is not made",
          "licence_ingest_envelope", [good, "e.json", trust(), options, ms(NOW)], "state_missing")
    c.write()

def suites():
    c = Cases("suites")
    message = b"a licence"

    def check(id, why, suite, key, signature, status, over=message):
        c.add(f"signature-verify-suites/{id}", why, "signature_verify", [suite, bytes(key), over, bytes(signature)], status)

    h, h2 = Hybrid(41), Hybrid(42)
    pq, ed = h.halves(message)
    other_pq, other_ed = h.halves(b"another")
    check("accept/hybrid", "both halves hold", h.suite, h.raw, pq + ed, "ok")
    check("refuse/hybrid-pq-alone", "the ML-DSA half alone", h.suite, h.raw, pq, "signature_half_missing")
    check("refuse/hybrid-ed-alone", "the Ed25519 half alone", h.suite, h.raw, ed, "signature_half_missing")
    check("refuse/hybrid-swapped", "the halves in the other order", h.suite, h.raw, ed + pq, "signature_halves_swapped")
    check("refuse/hybrid-pq-of-other", "an ML-DSA half over another message", h.suite, h.raw, other_pq + ed, "signature_mldsa_mismatch")
    check("refuse/hybrid-ed-of-other", "an Ed25519 half over another message", h.suite, h.raw, pq + other_ed,
          "signature_ed25519_mismatch")
    check("refuse/hybrid-other-key", "another key's", h2.suite, h2.raw, pq + ed, "signature_mismatch")
    check("refuse/hybrid-length", "a byte too many", h.suite, h.raw, pq + ed + b"\x00", "signature_length")
    check("refuse/hybrid-key-length", "half a key", h.suite, h.raw[:1952], pq + ed, "public_key_length")
    plain = h.pq.sign(h.representative(message))
    check("refuse/hybrid-without-context", "an ML-DSA half without its context", h.suite, h.raw, plain + ed, "signature_mldsa_mismatch")
    check("refuse/hybrid-as-ed25519", "a composite signature offered as Ed25519", "ed25519", h.ed.raw, pq + ed, "signature_length")
    check("refuse/ed25519-half-as-ed25519", "the Ed25519 half over the message itself", "ed25519", h.ed.raw, ed, "signature_mismatch")
    r = Rsa()
    good = r.sign(message)
    check("accept/rsa", "PSS, SHA-384, salt of 48 bytes", r.suite, r.raw, good, "ok")
    check("refuse/rsa-salt-20", "a salt of 20 bytes", r.suite, r.raw, r.sign(message, 20), "signature_salt_length")
    check("refuse/rsa-salt-max", "the longest salt there is", r.suite, r.raw, r.sign(message, padding.PSS.MAX_LENGTH),
          "signature_salt_length")
    check("refuse/rsa-other-message", "another message", r.suite, r.raw, good, "signature_mismatch", over=b"another")
    check("refuse/rsa-not-below-modulus", "a number that is not below the modulus", r.suite, r.raw, b"\xff" * 512,
          "signature_representative_range")
    check("refuse/rsa-length", "a byte too few", r.suite, r.raw, good[1:], "signature_length")
    check("refuse/rsa-even-modulus", "a modulus that is even", r.suite, r.raw[:-1] + b"\x00", good, "public_key_rsa_modulus")
    check("refuse/rsa-short-modulus", "a modulus of fewer bits", r.suite, b"\x00" + r.raw[1:], good, "public_key_rsa_modulus")
    check("refuse/suite-unknown", "a suite that does not exist", "rsa2048-pkcs1", r.raw, good, "signature_suite_unknown")
    check("refuse/ed25519ph", "Ed25519ph (RFC 8032 section 5.1) is not Ed25519", "ed25519", h.ed.raw,
          ed25519ph(bytes([41] * 32), message), "signature_prehashed")
    name, typed = b"example.com/log", b"\x02" + h.ed.raw
    vkey = f"{name.decode()}+{hashlib.sha256(name + chr(10).encode() + typed).hexdigest()[:8]}+{base64.b64encode(typed).decode()}"
    c.add("audit-check-proof/refuse/vkey-key-type", "a verifier key of another type than Ed25519", "audit_check_proof",
          ["proof", "record", vkey], "vkey_key_type")
    c.write()

MAKERS = {"custody": custody, "ingest": ingest, "suites": suites}
if __name__ == "__main__":
    for name in sys.argv[1:] or MAKERS:
        MAKERS[name]()
