"""The scripts of an incoming directory: what lies in it, what whoever can append to the log makes of it, and a clock that was ahead."""

from issuer_keys import canonical, ms
from make_issuer_vectors import STRANGER, certificate, envelope, licence, root, signed, trust
from make_vault_vectors import FROM, note, request, sha
from vault_script import BENCH, GOOD, KEY, ROOT_USED, UNTIMED, Script, at, next_envelope, recorded, text_of


# What the bench has seen, where nothing outside need vouch for its log.
SEEN = canonical({"bench": BENCH, "require": []})


def ingest():
    s = Script("ingest", "ingest/files", "what lies in the directory")
    s.add("audit_init", ["log", s.options(origin="bench-7.example/audit", **UNTIMED), ms(FROM)])

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
    s.add("licence_seen", ["log", ROOT_USED, SEEN], why="what the bench remembers, from its log alone")
    s.add("licence_seen", ["log", ROOT_USED, canonical({"bench": BENCH})], "audit_unanchored", why="which nothing outside it vouches for")
    s.add("licence_ingest_envelope", [GOOD, "again.json", ROOT_USED, s.options(log="log", bench=BENCH), ms(s.now())],
          why="no directory, the same memory")
    s.end()

    s = Script("ingest", "ingest/vault", "from the directory into the vault, bound to what the bench asked")
    s.add("audit_init", ["log", s.options(origin="bench-7.example/audit", **UNTIMED), ms(FROM)])
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
    s.add("vault_init", ["fresh", s.options(bench_id=BENCH, **UNTIMED), KEY, ms(s.now())])
    s.files("put", "licence/incoming/e.json", text_of(GOOD))
    s.add("licence_ingest", ["licence", ROOT_USED, s.options(log="log", bench=BENCH, vault="fresh", device_key=KEY), ms(s.now())],
          "ingest_other_vault", why="a fresh vault is given no notes that another one has")
    s.end()


def forged():
    s = Script("ingest", "ingest/forged", "records by whoever can append to the log")
    s.add("audit_init", ["log", s.options(origin="bench-7.example/audit", **UNTIMED), ms(FROM)])
    his_root = root(keys=(STRANGER,), threshold=1)
    raised = {"codes": [], "envelope_digest": None, "file": "x", "revocation_version": 9, "root_version": 9,
              "trust": {"root": his_root, "schema": "ztp.trust/2"}}
    empty = canonical({"event_class": "licence.ingested", "payload": {}})
    lines = canonical({"event_class": "licence.refused", "payload": raised}) + chr(10) + empty
    s.add("audit_append", ["log", lines, "", ms(FROM)], "event_class_weighed", why="not by mistake")
    allowed = {"allow_classes": ["licence.ingested", "licence.refused"]}
    s.add("audit_append", ["log", lines, allowed, ms(FROM)], why="a root of his own, and an ingest of nothing")
    s.add("licence_seen", ["log", ROOT_USED, SEEN], "ingest_record_unproven", why="both are named, and change nothing")
    his = envelope(licence(envelope_id="his"), STRANGER, [signed(certificate(STRANGER), STRANGER)])
    for name, document, status in (("his", his, "custody_signer_unknown"), ("good", GOOD, "ok")):
        s.add("licence_ingest_envelope", [document, name, ROOT_USED, s.options(log="log", bench=BENCH), ms(FROM)], status,
              why="his envelope is refused" if name == "his" else "the honest one is taken in")
    s.end()


def behind():
    s = Script("ingest", "ingest/clock", "a clock that was ahead, and the way back")
    s.add("audit_init", ["log", s.options(origin="bench-7.example/audit", **UNTIMED), ms(FROM)])

    def offer(document, name, status, when, why):
        s.add("licence_ingest_envelope", [document, name, ROOT_USED, s.options(log="log", bench=BENCH), ms(when)], status, why=why)

    ahead = "2026-09-20T12:00:00.000Z"
    offer("{}", "none", "schema_missing_member", ahead, "something is recorded while the clock is ahead")
    offer(GOOD, "good", "clock_behind_log", s.now(), "the clock is corrected: nothing is taken in below what the log attests")
    case = s.add("licence_seen", ["log", ROOT_USED, SEEN], why="what the issuer is told")
    clock = (recorded(case) or {}).get("clock")
    if clock:
        named = {name: clock[name] for name in ("hash", "ledger", "seq")}
        word = licence(clock_statement={"ledgers": [named], "not_before": FROM}, envelope_id="clock-1", licence_id="clock", mint=[])
        offer(envelope(word, STRANGER, [signed(certificate(STRANGER), STRANGER)]), "his", "custody_signer_unknown", s.now(),
              "nobody but the issuer says so")
        offer(envelope(word), "clock", "ok", s.now(), "the issuer says that the log was ahead")
        offer(GOOD, "good", "ok", s.now(), "and what waited is taken in")
    s.add("licence_seen", ["log", ROOT_USED, SEEN], why="the clock that the log attests now")
    s.end()
