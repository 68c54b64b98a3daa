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

from issuer_keys import Ed, canonical, ms
from make_issuer_vectors import FOLDER, STRANGER, certificate, envelope, licence, root, signed, trust
from make_vault_vectors import DEVICE, FROM, NEXT, TO, TRANSACTION, Vault, note, pem, request, sha

BENCH, ROOT_USED, WITNESS = "bench-7", trust(), Ed(61)
KEY, PUBLIC = DEVICE.pem(), pem(DEVICE)
SEGMENT = "vault/segments/00000000000000000000.jsonl"
CLASS = "test-hours"


def at(minute, day=1):
    """A time of the first days of August."""
    return f"2026-08-{day:02}T{12 + minute // 60:02}:{minute % 60:02}:00.000Z"


def drawn(seed, count):
    """The value that a given randomness gives for a count."""
    return hashlib.sha256(bytes.fromhex(seed) + count.to_bytes(8, "big")).hexdigest()


def note_id(item, document):
    payload = document["payload"]
    return sha(canonical({**item, "envelope_id": payload["envelope_id"], "licence_id": payload["licence_id"], "schema": "ztp.note/1"}))


def text_of(value):
    return value if isinstance(value, str) else canonical(value)


def recorded(case_id):
    """The document that an earlier run recorded for a case, or None."""
    for name in ("vault", "ingest"):
        path = FOLDER / "scripts" / f"{name}.json"
        if path.exists():
            for case in json.loads(path.read_text())["cases"]:
                if case["id"] == case_id and case.get("document"):
                    return json.loads(case["document"])
    return None


class Script:
    """A script: its steps, and the vault that it keeps, by hand."""

    made = {"vault": [], "ingest": []}

    def __init__(self, file, name, why):
        self.file, self.name, self.why, self.count = file, name, why, 0
        self.minute = 0
        self.files("begin")

    def add(self, op, args, status="ok", document="", why=None):
        self.count += 1
        spelled = [{"int": arg} if isinstance(arg, int) else arg if isinstance(arg, dict) and set(arg) <= {"repeat", "join", "base64"}
                   else {"text": text_of(arg)} for arg in args]
        case = {"id": f"{self.name}/{self.count:02}", "why": why or self.why, "op": op, "args": spelled, "status": status,
                "document": text_of(document)}
        Script.made[self.file].append(case)
        return case["id"]

    def files(self, step, *args, why=None):
        self.add(f"fs_{step}", [str(arg) for arg in args], why=why)

    def end(self):
        self.files("end")

    def options(self, **more):
        """Options with a randomness of their own: a seed used twice would give the same keys twice."""
        return {"randomness": sha(f"{self.name} {self.count}"), **more}

    def now(self):
        self.minute += 1
        return at(self.minute)

    def init(self, generation=None, **more):
        options = self.options(bench_id=BENCH, **more, **({"generation": generation} if generation else {}))
        self.vault = Vault(nonce=drawn(options["randomness"], 0), generation=generation)
        self.add("vault_init", ["vault", options, KEY, ms(FROM)], "ok", self.vault.receipts[0])

    def mint(self, document, status="ok", why=None, now=None, again=None, by=None, **more):
        now, receipt = now or self.now(), again or ""
        if status == "ok" and not again:
            payload = document["payload"]
            ids = b"".join(bytes.fromhex(note_id(item, document)) for item in payload["mint"])
            receipt = self.vault.take({
                "envelope_digest": sha(canonical(document)), "envelope_id": payload["envelope_id"], "issued_at": payload["issued_at"],
                "kind": "mint", "licence_id": payload["licence_id"], "notes": len(payload["mint"]), "notes_digest": sha(ids),
                "schema": TRANSACTION, "time": now, "vault_head": payload["vault_head"]})
        self.add("vault_mint", ["vault", document, by or ROOT_USED, self.options(**more), KEY, ms(now)], status, receipt, why)
        return receipt

    def spend(self, status="ok", why=None, now=None, asked=None, change=None, inputs=None, receipt="", key=KEY, options=None, end=TO,
              **members):
        """A spend; where `inputs` and `change` say what comes of it, its receipt is made here too."""
        now, asked = now or self.now(), asked or request(**members)
        if status == "ok" and inputs is not None and not receipt:
            receipt = self.vault.spend(inputs, asked["amount"], change, end=end, purpose=asked["purpose"], name=asked["request_id"], time=now, asked=asked)
        self.add("vault_spend", ["vault", asked, self.options(**(options or {})), key, ms(now)], status, receipt, why)
        return receipt

    def status(self, status="ok", why=None, dir="vault"):
        self.add("vault_status", [dir, "", ms(at(self.minute))], status, why=why)

    def verify(self, status, why=None, **options):
        return self.add("vault_verify", ["vault", {"device_key": PUBLIC, "trust": ROOT_USED, **options}], status, why=why)

    def try_out(self, *steps, status="ok", why=None, dir="vault"):
        self.add("vault_simulate", [{"schema": "ztp.vault.script/1", "steps": list(steps), "vault": dir}], status, why=why)

    def restore(self, copy="copy"):
        self.files("remove", "vault")
        self.files("copy", copy, "vault", why="the copy is put back")


ONE, TWO = note(), note(serial=2, amount=250, end=NEXT)
GOOD = envelope(licence(mint=[ONE, TWO]))
IDS = sorted(note_id(item, GOOD) for item in (ONE, TWO))
FIRST, SECOND = note_id(TWO, GOOD), note_id(ONE, GOOD)


def started(file, name, why, **more):
    script = Script(file, name, why)
    script.init(**more)
    script.mint(GOOD)
    return script


def next_envelope(head, name="envelope-2026-Q4", **change):
    return envelope(licence(envelope_id=name, mint=[note(amount=5)], previous_envelope=sha(canonical(GOOD)), vault_head=head, **change))


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
    s.try_out(dir="nowhere", status="log_not_found", why="no vault")
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
    s.status("log_not_found", "no directory")
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
    s.add("vault_spend", ["link", request(amount=1), s.options(), KEY, ms(s.now())], "vault_store_unsafe", why="the vault itself is a link")
    s.spend(asked=request(amount=1), why="all is as it was")
    s.files("lock", "vault/lock", why="another writer is at work")
    s.spend("log_locked", "two writers: one is refused", asked=request(name="r-2", amount=1))
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


def ingest():
    s = Script("ingest", "ingest/files", "what lies in the directory")
    s.add("audit_init", ["log", s.options(origin="bench-7.example/audit"), ms(FROM)])

    def run(status="ok", why=None, **more):
        s.add("licence_ingest", ["licence", ROOT_USED, s.options(log="log", bench=BENCH, **more), ms(s.now())], status, why=why)

    run("ingest_directory_missing", "no directory")
    s.files("mkdir", "licence")
    run("ingest_directory_missing", "nothing to take from")
    s.files("mkdir", "licence/incoming")
    s.files("chmod", "licence/incoming", "777")
    run("ingest_directory_unsafe", "everybody can write there")
    s.files("chmod", "licence/incoming", "755")
    s.files("mkdir", "elsewhere")
    s.files("symlink", "../elsewhere", "licence/work")
    run("ingest_directory_unsafe", "a link in the place of a directory")
    s.files("remove", "licence/work")
    s.files("put", "licence/incoming/e.json", canonical(GOOD))
    run(why="taken in")
    s.files("put", "licence/incoming/e.json", canonical(GOOD))
    run(why="the same bytes again are one ingest")
    s.files("put", "licence/incoming/e.json", canonical(envelope(licence(mint=[note(amount=6)]))))
    run("ingest_envelope_id_reused", "the same id, other bytes: an edit, not a replay")
    s.files("put", "licence/incoming/e.json", canonical(GOOD).replace('"amount":500', '"amount":900'))
    run("signature_mismatch", "edited in transit")
    s.files("put", "licence/incoming/e.json", canonical(GOOD).replace('{"chain"', '{ "chain"'))
    run("canonical_white_space", "edited by an editor", quiet_ms=0)
    s.files("put", "licence/incoming/e.json", canonical(envelope(licence(envelope_id="e-2", previous_envelope=sha("none")))))
    run("ingest_previous_mismatch", "it follows an envelope that was never taken in")
    s.files("symlink", "/etc/passwd", "licence/incoming/e.json")
    run("ingest_not_a_file", "a link is moved aside unopened")
    s.files("put", "licence/incoming/e.json", "")
    s.files("resize", "licence/incoming/e.json", 1 << 30)
    run("ingest_file_too_large", "moved aside unread", quiet_ms=0)
    s.files("lock", "licence/lock", why="another run is at work")
    s.files("put", "licence/incoming/e.json", canonical(GOOD))
    run("ingest_locked", "two runs at once: one is refused")
    s.add("licence_seen", ["log", ROOT_USED, BENCH], why="what the bench remembers, from its log alone")
    s.add("licence_ingest_envelope", [GOOD, "again.json", ROOT_USED, s.options(log="log", bench=BENCH), ms(s.now())],
          why="no directory, the same memory")
    s.end()

    s = Script("ingest", "ingest/vault", "from the directory into the vault, bound to what the bench asked")
    s.add("audit_init", ["log", s.options(origin="bench-7.example/audit"), ms(FROM)])
    s.init()
    s.files("mkdir", "licence")
    s.files("mkdir", "licence/incoming")

    def into(document, status="ok", why=None):
        s.files("put", "licence/incoming/e.json", text_of(document))
        s.add("licence_ingest", ["licence", ROOT_USED, s.options(log="log", bench=BENCH, vault="vault", device_key=KEY), ms(s.now())], status,
              why=why)

    into(GOOD, why="taken in, its notes minted")
    s.status(why="they can be spent")
    into(GOOD, why="the same bytes again mint nothing")
    case = s.add("vault_request", ["vault", s.options(request_id="q-1"), KEY, ms(s.now())])
    asked = recorded(case)
    if asked:
        into(next_envelope(sha("another head")), "vault_head_mismatch", "the issuer answered another question: refused before it is recorded")
        into(next_envelope(asked["body"]["head"]), why="the answer")
        into(next_envelope(asked["body"]["head"]), why="the answer replayed mints nothing")
    s.spend(asked=request(amount=755), why="all of it")
    s.files("remove", "licence")
    s.files("mkdir", "licence")
    s.files("mkdir", "licence/incoming", why="deleting the directory makes a bench forget nothing")
    into(GOOD, why="it is in the log")
    s.verify("vault_unanchored", "one mint for each envelope")
    s.add("vault_init", ["fresh", s.options(bench_id=BENCH), KEY, ms(s.now())])
    s.files("put", "licence/incoming/e.json", text_of(GOOD))
    s.add("licence_ingest", ["licence", ROOT_USED, s.options(log="log", bench=BENCH, vault="fresh", device_key=KEY), ms(s.now())],
          "ingest_other_vault", why="a fresh vault is given no notes that another one has")
    s.end()


def forged():
    s = Script("ingest", "ingest/forged", "records by whoever can append to the log")
    s.add("audit_init", ["log", s.options(origin="bench-7.example/audit"), ms(FROM)])
    his_root = root(keys=(STRANGER,), threshold=1)
    raised = {"codes": [], "envelope_digest": None, "file": "x", "revocation_version": 9, "root_version": 9,
              "trust": {"root": his_root, "schema": "ztp.trust/2"}}
    empty = canonical({"event_class": "licence.ingested", "payload": {}})
    lines = canonical({"event_class": "licence.refused", "payload": raised}) + chr(10) + empty
    s.add("audit_append", ["log", lines, "", ms(FROM)], "event_class_weighed", why="not by mistake")
    allowed = {"allow_classes": ["licence.ingested", "licence.refused"]}
    s.add("audit_append", ["log", lines, allowed, ms(FROM)], why="a root of his own, and an ingest of nothing")
    s.add("licence_seen", ["log", ROOT_USED, BENCH], "ingest_record_unproven", why="both are named, and change nothing")
    his = envelope(licence(envelope_id="his"), STRANGER, [signed(certificate(STRANGER), STRANGER)])
    for name, document, status in (("his", his, "custody_signer_unknown"), ("good", GOOD, "ok")):
        s.add("licence_ingest_envelope", [document, name, ROOT_USED, s.options(log="log", bench=BENCH), ms(FROM)], status,
              why="his envelope is refused" if name == "his" else "the honest one is taken in")
    s.end()


def behind():
    s = Script("ingest", "ingest/clock", "a clock that was ahead, and the way back")
    s.add("audit_init", ["log", s.options(origin="bench-7.example/audit"), ms(FROM)])

    def offer(document, name, status, when, why):
        s.add("licence_ingest_envelope", [document, name, ROOT_USED, s.options(log="log", bench=BENCH), ms(when)], status, why=why)

    ahead = "2026-09-20T12:00:00.000Z"
    offer("{}", "none", "schema_missing_member", ahead, "something is recorded while the clock is ahead")
    offer(GOOD, "good", "clock_behind_log", s.now(), "the clock is corrected: nothing is taken in below what the log attests")
    case = s.add("licence_seen", ["log", ROOT_USED, BENCH], why="what the issuer is told")
    clock = (recorded(case) or {}).get("clock")
    if clock:
        named = {name: clock[name] for name in ("hash", "ledger", "seq")}
        word = licence(clock_statement={"ledgers": [named], "not_before": FROM}, envelope_id="clock-1", licence_id="clock", mint=[])
        offer(envelope(word, STRANGER, [signed(certificate(STRANGER), STRANGER)]), "his", "custody_signer_unknown", s.now(),
              "nobody but the issuer says so")
        offer(envelope(word), "clock", "ok", s.now(), "the issuer says that the log was ahead")
        offer(GOOD, "good", "ok", s.now(), "and what waited is taken in")
    s.add("licence_seen", ["log", ROOT_USED, BENCH], why="the clock that the log attests now")
    s.end()


for make in (life, rules, windows, mints, machine, store, damage, restored, anchored, witnessed, ingest, forged, behind):
    make()
for name, cases in Script.made.items():
    text = json.dumps({"schema": "ztp.vectors/1", "cases": cases}, indent=1, ensure_ascii=True)
    (FOLDER / "scripts" / f"{name}.json").write_text(text + "\n")
    print(f"{name}: {len(cases)} steps")
