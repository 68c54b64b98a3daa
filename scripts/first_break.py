#!/usr/bin/env python3
"""Prints one line for an audit verdict on standard input: its status and, if there is one, the first break."""

import json
import sys

verdict = json.load(sys.stdin)
line = f"{verdict['status']:<7} {verdict['records']} records, {verdict['seals']} seals"
for found in verdict["breaks"][:1]:
    line += f"; first break: {found['kind']} at seq {found['seq']}, {found['timestamp']}, expected {found['expected'][:12]}…"
print(line)
