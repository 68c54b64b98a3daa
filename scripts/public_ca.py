"""Writes ztp-dlp/src/registry/public_ca.rs from a bundle of root certificates in PEM.

    python3 -m pip download --no-deps -d build/certifi certifi      and unpack cacert.pem from the wheel, or any other bundle
    python3 scripts/public_ca.py build/certifi/cacert.pem

Only digests of public keys are taken. Needs openssl.
"""

import hashlib
import pathlib
import re
import subprocess
import sys

HEAD = '''//! The common public authorities, whose certificates are information and no finding.
//!
//! Written by `scripts/public_ca.py` from the roots that browsers trust; facts, not text, are taken over.

use ztp_core::digest::Digest;

/// SHA-256 of their SubjectPublicKeyInfo, ascending.
const SPKI_SHA256: &[&str] = &[
'''
TAIL = '''];

/// Whether this is the key of a common public authority.
pub(super) fn contains(spki_sha256: &Digest) -> bool {
    SPKI_SHA256.binary_search(&spki_sha256.to_string().as_str()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_ascend_so_that_the_search_finds_each() {
        assert!(SPKI_SHA256.len() > 100);
        for digits in SPKI_SHA256 {
            assert!(contains(&Digest::from_hex(digits).unwrap()), "{digits}");
        }
        assert!(!contains(&Digest::ZERO));
    }
}
'''


def main() -> None:
    bundle = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    found = set()
    for block in re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", bundle, re.DOTALL):
        command = ["openssl", "x509", "-noout", "-pubkey"]
        key = subprocess.run(command, input=block.encode(), check=True, capture_output=True).stdout
        command = ["openssl", "pkey", "-pubin", "-outform", "DER"]
        spki = subprocess.run(command, input=key, check=True, capture_output=True).stdout
        found.add(hashlib.sha256(spki).hexdigest())
    rows = "".join(f'    "{digest}",\n' for digest in sorted(found))
    target = pathlib.Path(__file__).parent.parent / "ztp-dlp/src/registry/public_ca.rs"
    target.write_text(HEAD + rows + TAIL, encoding="utf-8")
    print(f"{len(found)} keys")


if __name__ == "__main__":
    main()
