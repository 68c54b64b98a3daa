//! What is this document, who signed it, and when was it: the questions that every other part of Zero-Trust-on-Premises
//! asks.
//!
//! * [`canonical`]: JSON with one spelling for each document, and the exact place where bytes leave it;
//! * [`digest`] and [`encoding`]: SHA-256, hexadecimal and base64, each strict;
//! * [`custody`]: roots, certificates and revocation lists: whose signature counts, and until when;
//! * [`schema`]: documents with exactly the members their format lists;
//! * [`signature`] and [`vkey`]: three suites under one written rule each, key files, and signatures bound to a purpose;
//! * [`time`] and [`event`]: timestamps in one form, and the vocabulary of the audit log;
//! * [`transfer`]: what an editor or a transfer did to a text, before anything else is said of it;
//! * [`anchor`]: memory that a copied disk does not contain, as a trait;
//! * [`code`]: the registry of error codes that Rust, C, Go, Node and the command line share.
//!
//! The crate does no I/O. It reads no clock, no environment and no random generator: time, keys and seeds are passed
//! in. It does not decide whom to trust, what a licence means or whether a log is whole; those are `ztp-licence` and
//! `ztp-audit`.
//!
//! ```
//! use ztp_core::Coded as _;
//! use ztp_core::canonical::{Limits, check};
//!
//! assert_eq!(check(br#"{"a":1}"#, &Limits::default()), Ok(()));
//!
//! let refused = check(br#"{"a": 1}"#, &Limits::default()).unwrap_err();
//! assert_eq!((refused.code(), refused.offset()), ("canonical_white_space", Some(5)));
//! ```

pub mod anchor;
pub mod canonical;
pub mod code;
pub mod custody;
pub mod digest;
pub mod encoding;
pub mod event;
pub mod schema;
pub mod signature;
pub mod time;
pub mod transfer;
pub mod vkey;

pub use code::Coded;
