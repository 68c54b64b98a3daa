"""Whole-log verification beside `openssl dgst -sha256` and a plain Node verifier, on the same bytes, in turns.

    python3 scripts/bench_log.py LOG ONE_FILE AUDIT_BENCH APPEND_JSON

LOG is a log directory and ONE_FILE its segments in one file. Wall time, best of the turns; one run for the plain verifier, which takes
long. The first turn brings the files into the page cache and does not count.
"""

import json
import os
import subprocess
import sys
import time

TURNS = 9


def wall(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


def main() -> None:
    log, one_file, audit_bench, append_json = sys.argv[1:5]
    size = os.path.getsize(one_file)
    ours, openssl, from_head = [], [], []
    for turn in range(TURNS):
        report = subprocess.run([audit_bench, log, "0"], check=True, capture_output=True, text=True).stdout
        measured = json.loads(report.splitlines()[-1])
        peer = wall(["openssl", "dgst", "-sha256", one_file])
        if turn:
            ours.append(measured["verify_seconds"])
            from_head.append(measured["from_head_seconds"])
            openssl.append(peer)
    plain = json.loads(
        subprocess.run(
            ["node", "bindings/node/bench/plain-verifier.mjs", log], check=True, capture_output=True, text=True
        ).stdout
    )["seconds"]
    append = json.load(open(append_json, encoding="utf-8"))
    one, raw = append["append_one_us"], append["raw_write_fdatasync_us"]
    best, peer = min(ours), min(openssl)
    rows = [
        ("log", f"{size / 1e6:.0f} MB on {os.cpu_count()} cores"),
        ("verify, whole log", f"{best:.3f} s, {size / best / 1e9:.2f} GB/s"),
        ("from a head of 51/52", f"{min(from_head):.3f} s; {min(from_head) / best:.2f} x verify, whole log"),
        ("openssl dgst -sha256", f"{peer:.3f} s; verify / openssl = {best / peer:.2f} (bar 1.00)"),
        ("plain Node verifier", f"{plain:.1f} s; {plain / best:.0f} x verify (bar 30)"),
        ("append in batches", f"{append['append_records_per_second']:.0f} records/s, durable (bar 100000)"),
        ("append of one record", f"{one:.0f} us; {one / raw:.2f} x write + fdatasync (bar 1.30)"),
    ]
    for name, text in rows:
        print(f"{name:<24}{text}")


if __name__ == "__main__":
    main()
