//! Two receipts of one device that cannot both come from one history: a proof that anyone can carry and check.

use std::collections::BTreeSet;

use ztp_core::canonical::{self, Value};
use ztp_core::digest::Digest;
use ztp_core::encoding::hex_encode;
use ztp_core::schema::Fields;
use ztp_core::signature::{PublicKey, Suite};

use super::error::{VaultError, malformed};
use super::fields;
use super::receipt::{RECEIPT_BYTES_MAX, Receipt};
use crate::member::number;

/// The name of the proof's format.
pub const FORK_SCHEMA: &str = "ztp.vault.fork/1";

/// What two receipts contradict each other in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Conflict {
    /// Both spend these notes, in one vault or in two of one device.
    NotesSpentTwice {
        /// The notes, ascending.
        notes: Vec<Digest>,
    },
    /// Both are this transaction of one vault, with different content.
    TransactionTwice {
        /// Its number.
        seq: u64,
    },
    /// Both mint this envelope, in two vaults of one device.
    EnvelopeMintedTwice {
        /// SHA-256 of the envelope.
        envelope: Digest,
    },
}

impl Conflict {
    fn to_value(&self) -> Value {
        match self {
            Self::NotesSpentTwice { notes } => Value::object([
                ("kind", Value::from("notes_spent_twice")),
                ("notes", fields::hex_list(notes)),
            ]),
            Self::TransactionTwice { seq } => {
                Value::object([("kind", Value::from("transaction_twice")), ("seq", number(*seq))])
            }
            Self::EnvelopeMintedTwice { envelope } => Value::object([
                ("envelope_digest", Value::from(envelope.to_string())),
                ("kind", "envelope_minted_twice".into()),
            ]),
        }
    }
}

/// A proof that a device signed two histories. It can be shown to anyone who knows the device's public key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForkProof {
    /// What they contradict each other in.
    pub conflict: Conflict,
    /// The key that signed both.
    pub device: PublicKey,
    /// The two receipts, the one with the smaller number, or else the smaller head, first.
    pub receipts: [Receipt; 2],
}

/// Proves that two receipts cannot come from one history.
///
/// # Errors
/// [`VaultError::Signature`] or [`VaultError::ReceiptInconsistent`] for a receipt that the device did not sign;
/// [`VaultError::NoFork`] when they do not contradict each other.
pub fn verify_fork(first: &Receipt, second: &Receipt, device: &PublicKey) -> Result<ForkProof, VaultError> {
    first.verify(device)?;
    second.verify(device)?;
    let conflict = conflict(first, second)?.ok_or(VaultError::NoFork)?;
    let mut receipts = [first.clone(), second.clone()];
    receipts.sort_by_key(|receipt| (receipt.body.seq, receipt.body.head));
    Ok(ForkProof { conflict, device: device.clone(), receipts })
}

/// What two receipts contradict each other in. Signatures are not looked at.
pub(crate) fn conflict(first: &Receipt, second: &Receipt) -> Result<Option<Conflict>, VaultError> {
    let (a, b) = (&first.body, &second.body);
    // The head covers the number's whole history: one head, one receipt.
    if a.head == b.head {
        return Ok(None);
    }
    let mine: BTreeSet<Digest> = a.inputs()?.into_iter().collect();
    let theirs: BTreeSet<Digest> = b.inputs()?.into_iter().collect();
    let notes: Vec<Digest> = mine.intersection(&theirs).copied().collect();
    if !notes.is_empty() {
        return Ok(Some(Conflict::NotesSpentTwice { notes }));
    }
    if a.vault_id == b.vault_id {
        return Ok((a.seq == b.seq).then_some(Conflict::TransactionTwice { seq: a.seq }));
    }
    let envelope = |transaction: &Value| {
        let digest = transaction.get("envelope_digest")?.as_str()?;
        Digest::from_hex(digest).ok()
    };
    Ok(match (envelope(&a.transaction), envelope(&b.transaction)) {
        (Some(a), Some(b)) if a == b => Some(Conflict::EnvelopeMintedTwice { envelope: a }),
        _ => None,
    })
}

impl ForkProof {
    /// The document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object([
            ("conflict", self.conflict.to_value()),
            ("device_key", hex_encode(self.device.as_bytes()).into()),
            ("device_suite", self.device.suite().as_str().into()),
            ("receipts", self.receipts.iter().map(Receipt::to_value).collect::<Vec<Value>>().into()),
            ("schema", FORK_SCHEMA.into()),
        ])
    }

    /// The document's canonical bytes.
    ///
    /// # Errors
    /// [`VaultError::Json`] for numbers outside the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, VaultError> {
        Ok(canonical::write(&self.to_value())?)
    }

    /// Reads a proof and checks it anew from its receipts, for a device key that the reader knows from elsewhere.
    ///
    /// # Errors
    /// As [`verify_fork`]; [`VaultError::OtherDevice`] when the proof is about another device; [`VaultError::Malformed`] when it states
    /// another conflict than its receipts show.
    pub fn check(bytes: &[u8], device: &PublicKey) -> Result<Self, VaultError> {
        let limits = canonical::Limits { bytes_max: 2 * RECEIPT_BYTES_MAX + (4 << 20), depth_max: 24 };
        let value = canonical::read(bytes, &limits)?;
        let mut members = Fields::open(&value, "fork")?;
        fields::schema(&mut members, FORK_SCHEMA)?;
        let suite: Suite = members
            .string("device_suite")?
            .parse()
            .map_err(|error| malformed("fork.device_suite", format!("{error}")))?;
        let stated = PublicKey::from_suite_hex(suite, members.string("device_key")?)?;
        let conflict = members.value("conflict")?;
        let receipts = members.array("receipts")?;
        members.finish()?;
        if stated != *device {
            return Err(VaultError::OtherDevice { expected: device.key_id(), found: stated.key_id() });
        }
        let [first, second] = receipts else {
            return Err(malformed("fork.receipts", "expected two receipts"));
        };
        let proof = verify_fork(&Receipt::from_value(first)?, &Receipt::from_value(second)?, device)?;
        if proof.conflict.to_value() != *conflict {
            return Err(malformed("fork.conflict", "is not what the receipts show"));
        }
        Ok(proof)
    }
}
