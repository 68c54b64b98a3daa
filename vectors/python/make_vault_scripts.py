#!/usr/bin/env python3
"""Makes vectors/scripts/vault.json and vectors/scripts/ingest.json, with Python's standard library and `cryptography` alone.

  vectors/python/make_vault_scripts.py && cargo run -p ztp-vectors --example update

A script is cases that follow each other in a folder of their own. It knows nothing of ZTP's code: envelopes, receipts and heads are made
here from docs/formats, and the receipts that a surface must print are these. Statuses are stated here; the other documents are recorded by
`update`. A cosignature is over a checkpoint that was recorded: after a change, run both twice.

The keys are made from published seeds. They protect nothing.
"""

import base64
import hashlib
import json

from ingest_scripts import behind, forged, ingest
from issuer_keys import Ed, canonical, ms
from make_issuer_vectors import FOLDER, STRANGER, certificate, envelope, licence, root, signed, trust
from make_vault_vectors import DEVICE, FROM, TRANSACTION, Vault, note, pem, request, sha
from vault_script import BENCH, FIRST, GOOD, IDS, KEY, ONE, PUBLIC, ROOT_USED, SECOND, SEGMENT, WITNESS, Script, at, next_envelope, note_id, recorded, started


def life():
    s = started("vault", "vault/life", "mint, spend, ask, answer")
    minted = s.vault.receipts[1]
    s.mint(GOOD, why="the same envelope again is one mint, with the same receipt", again=minted)
    spent = s.spend(inputs=IDS, change=[450], amount=300, why="the note that expires first is used up first")
    s.spend(amount=300, receipt=spent, why="the same request again, later: the same receipt, and nothing is spent")
    s.spend("vault_request_reused", "the id stands for another request", amount=301)
    s.try_out({"kind": "spend", "request": request(name="r-2", amount=50), "time": at(s.minute)}, why="a spend tried out: what would be left")
    s.try_out({"kind": "spend", "request": request(name="r-2", amount=451), "time": at(s.minute)}, status="vault_insufficient",
              why="and one that would be refused")
    s.try_out({"kind": "spend", "request": request(amount=300), "time": at(s.minute)}, why="one that was carried out already")
    s.try_out({"counter": 0, "digest": sha("anchor"), "kind": "anchor"}, status="vault_record_malformed", why="not on a vault on disk")
    s.try_out(dir="nowhere", status="vault_not_found", why="no vault")
    s.status(why="nothing was written")
    s.add("vault_history", ["vault", ""])
    question = s.options(request_id="q-1")
    s.vault.take({"kind": "request", "request_id": "q-1", "schema": TRANSACTION, "time": s.now()})
    s.add("vault_request", ["vault", question, KEY, ms(at(s.minute))], why="the file for the issuer")
    s.add("vault_request", ["vault", s.options(request_id="r-1"), KEY, ms(at(s.minute))], "vault_request_reused", why="the id of a spend")
    head = s.vault.head
    s.mint(next_envelope(sha("another head")), "vault_head_mismatch", "it answers a question that this vault did not ask")
    s.mint(next_envelope(head), why="bound to the head of the question")
    s.mint(next_envelope(head, name="envelope-2026-Q5"), "vault_head_mismatch", "one answer to a question")
    s.verify("vault_unanchored", "nothing outside this copy was asked")
    s.verify("vault_unanchored", "a tier that nothing reaches is required", require=["T1"])
    s.verify("ok", "the issuer holds a receipt of this very history", receipts=s.vault.receipts[-1], require=["T3"])
    s.verify("ok", "the verifier asks for nothing outside, and says so", require=["T0"])
    changed = {**s.vault.receipts[-1], "body": {**s.vault.receipts[-1]["body"], "seq": 1}}
    s.verify("vault_evidence_unusable", "a receipt that was changed says nothing about the vault", receipts=changed)
    s.verify("vault_evidence_unusable", "nor does a document that is no receipt", receipts=[s.vault.receipts[-1], {"schema": "x"}])
    s.add("vault_verify", ["vault", {"device_key": pem(STRANGER)}], "vault_other_device", why="the device is another")
    s.add("vault_verify", ["vault", {"device_key": PUBLIC, "trust": trust(revoked_key_ids=[])}], "schema_unknown_member")
    s.end()


def rules():
    s = started("vault", "vault/rules", "each rule of a spend, in a vault on disk")
    for why, status, members in [
        ("more change than is left", "vault_conservation", {"inputs": IDS, "change": [451]}),
        ("the inputs do not reach", "vault_conservation", {"inputs": IDS, "amount": 751}),
        ("an empty list", "vault_inputs_empty", {"inputs": []}),
        ("descending", "vault_inputs_order", {"inputs": IDS[::-1]}),
        ("one note twice in one spend", "vault_inputs_repeated", {"inputs": [IDS[0], IDS[0], IDS[1]]}),
        ("a note that nobody minted", "vault_input_unknown", {"inputs": [sha("no note")]}),
        ("nothing is spent", "vault_amount_zero", {"amount": 0}),
        ("a note of nothing is given back", "vault_amount_zero", {"inputs": IDS, "change": [450, 0]}),
        ("the note is of another class", "vault_class_mixed", {"inputs": IDS, "cls": "benches"}),
        ("more than there is", "vault_insufficient", {"amount": 751}),
        ("a spend says what it is for", "vault_text", {"purpose": ""}),
    ]:
        asked = {**request(**{k: v for k, v in members.items() if k != "purpose"}), **({"purpose": ""} if "purpose" in members else {})}
        s.spend(status, why, asked=asked)
    spent = s.spend(inputs=[SECOND], change=[499], asked=request(amount=1, inputs=[SECOND]), why="one note, named")
    left = spent["body"]["created"][0]["id"]
    s.spend("vault_input_spent", "a second spend of the same note", asked=request(name="r-2", amount=1, inputs=[SECOND]))
    s.spend("vault_other_device", "another key signs for this device", asked=request(name="r-3", amount=1), key=STRANGER.pem())
    s.spend("vault_stale", "the vault has moved on since the caller looked", asked=request(name="r-4", amount=1), options={"seen_seq": 2})
    s.spend(why="the caller has seen the last transaction", asked=request(name="r-4", amount=1, inputs=[left]), options={"seen_seq": 3})
    s.spend("vault_note_expired", "after its window", now=at(0, day=20), asked=request(name="r-5", amount=1, inputs=[FIRST]))
    s.end()


def windows():
    s = Script("vault", "vault/windows", "validity windows and the clock")
    s.init()
    early, late = note(serial=1, start="2026-08-05T00:00:00.000Z"), note(serial=2, amount=250, end="2026-08-01T18:00:00.000Z")
    last = note(serial=3, amount=5, end="2026-08-01T20:00:00.000Z")
    document = envelope(licence(mint=[early, late, last]))
    s.mint(document)
    s.spend("vault_note_not_yet_valid", "before its window", asked=request(amount=1, inputs=[note_id(early, document)]))
    s.spend(asked=request(amount=1, inputs=[note_id(late, document)]), why="within it")
    s.status(why="what can be spent now, later, and for how many days")
    s.spend("vault_clock_behind", "a day back: the clock's floor is the latest time seen", now=at(0, day=1).replace("08-01", "07-31"),
            asked=request(name="r-2", amount=1))
    s.spend(why="three seconds back are taken as the latest time seen", now=at(s.minute - 1).replace(":00.000Z", ":57.000Z"),
            asked=request(name="r-2", amount=1))
    s.spend("vault_note_expired", "after its window", now=at(0, day=2), asked=request(name="r-3", amount=1, inputs=[note_id(last, document)]))
    s.end()


def mints():
    s = Script("vault", "vault/mints", "what a vault does not mint")
    s.init()
    s.mint(GOOD)
    s.mint(envelope(licence(mint=[note(amount=6)])), "vault_envelope_reused", "its id stands for another envelope")
    s.mint(envelope(licence(envelope_id="e-2", mint=[])), "vault_mint_empty", "it mints nothing")
    s.mint(envelope(licence(envelope_id="e-2", bench={"binding": "any"})), "vault_envelope_unbound", "a second bench could mint it too")
    s.mint(envelope(licence(envelope_id="e-2", bench={"bench_id": "bench-8", "binding": "bench"})), "vault_envelope_not_accepted",
           "another bench's: the verifier does not accept it, and so the vault does not mint it")
    s.mint(envelope(licence(envelope_id="e-2"), key=STRANGER), "vault_envelope_not_accepted", "signed by a stranger")
    s.mint(canonical(GOOD).replace('"amount":500', '"amount":900'), "vault_envelope_not_accepted", "edited in transit")
    s.mint(envelope(licence(envelope_id="e-2", mint=[note(amount=1001)])), "vault_envelope_not_accepted", "beyond the certificate's limit")
    s.mint(envelope(licence(envelope_id="e-2", mint=[ONE, ONE])), "vault_envelope_not_accepted", "one note twice in a batch")
    s.verify("vault_unanchored", "each refusal is in the log")
    s.verify("vault_envelope_not_accepted", "the mint was accepted under a trust that the verifier does not share",
             trust={**ROOT_USED, "root": root(keys=(Ed(71), Ed(72), Ed(73)))})
    s.end()


def machine():
    s = started("vault", "vault/machine", "a restored or cloned machine", generation="generation-1")
    one, two = {"generation": "generation-1"}, {"generation": "generation-2"}
    s.spend(asked=request(amount=1), options=one)
    s.spend("vault_generation_changed", "the machine is another", asked=request(name="r-2", amount=1), options=two)
    s.add("vault_reanchor", ["vault", s.options(change=["generation"], reason="restored after a disk failure", **two), KEY, ms(s.now())])
    s.spend(why="the change is in the log", asked=request(name="r-2", amount=1), options=two)
    s.spend("vault_generation_changed", "the first machine still runs", asked=request(name="r-3", amount=1), options=one)
    s.add("vault_reanchor", ["vault", s.options(change=["bind", "release"], reason="both"), KEY, ms(s.now())], "option_word_unknown")
    s.end()


def store():
    s = Script("vault", "vault/store", "what a vault's directory must be")
    s.status("vault_not_found", "no directory")
    s.add("audit_init", ["log", s.options(origin="bench-7.example/audit"), ms(FROM)])
    s.add("audit_init", ["log", s.options(origin="bench-7.example/audit"), ms(FROM)], "log_exists", why="a log is made once")
    s.add("audit_init", ["log-2", {"origin": "bench-7.example/audit", "randomness": "00"}, ms(FROM)], "hex_length", why="too few digits")
    s.add("audit_append", ["log", {"event_class": "log.opened", "payload": {}}, "", ms(FROM)], "event_class_reserved",
          why="what the log says of itself is not for others to say")
    s.add("audit_append", ["log", {"event_class": "vault.spent", "payload": {}}, "", ms(FROM)], "event_class_weighed",
          why="what the vault says is for the vault to say")
    s.add("audit_append", ["log", {"event_class": "vault.spent", "payload": {}}, {"allow_classes": ["vault.minted"]}, ms(FROM)],
          "event_class_weighed", why="another class was named")
    s.add("audit_append", ["log", "", {"allow_classes": ["Vault"]}, ms(FROM)], "event_class_character", why="no class")
    s.status("vault_not_found", "a log, and no vault in it", dir="log")
    s.add("vault_history", ["log", ""], "vault_not_found")
    s.init()
    s.add("vault_init", ["vault", s.options(bench_id=BENCH), KEY, ms(FROM)], "log_exists", why="a vault is made once")
    s.mint(GOOD)
    s.files("chmod", "vault", "777", why="everyone can write there")
    s.spend("vault_store_unsafe", asked=request(amount=1))
    s.verify("vault_store_unsafe", "a verifier finds it too, and goes on")
    s.files("chmod", "vault", "755")
    s.files("copy", "vault/segments", "elsewhere")
    s.files("remove", "vault/segments")
    s.files("symlink", "../elsewhere", "vault/segments", why="a link may be pointed elsewhere between two calls")
    s.spend("vault_store_unsafe", asked=request(amount=1))
    s.files("remove", "vault/segments")
    s.files("copy", "elsewhere", "vault/segments")
    s.files("symlink", "vault", "link")
    s.add("vault_spend", ["link", request(amount=1), s.options(), KEY, ms(s.now())], "ok", why="the path that the caller names is followed, links in it too")
    s.spend(asked=request(amount=1), why="all is as it was")
    s.files("lock", "vault/lock", why="another writer is at work")
    s.spend("vault_locked", "two writers: one is refused", asked=request(name="r-2", amount=1))
    s.status(why="a reader takes no lock")
    s.end()


def damage():
    s = started("vault", "vault/damage", "what a crash leaves, and what it does not")
    spent = s.spend(amount=300, inputs=IDS, change=[450])
    s.files("copy", "vault", "copy")
    s.files("append", SEGMENT, '{"event_class":"vault.spent","hash":"00', why="a write was cut off")
    s.status(why="what is whole is read")
    s.spend(asked=request(name="r-2", amount=1), why="the torn tail is set aside and recorded, and the vault goes on")
    s.verify("vault_unanchored", "nothing that was acknowledged is lost")
    s.restore()
    s.files("resize", SEGMENT, -10, why="the last record, not yet sealed, is torn")
    s.verify("vault_rolled_back", "whoever holds its receipt sees that it is gone", receipts=spent)
    s.restore()
    s.files("replace", SEGMENT, '\\"amount\\":500', '\\"amount\\":900', why="a byte inside is changed")
    s.status("vault_log_broken", "a bad hash inside is no torn tail: nothing is read beyond it")
    s.spend("log_damaged", "a writer changes nothing", asked=request(name="r-2", amount=1))
    s.verify("vault_log_broken")
    s.restore()
    s.files("copy", "vault", "copy-2")
    again = {"event_class": "vault.spent", "payload": {"receipt": s.vault.receipts[2]}}
    s.add("audit_append", ["copy-2", again, {"allow_classes": ["vault.spent"]}, ms(s.now())], "ok", why="root writes a spend into the log again")
    s.status("vault_replay_differs", "it does not follow from what is before it", dir="copy-2")
    s.end()


def restored():
    s = started("vault", "vault/restored-t0", "the backup that root puts back: nothing outside")
    s.files("copy", "vault", "copy", why="a backup")
    first = s.spend(amount=300, inputs=IDS, change=[450])
    s.restore()
    del s.vault.receipts[2:]
    s.vault.head, s.vault.seq = s.vault.receipts[-1]["body"]["head"], 2
    second = s.spend(why="the same notes are spent again, for something else", inputs=IDS, change=[450],
                     asked={**request(name="r-2", amount=300), "purpose": "sold"})
    s.verify("vault_unanchored", "the copy alone cannot tell that it is old: it is not called anchored")
    s.verify("vault_forked", "the first receipt is held elsewhere: proved", receipts=first)
    proof = {"conflict": {"kind": "notes_spent_twice", "notes": IDS}, "device_key": DEVICE.raw.hex(), "device_suite": "ed25519",
             "receipts": sorted([first, second], key=lambda item: item["body"]["head"]), "schema": "ztp.vault.fork/1"}
    s.add("vault_verify_fork", [first, second, PUBLIC], "ok", proof, "two receipts of one device that spend the same notes")
    s.add("vault_check_fork", [proof, PUBLIC], "ok", proof, "whoever knows the device's key can check it")
    case = s.add("vault_request", ["vault", s.options(request_id="q-1"), KEY, ms(s.now())])
    asked = recorded(case)
    if asked:
        s.add("vault_reconcile", [first, asked, PUBLIC], "vault_forked", why="the issuer sees it at the next request")
        s.add("vault_reconcile", [second, asked, PUBLIC], "ok", why="and not if it holds the other one only")
    s.end()


def anchored():
    s = started("vault", "vault/restored-t1", "the backup that root puts back: an anchor outside")
    held = {"anchor_file": "anchor"}
    s.add("vault_reanchor", ["vault", s.options(change=["bind"], reason="first use", **held), KEY, ms(s.now())])
    s.files("copy", "anchor", "anchor-3")
    s.spend("vault_anchor_missing", "bound, and the anchor was not given", asked=request(amount=1))
    s.spend(asked=request(amount=1), options=held)
    s.files("copy", "anchor", "anchor-4")
    s.verify("vault_unanchored", "a file is copied with the disk: it counts for nothing, and the verdict says so", **held)
    s.files("copy", "vault", "copy", why="a backup")
    s.spend(asked=request(name="r-2", amount=2), options=held)
    s.files("copy", "anchor", "anchor-5")
    s.verify("vault_unanchored", "the anchor was not given: named as unchecked")
    s.files("copy", "vault", "newer")
    s.restore()
    s.spend("vault_rolled_back", "the anchor counts one more than the copy", asked=request(name="r-3", amount=2), options=held)
    s.verify("vault_rolled_back", **held)
    s.files("copy", "anchor-4", "anchor", why="root puts the file back too, as he could not with a TPM")
    s.spend(asked=request(name="r-3", amount=2), options=held, why="and wins: a file is no anchor")
    s.files("copy", "anchor-5", "anchor", why="the anchor of the other history, at the same count")
    s.spend("vault_forked", "another history of the same length", asked=request(name="r-4", amount=2), options=held)
    s.verify("vault_forked", **held)
    s.restore("newer")
    s.files("copy", "anchor-4", "anchor", why="a crash between log and anchor")
    s.spend(asked=request(name="r-2", amount=2), options=held, why="exactly the last transaction was pending: completed, the same receipt")
    s.files("copy", "anchor-3", "anchor", why="an anchor that lacks two")
    s.spend("vault_anchor_behind", "a crash leaves one, not two", asked=request(name="r-4", amount=2), options=held)
    s.files("put", "anchor", "0\n" + "0" * 64 + "\nanother\n")
    s.spend("vault_anchor_other", "another anchor than the one it is bound to", asked=request(name="r-4", amount=2), options=held)
    s.verify("vault_anchor_other", **held)
    s.files("put", "anchor", "no anchor\n")
    s.spend("vault_anchor_failed", "it cannot be read", asked=request(name="r-4", amount=2), options=held)
    s.verify("vault_anchor_failed", **held)
    s.files("copy", "anchor-5", "anchor", why="all as it was")
    s.add("vault_reanchor", ["vault", s.options(change=["release"], reason="the board was replaced", **held), KEY, ms(s.now())])
    s.spend(asked=request(name="r-4", amount=2), why="bound to none: the log says since when")
    s.end()


def witnessed():
    s = started("vault", "vault/restored-t2", "the backup that root puts back: a witness outside", records_max=2)
    s.files("copy", "vault", "copy", why="a backup")
    s.spend(asked=request(amount=1))
    s.spend(asked=request(name="r-2", amount=1))
    head = recorded(s.add("audit_head", ["vault"], why="what a witness is shown"))
    name = "witness.example"
    typed = b"\x04" + WITNESS.raw
    number = hashlib.sha256(name.encode() + b"\n" + typed).digest()[:4]
    key = f"{name}+{number.hex()}+{base64.b64encode(typed).decode()}"
    if head:
        noted = head["checkpoint"]
        text = noted[:noted.index("\n\n") + 1]
        seconds = ms(at(30)) // 1000
        signature = WITNESS.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
        stamp = base64.b64encode(number + seconds.to_bytes(8, "big") + signature).decode()
        cosigned = f"{noted}\u2014 {name} {stamp}\n"
        given = {"keys": [key], "note": cosigned}
        s.verify("ok", "contained in this history", witness=given, require=["T2"])
        s.verify("vault_witness_unusable", "nobody is named", witness={"keys": [], "note": cosigned})
        s.verify("vault_witness_unusable", "the witness did not sign this", witness={"keys": [key], "note": noted})
        s.restore()
        s.verify("vault_rolled_back", "the witness has seen more", witness=given)
        for index in (1, 2, 3):
            s.spend(asked=request(name=f"s-{index}", amount=2))
        s.verify("vault_forked", "the witness has seen another history", witness=given)
    s.end()


for make in (life, rules, windows, mints, machine, store, damage, restored, anchored, witnessed, ingest, forged, behind):
    make()
for name, cases in Script.made.items():
    text = json.dumps({"schema": "ztp.vectors/1", "cases": cases}, indent=1, ensure_ascii=True)
    (FOLDER / "scripts" / f"{name}.json").write_text(text + "\n")
    print(f"{name}: {len(cases)} steps")
