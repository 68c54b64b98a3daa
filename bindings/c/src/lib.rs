//! libztp: the C ABI of ZTP, one exported function per operation of `ztp-facade` and no logic of its own.
//!
//! `include/ztp.h` is generated from this crate and checked in; its head says how calls, results, handles and threads work.
//! Everything unsafe in the workspace's bindings is here: `boundary` turns pointers into slices, keeps panics from
//! crossing and hands results out; each exported function is one call of it.
//!
//! Dependencies: `ztp-facade`, `zeroize`.

mod anomaly;
mod audit;
mod audit_log;
mod boundary;
mod bytes;
mod canonical;
mod correlate;
mod job;
mod keys;
mod licence;
mod meta;
mod status;

pub use anomaly::{
    ztp_anomaly_explain, ztp_anomaly_fold, ztp_anomaly_pending, ztp_anomaly_replay, ztp_anomaly_report,
};
pub use audit::{
    ztp_audit_append, ztp_audit_check_consistency, ztp_audit_check_proof, ztp_audit_head, ztp_audit_init,
    ztp_audit_prove, ztp_audit_prove_consistency, ztp_audit_seal, ztp_audit_verify, ztp_record_hash,
};
pub use audit_log::{
    ZtpAuditLog, ztp_audit_log_append, ztp_audit_log_free, ztp_audit_log_head, ztp_audit_log_open,
    ztp_audit_log_seal, ztp_audit_log_tick,
};
pub use bytes::{ZtpBytes, ztp_bytes_free};
pub use canonical::{ztp_canonical_check, ztp_canonical_encode};
pub use correlate::{ztp_correlate, ztp_correlate_events, ztp_correlate_streams};
pub use job::{ZtpJob, ztp_job_cancel, ztp_job_free, ztp_job_new, ztp_job_progress};
pub use keys::{ztp_keys_generate, ztp_signature_verify};
pub use licence::{ztp_licence_inspect, ztp_licence_sign, ztp_licence_verify};
pub use meta::{ZTP_ABI_VERSION, ztp_abi_version, ztp_error_codes, ztp_status_name, ztp_version};
pub use status::*;
