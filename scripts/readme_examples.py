#!/usr/bin/env python3
"""Runs what README.md and the three pages behind its doors say, as it stands there and from nothing.

  scripts/readme_examples.py [NAME...]      readme auditor operator demo js rust go c dlp; all if none is named

Each page's shell blocks are one session in an empty directory with an empty home; a line ends with 0, or with the status that its comment
states (`# exit 1`). The programs of docs/integrator.md are run as whole files on the two logs that its first block makes, by the `shell` block above each. Installing,
which README.md begins with, is left out.

Needs what scripts/build_surfaces.sh builds. Exit status: 0 all behave, 1 one does not.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
INSTALLS = ("cargo install", "make ", "npm ")


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", (ROOT / page).read_text(), re.S | re.M)


def block(page, language, wanted):
    """The first block of that language that has the wanted text."""
    for found in blocks(page, language):
        if wanted in found:
            return found
    raise SystemExit(f"{page} has no {language} example with {wanted}")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


def environment(folder):
    home = pathlib.Path(folder) / ".home"
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("CARGO_HOME", "RUSTUP_HOME", "GOFLAGS", "GOPROXY") if name in os.environ}
    for name, place in (("CARGO_HOME", ".cargo"), ("RUSTUP_HOME", ".rustup")):
        kept.setdefault(name, str(pathlib.Path(os.environ["HOME"]) / place))
    return {**kept, "PATH": f"{TARGET}:{os.environ['PATH']}", "HOME": str(home), "COLUMNS": "80"}


def statements(text):
    """The commands of a block, each with the status that it must end with; a here-document belongs to its command."""
    lines, found = iter(text.strip("\n").split("\n")), []
    for line in lines:
        if not line.strip():
            continue
        whole, end = line, re.search(r"<<'(\w+)'", line)
        if end:
            for more in lines:
                whole += "\n" + more
                if more == end.group(1):
                    break
        status = re.search(r"# exit (\d)", line)
        found.append((whole, int(status.group(1)) if status else 0))
    return found


def session(page, folder):
    """Every command of the page, in order, in one directory."""
    told, good = [], True
    for text in blocks(page, "sh"):
        for command, wanted in statements(text):
            if command.startswith(INSTALLS):
                continue
            done = run("bash", "-c", command, cwd=folder, env=environment(folder))
            if done.returncode != wanted:
                good = False
                told.append(f"{command}\n  ended with {done.returncode}, not {wanted}: {done.stdout}{done.stderr}")
    return good, "\n".join(told)


def readme(folder):
    good, told = session("README.md", folder)
    # The verdict that is shown has the lines of the one that comes out; its hashes, key and times are another's.
    shown = block("README.md", "text", "intact, anchored by")
    tidy = run("bash", "-ec", "rm -rf log first.vkey\n" + block("README.md", "sh", "ztp audit init log"), cwd=folder, env=environment(folder))
    came = tidy.stdout[tidy.stdout.find("intact, anchored"):]
    missing = [line for line in outline(shown) if line not in outline(came)]
    return good and not missing, told + f"\nshown, and not printed: {missing}\n{came}" * bool(missing)


def outline(text):
    """Lines without what differs from run to run."""
    plain = re.sub(r"\b[0-9a-f]{64}\b|\d{4}-\d\d-\d\dT[0-9:.]+Z|bench-7\.example/audit\+\S+|\d+\.\d s\b|byte [\d,]+|op-\d+", "*", text)
    return [line.rstrip() for line in plain.split("\n") if line.strip()]


def demo(folder):
    shown = block("README.md", "text", "demo: a bench day")
    done = run("ztp", "demo", cwd=folder, env=environment(folder))
    return done.returncode == 0 and outline(shown) == outline(done.stdout), f"{outline(shown)}\n{outline(done.stdout)}\n{done.stderr}"


def auditor(folder):
    return session("docs/auditor.md", folder)


def operator(folder):
    return session("docs/operator.md", folder)


def logs(folder):
    """The logs that the programs of docs/integrator.md are about."""
    good, told = session("docs/integrator.md", folder)
    if not good:
        raise SystemExit(f"docs/integrator.md: {told}")


def node(folder, text, *arguments):
    modules = pathlib.Path(folder) / "node_modules/@ztp-prem"
    modules.mkdir(parents=True)
    (modules / "ztp").symlink_to(ROOT / "bindings/node")
    (pathlib.Path(folder) / "program.mjs").write_text(text)
    return run("node", "program.mjs", *arguments, cwd=folder)


def door(folder, marker, env):
    """Runs a door's own commands; what a reader installs below his home is at `$HOME/.local`."""
    cache = run("go", "env", "GOCACHE").stdout.strip() if marker.startswith("go ") else ""
    env = {**environment(folder), **env, "ZTP": str(ROOT), **({"GOCACHE": cache} if cache else {})}
    return run("bash", "-ec", block("docs/integrator.md", "shell", marker), cwd=folder, env=env)


def js(folder):
    logs(folder)
    (pathlib.Path(folder) / "program.mjs").write_text(block("docs/integrator.md", "js", "auditVerify"))
    done = door(folder, "node program.mjs", {})
    return done.stdout.endswith("log: intact\ntampered: audit_broken\n"), done.stdout + done.stderr


def rust(folder):
    """The program is that of the example, which the tests hold to the page (vectors/tests/readme.rs)."""
    logs(folder)
    done = run("cargo", "run", "--quiet", "--locked", "--manifest-path", ROOT / "Cargo.toml", "-p", "ztp-audit", "--example", "first_verdict", cwd=folder)
    return done.stdout == "log: intact\ntampered: hash_mismatch at record 1\n", done.stdout + done.stderr


def installed(folder):
    """What `make -C bindings/c install` puts in place, without building it again."""
    prefix = pathlib.Path(folder) / ".home/.local"
    made = run("make", "--silent", "-C", ROOT / "bindings/c", "install", "BUILD=no", "ALLOW_SIGNER=yes", f"PREFIX={prefix}")
    if made.returncode:
        raise SystemExit(made.stderr)
    return {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig"), "LD_LIBRARY_PATH": str(prefix / "lib")}


def go(folder):
    logs(folder)
    installed(folder)
    (pathlib.Path(folder) / "main.go").write_text(block("docs/integrator.md", "go", "AuditVerify"))
    done = door(folder, "go mod init", {})
    said = re.sub(r"\d+ bytes", "N bytes", done.stdout)
    return said == "log: broken false, N bytes of verdict\ntampered: broken true, N bytes of verdict\n", done.stdout + done.stderr


def c(folder):
    """The same program against the shared library, and without it."""
    logs(folder)
    (pathlib.Path(folder) / "program.c").write_text(block("docs/integrator.md", "c", "ztp_audit_verify"))
    env, told = installed(folder), ""
    done = door(folder, "cc -o program", {})
    if re.sub(r"\d+ bytes", "N bytes", done.stdout) != "log: ok, N bytes of verdict\ntampered: audit_broken, N bytes of verdict\n":
        return False, done.stdout + done.stderr
    for how in ("--static", "-static --static"):
        # A program that holds libztp.a must need no libztp.so, so that none is there; the last one needs no shared library at all.
        flag = how.split("--")[0]
        link = f"cc -std=c11 -Wall -Werror {flag} program.c $(pkg-config {how.replace(flag, '', 1) if flag else how} --cflags --libs ztp) -o program"
        link = f"rm -f .home/.local/lib/libztp.so*\n{link}"
        made = run("bash", "-ec", link, cwd=folder, env=env)
        done = run("./program", cwd=folder, env=env) if made.returncode == 0 else made
        said = re.sub(r"\d+ bytes", "N bytes", done.stdout)
        told += f"{how}: {done.stdout}{done.stderr}{made.stderr}"
        if said != "log: ok, N bytes of verdict\ntampered: audit_broken, N bytes of verdict\n":
            return False, told
    return True, told


def dlp(folder):
    """The tracked fetch lets a harmless body reach the server, and refuses a fresh key."""
    text = block("docs/integrator.md", "js", "createTrackedFetch")
    server = ("import { createServer } from 'node:http';\nlet received = 0;\n"
              "const server = createServer((request, response) => { received += 1; response.end(); });\n"
              "await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));\n"
              "process.argv[2] = `http://127.0.0.1:${server.address().port}/`;\n")
    end = "console.log(received);\nserver.closeAllConnections();\nserver.close();\n"
    answers = []
    for body in ("'a harmless body'", "readFileSync('key')"):
        with tempfile.TemporaryDirectory() as place:
            logs(place)
            run("ztp", "keys", "generate", "--out", "key", cwd=place, env=environment(place))
            program = "import { readFileSync } from 'node:fs';\n" + server + text.replace("'a harmless body'", body) + end
            done = node(place, program)
            answers.append(done.stdout + done.stderr)
    return answers == ["200\n1\n", "dlp_blocked\n0\n"], "".join(answers)


def main():
    every = {"readme": readme, "auditor": auditor, "operator": operator, "demo": demo, "js": js, "rust": rust, "go": go, "c": c, "dlp": dlp}
    failed = False
    for name in sys.argv[1:] or every:
        with tempfile.TemporaryDirectory() as folder:
            good, output = every[name](folder)
        print(f"readme {name}: {'as it says' if good else 'NOT as it says: ' + output}")
        failed |= not good
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
