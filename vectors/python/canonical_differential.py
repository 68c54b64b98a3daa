#!/usr/bin/env python3
"""Compares canonical bytes with those of Python's own json module.

Reads two lines a document from standard input: the document in any spelling, and its canonical bytes. Prints how many
documents were the same and the SHA-256 of all canonical lines. Exit code 1 on the first difference, 3 without input.
"""

import hashlib
import json
import sys


def canonical(document: bytes) -> bytes:
    """Profile zcj-1 in one line of Python."""
    return json.dumps(
        json.loads(document), sort_keys=True, separators=(",", ":"), ensure_ascii=True
    ).encode("ascii")


def main() -> int:
    count = 0
    digest = hashlib.sha256()
    lines = sys.stdin.buffer
    while spelled := lines.readline():
        expected = canonical(spelled)
        found = lines.readline().removesuffix(b"\n")
        if found != expected:
            print(f"document {count}: {spelled!r}\npython: {expected!r}\ngiven:  {found!r}", file=sys.stderr)
            return 1
        digest.update(found + b"\n")
        count += 1
    if count == 0:
        print("no documents on standard input", file=sys.stderr)
        return 3
    print(f"{count} documents, the same as Python {sys.version.split()[0]}, sha256 {digest.hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
