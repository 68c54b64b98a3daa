#!/usr/bin/env python3
"""Makes vectors/library/vault.json, with Python's standard library and `cryptography` alone.

It knows nothing of ZTP's code: note ids, transactions, heads, receipts, requests and proofs are made here from docs/formats/vault.md. Each
case states the status it must end with; the documents are recorded afterwards by `cargo run -p ztp-vectors --example update`.

The keys are made from published seeds. They protect nothing.
"""

import base64
import hashlib
import json
import pathlib

from cryptography.hazmat.primitives import serialization

from issuer_keys import Ed, canonical, pae

FOLDER = pathlib.Path(__file__).resolve().parent.parent
DEVICE, STRANGER = Ed(41), Ed(99)
NOW, LATER, PAST = "2026-08-01T12:00:00.000Z", "2026-08-02T12:00:00.000Z", "2026-07-31T12:00:00.000Z"
FROM, TO, SOON, NEXT = ("2026-07-01T00:00:00.000Z", "2026-09-30T23:59:59.999Z", "2026-08-02T00:00:00.000Z",
                        "2026-08-15T00:00:00.000Z")
ZERO, MOST = "0" * 64, 2**53 - 1
CASES = []


def sha(data):
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def extend(head, data):
    return sha(bytes.fromhex(head) + bytes.fromhex(data))


def pem(key):
    return key.private.public_key().public_bytes(serialization.Encoding.PEM,
                                                 serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def case(name, why, op, args, status):
    CASES.append({"id": name, "why": why, "op": op, "status": status, "document": "",
                  "args": [arg if isinstance(arg, dict) and set(arg) <= {"join", "text", "repeat"} else {"text": arg} for arg in args]})


def note(serial=1, amount=500, cls="test-hours", start=FROM, end=TO):
    return {"amount": amount, "class": cls, "not_after": end, "not_before": start, "serial": serial}


def note_id(item, envelope="e-1"):
    return sha(canonical({**item, "envelope_id": envelope, "licence_id": "L-0042", "schema": "ztp.note/1"}))


def envelope(*notes, name="e-1", bench=None):
    """An envelope whose signature is no one's: scripts do not verify it."""
    payload = {"bench": bench or {"bench_id": "bench-7", "binding": "bench"}, "customer": "Companhia Exemplo S.A.", "envelope_id": name,
               "features": [], "issued_at": FROM, "licence_id": "L-0042", "mint": list(notes), "not_after": TO, "not_before": FROM,
               "previous_envelope": None, "product": "tlsstress", "revocation": {"revoked_key_ids": [], "version": 0},
               "schema": "ztp.licence/1"}
    signature = {"key_id": ZERO, "signature": base64.b64encode(bytes(64)).decode()}
    return canonical({"payload": payload, "schema": "ztp.licence.envelope/1", "signatures": [signature]})


def bound(head, *notes):
    """An envelope of the second generation, which can name the head that it answers."""
    payload = {"bench": {"bench_id": "bench-7", "binding": "bench"}, "customer": "Companhia Exemplo S.A.", "envelope_id": "e-2",
               "features": [], "issued_at": FROM, "licence_id": "L-0042", "mint": list(notes), "not_after": TO, "not_before": FROM,
               "previous_envelope": None, "product": "tlsstress", "revocation_version": 0, "root_version": 1,
               "schema": "ztp.licence/2", "vault_head": head}
    chain = {"certificates": [], "revocation": None, "roots": []}
    signature = {"key_id": ZERO, "signature": base64.b64encode(bytes(64)).decode()}
    return canonical({"chain": chain, "payload": payload, "schema": "ztp.licence.envelope/2", "signatures": [signature]})


def script(*steps, **change):
    return canonical({"bench_id": "bench-7", "device_key": DEVICE.raw.hex(), "nonce": sha("nonce"), "schema": "ztp.vault.script/1",
                      "steps": list(steps), "time": FROM, **change})


def mint(text, time=NOW):
    return {"envelope": text, "kind": "mint", "time": time}


def request(name="r-1", amount=300, cls="test-hours", **more):
    return {"amount": amount, "class": cls, "purpose": "run 17", "request_id": name, **more}


def spend(time=NOW, **members):
    return {"kind": "spend", "request": request(**members), "time": time}


def simulate(name, why, status, *steps, **change):
    case(f"vault-simulate/{name}", why, "vault_simulate", [script(*steps, **change)], status)


TRANSACTION = "ztp.vault.transaction/1"
OPEN = {"bench_id": "bench-7", "device_key": DEVICE.raw.hex(), "device_suite": "ed25519", "generation": None, "kind": "open",
        "nonce": sha("nonce"), "schema": TRANSACTION, "time": FROM}


class Vault:
    """A vault kept by hand: numbers, heads, receipts."""

    def __init__(self, **change):
        self.head, self.seq, self.receipts = ZERO, 0, []
        opened = {**OPEN, **change}
        self.id = sha(canonical(opened))
        self.take(opened)

    def take(self, transaction, created=(), key=DEVICE, **change):
        before, self.seq = self.head, self.seq + 1
        self.head = extend(before, sha(canonical(transaction)))
        body = {"created": list(created), "head": self.head, "previous_head": before, "seq": self.seq, "transaction": transaction,
                "vault_id": self.id, **change}
        self.receipts.append(signed(body, "ztp.vault.receipt/1", key))
        return self.receipts[-1]

    def mint(self, *notes, name="e-1", time=NOW):
        ids = b"".join(bytes.fromhex(note_id(item, name)) for item in notes)
        return self.take({"envelope_digest": sha(envelope(*notes, name=name)), "envelope_id": name, "issued_at": FROM, "kind": "mint",
                          "licence_id": "L-0042", "notes": len(notes), "notes_digest": sha(ids), "schema": TRANSACTION, "time": time,
                          "vault_head": None})

    def spend(self, inputs, amount, change, end=TO, purpose="run 17", name="r-1", time=NOW, asked=None, **more):
        asked = asked or {**request(name, amount), "purpose": purpose}
        created = []
        for index, left in enumerate(change):
            made = {"amount": left, "class": "test-hours", "index": index, "not_after": end, "not_before": FROM,
                    "inputs": sha(b"".join(bytes.fromhex(one) for one in inputs)), "schema": "ztp.vault.change/1"}
            created.append({"amount": left, "id": sha(canonical(made)), "not_after": end, "not_before": FROM})
        return self.take({"amount": amount, "change": change, "class": "test-hours", "inputs": inputs, "kind": "spend",
                          "purpose": purpose, "request_digest": sha(canonical(asked)), "request_id": name,
                          "schema": TRANSACTION, "time": time}, created, **more)

    def asks(self, since=1, name="q-1"):
        self.take({"kind": "request", "request_id": name, "schema": TRANSACTION, "time": NOW})
        body = {"anchor": None, "bench_id": "bench-7", "checkpoint": None, "classes": [], "head": self.head, "quote": None,
                "receipts": self.receipts[since - 1:], "seq": self.seq, "time": NOW, "vault_id": self.id}
        return canonical(signed(body, "ztp.vault.request/1", DEVICE))


def signed(body, schema, key):
    signature = key.sign(pae(schema, canonical(body).encode()))
    return {"body": body, "schema": schema, "signature": base64.b64encode(signature).decode()}


def simulations():
    one, two = note(), note(serial=2, amount=250, end=NEXT)
    ids = sorted([note_id(one), note_id(two)])
    start = mint(envelope(one, two))
    holds = Vault()
    holds.mint(one, two)
    simulate("accept/mint-and-spend", "the note that expires first is used up first", "ok", start, spend())
    simulate("accept/inputs-named", "two notes, change in two", "ok", start, spend(inputs=ids, change=[400, 50]))
    simulate("accept/again", "the same request again changes nothing", "ok", start, spend(), spend(LATER))
    asked = Vault()
    asked.mint(one, two)
    asked.take({"kind": "request", "request_id": "q-1", "schema": TRANSACTION, "time": NOW})
    question = {"kind": "request", "request_id": "q-1", "time": NOW}
    simulate("accept/answer", "an envelope bound to the head of a request", "ok", start, question,
             mint(bound(asked.head, note(amount=5))))
    simulate("refuse/answer-to-another", "the head is of no request of this vault", "vault_head_mismatch", start, question,
             mint(bound(sha("another head"), note(amount=5))))
    for name, why, status, members in [
        ("conservation", "more change than is left", "vault_conservation", {"inputs": ids, "change": [451]}),
        ("inputs-short", "the inputs do not reach", "vault_conservation", {"inputs": ids, "amount": 751}),
        ("inputs-empty", "an empty list", "vault_inputs_empty", {"inputs": []}),
        ("inputs-order", "descending", "vault_inputs_order", {"inputs": ids[::-1]}),
        ("inputs-repeated", "one note twice in one spend", "vault_inputs_repeated", {"inputs": [ids[0], ids[0], ids[1]]}),
        ("input-unknown", "a note that nobody minted", "vault_input_unknown", {"inputs": [sha("no note")]}),
        ("amount-zero", "nothing is spent", "vault_amount_zero", {"amount": 0}),
        ("change-zero", "a note of nothing is given back", "vault_amount_zero", {"inputs": ids, "change": [450, 0]}),
        ("class-mixed", "the note is of another class", "vault_class_mixed", {"inputs": ids, "cls": "benches"}),
        ("insufficient", "more than there is", "vault_insufficient", {"amount": 751}),
        ("purpose-empty", "a spend says what it is for", "vault_text", {"purpose": ""}),
    ]:
        simulate(f"refuse/{name}", why, status, start, spend(**members))
    simulate("refuse/input-spent", "a second spend of the same note", "vault_input_spent", start, spend(inputs=ids),
             spend(name="r-2", inputs=ids))
    simulate("refuse/request-reused", "the id stands for another request", "vault_request_reused", start, spend(), spend(amount=301))
    simulate("refuse/not-yet-valid", "before its window", "vault_note_not_yet_valid", mint(envelope(note(start=SOON))),
             spend(inputs=[note_id(note(start=SOON))]))
    simulate("refuse/expired", "after its window", "vault_note_expired", mint(envelope(note(end=PAST))),
             spend(inputs=[note_id(note(end=PAST))]))
    simulate("refuse/clock-behind", "a day back", "vault_clock_behind", mint(envelope(one, two), LATER), spend(NOW))
    simulate("refuse/envelope-twice", "an id is used once", "vault_envelope_reused", start, mint(envelope(one)))
    simulate("refuse/envelope-for-any", "a second bench could mint it too", "vault_envelope_unbound",
             mint(envelope(one, bench={"binding": "any"})))
    simulate("refuse/envelope-for-another", "bench 8", "vault_other_bench",
             mint(envelope(one, bench={"bench_id": "bench-8", "binding": "bench"})))
    simulate("refuse/envelope-empty", "it mints nothing", "vault_mint_empty", mint(envelope()))
    simulate("refuse/total", "2^53 of one class over two envelopes", "vault_total_exceeded", mint(envelope(note(amount=MOST))),
             mint(envelope(note(amount=1), name="e-2")))
    simulate("refuse/request-id", "an id with a space is mistyped, and no finding", "vault_request_malformed", start, spend(name="r 2"))
    simulate("refuse/step", "no kind of step", "vault_record_malformed", {"kind": "steal"})
    simulate("refuse/member", "a member that the format does not have", "schema_unknown_member", more=1)
    head, tail = script({"kind": "x"}).split('{"kind":"x"}')
    case("vault-simulate/refuse/steps", "10,001 steps", "vault_simulate",
         [{"join": [{"text": head}, {"repeat": {"text": '{"kind":"x"},', "count": 10_000}}, {"text": '{"kind":"x"}' + tail}]}],
         "vault_list_length")
    digests = [extend(ZERO, sha(canonical(OPEN)))]
    digests.append(extend(digests[0], sha(canonical(holds.receipts[1]["body"]["transaction"]))))

    def anchor(counter, digest):
        return {"counter": counter, "digest": digest, "kind": "anchor"}

    simulate("accept/anchor", "in step; after a crash before the digest, and one between digest and counter", "ok", start,
             anchor(2, digests[1]), anchor(1, digests[0]), anchor(1, digests[1]))
    simulate("refuse/anchor-ahead", "an older copy was put back", "vault_rolled_back", start, anchor(3, digests[1]))
    simulate("refuse/anchor-other", "the same count, another history", "vault_forked", start, anchor(2, sha("other")))
    simulate("refuse/anchor-behind", "more is missing than a crash leaves", "vault_anchor_behind", start, anchor(0, ZERO))


def proofs():
    one, two = note(), note(serial=2, amount=250, end=NEXT)
    ids = sorted([note_id(one), note_id(two)])

    def vault(purpose, name, **change):
        made = Vault(**change)
        made.mint(one, two)
        made.spend(ids, 300, [450], purpose=purpose, name=name)
        return made

    honest, restored = vault("run 17", "r-1"), vault("sold", "r-2")
    a, b, key = canonical(honest.receipts[2]), canonical(restored.receipts[2]), pem(DEVICE)
    case("vault-verify-fork/accept/spent-twice", "a copy was put back and the same notes spent again", "vault_verify_fork", [a, b, key], "ok")
    other = vault("sold", "r-2", nonce=sha("other nonce"))
    case("vault-verify-fork/accept/two-vaults", "a second vault of one device", "vault_verify_fork",
         [a, canonical(other.receipts[2]), key], "ok")
    case("vault-verify-fork/accept/minted-twice", "one envelope, two vaults of one device", "vault_verify_fork",
         [canonical(honest.receipts[1]), canonical(other.receipts[1]), key], "ok")
    case("vault-verify-fork/refuse/one-receipt", "a receipt does not contradict itself", "vault_verify_fork", [a, a, key], "vault_no_fork")
    case("vault-verify-fork/refuse/in-order", "two steps of one history", "vault_verify_fork",
         [canonical(honest.receipts[1]), a, key], "vault_no_fork")
    case("vault-verify-fork/refuse/stranger", "the device is another", "vault_verify_fork", [a, b, pem(STRANGER)], "signature_mismatch")
    case("vault-verify-fork/refuse/edited", "a purpose changed after signing", "vault_verify_fork",
         [a, b.replace('"sold"', '"gift"'), key], "signature_mismatch")
    crooked = Vault()
    crooked.mint(one, two)
    wrong = canonical(crooked.spend(ids, 300, [450], purpose="sold", name="r-2", head=sha("not its head")))
    case("vault-verify-fork/refuse/head", "signed, and no step of any history", "vault_verify_fork", [a, wrong, key],
         "vault_receipt_inconsistent")

    receipts = sorted([honest.receipts[2], restored.receipts[2]], key=lambda item: item["body"]["head"])
    proof = {"conflict": {"kind": "notes_spent_twice", "notes": ids}, "device_key": DEVICE.raw.hex(), "device_suite": "ed25519",
             "receipts": receipts, "schema": "ztp.vault.fork/1"}
    case("vault-check-fork/accept", "made without ZTP", "vault_check_fork", [canonical(proof), key], "ok")
    case("vault-check-fork/refuse/other-device", "about a device that the reader did not ask for", "vault_check_fork",
         [canonical(proof), pem(STRANGER)], "vault_other_device")
    case("vault-check-fork/refuse/conflict", "states another conflict than its receipts show", "vault_check_fork",
         [canonical({**proof, "conflict": {"kind": "transaction_twice", "seq": 3}}), key], "vault_record_malformed")
    case("vault-check-fork/refuse/one", "one receipt", "vault_check_fork",
         [canonical({**proof, "receipts": receipts[:1]}), key], "vault_record_malformed")

    held = canonical(honest.receipts[2])
    asks = vault("run 17", "r-1").asks()
    case("vault-reconcile/accept", "continues what the issuer holds", "vault_reconcile", [held, asks, key], "ok")
    case("vault-reconcile/refuse/nothing-held", "the first request: nothing was compared", "vault_reconcile", ["", asks, key], "vault_nothing_held")
    case("vault-reconcile/refuse/forked", "the notes were spent a second time", "vault_reconcile",
         [held, vault("sold", "r-2").asks(), key], "vault_forked")
    case("vault-reconcile/refuse/unlinked", "the receipts in between were left out", "vault_reconcile",
         [canonical(honest.receipts[0]), vault("run 17", "r-1").asks(since=4), key], "vault_unlinked")
    longer = vault("run 17", "r-1")
    longer.asks()
    longer.mint(note(amount=1), name="e-2")
    case("vault-reconcile/refuse/rolled-back", "ends before what the issuer holds", "vault_reconcile",
         [canonical(longer.receipts), asks, key], "vault_rolled_back")
    moved = Vault(nonce=sha("other nonce"))
    case("vault-reconcile/refuse/other-vault", "another vault, and no contradiction", "vault_reconcile",
         [canonical(honest.receipts[0]), moved.asks(), key], "vault_receipt_other_vault")
    case("vault-reconcile/refuse/edited", "a request changed on the way", "vault_reconcile",
         [held, asks.replace('"bench_id":"bench-7","checkpoint"', '"bench_id":"bench-9","checkpoint"'), key], "signature_mismatch")


if __name__ == "__main__":
    simulations()
    proofs()
    text = json.dumps({"schema": "ztp.vectors/1", "cases": CASES}, indent=1, ensure_ascii=True)
    (FOLDER / "library" / "vault.json").write_text(text + "\n")
    print(f"{len(CASES)} cases")
