//! File names of unknown origin made safe to print, to log and to use as file names again.

use std::fmt::Write as _;

use ztp_core::digest::sha256;

/// Longest safe name: leaves room for a digest and an extension in the 255 bytes of a file name.
const SAFE_BYTES_MAX: usize = 120;

/// Digits of a digest in a file name: enough that two files of one name never meet by chance.
pub(super) const DIGEST_DIGITS: usize = 16;

/// A name in `A-Z a-z 0-9 . _ -`, not beginning with a dot: other bytes become `%XX`. A long name is cut and told apart by its
/// own digest, so that two different names never become one.
pub(super) fn safe(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for (index, &byte) in name.iter().enumerate() {
        let plain =
            byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || (byte == b'.' && index > 0);
        if plain {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    if out.len() > SAFE_BYTES_MAX {
        let digest = sha256(name).to_string();
        out.truncate(SAFE_BYTES_MAX - 1 - DIGEST_DIGITS);
        out.push('~');
        out.extend(digest.chars().take(DIGEST_DIGITS));
    }
    out
}

/// Whether copying programs use the name for a file that is not there yet: it begins with a dot or ends as temporary files do.
pub(super) fn is_temporary(name: &[u8]) -> bool {
    let endings: [&[u8]; 4] = [b"~", b".part", b".tmp", b".filepart"];
    name.first() == Some(&b'.') || endings.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_stay_as_they_are_and_others_are_spelled_out() {
        assert_eq!(safe(b"envelope-2026-Q3.signed.json"), "envelope-2026-Q3.signed.json");
        assert_eq!(safe(b"../../etc/passwd"), "%2E./../etc/passwd".replace('/', "%2F"));
        assert_eq!(safe(b"a b\n\xff"), "a%20b%0A%FF");
        assert_eq!(safe(b"%41"), "%2541");
    }

    #[test]
    fn two_names_never_become_one() {
        let (long, longer) = (vec![b'a'; 200], vec![b'a'; 201]);
        assert_ne!(safe(&long), safe(&longer));
        assert_eq!(safe(&long).len(), SAFE_BYTES_MAX);
        assert!(safe(&vec![0xff; 255]).len() <= SAFE_BYTES_MAX);
        // A name that looks like a cut one is not cut: `~` is always spelled out.
        assert_eq!(safe(b"a~b"), "a%7Eb");
    }

    #[test]
    fn names_of_files_that_are_still_being_copied_are_known() {
        for name in [&b".envelope.json.Xy12"[..], b"e.json.part", b"e.json~", b"e.tmp", b"e.json.filepart"] {
            assert!(is_temporary(name));
        }
        assert!(!is_temporary(b"envelope.json"));
        assert!(!is_temporary(b"envelope"));
    }
}
