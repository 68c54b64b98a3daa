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
}

use ArgKind::{Bytes, Integer, Job};

/// Every operation, in the order of this crate's documentation.
pub const OPERATIONS: &[Operation] = &[
    Operation { name: "canonical_encode", args: &[Bytes] },
    Operation { name: "canonical_check", args: &[Bytes] },
    Operation { name: "signature_verify", args: &[Bytes, Bytes, Bytes, Bytes] },
    Operation { name: "record_hash", args: &[Bytes] },
    Operation { name: "keys_generate", args: &[Bytes, Bytes] },
    Operation { name: "audit_init", args: &[Bytes, Bytes, Integer] },
    Operation { name: "audit_append", args: &[Bytes, Bytes, Integer] },
    Operation { name: "audit_seal", args: &[Bytes, Integer] },
    Operation { name: "audit_head", args: &[Bytes] },
    Operation { name: "audit_verify", args: &[Bytes, Bytes, Job] },
    Operation { name: "audit_prove", args: &[Bytes, Bytes] },
    Operation { name: "audit_prove_consistency", args: &[Bytes, Bytes] },
    Operation { name: "audit_check_proof", args: &[Bytes, Bytes, Bytes] },
    Operation { name: "audit_check_consistency", args: &[Bytes, Bytes, Bytes, Bytes] },
    Operation { name: "correlate", args: &[Bytes, Bytes, Bytes, Job] },
    Operation { name: "correlate_streams", args: &[Bytes, Bytes, Bytes] },
    Operation { name: "correlate_events", args: &[Bytes] },
    Operation { name: "anomaly_report", args: &[Bytes, Bytes, Job] },
    Operation { name: "anomaly_replay", args: &[Bytes, Bytes, Job] },
    Operation { name: "anomaly_explain", args: &[Bytes, Bytes, Job] },
    Operation { name: "anomaly_pending", args: &[Bytes, Bytes, Job] },
    Operation { name: "anomaly_fold", args: &[Bytes, Bytes] },
    Operation { name: "licence_sign", args: &[Bytes, Bytes] },
    Operation { name: "licence_verify", args: &[Bytes, Bytes, Integer, Bytes] },
    Operation { name: "licence_inspect", args: &[Bytes] },
    Operation { name: "version", args: &[] },
    Operation { name: "error_codes", args: &[] },
];

/// The methods of the handle `AuditLog`, without the handle itself among the arguments.
pub const AUDIT_LOG_METHODS: &[Operation] = &[
    Operation { name: "open", args: &[Bytes, Integer] },
    Operation { name: "append", args: &[Bytes, Integer] },
    Operation { name: "seal", args: &[Integer] },
    Operation { name: "tick", args: &[Integer] },
    Operation { name: "head", args: &[] },
];
