//! Receipts: what the bench's device key says happened, each with the head before and after it.
//!
//! A receipt can be checked by itself: its head follows from the head before and the transaction it carries. Two receipts of one vault with
//! the same number and different heads, or with a common input, cannot both come from one history.

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::Digest;
use ztp_core::encoding::{base64_decode, base64_encode};
use ztp_core::schema::Fields;
use ztp_core::signature::{PublicKey, Signer, sign_document, verify_document};
use ztp_core::time::Timestamp;

use super::error::{VaultError, malformed};
use super::fields;
use crate::member::number;
use ztp_core::anchor::extend;
use ztp_core::digest::sha256;

/// The name of the receipt's format, and the purpose of its signature.
pub const RECEIPT_SCHEMA: &str = "ztp.vault.receipt/1";

/// Largest receipt that is read, in bytes.
pub const RECEIPT_BYTES_MAX: usize = 1 << 20;

/// A note that a spend gives back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CreatedNote {
    /// Its identifier.
    pub id: Digest,
    /// How much.
    pub amount: u64,
    /// First moment at which it can be spent.
    pub not_before: Timestamp,
    /// Last moment at which it can be spent.
    pub not_after: Timestamp,
}

/// What a receipt states.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiptBody {
    /// Change notes that the transaction created, in the order of their amounts in the transaction.
    pub created: Vec<CreatedNote>,
    /// The vault's head after the transaction: SHA-256(previous head ‖ SHA-256(transaction)).
    pub head: Digest,
    /// The head before.
    pub previous_head: Digest,
    /// Number of the transaction; the one that opened the vault is 1.
    pub seq: u64,
    /// The transaction, as a document.
    pub transaction: Value,
    /// Which vault.
    pub vault_id: Digest,
}

impl ReceiptBody {
    /// The document that is signed.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let created: Vec<Value> = self
            .created
            .iter()
            .map(|note| {
                Value::object([
                    ("amount", number(note.amount)),
                    ("id", note.id.to_string().into()),
                    ("not_after", note.not_after.to_string().into()),
                    ("not_before", note.not_before.to_string().into()),
                ])
            })
            .collect();
        Value::object([
            ("created", Value::from(created)),
            ("head", self.head.to_string().into()),
            ("previous_head", self.previous_head.to_string().into()),
            ("seq", number(self.seq)),
            ("transaction", self.transaction.clone()),
            ("vault_id", self.vault_id.to_string().into()),
        ])
    }

    fn from_value(value: &Value) -> Result<Self, VaultError> {
        let mut members = Fields::open(value, "receipt.body")?;
        let created = members.array("created")?;
        let body = Self {
            created: created
                .iter()
                .enumerate()
                .map(|(i, note)| created_note(i, note))
                .collect::<Result<_, _>>()?,
            head: fields::digest(&mut members, "head")?,
            previous_head: fields::digest(&mut members, "previous_head")?,
            seq: fields::number(&mut members, "seq")?,
            transaction: members.value("transaction")?.clone(),
            vault_id: fields::digest(&mut members, "vault_id")?,
        };
        members.finish()?;
        Ok(body)
    }

    /// The notes that the transaction spends; none for one that spends none.
    ///
    /// # Errors
    /// [`VaultError::Malformed`] for a transaction that is none.
    pub fn inputs(&self) -> Result<Vec<Digest>, VaultError> {
        match self.transaction.get("inputs").and_then(Value::as_array) {
            None => Ok(Vec::new()),
            Some(items) => items
                .iter()
                .map(|item| item.as_str().and_then(|text| Digest::from_hex(text).ok()))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| malformed("receipt.body.transaction.inputs", "expected note ids")),
        }
    }

    /// Checks that the head follows from the head before and the transaction.
    ///
    /// # Errors
    /// [`VaultError::ReceiptInconsistent`].
    pub fn check_head(&self) -> Result<(), VaultError> {
        let computed = extend(&self.previous_head, &sha256(&canonical::write(&self.transaction)?));
        if computed == self.head {
            return Ok(());
        }
        Err(VaultError::ReceiptInconsistent { seq: self.seq, stated: self.head, computed })
    }
}

fn created_note(index: usize, value: &Value) -> Result<CreatedNote, VaultError> {
    let mut members = Fields::open(value, format!("receipt.body.created[{index}]"))?;
    let note = CreatedNote {
        amount: fields::number(&mut members, "amount")?,
        id: fields::digest(&mut members, "id")?,
        not_after: fields::time(&mut members, "not_after")?,
        not_before: fields::time(&mut members, "not_before")?,
    };
    members.finish()?;
    Ok(note)
}

/// A signed receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// What it states.
    pub body: ReceiptBody,
    /// The device key's signature over the canonical body, for the purpose [`RECEIPT_SCHEMA`].
    pub signature: Vec<u8>,
}

impl Receipt {
    /// Signs a body.
    ///
    /// # Errors
    /// What the signer reports.
    pub fn sign(body: ReceiptBody, device: &dyn Signer) -> Result<Self, VaultError> {
        let signature = sign_document(device, RECEIPT_SCHEMA, &canonical::write(&body.to_value())?)?;
        Ok(Self { body, signature })
    }

    /// The document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object([
            ("body", self.body.to_value()),
            ("schema", RECEIPT_SCHEMA.into()),
            ("signature", base64_encode(&self.signature).into()),
        ])
    }

    /// The document's canonical bytes.
    ///
    /// # Errors
    /// [`VaultError::Json`] for numbers outside the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, VaultError> {
        Ok(canonical::write(&self.to_value())?)
    }

    /// Reads a document. Nothing is verified.
    ///
    /// # Errors
    /// [`VaultError`] of the member at fault.
    pub fn from_value(value: &Value) -> Result<Self, VaultError> {
        let mut members = Fields::open(value, "receipt")?;
        let body = ReceiptBody::from_value(members.value("body")?)?;
        fields::schema(&mut members, RECEIPT_SCHEMA)?;
        let signature = base64_decode(members.string("signature")?)
            .map_err(|error| malformed("receipt.signature", error.to_string()))?;
        members.finish()?;
        Ok(Self { body, signature })
    }

    /// Reads a file. White space is free. Nothing is verified.
    ///
    /// # Errors
    /// As [`Receipt::from_value`], and [`VaultError::Json`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, VaultError> {
        Self::from_value(&canonical::read(bytes, &limits())?)
    }

    /// Verifies signature and head: that the device said so, and that what it said is one step of a history.
    ///
    /// # Errors
    /// [`VaultError::Signature`] or [`VaultError::ReceiptInconsistent`].
    pub fn verify(&self, device: &PublicKey) -> Result<(), VaultError> {
        let body = canonical::write(&self.body.to_value())?;
        verify_document(device, RECEIPT_SCHEMA, &body, &self.signature)?;
        self.body.check_head()
    }
}

/// Limits for reading one receipt.
pub(crate) fn limits() -> Limits {
    Limits { bytes_max: RECEIPT_BYTES_MAX, depth_max: 16 }
}
