#!/usr/bin/env python3
"""Writes the vectors about correlation and detectors, with Python's standard library only.

  vectors/python/make_watch_vectors.py          writes vectors/streams, vectors/correlation.json, vectors/library/correlation.json and
                                                vectors/library/anomaly.json, without documents
  vectors/python/make_watch_vectors.py RUNNER   also runs the cases through RUNNER (the Rust surface's conformance runner with
                                                --documents) and records the documents, after holding each to what is expected here

What is expected, the status of each case and the count of each finding or alert, is written by hand below, from docs/formats. Run it in the
root of the checkout.
"""

import base64
import datetime
import hashlib
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path("vectors")
START = 1_778_572_800_000  # 2026-05-12T08:00:00.000Z
VKEY = "vectors.example/audit+dfbd05fa+Ae5V4li44ZI4BWBPEtdJOAWOA4zR6cUOfhPShXT2Mgam"

def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)

def time(ms):
    moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"

def line(payload, ms, event_class="admission.decision"):
    return canonical({"event_class": event_class, "payload": payload, "timestamp": time(ms)}) + "\n"

class Log:
    """Records chained as docs/formats/audit-log.md says."""

    def __init__(self, heartbeat_ms=3_600_000, start=START):
        self.lines, self.last = [], "0" * 64
        self.record("log.opened", {
            "format": "ztp-audit-1", "log_id": "07" * 16, "origin": "vectors.example/audit",
            "public_key": "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29",
            "seal_policy": {"heartbeat_ms": heartbeat_ms, "interval_ms": 1000, "records_max": 1000}}, start)

    def record(self, event_class, payload, ms):
        record = {"event_class": event_class, "payload": payload, "prev_hash": self.last, "seq": len(self.lines), "timestamp": time(ms)}
        self.last = hashlib.sha256(canonical(record).encode()).hexdigest()
        self.lines.append(canonical({**record, "hash": self.last}) + "\n")

    def sealed(self, ms, boot="5a0f0d1e-7b1d-4a7e-9d39-2f0a4c6be001", monotonic_ms=None):
        self.record("log.sealed", {
            "anchors": [], "boot_id": boot, "epoch": 0, "monotonic_ms": ms - START if monotonic_ms is None else monotonic_ms,
            "next_public_key": "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"}, ms)

    def text(self):
        return "".join(self.lines)

def decision(n, **more):
    return {"decision": "allow", "mode": "enforce", "uid": f"{n:08x}-0000-4000-8000-{n:012x}", "user": "system:deployer", "would_deny": False, **more}

def pairs(count=8, step=10_000, delay=40):
    decided = [(decision(n), START + n * step) for n in range(count)]
    return decided, [(payload, ms + delay) for payload, ms in decided]

def streams(decided, sealed, end=START + 300_000, header=None, log=None):
    log = log or Log()
    for payload, ms in sealed:
        log.record("admission.decision", payload, ms)
    log.record("ops-checklist", {}, end)
    lines = "".join(line(payload, ms) for payload, ms in decided)
    return (header + "\n" if header else "") + lines, log.text()

CASES = {"correlation": [], "anomaly": [], "library/correlation": [], "library/anomaly": []}
EXPECTED = {}

def case(file, name, why, op, args, status, expected):
    identity = f"{op.replace('_', '-')}/{'accept' if status == 'ok' else 'refuse'}/{name}"
    CASES[file].append({"id": identity, "why": why, "op": op, "args": args, "status": status})
    EXPECTED[identity] = expected

def compared(name, why, status, expected, admission, sealed, options=None):
    args = [{"text": admission}, {"text": sealed}, {"text": canonical(options) if options else ""}]
    case("library/correlation", name, why, "correlate_streams", args, status, expected)

def correlation():
    decided, sealed = pairs()
    compared("agree", "both streams hold each decision once", "ok", {}, *streams(decided, sealed))
    for drift, found in [(30_000, {}), (30_001, {"drift": 1}), (-30_001, {"drift": 1})]:
        decided, sealed = pairs(step=60_000)
        sealed[4] = (sealed[4][0], decided[4][1] + drift)
        compared(f"drift-{drift}", "exactly the threshold passes, one millisecond more does not", "correlation_drift" if found else "ok",
                 found, *streams(decided, sealed, START + 900_000))
    decided, sealed = pairs()
    compared("suppressed", "decided and never sealed", "correlation_missing_in_sealed", {"missing_in_sealed": 1},
             *streams(decided, sealed[:3] + sealed[4:]))
    compared("injected", "sealed and never decided", "correlation_missing_in_admission", {"missing_in_admission": 1},
             *streams(decided[:3] + decided[4:], sealed))
    altered = [(dict(payload, decision="deny") if n == 3 else payload, ms) for n, (payload, ms) in enumerate(sealed)]
    compared("altered", "sealed with another verdict than was given", "correlation_altered", {"altered": 1}, *streams(decided, altered))
    timed = [(dict(payload, boot_id="b", latency_us=7, mono_ms=1, wall_ms=2), ms) for payload, ms in decided]
    compared("timing", "when and how fast is no part of what was decided", "ok", {}, *streams(timed[:1] + decided[1:], sealed))
    compared("repeated", "sealed twice, word for word", "ok", {"duplicate_identical": 1}, *streams(decided, sealed[:4] + [sealed[3]] + sealed[4:]))
    other = (dict(sealed[3][0], user="somebody"), sealed[3][1] + 1)
    compared("repeated-otherwise", "sealed twice with different contents", "correlation_duplicate_conflicting", {"duplicate_conflicting": 1},
             *streams(decided, sealed[:4] + [other] + sealed[4:]))
    decided, sealed = pairs(step=5_000)
    swapped = [(sealed[n][0], sealed[at][1]) for at, n in enumerate([0, 1, 3, 2, 4, 5, 6, 7])]
    compared("reordered", "two decisions exchanged their places in the log", "correlation_order_inversion", {"order_inversion": 1},
             *streams(decided, swapped))
    decided, sealed = pairs(delay=5_001)
    compared("skew", "a constant offset is estimated and shown, not subtracted", "correlation_clock_skew", {"clock_skew": 1},
             *streams(decided, sealed))
    decided, sealed = pairs()
    edge = decided[-1][1]
    compared("pending", "the last decision is not sealed yet, within the grace", "ok", {}, *streams(decided, sealed[:-1], edge + 29_999))
    compared("grace-over", "thirty seconds later it is missing", "correlation_missing_in_sealed", {"missing_in_sealed": 1},
             *streams(decided, sealed[:-1], edge + 30_000))
    compared("pending-twice", "what an earlier report called pending is missing now", "correlation_missing_in_sealed",
             {"missing_in_sealed": 1}, *streams(decided, sealed[:-1], edge + 29_999), {"pending": [decided[-1][0]["uid"]]})
    # Records that stand behind the last decision, so that the streams' own end ends nothing; the clock of whoever compares does.
    for late, status, found in [(29_999, "ok", {}), (30_000, "correlation_missing_in_sealed", {"missing_in_sealed": 1})]:
        compared(f"now-{late}", "without a partner for thirty seconds by the clock of whoever compares, whatever the streams' end", status, found,
                 *streams(decided, sealed[:-1], edge + 1_000), {"now": time(edge + late)})
    for ahead, status, found in [(30_000, "ok", {}), (30_001, "correlation_dated_ahead", {"dated_ahead": 1})]:
        compared(f"ahead-{ahead}", "dated later than now by more than the grace", status, found,
                 *streams(decided + [(decision(99), edge + ahead)], sealed, edge + 1_000), {"now": time(edge)})
    compared("nothing", "no decision has a partner, and none is missing yet: nothing was compared", "correlation_nothing_compared", {},
             "", streams([], sealed[-2:], sealed[-1][1] + 1_000)[1], {"now": time(sealed[-1][1] + 1_000)})
    compared("nothing-at-all", "an empty stream and an empty log", "correlation_nothing_compared", {}, "", Log().text())
    header = canonical({"evicted": 4, "kind": "ring", "schema": "ztp.admission.stream/1", "since": None})
    compared("ring", "what left the ring is information", "ok", {"ring_evicted": 4}, *streams(decided[4:], sealed, header=header))
    whole = canonical({"evicted": 0, "kind": "ring", "schema": "ztp.admission.stream/1", "since": time(START)})
    compared("ring-whole", "what never left the ring is missing", "correlation_missing_in_admission", {"missing_in_admission": 4},
             *streams(decided[4:], sealed, header=whole))
    few = canonical({"evicted": 3, "kind": "ring", "schema": "ztp.admission.stream/1", "since": time(START)})
    compared("ring-count", "no more left the ring than it says", "correlation_missing_in_admission", {"missing_in_admission": 1, "ring_evicted": 3},
             *streams(decided[4:], sealed, header=few))
    back = sealed + [(decision(99), sealed[1][1])]
    compared("ring-dated-back", "sealed after what the ring holds, and dated before it: the log's order counts", "correlation_missing_in_admission",
             {"missing_in_admission": 1, "ring_evicted": 4}, *streams(decided[4:], back, header=header))
    text, log = streams(decided, sealed)
    compared("unreadable", "a line that cannot be read may hide a decision", "correlation_unreadable_entry", {"unreadable_entry": 1},
             text + "{\n", log)
    compared("header", "a first line that names a schema must describe the stream", "correlation_stream_header", None,
             '{"schema":"ztp.admission.stream/2"}\n' + text, log)
    compared("option", "an option that does not exist", "schema_unknown_member", None, text, log, {"thresold_ms": 1})
    gap = Log(60_000)
    compared("silence", "the log was silent for longer than two heartbeats", "correlation_witness_gap", {"witness_gap": 1},
             "", streams([], [], START + 120_001, log=gap)[1])
    behind = Log(60_000)
    behind.record("ops-checklist", {}, START + 200_000)
    for until, status, found in [(120_000, "correlation_nothing_compared", {}), (120_001, "correlation_witness_gap", {"witness_gap": 1})]:
        compared(f"silence-to-{until}", "a silence is judged to the window's end, although a record stands behind it", status, found,
                 "", behind.text(), {"until": time(START + until)})
    step = Log()
    for n in range(4):
        step.sealed(START + n * 60_000)
    step.record("log.sealed", {
        "anchors": [], "boot_id": "5a0f0d1e-7b1d-4a7e-9d39-2f0a4c6be001", "epoch": 0, "monotonic_ms": 240_000,
        "next_public_key": "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"}, START + 241_001)
    compared("clock-step", "a wall clock set forward by a second and a millisecond", "correlation_clock_step", {"clock_step": 1},
             "", step.text())
    report = canonical({"findings": [{"admission": {"line": 3}, "facts": {"drift_ms": 30_001}, "kind": "drift", "sealed": {"seq": 7}, "uid": "u"}],
                        "schema": "ztp.correlation.report/1"})
    plain = "".join(line(payload, ms) for payload, ms in decided)
    whole = streams(decided, sealed)[1]
    compared("blank-lines", "blank lines hide no decision", "ok", {}, plain.replace("\n", "\n\n"), whole)
    compared("byte-order-mark", "nor does a mark before the first", "ok", {}, "\ufeff" + plain, whole)
    for name, why, text in [
            ("other-times", "a stream of which no line is an event was not compared", plain.replace(".000Z", ".000000Z")),
            ("other-lines", "nor was one of other things", plain.replace("event_class", "class"))]:
        compared(name, why, "correlation_stream_unreadable", None, text, whole)
    case("library/correlation", "drift", "a finding as an event for the log", "correlate_events", [{"text": report}], "ok", None)
    case("library/correlation", "schema", "a document that is no report", "correlate_events", [{"text": '{"findings":[],"schema":"x"}'}],
         "option_word_unknown", None)

def streams_on_disk():
    """Streams beside the logs of vectors/logs, for the surfaces that take files."""
    folder = ROOT / "streams"
    folder.mkdir(exist_ok=True)
    segments = (ROOT / "logs/intact/segments").glob("*.jsonl")
    records = [json.loads(text) for path in sorted(segments) for text in path.read_text().splitlines()]
    decided = [r for r in records if r["event_class"] == "admission.decision"]
    lines = [canonical({name: r[name] for name in ("event_class", "payload", "timestamp")}) + "\n" for r in decided]
    (folder / "agree.jsonl").write_text("".join(lines))
    (folder / "one-missing.jsonl").write_text("".join(lines[:2] + lines[3:]))
    changed = dict(decided[1]["payload"], decision="allow")
    altered = canonical({"event_class": "admission.decision", "payload": changed, "timestamp": decided[1]["timestamp"]}) + "\n"
    (folder / "altered.jsonl").write_text("".join(lines[:1] + [altered] + lines[2:]))
    (folder / "empty.jsonl").write_text("")
    until = time(START + 3_600_000)

    def on(log, stream):
        return [{"dir": f"logs/{log}"}, {"dir": f"streams/{stream}.jsonl"}, {"text": canonical({"until": until})}]

    def add(name, why, status, expected, log, stream):
        case("correlation", name, why, "correlate", on(log, stream), status, expected)

    # The seals of the small logs tell of a monotonic clock that ran three seconds apart from the wall clock.
    looser = dict(json.loads(on("intact", "agree")[2]["text"]), step_ms=10_000)
    for name, why, more, status in [
            ("log", "the same decisions, and no clock that moved by more than was asked for, under the first key", {"vkey": VKEY}, "ok"),
            ("log-nothing-asked", "nothing outside need vouch for the log", {"require": []}, "ok"),
            ("log-unanchored", "the streams agree, and nothing outside vouches for the log", {}, "audit_unanchored"),
            ("log-below-required", "more was asked for than the log rests on", {"require": ["auditor_head"], "vkey": VKEY},
             "anchor_below_required")]:
        case("library/correlation", name, why, "correlate", on("intact", "agree")[:2] + [{"text": canonical({**looser, **more})}], status, {})
    add("intact", "the same decisions, but a host whose clock was set", "correlation_clock_step", {"clock_step": 1}, "intact", "agree")
    add("one-missing", "a record without a decision", "correlation_missing_in_admission",
        {"missing_in_admission": 1, "clock_step": 1}, "intact", "one-missing")
    add("altered", "another verdict than was given", "correlation_altered", {"altered": 1, "clock_step": 1}, "intact", "altered")
    add("no-decisions", "an admission stream without a line", "correlation_missing_in_admission",
        {"missing_in_admission": len(lines), "clock_step": 1}, "intact", "empty")
    broken = next(name for name in ("tampered-payload", "checkpoint-signature") if (ROOT / "logs" / name).exists())
    add("log-not-intact", "a comparison with a log that does not verify proves nothing", "correlation_log_not_intact", None, broken, "agree")
    case("correlation", "no-log", "there is no log", "correlate", on("nowhere", "agree"), "log_not_found", None)
    case("correlation", "no-stream", "there is no stream", "correlate", on("intact", "nowhere"), "file_missing", None)
    case("correlation", "swapped", "a directory in the place of the stream: the log comes first", "correlate",
         [{"dir": "logs/intact"}, {"dir": "logs/intact"}, {"text": canonical({"until": until})}], "file_unreadable", None)
    ahead = canonical({"now": time(START - 3_600_000)})
    case("correlation", "dated-ahead", "every decision is dated later than the clock of whoever compares", "correlate",
         on("intact", "agree")[:2] + [{"text": ahead}], "correlation_dated_ahead", {"dated_ahead": 2 * len(lines), "clock_step": 1})

def anomaly():
    def folded(name, why, expected, log, options=None, status="ok"):
        args = [{"text": log.text()}, {"text": canonical(options) if options else ""}]
        case("library/anomaly", name, why, "anomaly_fold", args, status, expected)

    def denials(times, until):
        log, n = Log(60_000), 0
        marks = sorted([(ms, 0) for ms in times] + [(ms, 1) for ms in range(60_000, until, 60_000)])
        for ms, seal in marks:
            if seal:
                log.sealed(START + ms)
            else:
                n += 1
                payload = decision(n, namespace="web-agents", operation="CREATE", name="pod")
                log.record("admission.decision", dict(payload, decision="deny"), START + ms)
        return log

    def uses(times):
        log = Log(60_000)
        marks = sorted([(ms, n) for n, ms in enumerate(times)] + [(ms, -1) for ms in range(60_000, max(times) + 240_000, 60_000)])
        for ms, n in marks:
            if n < 0:
                log.sealed(START + ms)
            else:
                payload = decision(n, namespace="web-agents", operation="CREATE", name=f"pod-{n}", object_uid=f"pod-{n}", ticket=f"INC-{n}")
                log.record("admission.decision", dict(payload, decision="break-glass"), START + ms)
        return log

    folded("quiet", "a log without anything to report", {}, denials([1000], 300_000))
    folded("below", "fifty denials a minute are not more than fifty", {"denial-flood": 0},
           denials([n * 1200 for n in range(350)], 600_000))
    folded("flood", "more than fifty a minute, sustained for five minutes", {"denial-flood": 1},
           denials([n * 1000 for n in range(420)], 600_000))
    folded("third-use", "three uses within an hour", {"break-glass-burst": 0}, uses([0, 600_000, 1_200_000]))
    folded("fourth-use", "the fourth use within an hour", {"break-glass-burst": 1}, uses([0, 600_000, 1_200_000, 3_599_999]))
    folded("fourth-use-an-hour-later", "windows are half-open: an hour after the first it is out", {"break-glass-burst": 0},
           uses([0, 600_000, 1_200_000, 3_600_000]))
    quiet = denials([1000], 300_000)
    folded("settings-range", "no file can switch a detector off", None, quiet,
           {"settings": {"denial-flood.yaml": "denials_per_minute: 100000000\n"}}, "SETTINGS")
    folded("settings-file", "a file that no detector has", None, quiet, {"settings": {"other.yaml": "a: 1\n"}}, "settings_file")
    for name, why, file, text, status in [
            ("settings-misspelt", "the nearest name is said, and all that there are", "denial-flood.yaml", "per_minut_max: 50\n", "schema_unknown_member"),
            ("settings-merge", "a merge key is a member that is not there", "break-glass.yaml", "<<: {}\n", "schema_unknown_member"),
            ("settings-fraction", "a whole number with a fraction is told how it is written", "denial-flood.yaml", "per_minute_max: 50.0\n", "config_number"),
            ("settings-mark", "a byte order mark cannot be written as an escape", "business-hours.yaml", "\ufefftime_zone: Etc/UTC\n", "config_character"),
            ("settings-tab", "the tab is where it is, not a line before", "denial-flood.yaml", "per_minute_max: 50\n\tgap_seconds: 9\n", "config_syntax"),
            ("settings-half-day", "an early closing before the opening", "business-hours.yaml",
             'half_days: [{date: "12-24", end: "07:00"}]\n', "settings_clock_time"),
            ("settings-night-late", "an early closing of a night shift after its usual end", "business-hours.yaml",
             'start: "22:00"\nend: "06:00"\nhalf_days: [{date: "12-24", end: "07:00"}]\n', "settings_clock_time")]:
        folded(name, why, None, quiet, {"settings": {file: text}}, status)

    def tried(name, why, status, expected, lines, options=None):
        case("library/anomaly", name, why, "anomaly_try", [{"text": lines}, {"text": canonical(options) if options else ""}], status, expected)

    def decided(count, step, verdict):
        return [line(dict(decision(n, namespace="web-agents", operation="CREATE", name="pod"), decision=verdict), START + n * step)
                for n in range(count)]

    calm, flood = decided(30, 60_000, "deny"), decided(420, 1000, "deny")
    tried("calm", "history without anything to report, and what other thresholds would have said", "ok", {}, "".join(calm))
    tried("reversed", "the order of lines changes nothing but its count", "ok", {}, "".join(reversed(calm)))
    tried("flood", "a flood in history is one story", "anomaly_fired", {"denial-flood": 1}, "".join(flood))
    tried("looser", "the same flood under settings that are to be tried", "anomaly_fired", {"denial-flood": 0}, "".join(flood),
          {"settings": {"denial-flood.yaml": "per_minute_max: 100\n"}})
    tried("unreadable", "a line that is no event makes it incomplete, never quiet", "anomaly_incomplete", {}, "".join(calm[:3]) + "{\n")
    tried("own", "records of the log itself are nobody's history", "anomaly_incomplete", {},
          line({"boot_id": None}, START, "log.sealed"))
    tried("nothing", "no events", "ok", {}, "")

def happening(event, n, uid):
    """Class and payload of an event of a timeline; {n} in its texts is the event's number."""
    given = {key: event[key] for key in ("deny", "allow", "glass", "act", "login") if key in event}
    (key, members), = given.items() if given else [("", event.get("payload", {}))]
    members = {name: value.replace("{n}", str(n)) if isinstance(value, str) else value for name, value in members.items()}
    if key in ("deny", "allow", "glass"):
        usual = {"decision": "break-glass" if key == "glass" else key, "mode": "enforce", "name": "pod", "namespace": "web-agents",
                 "operation": "CREATE", "uid": uid, "user": "system:controller", "would_deny": key == "deny"}
        return "admission.decision", {**usual, **members}
    if key:
        return "operator.action" if key == "act" else "operator.login", {"operator": "alice", **members}
    return event["class"], members

def timeline_log(timeline):
    """The log of a timeline, as docs/formats/anomaly.md says."""
    start = datetime.datetime.strptime(timeline.get("start", "2026-05-12T10:00:00.000Z"), "%Y-%m-%dT%H:%M:%S.%fZ")
    start = round((start - datetime.datetime(1970, 1, 1)).total_seconds() * 1000)
    happenings = []
    for event in timeline["events"]:
        for n in range(event.get("count", 1)):
            at = event["at_ms"] + n * event.get("every_ms", 0)
            arrive = event["arrive_ms"] + n * event.get("every_ms", 0) if "arrive_ms" in event else at
            happenings.append((arrive, at, *happening(event, n, f"{timeline['name']}-{len(happenings)}")))
    happenings.sort(key=lambda found: found[0])
    until = timeline.get("until_ms", (happenings[-1][0] if happenings else 0) + 180_000)
    heartbeat = timeline.get("heartbeat_ms", 60_000)
    every = timeline.get("seal_every_ms", heartbeat)
    silent = range(timeline["silent"]["from_ms"], timeline["silent"]["until_ms"]) if "silent" in timeline else ()

    def clock(at):
        shift, boot, booted = 0, "boot-1", 0
        for change in (change for change in timeline.get("clocks", []) if change["from_ms"] <= at):
            shift = change.get("shift_ms", shift)
            boot, booted = (change["boot"], change["from_ms"]) if "boot" in change else (boot, booted)
        return shift, boot, booted

    log, seal = Log(heartbeat, start), 0
    while seal <= until or happenings:
        if happenings and happenings[0][0] <= seal:
            _, at, event_class, payload = happenings.pop(0)
            log.record(event_class, payload, start + at + clock(at)[0])
            continue
        if seal not in silent:
            shift, boot, booted = clock(seal)
            log.sealed(start + seal + shift, boot, seal - booted)
        seal += every
    return log.text()

def yaml(value, indent=0):
    """A settings file as block YAML."""
    pad = " " * indent
    if isinstance(value, dict):
        return "".join(
            f"{pad}{name}:" + (f"\n{yaml(item, indent + 2)}" if isinstance(item, (dict, list)) else f" {json.dumps(item)}\n")
            for name, item in value.items())
    return "".join(
        f"{pad}- " + (yaml(item, indent + 2).lstrip() if isinstance(item, dict) else f"{json.dumps(item)}\n") for item in value)

def timelines():
    """The timelines of the detectors' own tests: each leads to the alerts it lists on every surface."""
    for path in sorted(pathlib.Path("ztp-anomaly/tests/timelines").glob("*.json")):
        for n, timeline in enumerate(json.loads(path.read_text())["timelines"]):
            told = {key: timeline.pop(key) for key in ("expect", "only", "notices", "settings") if key in timeline}
            settings = {file: yaml(members) for file, members in told.get("settings", {}).items()}
            args = [{"timeline": timeline}, {"text": canonical({"settings": settings}) if settings else ""}]
            case("library/anomaly", f"timeline-{path.stem}-{n + 1}", timeline["name"], "anomaly_fold", args, "ok", told)

def lines_told(document, told):
    """The alerts as a timeline lists them."""
    for event in document["events"]:
        payload, key = event["payload"], event["payload"]["key"]
        if event["event_class"] == "anomaly.noticed" and not told.get("notices"):
            continue
        if told.get("only", key["scope"]) == key["scope"]:
            yield f"{event['at']} {payload['detector']} {payload['phase']} {key['scope']} {key.get('name', '')}".rstrip()

def over_logs():
    """Detectors over the logs of vectors/logs, for the surfaces that take directories."""
    def add(file, operation, name, why, log, given, status):
        case(file, name, why, operation, [{"dir": f"logs/{log}"}, {"text": canonical(given) if given else ""}], status, None)

    genesis = json.loads((ROOT / "logs/intact/segments/00000000000000000000.jsonl").read_text().splitlines()[0])["hash"]
    add("anomaly", "anomaly_report", "quiet", "decisions of an older form are unreadable, which is noticed", "intact", {}, REPORT)
    add("anomaly", "anomaly_report", "empty", "a log of nothing but its first record", "intact-genesis-only", {"require": []}, "ok")
    add("anomaly", "anomaly_report", "unanchored", "quiet, and nothing outside vouches for the log", "intact-genesis-only", {}, "audit_unanchored")
    add("anomaly", "anomaly_report", "below-required", "quiet, and the log rests on less than was asked for", "intact-genesis-only",
        {"require": ["evolved_key"]}, "anchor_below_required")
    add("anomaly", "anomaly_report", "cut", "the log is cut off", "truncated-to-genesis", {"require": []}, "anomaly_log_not_intact")
    add("anomaly", "anomaly_report", "no-log", "there is no log", "nowhere", {}, "log_not_found")
    add("anomaly", "anomaly_report", "not-intact", "nothing is made of a log of which a record's hash fails", "tampered-timestamp", {},
        "log_damaged")
    add("anomaly", "anomaly_report", "seal", "every record holds, and a checkpoint's signature does not", "checkpoint-signature", {},
        "anomaly_log_not_intact")
    add("anomaly", "anomaly_replay", "empty", "no alert is called for and none is sealed", "intact-genesis-only", {"require": []}, "ok")
    add("anomaly", "anomaly_replay", "unanchored", "nothing outside vouches for the log", "intact-genesis-only", {}, "audit_unanchored")
    add("anomaly", "anomaly_replay", "cut", "nothing holds over it", "truncated-to-genesis", {"require": []}, "anomaly_log_not_intact")
    for name, why, now, status in [
            ("pending", "what is called for is not sealed yet, within the minute", time(START + 30_000), "ok"),
            ("never-sealed", "ten days later it is missing, although the log ends there", time(START + 864_000_000), "anomaly_alert_missing")]:
        add("anomaly", "anomaly_replay", name, why, "intact", {"now": now, "require": []}, status)
    add("anomaly", "anomaly_replay", "no-log", "there is no log", "nowhere", {}, "log_not_found")
    add("anomaly", "anomaly_explain", "first", "what the rules compare at the first decision", "intact", {"require": [], "seq": 2}, "ok")
    add("anomaly", "anomaly_explain", "unanchored", "numbers out of a log that nothing outside vouches for", "intact", {"seq": 2}, "audit_unanchored")
    add("anomaly", "anomaly_explain", "detector", "a rule that does not exist", "intact", {"detector": "flood", "seq": 2}, "option_word_unknown")
    add("library/anomaly", "anomaly_pending", "empty", "nothing to seal", "intact-genesis-only", {}, "ok")
    add("library/anomaly", "anomaly_pending", "state", "what is not sealed yet, and the state behind it", "intact", {"snapshot": "always"}, "ok")
    add("library/anomaly", "anomaly_pending", "no-state", "what is not sealed yet, without the state", "intact", {"snapshot": "never"}, "ok")
    add("library/anomaly", "anomaly_pending", "unjudged", "with a line more", "intact", {"snapshot": "never", "unjudged": True}, "ok")
    add("library/anomaly", "anomaly_pending", "anchors", "no log is verified here", "intact", {"require": []}, "schema_unknown_member")
    kept = {"chain_hash": "0" * 64, "seq": 3, "state_hash": "0" * 64}
    add("library/anomaly", "anomaly_pending", "kept-of-another-log", "a state that was kept of another log", "intact", {"resume": kept},
        "anomaly_snapshot_other_chain")
    kept = {"chain_hash": genesis, "seq": 0, "state_hash": "0" * 64}
    add("library/anomaly", "anomaly_pending", "kept-and-gone", "a state that was kept and is not in the log", "intact", {"resume": kept},
        "anomaly_snapshot_malformed")
    add("library/anomaly", "anomaly_pending", "kept-no-hash", "what was kept has no hash", "intact", {"resume": {"seq": 0}},
        "schema_missing_member")
    add("library/anomaly", "anomaly_pending", "snapshot-word", "a word that says nothing about when", "intact", {"snapshot": "often"},
        "option_word_unknown")
    add("library/anomaly", "anomaly_pending", "option", "an option that does not exist", "intact", {"since": "x"}, "schema_unknown_member")
    add("library/anomaly", "anomaly_explain", "no-place", "neither a record nor a time is named", "intact", {}, "schema_missing_member")

# Over the small logs of records of an older form: to be looked at by whoever changes the detectors.
REPORT = "anomaly_fired"

def findings(document, operation):
    """What a document says was found: the count of each kind, or of each rule that fired."""
    if operation == "anomaly_fold":
        fired = {}
        for event in document["events"]:
            if event["payload"].get("phase") == "fired" and event["payload"]["key"]["scope"] == "global":
                fired[event["payload"]["detector"]] = fired.get(event["payload"]["detector"], 0) + 1
        return fired
    if operation == "anomaly_try":
        fired = {}
        for alert in document["report"]["alerts"]:
            if alert["phase"] == "fired" and alert["key"]["scope"] == "global":
                fired[alert["detector"]] = fired.get(alert["detector"], 0) + 1
        return fired
    return document["findings_total"]

def record(runner):
    for file, cases in CASES.items():
        for case_ in cases:
            arguments = []
            for argument in case_["args"]:
                if "timeline" in argument:
                    text = timeline_log(argument["timeline"])
                else:
                    text = argument["text"] if "text" in argument else f"vectors/{argument['dir']}"
                arguments.append(base64.b64encode(text.encode()).decode())
            flat = "\t".join([case_["id"], case_["op"], *arguments]) + "\n"
            done = subprocess.run([runner, "--documents"], input=flat, capture_output=True, text=True, check=True)
            _, status, document = done.stdout.rstrip("\n").split("\t")
            document = base64.b64decode(document).decode()
            if case_["status"] == "SETTINGS":
                case_["status"] = status
            expected = EXPECTED[case_["id"]]
            assert status == case_["status"], (case_["id"], status, document[:600])
            if expected is not None and "expect" in expected:
                told = list(lines_told(json.loads(document), expected))
                assert told == expected["expect"], (case_["id"], told)
            elif expected is not None:
                found = findings(json.loads(document), case_["op"])
                wanted = {kind: count for kind, count in expected.items() if count}
                for kind, count in expected.items():
                    assert found.get(kind, 0) == count, (case_["id"], found)
                if case_["op"] not in ("anomaly_fold", "anomaly_try"):
                    assert found == wanted, (case_["id"], found)
            if len(document) > 1500:
                case_["document_sha256"] = hashlib.sha256(document.encode()).hexdigest()
            else:
                case_["document"] = document
    for file, cases in CASES.items():
        body = ",\n".join("  " + json.dumps(case_, ensure_ascii=False) for case_ in cases)
        (ROOT / f"{file}.json").write_text('{"schema":"ztp.vectors/1","cases":[\n' + body + "\n]}\n")

def main():
    correlation()
    streams_on_disk()
    anomaly()
    timelines()
    over_logs()
    if len(sys.argv) == 2:
        record(sys.argv[1])

if __name__ == "__main__":
    main()
