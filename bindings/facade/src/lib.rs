//! Every operation ZTP exports, described once: bytes in, canonical bytes and a status number out.
//!
//! The C library, the Go package, the Node addon and the `ztp` command only translate what is here, which is how the same
//! input gives the same bytes, the same verdict and the same error code on every surface. Status 0 means "it holds"; a
//! negative verdict is never 0 and still carries its verdict document ([`Outcome`]).
//!
//! What this crate does not do: it holds no rule of any format (those live in `ztp-core`, `ztp-audit`, `ztp-licence` and `ztp-anomaly`),
//! and it never reads the clock. Randomness for keys is the one thing it takes from the operating system.
//!
//! Dependencies: `ztp-core`, `ztp-audit`, `ztp-licence`, `ztp-anomaly`, `ztp-yaml`, `getrandom`, `thiserror`.
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

mod error;
mod handles;
mod host;
mod input;
mod job;
mod ops;
mod options;
mod outcome;
mod table;

pub use error::FacadeError;
pub use handles::AuditLog;
pub use job::{Job, Progress};
pub use ops::anomaly::{anomaly_explain, anomaly_fold, anomaly_pending, anomaly_replay, anomaly_report};
pub use ops::audit::{audit_append, audit_head, audit_init, audit_seal, audit_verify};
pub use ops::canonical::{canonical_check, canonical_encode};
pub use ops::correlate::{correlate, correlate_events, correlate_streams};
pub use ops::keys::keys_generate;
pub use ops::licence::{licence_inspect, licence_sign, licence_verify};
pub use ops::meta::{error_codes, version};
pub use ops::proofs::{
    audit_check_consistency, audit_check_proof, audit_prove, audit_prove_consistency, record_hash,
};
pub use ops::signature::signature_verify;
pub use outcome::Outcome;
pub use table::{ABI_VERSION, AUDIT_LOG_METHODS, ArgKind, OPERATIONS, Operation};
