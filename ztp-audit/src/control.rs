//! Payloads of the records the log writes about itself: `log.opened`, `log.sealed`, `log.recovered`.
//!
//! They are closed schemas: an unknown, missing or wrongly typed member is refused (docs/formats/audit-log.md).

use std::collections::BTreeMap;

use ztp_core::canonical::{self, INTEGER_MAX, Limits, Value};
use ztp_core::digest::Digest;
use ztp_core::encoding::{hex_decode, hex_encode};
use ztp_core::schema::{Fields, SchemaError};
use ztp_core::signature::PublicKey;
use ztp_core::vkey::is_name;

/// The only format this crate writes and reads.
pub const FORMAT: &str = "ztp-audit-1";

/// Event class of the first record.
pub const LOG_OPENED: &str = "log.opened";
/// Event class of a seal.
pub const LOG_SEALED: &str = "log.sealed";
/// Event class of a recovery after a torn write.
pub const LOG_RECOVERED: &str = "log.recovered";

/// How far two clocks may lie apart, or one be set back by what keeps it right, before that is said of a log or changes when it is sealed.
pub(crate) const CLOCK_TOLERANCE_MS: i64 = 5_000;

/// Milliseconds by which two seals of one boot may see the wall clock move against the monotonic one without a clock having been set: the two
/// are not read in one instant, and a disk may be slow in between.
pub const CLOCK_STEP_MS: u64 = 5_000;

/// When the writer seals: whichever of these comes first. It bounds the open epoch, the part of the log whose key is still on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealPolicy {
    /// Records in an epoch at most, the seal not counted.
    pub records_max: u32,
    /// Milliseconds after the epoch's first record at most, while records arrive.
    pub interval_ms: u32,
    /// Milliseconds after the last seal at which an empty epoch is sealed too, so that silence shows.
    pub heartbeat_ms: u32,
}

impl Default for SealPolicy {
    fn default() -> Self {
        Self { records_max: 1000, interval_ms: 1000, heartbeat_ms: 60_000 }
    }
}

/// Why a control record's payload was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// The payload does not have the members of its class.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A member has the right type but not an acceptable value.
    #[error("{member} is not acceptable: {reason}")]
    Value {
        /// The member's name.
        member: &'static str,
        /// Why.
        reason: String,
    },
}

fn bad(member: &'static str, reason: impl ToString) -> ControlError {
    ControlError::Value { member, reason: reason.to_string() }
}

fn read_payload(payload: &[u8]) -> Result<Value, ControlError> {
    canonical::read(payload, &Limits::default()).map_err(|e| bad("payload", e))
}

fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<BTreeMap<_, _>>())
}

fn public_key(member: &'static str, hex: &str) -> Result<PublicKey, ControlError> {
    let bytes = hex_decode::<32>(hex).map_err(|e| bad(member, e))?;
    PublicKey::from_bytes(&bytes).map_err(|e| bad(member, e))
}

fn milliseconds(fields: &mut Fields<'_>, member: &'static str) -> Result<u32, ControlError> {
    match u32::try_from(fields.integer(member)?) {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(bad(member, "must be 1 to 4294967295")),
    }
}

/// What the first record says: which log this is and with which key it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogOpened {
    /// Random identity of this log.
    pub log_id: [u8; 16],
    /// Origin line of its checkpoints (C2SP tlog-checkpoint), e.g. `bench-01.example/audit`.
    pub origin: String,
    /// Key of epoch 0.
    pub public_key: PublicKey,
    /// When the writer promises to seal.
    pub seal_policy: SealPolicy,
}

impl LogOpened {
    /// The payload as a canonical value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let policy = object([
            ("heartbeat_ms", Value::Int(self.seal_policy.heartbeat_ms.into())),
            ("interval_ms", Value::Int(self.seal_policy.interval_ms.into())),
            ("records_max", Value::Int(self.seal_policy.records_max.into())),
        ]);
        object([
            ("format", Value::String(FORMAT.to_owned())),
            ("log_id", Value::String(hex_encode(&self.log_id))),
            ("origin", Value::String(self.origin.clone())),
            ("public_key", Value::String(hex_encode(self.public_key.as_bytes()))),
            ("seal_policy", policy),
        ])
    }

    /// Reads the payload of a `log.opened` record.
    ///
    /// # Errors
    /// [`ControlError`] naming the member.
    pub fn parse(payload: &[u8]) -> Result<Self, ControlError> {
        let value = read_payload(payload)?;
        let mut fields = Fields::open(&value, "payload")?;
        let format = fields.string("format")?;
        if format != FORMAT {
            return Err(bad("format", format!("this verifier reads {FORMAT}")));
        }
        let log_id = hex_decode::<16>(fields.string("log_id")?).map_err(|e| bad("log_id", e))?;
        let origin = fields.string("origin")?.to_owned();
        if !is_name(&origin) {
            return Err(bad(
                "origin",
                "must be a key name: 1 to 255 bytes without white space, control characters and plus",
            ));
        }
        let key = public_key("public_key", fields.string("public_key")?)?;
        let mut policy = Fields::open(fields.value("seal_policy")?, "payload.seal_policy")?;
        let seal_policy = SealPolicy {
            heartbeat_ms: milliseconds(&mut policy, "heartbeat_ms")?,
            interval_ms: milliseconds(&mut policy, "interval_ms")?,
            records_max: milliseconds(&mut policy, "records_max")?,
        };
        policy.finish()?;
        fields.finish()?;
        Ok(Self { log_id, origin, public_key: key, seal_policy })
    }
}

/// What a seal says: which epoch ends and which key the next one has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSealed {
    /// Number of the epoch that this record ends, from 0.
    pub epoch: u64,
    /// Key of epoch `epoch + 1`; authenticated by the checkpoint that follows.
    pub next_public_key: PublicKey,
    /// The kernel's boot id when the seal was made, if the host has one.
    pub boot_id: Option<String>,
    /// Milliseconds of the host's monotonic clock when the seal was made, if it has one.
    pub monotonic_ms: Option<u64>,
}

impl LogSealed {
    /// The payload as a canonical value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        object([
            ("anchors", Value::Array(Vec::new())),
            ("boot_id", self.boot_id.clone().map_or(Value::Null, Value::String)),
            ("epoch", integer(self.epoch)),
            ("monotonic_ms", self.monotonic_ms.map_or(Value::Null, integer)),
            ("next_public_key", Value::String(hex_encode(self.next_public_key.as_bytes()))),
        ])
    }

    /// Reads the payload of a `log.sealed` record.
    ///
    /// # Errors
    /// [`ControlError`] naming the member.
    pub fn parse(payload: &[u8]) -> Result<Self, ControlError> {
        let value = read_payload(payload)?;
        let mut fields = Fields::open(&value, "payload")?;
        if !fields.array("anchors")?.is_empty() {
            return Err(bad("anchors", "this format version has none"));
        }
        let boot_id = match fields.value("boot_id")? {
            Value::Null => None,
            Value::String(id) => Some(id.clone()),
            _ => return Err(bad("boot_id", "must be a string or null")),
        };
        let epoch = unsigned("epoch", fields.integer("epoch")?)?;
        let monotonic_ms = match fields.value("monotonic_ms")? {
            Value::Null => None,
            Value::Int(n) => Some(unsigned("monotonic_ms", *n)?),
            _ => return Err(bad("monotonic_ms", "must be an integer or null")),
        };
        let next_public_key = public_key("next_public_key", fields.string("next_public_key")?)?;
        fields.finish()?;
        Ok(Self { epoch, next_public_key, boot_id, monotonic_ms })
    }
}

/// What a recovery says: which bytes after the last whole record were set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRecovered {
    /// Bytes set aside.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: Digest,
    /// Name of the file below `recovered/` that keeps them.
    pub kept_as: String,
}

impl LogRecovered {
    /// The payload as a canonical value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        object([
            ("bytes", integer(self.bytes)),
            ("kept_as", Value::String(self.kept_as.clone())),
            ("sha256", Value::String(self.sha256.to_string())),
        ])
    }

    /// Reads the payload of a `log.recovered` record.
    ///
    /// # Errors
    /// [`ControlError`] naming the member.
    pub fn parse(payload: &[u8]) -> Result<Self, ControlError> {
        let value = read_payload(payload)?;
        let mut fields = Fields::open(&value, "payload")?;
        let bytes = unsigned("bytes", fields.integer("bytes")?)?;
        let kept_as = fields.string("kept_as")?.to_owned();
        let sha256 = Digest::from_hex(fields.string("sha256")?).map_err(|e| bad("sha256", e))?;
        fields.finish()?;
        Ok(Self { bytes, sha256, kept_as })
    }
}

fn unsigned(member: &'static str, n: i64) -> Result<u64, ControlError> {
    u64::try_from(n).map_err(|_| bad(member, "must not be negative"))
}

/// A count as a canonical integer; what a hostile file states beyond those is the largest.
pub(crate) fn integer(n: u64) -> Value {
    Value::Int(i64::try_from(n).unwrap_or(i64::MAX).min(INTEGER_MAX))
}
