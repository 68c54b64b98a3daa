#!/usr/bin/env python3
"""Runs the examples of README.md as they stand there: on a log that holds, and on one that does not.

  scripts/readme_examples.py [LANGUAGE...]      sh js dlp go c; all if none is named

Needs what scripts/build_surfaces.sh builds. Only paths and keys are filled in. The Rust example is held to README.md by
vectors/tests/readme.rs. Exit status: 0 all behave, 1 one does not.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
HOLDS, BROKEN = ROOT / "vectors/logs/intact", ROOT / "vectors/logs/tampered-payload"


def block(language, wanted):
    """The first block of that language in README.md that has the wanted text."""
    for found in re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(), re.S):
        if wanted in found:
            return found
    raise SystemExit(f"README.md has no {language} example with {wanted}")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def first_key():
    done = run(TARGET / "ztp", "--json", "audit", "head", "--genesis-vkey", HOLDS)
    return json.loads(done.stdout)["vkey"]


def sh(folder):
    """Every command succeeds but the last, which finds the break."""
    lines = block("sh", "ztp audit init").strip().split("\n")
    path = {**os.environ, "PATH": f"{TARGET}:{os.environ['PATH']}"}
    done = run("bash", "-ec", "\n".join(lines[:-1]), cwd=folder, env=path)
    last = run("bash", "-c", lines[-1], cwd=folder, env=path)
    return done.returncode == 0 and last.returncode == 1 and "hash_mismatch" in last.stdout, done.stderr + last.stdout


def both(command, source, folder, accepted, refused):
    """Runs a program made of the source on both logs."""
    outputs = []
    for log in (HOLDS, BROKEN):
        done = command(source(log), folder)
        outputs.append(done.stdout + done.stderr)
    return accepted(outputs[0]) and refused(outputs[1]), "".join(outputs)


def js(folder):
    text = block("js", "auditVerify").replace("'@ztp-prem/ztp'", f"'{ROOT}/bindings/node/index.mjs'")

    def source(log):
        return f"const pinnedKey = '{first_key()}';\n" + text.replace("/data/audit", str(log))

    def command(program, inside):
        path = pathlib.Path(inside) / "example.mjs"
        path.write_text(program)
        return run("node", path)

    return both(command, source, folder, lambda out: out.startswith("holds: "), lambda out: out.startswith("audit_broken: "))


def dlp(folder):
    """The tracked fetch refuses a fresh key, and lets a harmless body reach the server."""
    text = block("js", "createTrackedFetch").replace("'@ztp-prem/ztp'", f"'{ROOT}/bindings/node/index.mjs'")
    run(TARGET / "ztp", "audit", "init", f"{folder}/audit", "--origin", "bench-7.example/audit")
    run(TARGET / "ztp", "keys", "generate", "--out", f"{folder}/key")
    start = ("import { createServer } from 'node:http';\nimport { readFileSync } from 'node:fs';\n"
             "let received = 0;\nconst server = createServer((request, response) => { received += 1; response.end(); });\n"
             "await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));\n"
             "const body = readFileSync(process.argv[2]);\n")
    text = text.replace("'https://example.com/'", "`http://127.0.0.1:${server.address().port}/`").replace("/data/audit", f"{folder}/audit")
    path = pathlib.Path(folder) / "example.mjs"
    path.write_text(start + text + "console.log(received);\nserver.closeAllConnections();\nserver.close();\n")
    refused, passed = (run("node", path, given).stdout for given in (f"{folder}/key", path))
    return refused == "dlp_blocked\n0\n" and passed == "200\n1\n", refused + passed


def go(folder):
    text = block("go", "AuditVerify")
    (pathlib.Path(folder) / "go.mod").write_text(
        "module example\n\ngo 1.19\n\nrequire github.com/ztp-prem/ztp/bindings/go v0.0.0\n\n"
        f"replace github.com/ztp-prem/ztp/bindings/go => {ROOT}/bindings/go\n")

    def source(log):
        imports = 'import (\n"context"\n"errors"\n"fmt"\n\nztp "github.com/ztp-prem/ztp/bindings/go"\n)\n'
        start = f'func main() {{\nctx, pinnedKey := context.Background(), "{first_key()}"\n'
        return "package main\n" + imports + start + text.replace("/data/audit", str(log)) + "}\n"

    def command(program, inside):
        (pathlib.Path(inside) / "main.go").write_text(program)
        return run("go", "run", ".", cwd=inside)

    return both(command, source, folder, lambda out: out == "", lambda out: out.startswith("does not hold: {"))


def c(folder):
    text = block("c", "ztp_audit_verify")
    libraries = (ROOT / "bindings/c/native-static-libs.txt").read_text().split()

    def source(log):
        return ("#include <stdio.h>\n#include <string.h>\n#include <ztp.h>\nint main(void) {\n"
                f'const uint8_t *dir = (const uint8_t *)"{log}"; size_t dir_len = strlen((const char *)dir);\n'
                f'const char *vkey = "{{\\"vkey\\":\\"{first_key()}\\"}}";\n'
                "const uint8_t *options = (const uint8_t *)vkey; size_t options_len = strlen(vkey);\n" + text + "return 0;\n}\n")

    def command(program, inside):
        path = pathlib.Path(inside) / "example.c"
        path.write_text(program)
        made = run("cc", "-std=c11", "-Wall", "-Werror", "-I", ROOT / "bindings/c/include", path, TARGET / "libztp.a",
                   *libraries, "-o", path.with_suffix(""))
        return made if made.returncode else run(path.with_suffix(""))

    return both(command, source, folder, lambda out: out == "", lambda out: out.startswith("audit_broken: {"))


def main():
    languages = {"sh": sh, "js": js, "dlp": dlp, "go": go, "c": c}
    failed = False
    for name in sys.argv[1:] or languages:
        with tempfile.TemporaryDirectory() as folder:
            good, output = languages[name](folder)
        print(f"readme {name}: {'as it says' if good else 'NOT as it says: ' + output}")
        failed |= not good
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
