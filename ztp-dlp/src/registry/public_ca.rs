//! The common public authorities, whose certificates are information and no finding.

use ztp_core::digest::Digest;

/// SHA-256 of their SubjectPublicKeyInfo, ascending.
const SPKI_SHA256: &[[u8; 32]] = &[];

/// Whether this is the key of a common public authority.
pub(super) fn contains(spki_sha256: &Digest) -> bool {
    SPKI_SHA256.binary_search(spki_sha256.as_bytes()).is_ok()
}
