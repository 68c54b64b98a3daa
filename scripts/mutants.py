#!/usr/bin/env python3
"""Draws mutants of cargo-mutants' list: the same seed, count and sources give the same ones.

    cargo mutants --list -p ztp-core ... | scripts/mutants.py SEED COUNT

Prints one regular expression a line, each matching one mutant's name.
"""

import random
import re
import sys

seed, count = int(sys.argv[1]), int(sys.argv[2])
names = sys.stdin.read().splitlines()
for name in random.Random(seed).sample(names, min(count, len(names))):
    print(f"^{re.escape(name)}$")
