//! Whatever we read, serde_json reads as the same document, and `canonical_json` writes it as the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztp_core::canonical::{self, CanonicalErrorKind as Kind, Limits};

fuzz_target!(|input: &[u8]| {
    // serde_json stops at 127 levels: the limit here lies below.
    let ours = canonical::encode(input, &Limits { depth_max: 100, ..Limits::default() });
    let theirs: Result<serde_json::Value, _> = serde_json::from_slice(input);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            let theirs = canonical_json::to_string(&theirs).expect("a parsed document can be written");
            assert_eq!(ours, theirs.into_bytes());
        }
        (Ok(_), Err(error)) => panic!("read what serde_json refuses: {error}"),
        // JSON that lies outside the profile.
        (Err(error), Ok(_)) => assert!(
            matches!(
                error.kind,
                Kind::Fraction
                    | Kind::Exponent
                    | Kind::NegativeZero
                    | Kind::IntegerOutOfRange
                    | Kind::DuplicateMember
                    | Kind::TooDeep
                    | Kind::TooLarge
            ),
            "refused a document of the profile: {error}"
        ),
        (Err(_), Err(_)) => {}
    }
});
