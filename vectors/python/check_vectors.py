#!/usr/bin/env python3
"""Holds the vectors against Python's standard library, which knows nothing of ZTP.

Checked: the bytes of every accepted canonical document; the hash of every accepted record; and for every log that a vector
calls intact the hashes, the chain and the roots of the checkpoints. (Signatures need more than the standard library.)

Exit status: 0 all hold, 1 one does not, 3 the vectors could not be read.
"""

import base64
import hashlib
import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent.parent


def canonical(value):
    """The canonical bytes of a document of the profile zcj-1."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def argument(spelled):
    """The bytes of an argument of a vector."""
    (kind, value), = spelled.items()
    if kind == "text":
        return value.encode()
    if kind == "base64":
        return base64.b64decode(value, validate=True)
    if kind == "hex":
        return bytes.fromhex(value)
    if kind == "repeat":
        return value["text"].encode() * value["count"]
    if kind == "join":
        return b"".join(argument(part) for part in value)
    raise ValueError(f"an argument of the kind {kind} is not looked at here")


def record_hash(record):
    """The hash a record must have: SHA-256 of its canonical bytes without the member hash."""
    return hashlib.sha256(canonical({name: value for name, value in record.items() if name != "hash"})).hexdigest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """An RFC 6962 tree that grows: the roots of its full subtrees, largest first."""

    def __init__(self):
        self.full = []

    def append(self, hash_hex):
        self.full.append((1, hashlib.sha256(b"\0" + bytes.fromhex(hash_hex)).digest()))
        while len(self.full) > 1 and self.full[-1][0] == self.full[-2][0]:
            (size, right), (_, left) = self.full.pop(), self.full.pop()
            self.full.append((2 * size, node(left, right)))

    def root(self):
        root = self.full[-1][1]
        for _, left in reversed(self.full[:-1]):
            root = node(left, root)
        return root


def check_log(folder, content_from):
    """What does not hold in a log that must hold, or None; the content of records below `content_from` was left to a kept head."""
    previous, tree, roots = "0" * 64, Tree(), {}
    segment = (folder / "segments" / f"{0:020}.jsonl").read_bytes()
    for place, line in enumerate(segment.split(b"\n")[:-1]):
        record = json.loads(line)
        if canonical(record) != line:
            return f"record {place} is not canonical"
        left = place < content_from and not record["event_class"].startswith("log.")
        if not left and record["hash"] != record_hash(record):
            return f"record {place} has another hash"
        if (record["prev_hash"], record["seq"]) != (previous, place):
            return f"record {place} is out of the chain"
        previous = record["hash"]
        tree.append(previous)
        if record["event_class"] == "log.sealed":
            roots[place + 1] = base64.b64encode(tree.root()).decode()
    notes = folder / "checkpoints" / f"{0:020}.notes"
    lines = notes.read_text().split("\n") if notes.exists() else []
    for at in range(0, len(lines) - 6, 6):
        size, root = int(lines[at + 1]), lines[at + 2]
        if roots.get(size) != root:
            return f"the checkpoint of {size} records has another root"
    return None


def check(case):
    """What does not hold in a case; None if it does, False if Python has no say in it."""
    op = case["op"]
    holds = ("ok", "audit_unanchored", "anchor_below_required") if op == "audit_verify" else ("ok",)
    if case["status"] not in holds:
        return False
    if op == "canonical_encode":
        return None if canonical(json.loads(argument(case["args"][0]))) == case["document"].encode() else "other bytes"
    if op == "canonical_check":
        given = argument(case["args"][0])
        return None if canonical(json.loads(given)) == given else "not what Python writes"
    if op == "record_hash":
        record = json.loads(argument(case["args"][0]))
        expected = {"hash": record_hash(record), "schema": "ztp.audit.record-hash/1", "seq": record["seq"]}
        return None if canonical(expected) == case["document"].encode() else "another hash"
    if op == "audit_verify":
        return check_log(FOLDER / case["args"][0]["dir"], json.loads(case["document"])["content_checked_from"])
    return False


def main():
    counts, wrong = {}, []
    for path in sorted(FOLDER.glob("*.json")):
        for case in json.loads(path.read_text())["cases"]:
            found = check(case)
            if found is False:
                continue
            counts[case["op"]] = counts.get(case["op"], 0) + 1
            if found is not None:
                wrong.append(f"{case['id']}: {found}")
    for op in ("canonical_encode", "canonical_check", "record_hash", "audit_verify"):
        if not counts.get(op):
            wrong.append(f"no case of {op}: a file of vectors is missing")
    print("python: " + ", ".join(f"{count} of {op}" for op, count in sorted(counts.items())) + f"; {len(wrong)} differ")
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (OSError, KeyError, ValueError) as error:
        print(f"check_vectors: {error}", file=sys.stderr)
        sys.exit(3)
