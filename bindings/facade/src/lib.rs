//! Every operation ZTP exports, described once: bytes in, canonical bytes and a status number out.
//!
//! The C library, the Go package, the Node addon and the `ztp` command only translate what is here, which is how the same
//! input gives the same bytes, the same verdict and the same error code on every surface. Status 0 means "it holds"; a
//! negative verdict is never 0 and still carries its verdict document ([`Outcome`]).
//!
//! What this crate does not do: it holds no rule of any format (those live in the crates below),
//! and it never reads the clock. Randomness for keys is the one thing it takes from the operating system.
//!
//! Dependencies: `ztp-core`, `ztp-audit`, `ztp-licence`, `ztp-anomaly`, `ztp-dlp`, `ztp-yaml`, `getrandom`, `thiserror`, `zeroize`.
//!
//! ```
//! let outcome = ztp_facade::canonical_check(br#"{"a":1}"#);
//! assert!(outcome.is_ok());
//!
//! let refused = ztp_facade::canonical_check(br#"{"a": 1}"#);
//! assert!(!refused.is_ok());
//! assert!(refused.document.starts_with(br#"{"code":""#));
//! ```
#![forbid(unsafe_code)]

mod ceremony;
mod dlp_handles;
mod error;
mod handles;
mod host;
mod input;
mod job;
mod ops;
mod options;
mod outcome;
#[cfg(feature = "signer")]
mod signer;
mod table;

#[cfg(feature = "signer")]
pub use ceremony::{Holder, Made, RootPlan, conduct, conduct_root, key_generate, key_report};
pub use ceremony::{ceremony_check, custody_inspect, trust_from_keys, trust_from_root};
pub use dlp_handles::{DlpScanner, DlpStream};
pub use error::FacadeError;
pub use handles::AuditLog;
pub use job::{Job, Progress};
pub use ops::anomaly::{anomaly_explain, anomaly_fold, anomaly_pending, anomaly_replay, anomaly_report};
pub use ops::anomaly_try::anomaly_try;
pub use ops::audit::{audit_append, audit_head, audit_init, audit_seal, audit_verify};
pub use ops::audit_copy::audit_copy;
pub use ops::canonical::{canonical_check, canonical_encode};
pub use ops::correlate::{correlate, correlate_events, correlate_streams};
#[cfg(feature = "signer")]
pub use ops::custody::{custody_cosign, custody_sign};
pub use ops::custody::{custody_transcript, custody_verify};
#[cfg(feature = "signer")]
pub use ops::dlp::dlp_baseline;
pub use ops::dlp::{dlp_rules, dlp_scan, dlp_test};
pub use ops::ingest::{licence_decide, licence_ingest, licence_ingest_envelope, licence_seen};
pub use ops::keys::keys_generate;
#[cfg(feature = "signer")]
pub use ops::keys::keys_public;
pub use ops::licence::{licence_inspect, licence_verify};
#[cfg(feature = "signer")]
pub use ops::licence::{licence_sign, licence_sign_chained};
pub use ops::meta::{error_codes, version};
pub use ops::proofs::{
    audit_check_consistency, audit_check_proof, audit_prove, audit_prove_consistency, record_hash,
};
pub use ops::signature::signature_verify;
pub use ops::vault::{
    vault_check_fork, vault_history, vault_init, vault_mint, vault_reanchor, vault_reconcile, vault_request,
    vault_simulate, vault_spend, vault_status, vault_verify, vault_verify_fork,
};
pub use outcome::Outcome;
pub use table::{
    ABI_VERSION, AUDIT_LOG_METHODS, ArgKind, DLP_SCANNER_METHODS, DLP_STREAM_METHODS, OPERATIONS, Operation,
};
