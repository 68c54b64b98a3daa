"""A script, and the vault that it keeps by hand: what make_vault_scripts.py and ingest_scripts.py play."""

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


UNTIMED = {"heartbeat_ms": 2**32 - 1, "interval_ms": 2**32 - 1}


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
        # Sealed by no time: the steps are minutes apart, and what lies in the log is what they wrote.
        options = self.options(bench_id=BENCH, **UNTIMED, **more, **({"generation": generation} if generation else {}))
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
