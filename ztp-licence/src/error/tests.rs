use std::collections::BTreeSet;

use ztp_core::canonical::CanonicalErrorKind;
use ztp_core::code::{Area, by_name};
use ztp_core::custody::CustodyErrorKind;
use ztp_core::schema::SchemaErrorKind;

use super::*;
use LicenceError as Error;

/// Lists one value of each variant, and fails to compile when a variant is missing from the list.
macro_rules! every {
    ($($variant:pat => $value:expr),* $(,)?) => {{
        let values = vec![$($value),*];
        for value in &values {
            match value { $($variant => {})* }
        }
        values
    }};
}

fn every_error() -> Vec<Error> {
    let path = || "payload.product".to_owned();
    let time = Timestamp::MIN;
    let key_id = Digest::ZERO;
    let canonical = CanonicalError { kind: CanonicalErrorKind::Empty, offset: 0 };
    every![
        Error::TooLarge { .. } => Error::TooLarge { bytes: 2, bytes_max: 1 },
        Error::EditedInTransit(_) => Error::EditedInTransit(canonical),
        Error::Json(_) => Error::Json(canonical),
        Error::Schema(_) => SchemaError { path: path(), kind: SchemaErrorKind::MissingMember }.into(),
        Error::SchemaName { .. } => Error::SchemaName { path: path(), expected: "ztp.licence/1" },
        Error::Text { .. } => Error::Text { path: path(), error: EncodingError::HexCharacter { offset: 0 } },
        Error::Timestamp { .. } => Error::Timestamp { path: path(), error: TimestampError::Length { found: 0 } },
        Error::Identifier { .. } => Error::Identifier { path: path() },
        Error::FreeText { .. } => Error::FreeText { path: path() },
        Error::Range { .. } => Error::Range { path: path(), min: 1, max: 2 },
        Error::ListLength { .. } => Error::ListLength { path: path(), min: 1, max: 2 },
        Error::ListOrder { .. } => Error::ListOrder { path: path() },
        Error::ListRepeated { .. } => Error::ListRepeated { path: path() },
        Error::WindowReversed { .. } => Error::WindowReversed { path: path() },
        Error::MintTotal { .. } => Error::MintTotal { path: path() },
        Error::Binding { .. } => Error::Binding { path: path() },
        Error::TrustKey { .. } => Error::TrustKey { path: path(), error: KeyError::PublicKeyLowOrder },
        Error::TrustSuite { .. } => Error::TrustSuite { path: path(), error: SignatureError::SuiteUnknown },
        Error::TrustKeyId { .. } => Error::TrustKeyId { path: path(), expected: key_id },
        Error::TrustThreshold { .. } => Error::TrustThreshold { threshold: 2, keys: 1 },
        Error::Custody { .. } => Error::custody(
            "envelope.chain.roots[0]",
            CustodyError { path: "root.keys".to_owned(), kind: CustodyErrorKind::RootSharedKey },
        ),
        Error::ChainLength { .. } => Error::ChainLength { path: path(), certificates: 1, signatures: 2 },
        Error::CertificateOtherKey { .. } => Error::CertificateOtherKey { path: path(), found: key_id },
        Error::RootMissing { .. } => Error::RootMissing { required: 2, found: 1 },
        Error::RevocationMissing { .. } => Error::RevocationMissing { required: 2, found: 1 },
        Error::KeyUnpinned { .. } => Error::KeyUnpinned { key_id },
        Error::KeyRevoked { .. } => Error::KeyRevoked { key_id },
        Error::KeyNotYetValid { .. } => Error::KeyNotYetValid { not_before: time },
        Error::KeyExpired { .. } => Error::KeyExpired { not_after: time },
        Error::Signature(_) => SignatureError::Mismatch.into(),
        Error::TooFewSignatures { .. } => Error::TooFewSignatures { required: 2, found: 1 },
        Error::OtherProduct { .. } => Error::OtherProduct { product: path() },
        Error::KeyMintLimit { .. } => Error::KeyMintLimit { class: path(), total: 2, max: 1 },
        Error::RevocationRollback { .. } => Error::RevocationRollback { found: 1, seen: 2 },
        Error::RevocationConflict { .. } => Error::RevocationConflict { version: 1 },
        Error::IssuedInFuture { .. } => Error::IssuedInFuture { issued_at: time },
        Error::NotYetValid { .. } => Error::NotYetValid { not_before: time },
        Error::Expired { .. } => Error::Expired { not_after: time },
        Error::OtherBench { .. } => Error::OtherBench { expected: path() },
        Error::BenchNotGiven { .. } => Error::BenchNotGiven { expected: path() },
    ]
}

#[test]
fn every_error_has_a_registered_code_and_those_of_this_crate_have_one_each() {
    let mut codes = BTreeSet::new();
    for error in every_error() {
        let entry = by_name(error.code()).unwrap_or_else(|| panic!("{} is not registered", error.code()));
        if entry.area == Area::Licence {
            assert!(codes.insert(entry.number), "two variants have the code {}", entry.name);
        } else {
            assert!(!entry.name.starts_with("licence_"), "{} is not a licence code", entry.name);
        }
    }
    let registered: BTreeSet<u32> = ztp_core::code::REGISTRY
        .iter()
        .filter(|entry| entry.area == Area::Licence)
        .map(|entry| entry.number)
        .collect();
    assert_eq!(codes, registered, "a licence code that no error carries");
}

#[test]
fn messages_are_lower_case_and_name_the_member_at_fault() {
    for error in every_error() {
        let message = error.to_string();
        assert!(!message.starts_with(char::is_uppercase) && !message.ends_with('.'), "{message}");
        if let Some(path) = error.path() {
            assert!(message.contains(path), "{message}");
        }
    }
}
