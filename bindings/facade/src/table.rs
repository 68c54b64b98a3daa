//! The list of exported operations, as data: what the parity check holds every surface against.

/// Version of the C ABI: raised when a function changes or goes, not when one is added.
pub const ABI_VERSION: u32 = 1;

/// The kind of an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgKind {
    /// Bytes: pointer and length in C, `[]byte` in Go, `Uint8Array` in Node.
    Bytes,
    /// A signed 64-bit integer, such as a time in milliseconds since 1970-01-01T00:00:00Z.
    Integer,
    /// A job: `ZtpJob *` in C, a `context.Context` in Go, an `AbortSignal` in Node.
    Job,
}

/// An exported operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// The function's name in this crate; C puts `ztp_` in front, Go and Node write it in their own case.
    pub name: &'static str,
    /// Its arguments in order.
    pub args: &'static [ArgKind],
    /// Whether it signs what an issuer signs: only a build with the feature `signer` has it.
    pub signer: bool,
}

/// An operation of every build.
const fn op(name: &'static str, args: &'static [ArgKind]) -> Operation {
    Operation { name, args, signer: false }
}

/// An operation of an issuer's build.
const fn signer(name: &'static str, args: &'static [ArgKind]) -> Operation {
    Operation { name, args, signer: true }
}

use ArgKind::{Bytes, Integer, Job};

/// Every operation, in the order of this crate's documentation.
pub const OPERATIONS: &[Operation] = &[
    op("canonical_encode", &[Bytes]),
    op("canonical_check", &[Bytes]),
    op("signature_verify", &[Bytes, Bytes, Bytes, Bytes]),
    op("record_hash", &[Bytes]),
    op("keys_generate", &[Bytes, Bytes]),
    op("audit_init", &[Bytes, Bytes, Integer]),
    op("audit_append", &[Bytes, Bytes, Bytes, Integer]),
    op("audit_seal", &[Bytes, Bytes, Integer]),
    op("audit_head", &[Bytes]),
    op("audit_verify", &[Bytes, Bytes, Job]),
    op("audit_copy", &[Bytes, Bytes, Bytes, Job]),
    op("audit_prove", &[Bytes, Bytes]),
    op("audit_prove_consistency", &[Bytes, Bytes]),
    op("audit_check_proof", &[Bytes, Bytes, Bytes]),
    op("audit_check_consistency", &[Bytes, Bytes, Bytes, Bytes]),
    op("correlate", &[Bytes, Bytes, Bytes, Job]),
    op("correlate_streams", &[Bytes, Bytes, Bytes]),
    op("correlate_events", &[Bytes]),
    op("anomaly_report", &[Bytes, Bytes, Job]),
    op("anomaly_replay", &[Bytes, Bytes, Job]),
    op("anomaly_explain", &[Bytes, Bytes, Job]),
    op("anomaly_pending", &[Bytes, Bytes, Job]),
    op("anomaly_fold", &[Bytes, Bytes]),
    op("anomaly_try", &[Bytes, Bytes]),
    signer("keys_public", &[Bytes]),
    op("custody_verify", &[Bytes, Bytes, Bytes, Integer]),
    op("custody_transcript", &[Bytes, Bytes, Bytes]),
    signer("custody_sign", &[Bytes, Bytes]),
    signer("custody_cosign", &[Bytes, Bytes]),
    signer("licence_sign", &[Bytes, Bytes]),
    signer("licence_sign_chained", &[Bytes, Bytes, Bytes]),
    op("licence_verify", &[Bytes, Bytes, Integer, Bytes]),
    op("licence_inspect", &[Bytes]),
    op("licence_seen", &[Bytes, Bytes, Bytes, Job]),
    op("licence_decide", &[Bytes, Bytes, Bytes, Integer, Bytes]),
    op("licence_ingest", &[Bytes, Bytes, Bytes, Integer]),
    op("licence_ingest_envelope", &[Bytes, Bytes, Bytes, Bytes, Integer]),
    op("vault_init", &[Bytes, Bytes, Bytes, Integer]),
    op("vault_status", &[Bytes, Bytes, Integer]),
    op("vault_mint", &[Bytes, Bytes, Bytes, Bytes, Bytes, Integer]),
    op("vault_spend", &[Bytes, Bytes, Bytes, Bytes, Integer]),
    op("vault_history", &[Bytes, Bytes]),
    op("vault_verify", &[Bytes, Bytes, Job]),
    op("vault_verify_fork", &[Bytes, Bytes, Bytes]),
    op("vault_check_fork", &[Bytes, Bytes]),
    op("vault_request", &[Bytes, Bytes, Bytes, Integer]),
    op("vault_reconcile", &[Bytes, Bytes, Bytes]),
    op("vault_reanchor", &[Bytes, Bytes, Bytes, Integer]),
    op("vault_simulate", &[Bytes]),
    op("dlp_scan", &[Bytes, Bytes, Bytes, Integer]),
    op("dlp_rules", &[Bytes]),
    op("dlp_test", &[Bytes]),
    signer("dlp_baseline", &[Bytes, Bytes, Bytes]),
    op("version", &[]),
    op("error_codes", &[]),
];

/// The methods of the handle `AuditLog`, without the handle itself among the arguments.
pub const AUDIT_LOG_METHODS: &[Operation] = &[
    op("open", &[Bytes, Bytes, Integer]),
    op("append", &[Bytes, Bytes, Integer]),
    op("seal", &[Integer]),
    op("tick", &[Integer]),
    op("head", &[]),
];

/// The methods of the handle `DlpScanner`, without the handle itself among the arguments. `begin` makes a `DlpStream`.
pub const DLP_SCANNER_METHODS: &[Operation] = &[
    op("open", &[Bytes]),
    op("scan", &[Bytes, Bytes, Integer]),
    op("begin", &[Bytes, Integer]),
    op("reload", &[Bytes, Integer]),
    op("rules", &[]),
    op("ledger", &[]),
];

/// The methods of the handle `DlpStream`, without the handle itself among the arguments.
pub const DLP_STREAM_METHODS: &[Operation] = &[op("update", &[Bytes]), op("finish", &[Bytes, Integer])];
