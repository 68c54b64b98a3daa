use super::*;
use crate::canonical::{CanonicalError, CanonicalErrorKind};
use crate::encoding::EncodingError;
use crate::event::EventError;
use crate::schema::{SchemaError, SchemaErrorKind};
use crate::signature::{KeyError, SignatureError};
use crate::time::TimestampError;
use crate::transfer::TransferDamage;
use crate::vkey::VerifierKeyError;

#[test]
fn numbers_ascend_so_none_is_used_twice() {
    for pair in REGISTRY.windows(2) {
        assert!(pair[0].number < pair[1].number, "{} then {}", pair[0].number, pair[1].number);
    }
}

#[test]
fn names_are_unique_and_snake_case() {
    let mut seen = std::collections::BTreeSet::new();
    for entry in REGISTRY {
        assert!(seen.insert(entry.name), "{} is registered twice", entry.name);
        let words: Vec<_> = entry.name.split('_').collect();
        for word in words {
            assert!(!word.is_empty(), "{} has an empty word", entry.name);
            assert!(word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()), "{}", entry.name);
        }
    }
}

#[test]
fn every_number_lies_in_the_range_of_its_area() {
    for entry in REGISTRY {
        let (first, last) = entry.area.range();
        assert!((first..=last).contains(&entry.number), "{} is outside {}", entry.name, entry.area.as_str());
    }
}

#[test]
fn meanings_and_actions_are_lower_case_clauses_without_full_stop() {
    for entry in REGISTRY {
        for text in [entry.meaning, entry.action] {
            assert!(!text.is_empty() && !text.ends_with('.'), "{}: {text:?}", entry.name);
            assert!(
                !text.starts_with(char::is_uppercase) || text.starts_with("DER"),
                "{}: {text:?}",
                entry.name
            );
        }
    }
}

#[test]
fn rows_are_found_by_name_and_by_number() {
    let entry = by_name("signature_mismatch").unwrap();
    assert_eq!(by_number(entry.number), Some(entry));
    assert_eq!(by_name("no_such_code"), None);
    assert_eq!(by_number(0), None);
}

/// Lists one value of each variant, and fails to compile when a variant is missing from the list.
macro_rules! every {
    ($($variant:pat => $value:expr),* $(,)?) => {{
        let values = [$($value),*];
        for value in &values {
            match value { $($variant => {})* }
        }
        values
    }};
}

fn assert_registered(errors: &[impl Coded], areas: &[Area]) {
    let mut codes = std::collections::BTreeSet::new();
    for error in errors {
        let entry = by_name(error.code()).unwrap_or_else(|| panic!("{} is not registered", error.code()));
        assert!(areas.contains(&entry.area), "{} is registered under {}", entry.name, entry.area.as_str());
        assert!(codes.insert(entry.name), "two variants have the code {}", entry.name);
    }
}

#[test]
fn every_refusal_of_canonical_json_is_registered() {
    let errors: Vec<_> =
        CanonicalErrorKind::ALL.iter().map(|&kind| CanonicalError { kind, offset: 0 }).collect();
    assert_registered(&errors, &[Area::Canonical]);
}

#[test]
fn every_refusal_of_a_schema_is_registered() {
    use SchemaErrorKind as Kind;
    let kinds = every![
        Kind::NotObject { .. } => Kind::NotObject { found: "null" },
        Kind::MissingMember => Kind::MissingMember,
        Kind::UnknownMember => Kind::UnknownMember,
        Kind::Unlisted { .. } => Kind::Unlisted { allowed: &["bench"], nearest: None },
        Kind::WrongType { .. } => Kind::WrongType { expected: "string", found: "null" },
        Kind::CaseVariant => Kind::CaseVariant,
        Kind::MemberName => Kind::MemberName,
    ];
    // An unknown member has one code, whether the format tells what there is or not.
    let coded = kinds.into_iter().filter(|kind| !matches!(kind, Kind::Unlisted { .. }));
    let errors: Vec<_> = coded.map(|kind| SchemaError { path: "licence".to_owned(), kind }).collect();
    assert_registered(&errors, &[Area::Schema]);
}

#[test]
fn every_encoding_error_is_registered() {
    use EncodingError as Error;
    let errors = every![
        Error::HexLength { .. } => Error::HexLength { expected: 2, found: 0 },
        Error::HexCharacter { .. } => Error::HexCharacter { offset: 0 },
        Error::Base64Length { .. } => Error::Base64Length { found: 1 },
        Error::Base64Character { .. } => Error::Base64Character { offset: 0 },
        Error::Base64Padding { .. } => Error::Base64Padding { offset: 0 },
        Error::Base64TrailingBits { .. } => Error::Base64TrailingBits { offset: 0 },
    ];
    assert_registered(&errors, &[Area::Encoding]);
}

#[test]
fn every_key_error_is_registered() {
    use KeyError as Error;
    let errors = every![
        Error::Encoding(_) => Error::Encoding(EncodingError::HexCharacter { offset: 0 }),
        Error::PemFraming { .. } => Error::PemFraming { offset: 0 },
        Error::PemLabel { .. } => Error::PemLabel { expected: "PUBLIC KEY" },
        Error::PemSeveralBlocks { .. } => Error::PemSeveralBlocks { offset: 0 },
        Error::PemOutsideText { .. } => Error::PemOutsideText { offset: 0 },
        Error::DerMalformed { .. } => Error::DerMalformed { offset: 0 },
        Error::Algorithm => Error::Algorithm,
        Error::DerTrailingBytes { .. } => Error::DerTrailingBytes { offset: 0 },
        Error::PairMismatch => Error::PairMismatch,
        Error::PublicKeyLength { .. } => Error::PublicKeyLength { expected: 32, found: 0 },
        Error::PublicKeyNotCanonical => Error::PublicKeyNotCanonical,
        Error::PublicKeyLowOrder => Error::PublicKeyLowOrder,
        Error::PublicKeyNotOnCurve => Error::PublicKeyNotOnCurve,
        Error::PublicKeyRsaModulus => Error::PublicKeyRsaModulus,
        Error::PublicKeyRsaExponent => Error::PublicKeyRsaExponent,
    ];
    assert_registered(&errors, &[Area::Encoding]);
}

#[test]
fn every_signature_error_is_registered() {
    use SignatureError as Error;
    let errors = every![
        Error::Key(_) => Error::Key(KeyError::PublicKeyLowOrder),
        Error::SuiteUnknown => Error::SuiteUnknown,
        Error::Length { .. } => Error::Length { expected: 64, found: 0 },
        Error::ScalarRange => Error::ScalarRange,
        Error::PointNotCanonical => Error::PointNotCanonical,
        Error::PointLowOrder => Error::PointLowOrder,
        Error::Mismatch => Error::Mismatch,
        Error::Prehashed => Error::Prehashed,
        Error::HalfMissing => Error::HalfMissing,
        Error::HalvesSwapped => Error::HalvesSwapped,
        Error::MlDsaMismatch => Error::MlDsaMismatch,
        Error::Ed25519Mismatch => Error::Ed25519Mismatch,
        Error::SaltLength => Error::SaltLength,
        Error::RepresentativeRange => Error::RepresentativeRange,
        Error::Purpose => Error::Purpose,
        Error::SignerFailed { .. } => Error::SignerFailed { reason: "token removed".to_owned() },
        Error::Device { .. } => Error::Device { code: "token_session_lost", reason: "no token".to_owned() },
        Error::SelfCheck => Error::SelfCheck,
    ];
    assert_registered(&errors, &[Area::Signature, Area::Encoding, Area::Signer]);
}

#[test]
fn every_verifier_key_error_is_registered() {
    use VerifierKeyError as Error;
    let errors = every![
        Error::Transfer(_) => Error::Transfer(TransferDamage::ByteOrderMark),
        Error::Format => Error::Format,
        Error::Name => Error::Name,
        Error::Encoding(_) => Error::Encoding(EncodingError::HexCharacter { offset: 0 }),
        Error::KeyType { .. } => Error::KeyType { found: 2 },
        Error::Key(_) => Error::Key(KeyError::PublicKeyLowOrder),
        Error::KeyIdMismatch { .. } => Error::KeyIdMismatch { expected: 0, found: 1 },
    ];
    // What a transfer does to a text is the store's.
    assert_registered(&errors, &[Area::Signature, Area::Encoding, Area::Store]);
}

#[test]
fn every_timestamp_and_event_error_is_registered() {
    let errors = every![
        TimestampError::Length { .. } => TimestampError::Length { found: 0 },
        TimestampError::Character { .. } => TimestampError::Character { offset: 0 },
        TimestampError::FieldRange { .. } => TimestampError::FieldRange { offset: 5 },
        TimestampError::OutOfRange { .. } => TimestampError::OutOfRange { millis: i64::MAX },
    ];
    assert_registered(&errors, &[Area::Event]);
    let errors = every![
        EventError::ClassLength { .. } => EventError::ClassLength { found: 0 },
        EventError::ClassCharacter { .. } => EventError::ClassCharacter { offset: 0 },
        EventError::ClassReserved => EventError::ClassReserved,
        EventError::ClassWeighed { .. } => EventError::ClassWeighed { class: String::new() },
        EventError::PayloadNotObject => EventError::PayloadNotObject,
    ];
    // What the log takes is the store's.
    assert_registered(&errors, &[Area::Event, Area::Store]);
}
