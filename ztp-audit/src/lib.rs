//! The sealed audit log: what happened on a bench, in an order and wording that the bench's own root cannot change unseen.
//!
//! **Question answered:** is this log, up to which record, the one that was written, and on what does that statement rest?
//! It does not answer whether what was written is true, and it cannot show what was never written (SECURITY.md).
//!
//! A record is one line of canonical JSON that carries its own hash and its predecessor's ([`record`]). The hashes are the leaves of an
//! RFC 6962 tree ([`tree`]), whose C2SP checkpoints ([`checkpoint`], [`note`]) are signed by keys that evolve and are
//! erased at each seal ([`store`]). The verifier ([`verify`]) needs no secret and reads everything as hostile input; its
//! [`verdict::Verdict`] names every anchor it rests on. Proofs for single records ([`prove`]) can be carried and checked alone.
//! What was sealed is compared with what the webhook says it decided in [`correlate`].
//!
//! Camadas 6 (sealed audit) and 7 (correlation). Depends on `ztp-core` and `ztp-simd` only; [`store`], [`source`], [`head`] and [`copy`] do file I/O, nothing else does.
//!
//! ```
//! use std::path::Path;
//! use ztp_audit::verdict::Status;
//! use ztp_audit::verify::{NoProgress, VerifyOptions, verify_dir};
//!
//! let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/logs");
//! // Nothing from outside vouches for the copy: what was checked holds, and that is all.
//! let verdict = verify_dir(&logs.join("intact"), &VerifyOptions::default(), &NoProgress)?;
//! assert_eq!(verdict.status, Status::Unanchored);
//!
//! let verdict = verify_dir(&logs.join("tampered-payload"), &VerifyOptions::default(), &NoProgress)?;
//! assert_eq!((verdict.status, verdict.breaks[0].kind.as_str()), (Status::Broken, "hash_mismatch"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod beneath;
pub mod checkpoint;
pub mod control;
pub mod copy;
pub mod correlate;
pub mod error;
pub mod head;
pub mod layout;
mod lines;
pub mod note;
pub mod proof;
pub mod prove;
pub mod record;
pub mod source;
pub mod store;
pub mod tlog_proof;
pub mod tree;
pub mod verdict;
pub mod verify;
