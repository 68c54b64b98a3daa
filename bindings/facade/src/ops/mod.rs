//! The operations, one file per subject.

pub(crate) mod anomaly;
pub(crate) mod anomaly_try;
pub(crate) mod audit;
pub(crate) mod audit_copy;
pub(crate) mod canonical;
pub(crate) mod correlate;
pub(crate) mod custody;
pub(crate) mod dlp;
pub(crate) mod events;
pub(crate) mod ingest;
pub(crate) mod keys;
pub(crate) mod licence;
pub(crate) mod meta;
pub(crate) mod proofs;
pub(crate) mod sealed_log;
pub(crate) mod signature;
pub(crate) mod vault;
