//! Does the bench behave as it did: four detectors that fold over the sealed log (camada 12).
//!
//! A state and the next record give a state and events, and nothing else goes in: no clock, no random number, no file of
//! the host. So whoever has the log can compute every alert again, byte for byte ([`Detectors`]).
//!
//! The crate does no I/O. It does not ask whether the log is whole; that is `ztp-audit`.
//!
//! ```
//! use ztp_anomaly::{Detectors, RawRecord, Settings};
//! use ztp_core::digest::Digest;
//! use ztp_core::time::Timestamp;
//!
//! let mut detectors = Detectors::new(Settings::default(), Vec::new());
//! let mut rules_after = |seq: u8, payload: &[u8]| -> Result<Vec<String>, Box<dyn std::error::Error>> {
//!     let hash = Digest::from_bytes([seq; 32]);
//!     let timestamp = Timestamp::from_millis(1_778_590_800_000 + i64::from(seq) * 1000)?;
//!     let mut said = Vec::new();
//!     detectors.step(&RawRecord { seq: seq.into(), hash, timestamp, class: "admission.decision", payload }, &mut said)?;
//!     let fired = said.iter().filter(|output| output.class.as_str() == "anomaly.fired");
//!     Ok(fired.filter_map(|output| Some(output.payload.get("detector")?.as_str()?.to_owned())).collect())
//! };
//!
//! let decision = br#"{"decision":"allow","mode":"enforce","uid":"u-1","user":"ana","would_deny":false}"#;
//! assert_eq!(rules_after(0, decision)?, [""; 0]);
//! // A decision that cannot be read may hide one: that is an alert.
//! assert_eq!(rules_after(1, br#"{"decision":"allow"}"#)?, ["unreadable-record"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod alert;
mod change;
mod clock;
mod codec;
mod detect;
mod error;
mod explain;
mod fixed;
mod fold;
mod judge;
mod keys;
mod names;
mod order;
mod output;
mod record;
mod replay;
mod report;
mod rule;
mod runner;
mod scan;
mod schedule;
mod seen;
pub mod settings;
mod snapshot;
mod states;
mod stories;
mod tally;
mod trial;
mod unjudged;
mod zone;

pub use change::{APPROVAL_PURPOSE, approval_payload};
pub use error::{AnomalyError, ConfigError};
pub use explain::{At, Explainer, Question};
pub use fold::Detectors;
pub use output::Output;
pub use record::{Admission, Input, Operator, RawRecord};
pub use replay::Replay;
pub use report::Reporter;
pub use rule::{Rule, Scope};
pub use runner::{Kept, Runner, Sealed};
pub use settings::Settings;
pub use trial::Trial;
pub use zone::version as time_zone_database;
