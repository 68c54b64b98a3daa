//! The common public authorities, whose certificates are information and nothing more, whatever the configuration says.
//!
//! The list beside this file names its sources and their date; `scripts/public_ca.py` writes it, and says how to refresh it.

use std::sync::LazyLock;

use ztp_core::digest::Digest;

/// SHA-256 of their SubjectPublicKeyInfo, ascending.
static SPKI_SHA256: LazyLock<Vec<Digest>> = LazyLock::new(|| {
    let lines = include_str!("public_ca.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|digits| Digest::from_hex(digits).ok()).collect()
});

/// Whether this is the key of a common public authority.
pub(super) fn contains(spki_sha256: &Digest) -> bool {
    SPKI_SHA256.binary_search(spki_sha256).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_ascend_so_that_the_search_finds_each_and_two_programmes_are_there() {
        let list = include_str!("public_ca.txt");
        let digits: Vec<&str> = list.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(digits.len() > 400);
        for digits in &digits {
            assert!(contains(&Digest::from_hex(digits).unwrap()), "{digits}");
        }
        assert_eq!(digits.len(), SPKI_SHA256.len());
        assert!(!contains(&Digest::ZERO));
        for word in ["Taken on ", "Mozilla", "Microsoft"] {
            assert!(list.lines().any(|line| line.starts_with('#') && line.contains(word)), "{word}");
        }
    }
}
