#!/usr/bin/env python3
"""Honest years of a bench, to count the false alarms of detectors on. docs/false-alarms.md says what it makes and how that differs from what
the detectors assume.

It shares nothing with them: no code, no random numbers (Python's Mersenne Twister, not the simulator's SplitMix64), no arithmetic (floating
point), and no model: it draws admissions one after the other, and knows of no window, median or limit.

    honest_bench.py KIND --seed N --days D            events, a JSON line each, on standard output
    honest_bench.py KIND --seed N --days D --hours    a line for each day, admitted to tier A, to tier B and denied of each hour
    honest_bench.py KIND ... --step-day 100 --step-share 0.25     from the noon of that day the share of tier B is this: an attack
"""

import argparse
import datetime
import json
import math
import random
import sys

KINDS = ("binomial", "dispersed")
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
HOUR = 3_600_000
DAY = 24 * HOUR
START_MS = int(START.timestamp() * 1000)

WORKLOADS = ("dashboard", "tls-stress", "persona-web", "probe", "writer", "cache")
NAMESPACES = ("web-agents", "load-generators", "persona-servers", "observability")
CONTROLLERS = ("system:serviceaccount:kube-system:replicaset-controller", "system:serviceaccount:ci:deployer",
               "system:serviceaccount:kube-system:job-controller")
PEOPLE = ("alice", "bruno", "carla", "diego")

# Relative activity of the hours of a working day, and how much likelier tier B is in each (batch jobs run at night).
ACTIVITY = (2, 2, 3, 3, 2, 2, 3, 5, 9, 12, 13, 11, 7, 10, 12, 13, 11, 9, 6, 4, 3, 3, 2, 2)
NIGHTLY = tuple(1.35 if hour < 6 or hour >= 21 else 0.9 for hour in range(24))


class Bench:
    """One honest bench. `days` may be as many as you like; each year has its own drift and its own holidays."""

    def __init__(self, kind, seed, days, step_day=None, step_share=None):
        self.kind, self.days = kind, days
        self.rng = random.Random(f"{kind}/{seed}")
        self.step_ms = None if step_day is None else START_MS + step_day * DAY + DAY // 2
        self.step_share = step_share
        self.years = {}

    def year(self, day):
        """What is peculiar to a year: how volume and share drift, and which days nobody works."""
        number = day // 365
        if number not in self.years:
            rng = self.rng
            before = self.years.get(number - 1)
            holidays = {rng.randrange(365) for _ in range(9)}
            # The days between Christmas and New Year.
            holidays |= set(range(357, 365))
            drifts = [self.drifts(None if before is None else before[which]) for which in (0, 1)]
            self.years[number] = (*drifts, holidays)
        return self.years[number]

    def drifts(self, before):
        """How something drifts in a year: from a level to a level, and how far it swings with the seasons meanwhile."""
        level = 1.0 if before is None else before[1]
        to = self.rng.choice({True: (1.0,), False: (0.8, 1.0, 1.2)}[level != 1.0])
        return level, to, 0.1 if to == level else 0.0

    @staticmethod
    def drift(drifts, at):
        """The factor at a part of the year: +20 % over the year, -20 %, or 10 % up, 10 % down and back."""
        level, to, swing = drifts
        return level + (to - level) * at + swing * math.sin(2 * math.pi * at)

    def is_worked(self, day):
        weekday = (START.weekday() + day) % 7
        return weekday < 5 and not (self.kind == "dispersed" and day % 365 in self.year(day)[2])

    def day(self, day):
        """The admissions of a day, `(milliseconds, 'A' | 'B' | 'deny')`, in no order."""
        return self.binomial_day(day) if self.kind == "binomial" else self.dispersed_day(day)

    def tier(self, at, share):
        if self.step_ms is not None and at >= self.step_ms:
            share = self.step_share
        return "B" if self.rng.random() < share else "A"

    def binomial_day(self, day):
        """Independent admissions, evenly over the day: nothing but chance."""
        rng, start = self.rng, START_MS + day * DAY
        # Denials are 4 % of decisions; the others are about 300, or 175.
        mean = (300 if self.is_worked(day) else 175) / 0.96
        made, at = [], rng.expovariate(mean)
        while at < 1:
            when = start + int(at * DAY)
            made.append((when, "deny" if rng.random() < 0.04 else self.tier(when, 0.15)))
            at += rng.expovariate(mean)
        return made

    def dispersed_day(self, day):
        rng, start = self.rng, START_MS + day * DAY
        volume, share, _ = self.year(day)
        at_year = day % 365 / 365
        worked = self.is_worked(day)
        weekday = (START.weekday() + day) % 7
        mean = (300 if worked else 175) * self.drift(volume, at_year) * rng.lognormvariate(-0.0072, 0.12)
        mean *= {0: 1.08, 4: 0.9}.get(weekday, 1.0)
        expected = 0.15 * self.drift(share, at_year) * (1.0 if worked else 1.12)
        # The day's own share: beta about what is expected, as wide as 250 more admissions would make it.
        today = rng.betavariate(expected * 250, (1 - expected) * 250)
        weights = ACTIVITY if worked else (1,) * 24
        total = sum(weights)
        tilt = sum(w * n for w, n in zip(weights, NIGHTLY)) / total
        made = []
        for hour, weight in enumerate(weights):
            busy = mean * weight / total * rng.lognormvariate(-0.02, 0.2)
            here = min(today * NIGHTLY[hour] / tilt, 0.95)
            at = rng.expovariate(1) / busy
            while at < 1:
                when = start + hour * HOUR + int(at * HOUR)
                made.append((when, "deny" if rng.random() < 0.04 else self.tier(when, here)))
                at += rng.expovariate(1) / busy
        # Rollouts: many pods within minutes, of a mix of their own; and once in a while one that the policy refuses until it is mended.
        for _ in range(self.count(0.6 if worked else 0.1)):
            when = start + rng.randrange(9 * HOUR, 18 * HOUR)
            mix = rng.betavariate(expected * 15, (1 - expected) * 15)
            for _ in range(rng.randrange(8, 45)):
                at = when + rng.randrange(10 * 60_000)
                made.append((at, self.tier(at, mix)))
        if worked and rng.random() < 0.1:
            when = start + rng.randrange(9 * HOUR, 18 * HOUR)
            made += [(when + rng.randrange(8 * 60_000), "deny") for _ in range(rng.randrange(15, 46))]
        return made

    def count(self, mean):
        """A Poisson number."""
        made, product = -1, 1.0
        while product > math.exp(-mean) or made < 0:
            product *= self.rng.random()
            made += 1
        return made

    def hours(self):
        """`[tier A, tier B, denied]` of each hour."""
        for day in range(self.days):
            counts = [[0, 0, 0] for _ in range(24)]
            for at, what in self.day(day):
                counts[min((at - START_MS - day * DAY) // HOUR, 23)][("A", "B", "deny").index(what)] += 1
            yield from counts

    def events(self):
        """All that happens, in the order of time: `(milliseconds, event class, payload)`."""
        rng = self.rng
        for day in range(self.days):
            made = [(at, "admission.decision", self.decision(what)) for at, what in self.day(day)]
            if self.is_worked(day):
                made += self.people(day)
            made.sort(key=lambda event: event[0])
            yield from made

    def decision(self, what, **more):
        rng = self.rng
        payload = {"decision": "deny" if what == "deny" else "allow", "kind": "Pod", "mode": "enforce",
                   "name": f"{rng.choice(WORKLOADS)}-{rng.getrandbits(20):05x}", "namespace": rng.choice(NAMESPACES),
                   "object_uid": f"{rng.getrandbits(128):032x}", "operation": "CREATE", "uid": f"{rng.getrandbits(128):032x}",
                   "user": rng.choice(CONTROLLERS), "would_deny": what == "deny"}
        if what != "deny":
            payload["tier"] = what
        payload.update(more)
        return payload

    def people(self, day):
        """Operators at work between 8:05 and 18:55, and one working day in six an incident with one to three uses of break-glass."""
        rng, start, made = self.rng, START_MS + day * DAY, []
        for person in PEOPLE:
            if rng.random() < 0.15:
                continue
            for _ in range(self.count(9)):
                at = start + rng.randrange(8 * HOUR + 300_000, 19 * HOUR - 300_000)
                made.append((at, "operator.action", {"action": "kubectl.logs", "operator": person, "result": "done"}))
        if rng.random() < 1 / 6:
            at, person, ticket = start + rng.randrange(9 * HOUR, 17 * HOUR), rng.choice(PEOPLE), f"INC-{day}"
            for use in range(rng.choices((1, 2, 3), (6, 3, 1))[0]):
                # A third pod is on a ticket of its own.
                glass = self.decision("A", decision="break-glass", user=person, ticket=ticket if use < 2 else ticket + "-2")
                made.append((at + use * rng.randrange(60_000, 900_000), "admission.decision", glass))
        return made


def timestamp(at):
    when = datetime.datetime.fromtimestamp(at / 1000, datetime.timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--hours", action="store_true", help="counts of each hour in place of events")
    parser.add_argument("--step-day", type=int, help="an attack from noon of this day on, counted from 0")
    parser.add_argument("--step-share", type=float, default=0.25)
    args = parser.parse_args()
    bench = Bench(args.kind, args.seed, args.days, args.step_day, args.step_share)
    out = sys.stdout
    if args.hours:
        day = []
        for counts in bench.hours():
            day.append("/".join(map(str, counts)))
            if len(day) == 24:
                out.write(" ".join(day) + "\n")
                day = []
        return
    for at, event_class, payload in bench.events():
        event = {"event_class": event_class, "payload": payload, "timestamp": timestamp(at)}
        out.write(json.dumps(event, sort_keys=True, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
