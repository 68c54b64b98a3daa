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
mod custody;
mod dlp;
mod dlp_scanner;
mod job;
mod keys;
mod licence;
mod meta;
mod status;
mod vault;

pub use anomaly::{
    ztp_anomaly_explain, ztp_anomaly_fold, ztp_anomaly_pending, ztp_anomaly_replay, ztp_anomaly_report,
    ztp_anomaly_try,
};
pub use audit::{
    ztp_audit_append, ztp_audit_check_consistency, ztp_audit_check_proof, ztp_audit_copy, ztp_audit_head,
    ztp_audit_init, ztp_audit_prove, ztp_audit_prove_consistency, ztp_audit_seal, ztp_audit_verify,
    ztp_record_hash,
};
pub use audit_log::{
    ZtpAuditLog, ztp_audit_log_append, ztp_audit_log_free, ztp_audit_log_head, ztp_audit_log_open,
    ztp_audit_log_seal, ztp_audit_log_tick,
};
pub use bytes::{ZtpBytes, ztp_bytes_free};
pub use canonical::{ztp_canonical_check, ztp_canonical_encode};
pub use correlate::{ztp_correlate, ztp_correlate_events, ztp_correlate_streams};
#[cfg(feature = "signer")]
pub use custody::{ztp_custody_cosign, ztp_custody_sign, ztp_keys_public};
pub use custody::{ztp_custody_transcript, ztp_custody_verify};
#[cfg(feature = "signer")]
pub use dlp::ztp_dlp_baseline;
pub use dlp::{ztp_dlp_rules, ztp_dlp_scan, ztp_dlp_test};
pub use dlp_scanner::{
    ZtpDlpScanner, ZtpDlpStream, ztp_dlp_scanner_begin, ztp_dlp_scanner_free, ztp_dlp_scanner_ledger,
    ztp_dlp_scanner_open, ztp_dlp_scanner_reload, ztp_dlp_scanner_rules, ztp_dlp_scanner_scan,
    ztp_dlp_stream_finish, ztp_dlp_stream_free, ztp_dlp_stream_update,
};
pub use job::{ZtpJob, ztp_job_cancel, ztp_job_free, ztp_job_new, ztp_job_progress};
pub use keys::{ztp_keys_generate, ztp_signature_verify};
pub use licence::{
    ztp_licence_decide, ztp_licence_ingest, ztp_licence_ingest_envelope, ztp_licence_inspect,
    ztp_licence_seen, ztp_licence_verify,
};
#[cfg(feature = "signer")]
pub use licence::{ztp_licence_sign, ztp_licence_sign_chained};
pub use meta::{ZTP_ABI_VERSION, ztp_abi_version, ztp_error_codes, ztp_status_name, ztp_version};
pub use status::*;
pub use vault::{
    ztp_vault_check_fork, ztp_vault_history, ztp_vault_init, ztp_vault_mint, ztp_vault_reanchor,
    ztp_vault_reconcile, ztp_vault_request, ztp_vault_simulate, ztp_vault_spend, ztp_vault_status,
    ztp_vault_verify, ztp_vault_verify_fork,
};
