#!/usr/bin/env python3
"""Prints an audit verdict from standard input in short: its status and, if there is one, the first break."""

import json
import sys

verdict = json.load(sys.stdin)
line = f"{verdict['status']:<7} {verdict['records']} records, {verdict['seals']} seals"
for found in verdict["breaks"][:1]:
    line += f"; first break: {found['kind']} at seq {found['seq']}, {found['timestamp']}"
    line += f"\n{'':13}expected {found['expected']}\n{'':13}found    {found['found']}\n{'':10}"
print(line)
