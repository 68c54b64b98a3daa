//! Taking envelopes in: the incoming directory, what a bench has seen, and the decision on each file (camada 9).
//!
//! **Question answered:** has this bench taken this envelope, may it, and where is that written? This is the one module of the
//! crate that reads and writes files; [`decide`] and [`Seen`] do not.
//!
//! An operator drops files into `DIR/incoming/`. Each one that is complete is claimed (renamed into the directory `work`), read once,
//! decided about, recorded in the sealed log, and only then moved to `DIR/accepted/` or `DIR/rejected/` with the reason beside it.
//! A crash between any two steps is resumed by the next run: no file is lost, no event is written twice. What a bench has seen
//! (envelopes, the newest revocation list, the newest root) is a fold over the sealed log ([`Seen`]), so that putting an old
//! directory back changes nothing, and putting an old log back is what the log's own anchors are there to show. The log's records are
//! evidence, not authority: each carries the signed envelope, which every fold verifies again from the caller's trust.
//!
//! The format of the directory is described in `docs/formats/licence-ingest.md`.

mod clock;
mod commit;
mod decide;
mod decision;
mod dirs;
mod error;
mod finding;
mod names;
mod place;
mod record;
mod report;
mod run;
mod sealed_log;
mod seen;
mod seen_document;
mod step;

pub use clock::Attested;
pub use commit::Recorded;
pub use decide::decide;
pub use decision::{DECISION_SCHEMA, Decision, DecisionStatus};
pub use error::{IngestError, Refusal};
pub use finding::Finding;
pub use report::{FileReport, FileResult, RUN_SCHEMA, RunReport};
pub use run::{Ingest, QUIET_MS_DEFAULT, QUIET_MS_MAX};
pub use sealed_log::SealedLog;
pub use seen::{Seen, SeenEnvelope};
pub use seen_document::SEEN_SCHEMA;
pub use step::{Minting, Observer, Step, Uninterrupted};
