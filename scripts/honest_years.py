#!/usr/bin/env python3
"""False alarms on honest years, and how soon a step of the share of tier B is told: the long form of ztp-anomaly/tests/honest.rs.

    scripts/honest_years.py [--ztp PATH] [--years 20] [--steps 30]

Each year is made by vectors/python/honest_bench.py, a program that shares nothing with the detectors, and given to `ztp anomaly try`.
Prints the table of docs/false-alarms.md. Exits 1 if a kind of noise gives more than one alert in ten years, counting every rule, and 3 if
the command could not be run.
"""

import argparse
import collections
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "vectors" / "python"))
import honest_bench  # noqa: E402


def tried(ztp, bench, file):
    """The report over all that happens on a bench."""
    with open(file, "w") as out:
        for at, event_class, payload in bench.events():
            event = {"event_class": event_class, "payload": payload, "timestamp": honest_bench.timestamp(at)}
            out.write(json.dumps(event, sort_keys=True, separators=(",", ":")) + "\n")
    run = subprocess.run([ztp, "anomaly", "try", str(file), "--json"], capture_output=True)
    if run.returncode not in (0, 1):
        sys.stderr.buffer.write(run.stderr)
        sys.exit(3)
    trial = json.loads(run.stdout)
    if trial["unreadable_total"]:
        print("events that cannot be read:", trial["unreadable"][0], file=sys.stderr)
        sys.exit(3)
    return trial["report"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ztp", default=str(ROOT / "target" / "release" / "ztp"))
    parser.add_argument("--years", type=int, default=20, help="of each kind of noise")
    parser.add_argument("--steps", type=int, default=30)
    args = parser.parse_args()
    wrong = False
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "events.jsonl"
        for kind in honest_bench.KINDS:
            fired, noticed, events = collections.Counter(), 0, 0
            for seed in range(1, args.years + 1):
                report = tried(args.ztp, honest_bench.Bench(kind, seed, 365), file)
                fired.update({rule["rule"]: rule["fired"] for rule in report["detectors"] if rule["fired"]})
                noticed += report["notices"].get("tier-b-above-baseline", 0)
                events += report["records"]
            total = sum(fired.values())
            print(f"{kind}: {args.years} years, {events} records: {total} alerts {dict(fired)}, two sigma noticed {noticed} times")
            wrong |= total * 10 > args.years
        after = []
        for seed in range(1, args.steps + 1):
            day = 96 + seed % 3
            begins = honest_bench.START + datetime.timedelta(days=day, hours=12)
            report = tried(args.ztp, honest_bench.Bench("binomial", seed, 110, day, 0.25), file)
            told = [alert["at"] for alert in report["alerts"] if alert["phase"] == "fired"]
            at = datetime.datetime.fromisoformat(min(told).replace("Z", "+00:00")) if told else None
            after.append(round((at - begins).total_seconds() / 3600) if at else None)
        print("hours from a step of 15 % to 25 % to an alert:", sorted(after, key=lambda hours: (hours is None, hours)))
        wrong |= None in after or any(hours < 0 for hours in after)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
