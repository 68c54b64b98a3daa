//! Checking agrees with encoding about every input, byte and reason included.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztp_core::canonical::{self, CanonicalErrorKind as Kind, Limits};

#[path = "../../ztp-core/tests/canonical_support/faults.rs"]
mod faults;

fuzz_target!(|input: &[u8]| {
    let limits = Limits::default();
    let checked = canonical::check(input, &limits).map_err(|error| (error.kind, error.offset));
    match canonical::encode(input, &limits) {
        Ok(encoded) => {
            let faults = faults::spelling_faults(input);
            assert_eq!(checked.err(), faults.first().copied());
            assert_eq!(checked.is_ok(), encoded == input);
            if let Err((_, offset)) = checked
                && faults.iter().all(|(kind, _)| *kind != Kind::UnsortedMember)
            {
                assert_eq!(offset, faults::first_difference(input, &encoded));
            }
        }
        Err(refused) => {
            let (kind, offset) = checked.expect_err("what cannot be read is not canonical");
            if kind.is_spelling() {
                assert!(offset < refused.offset || refused.kind == Kind::DuplicateMember);
            } else {
                assert_eq!((kind, offset), (refused.kind, refused.offset));
            }
        }
    }
    match canonical::check_prefix(input, &limits) {
        Ok(length) => {
            canonical::check(&input[..length], &limits).expect("the prefix itself is canonical");
            assert!(checked.is_ok() || checked.is_err_and(|(_, offset)| offset == length));
        }
        Err(error) => assert_eq!(checked, Err((error.kind, error.offset))),
    }
});
