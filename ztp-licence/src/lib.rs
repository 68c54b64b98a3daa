//! May this bench run this product now? Licence envelopes, verified offline, with every check reported (camada 9).
//!
//! An envelope is one file that a person can carry: what is licensed, to whom, for which bench and how long, which
//! notes it mints, and one or more signatures. [`verify`] answers with a [`Verdict`] that names each check and its
//! result; `sign` makes an envelope and `cosign` adds a signature (feature `signer`); [`inspect`] shows one without claiming anything.
//!
//! What the verdict rests on is the [`Trust`] document: pinned keys, or a root whose certificates an envelope carries.
//! [`ingest`] takes envelopes in and remembers what it saw; [`vault`] keeps the notes that they mint, and says how an older copy
//! of itself would show.
//!
//! Verification and the vault's rules are pure functions. The clock, the bench's id and the keys are arguments; nothing is
//! read from files, the environment or the network. [`ingest`] and [`vault::store`] do file I/O, nothing else does. The crate
//! depends on `ztp-core` and `ztp-audit`.
//!
//! ```
//! use ztp_core::Coded as _;
//! use ztp_core::signature::SigningKey;
//! use ztp_licence::{Status, Trust, sign, verify};
//!
//! // At the issuer. A real key lives in an HSM; a seed of zeros is for examples only.
//! let issuer = SigningKey::from_seed(&[0; 32]);
//! let payload = br#"{
//!     "bench": {"bench_id": "bench-7", "binding": "bench"},
//!     "customer": "Example Corp",
//!     "envelope_id": "envelope-2026-Q3",
//!     "features": ["tls-stress"],
//!     "issued_at": "2026-06-20T09:00:00.000Z",
//!     "licence_id": "L-0042",
//!     "mint": [{"amount": 500, "class": "test-hours", "not_after": "2026-09-30T23:59:59.999Z",
//!               "not_before": "2026-07-01T00:00:00.000Z", "serial": 1}],
//!     "not_after": "2026-09-30T23:59:59.999Z",
//!     "not_before": "2026-07-01T00:00:00.000Z",
//!     "previous_envelope": null,
//!     "product": "tlsstress",
//!     "revocation": {"revoked_key_ids": [], "version": 0},
//!     "schema": "ztp.licence/1"
//! }"#;
//! let envelope = sign(payload, &issuer)?;
//!
//! // On the bench. The trust document comes with the product, not with the envelope.
//! let trust = Trust::pin(issuer.public_key().clone(), "tlsstress")?;
//! let now = "2026-08-01T12:00:00.000Z".parse()?;
//! let verdict = verify(&envelope, &trust, now, Some("bench-7"));
//! assert_eq!(verdict.status(), Status::Valid);
//! assert_eq!(verdict.licence().map(|licence| licence.features.as_slice()), Some(&["tls-stress".to_owned()][..]));
//!
//! // Somebody opened the file in an editor, which put in a space: refused, and the place is named.
//! let mut edited = envelope.clone();
//! edited.insert(20, b' ');
//! let verdict = verify(&edited, &trust, now, Some("bench-7"));
//! let failure = verdict.failure().ok_or("accepted")?;
//! assert_eq!((failure.code(), failure.offset()), ("canonical_white_space", Some(20)));
//!
//! // Somebody gave himself more hours: the file is well-formed, the signature does not hold.
//! let forged = String::from_utf8(envelope)?.replace("\"amount\":500", "\"amount\":900");
//! let verdict = verify(forged.as_bytes(), &trust, now, Some("bench-7"));
//! assert_eq!(verdict.failure().map(|failure| failure.code()), Some("signature_mismatch"));
//! assert_eq!(verdict.licence(), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The formats are described in `docs/formats/licence-envelope.md`, `docs/formats/vault.md` and `docs/formats/signatures.md`.

mod chain;
mod check;
mod envelope;
mod error;
mod format;
pub mod ingest;
mod inspect;
mod licence;
mod limits;
mod member;
mod mint;
mod parts;
mod reader;
#[cfg(feature = "signer")]
mod sign;
mod statement;
mod trust;
pub mod vault;
mod verdict;
mod verify;

pub use check::{CHECKS_CHAINED, CHECKS_PINNED, CheckKind};
pub use error::LicenceError;
pub use format::{
    ENVELOPE_CHAINED_SCHEMA, ENVELOPE_SCHEMA, PAYLOAD_CHAINED_SCHEMA, PAYLOAD_SCHEMA, VERDICT_CHAINED_SCHEMA,
    VERDICT_SCHEMA,
};
pub use inspect::{INSPECTION_SCHEMA, inspect};
pub use licence::{BenchBinding, FEATURES_MAX, Licence, REVOKED_MAX, Requires, Revocation};
pub use limits::{ENVELOPE_BYTES_MAX, SIGNATURES_MAX};
pub use member::is_identifier;
pub use mint::{ClassTotal, NOTES_MAX, Note, totals};
#[cfg(feature = "signer")]
pub use sign::{ChainDocuments, cosign, cosign_chained, sign, sign_chained};
pub use statement::{ClockStatement, StatedLedger};
pub use trust::{
    CLOCK_TOLERANCE_MS_DEFAULT, CLOCK_TOLERANCE_MS_MAX, ENVELOPE_BYTES_CHAINED_DEFAULT,
    ENVELOPE_BYTES_DEFAULT, KEYS_MAX, PRODUCTS_MAX, PinnedKey, TRUST_ROOTED_SCHEMA, TRUST_SCHEMA, Trust,
};
pub use verdict::{Check, CheckResult, Status, TrustState, Verdict};
pub use verify::verify;
