//! The air-gap loop: what a bench sends to its issuer, and what the issuer finds by comparing it with what it holds (tier T3).

use std::collections::{BTreeMap, HashMap};

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::Digest;
use ztp_core::encoding::{base64_decode, base64_encode};
use ztp_core::schema::Fields;
use ztp_core::signature::{PublicKey, Signer, sign_document, verify_document};
use ztp_core::time::Timestamp;

use super::error::{VaultError, malformed};
use super::fields;
use super::fork::{ForkProof, conflict, verify_fork};
use super::receipt::Receipt;
use crate::member::number;

/// The name of the request's format, and the purpose of its signature.
pub const REQUEST_SCHEMA: &str = "ztp.vault.request/1";

/// The name of the reconciliation's format.
pub const RECONCILIATION_SCHEMA: &str = "ztp.vault.reconciliation/1";

/// Most receipts in one request.
pub const REQUEST_RECEIPTS_MAX: usize = 20_000;

/// Largest request that is read, in bytes.
pub const REQUEST_BYTES_MAX: usize = 128 << 20;

/// What a bench asks its issuer with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestBody {
    /// What the anchor the vault is bound to must hold, or null: `{"counter","digest","id","kind"}`.
    pub anchor: Value,
    /// The bench.
    pub bench_id: String,
    /// The last signed checkpoint of the vault's log, if it was sealed yet.
    pub checkpoint: Option<String>,
    /// What is left by class, as the status document lists it.
    pub classes: Value,
    /// A TPM's quote over the head, in base64, if there is one.
    pub quote: Option<String>,
    /// Receipts from some transaction up to the request's own, without a gap.
    pub receipts: Vec<Receipt>,
    /// When.
    pub time: Timestamp,
}

/// A signed request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VaultRequest {
    /// What it says.
    pub body: RequestBody,
    /// The device key's signature over the canonical body, for the purpose [`REQUEST_SCHEMA`].
    pub signature: Vec<u8>,
}

impl RequestBody {
    fn to_value(&self) -> Value {
        let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::from);
        let last = self.receipts.last().map(|receipt| &receipt.body);
        Value::object([
            ("anchor", self.anchor.clone()),
            ("bench_id", self.bench_id.as_str().into()),
            ("checkpoint", text(&self.checkpoint)),
            ("classes", self.classes.clone()),
            ("head", fields::hex_or_null(last.map(|body| &body.head))),
            ("quote", text(&self.quote)),
            ("receipts", self.receipts.iter().map(Receipt::to_value).collect::<Vec<Value>>().into()),
            ("seq", number(last.map_or(0, |body| body.seq))),
            ("time", self.time.to_string().into()),
            ("vault_id", fields::hex_or_null(last.map(|body| &body.vault_id))),
        ])
    }

    fn from_value(value: &Value) -> Result<Self, VaultError> {
        let mut members = Fields::open(value, "request.body")?;
        let receipts = members.array("receipts")?;
        if receipts.is_empty() || receipts.len() > REQUEST_RECEIPTS_MAX {
            return Err(malformed(
                "request.body.receipts",
                format!("expected 1 to {REQUEST_RECEIPTS_MAX} receipts"),
            ));
        }
        let body = Self {
            anchor: members.value("anchor")?.clone(),
            bench_id: fields::identifier(&mut members, "bench_id")?,
            checkpoint: members.nullable_string("checkpoint")?.map(str::to_owned),
            classes: members.value("classes")?.clone(),
            quote: members.nullable_string("quote")?.map(str::to_owned),
            receipts: receipts.iter().map(Receipt::from_value).collect::<Result<_, _>>()?,
            time: fields::time(&mut members, "time")?,
        };
        // Stated for the reader; they must be those of the last receipt.
        let (head, seq) = (fields::digest(&mut members, "head")?, fields::number(&mut members, "seq")?);
        let vault_id = fields::digest(&mut members, "vault_id")?;
        members.finish()?;
        let last = body.receipts.last().map(|receipt| &receipt.body);
        if last.is_none_or(|last| (last.head, last.seq, last.vault_id) != (head, seq, vault_id)) {
            return Err(malformed(
                "request.body",
                "head, seq and vault_id are not those of the last receipt",
            ));
        }
        Ok(body)
    }
}

impl VaultRequest {
    /// Signs a request.
    ///
    /// # Errors
    /// What the signer reports.
    pub fn sign(body: RequestBody, device: &dyn Signer) -> Result<Self, VaultError> {
        let signature = sign_document(device, REQUEST_SCHEMA, &canonical::write(&body.to_value())?)?;
        Ok(Self { body, signature })
    }

    /// The document's canonical bytes.
    ///
    /// # Errors
    /// [`VaultError::Json`] for numbers outside the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, VaultError> {
        Ok(canonical::write(&Value::object([
            ("body", self.body.to_value()),
            ("schema", REQUEST_SCHEMA.into()),
            ("signature", base64_encode(&self.signature).into()),
        ]))?)
    }

    /// Reads a request. Nothing is verified.
    ///
    /// # Errors
    /// [`VaultError`] of the member at fault.
    pub fn from_json(bytes: &[u8]) -> Result<Self, VaultError> {
        let value = canonical::read(bytes, &Limits { bytes_max: REQUEST_BYTES_MAX, depth_max: 24 })?;
        let mut members = Fields::open(&value, "request")?;
        let body = RequestBody::from_value(members.value("body")?)?;
        fields::schema(&mut members, REQUEST_SCHEMA)?;
        let signature = base64_decode(members.string("signature")?)
            .map_err(|error| malformed("request.signature", error.to_string()))?;
        members.finish()?;
        Ok(Self { body, signature })
    }

    /// Verifies the device's signature over the request and over each receipt in it.
    ///
    /// # Errors
    /// [`VaultError::Signature`] or [`VaultError::ReceiptInconsistent`].
    pub fn verify(&self, device: &PublicKey) -> Result<(), VaultError> {
        let body = canonical::write(&self.body.to_value())?;
        verify_document(device, REQUEST_SCHEMA, &body, &self.signature)?;
        self.body.receipts.iter().try_for_each(|receipt| receipt.verify(device))
    }
}

/// What comparing receipts shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must decide about each")]
pub enum ReconciliationStatus {
    /// The request continues everything that the issuer holds.
    Consistent,
    /// Receipts are missing in between: nothing is known of that time.
    Unlinked,
    /// The request ends before what the issuer holds.
    RolledBack,
    /// Two histories exist; the proof is there.
    Forked,
    /// The issuer holds no receipt of this device: nothing was compared.
    NothingHeld,
}

/// The issuer's comparison of a request with the receipts it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reconciliation {
    /// What it shows.
    pub status: ReconciliationStatus,
    /// The vault.
    pub vault_id: Digest,
    /// Head and number of the request: what an answer is to be bound to.
    pub head: Digest,
    /// Number of the request's last transaction.
    pub seq: u64,
    /// Highest number that the issuer held before.
    pub known_seq: u64,
    /// Transactions of which there is no receipt, as first and last number.
    pub missing: Vec<(u64, u64)>,
    /// The proof of a fork.
    pub fork: Option<Box<ForkProof>>,
}

impl Reconciliation {
    /// The code of a negative result.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self.status {
            ReconciliationStatus::Consistent => None,
            ReconciliationStatus::Unlinked => Some("vault_unlinked"),
            ReconciliationStatus::RolledBack => Some("vault_rolled_back"),
            ReconciliationStatus::Forked => Some("vault_forked"),
            ReconciliationStatus::NothingHeld => Some("vault_nothing_held"),
        }
    }

    /// The document's canonical bytes.
    ///
    /// # Errors
    /// [`VaultError::Json`] for numbers outside the profile.
    pub fn to_json(&self) -> Result<Vec<u8>, VaultError> {
        let missing = self
            .missing
            .iter()
            .map(|(from, to)| Value::object([("from", number(*from)), ("to", number(*to))]));
        let (status, tier) = match self.status {
            ReconciliationStatus::Consistent => ("consistent", Value::from("T3")),
            ReconciliationStatus::Unlinked => ("unlinked", Value::Null),
            ReconciliationStatus::RolledBack => ("rolled_back", Value::Null),
            ReconciliationStatus::Forked => ("forked", Value::Null),
            ReconciliationStatus::NothingHeld => ("nothing_held", Value::Null),
        };
        let mut rests_on = vec![Value::from("device_key")];
        if self.status != ReconciliationStatus::NothingHeld {
            rests_on.insert(0, "receipts_held_by_the_issuer".into());
        }
        let mut unchecked = vec![Value::from("transactions_after_the_request")];
        if self.known_seq == 0 {
            unchecked.push("no_receipts_held_before".into());
        }
        Ok(canonical::write(&Value::object([
            ("code", self.code().map_or(Value::Null, Value::from)),
            ("fork", self.fork.as_ref().map_or(Value::Null, |fork| fork.to_value())),
            ("head", self.head.to_string().into()),
            ("known_seq", number(self.known_seq)),
            ("missing", missing.collect::<Vec<Value>>().into()),
            ("rests_on", rests_on.into()),
            ("schema", RECONCILIATION_SCHEMA.into()),
            ("seq", number(self.seq)),
            ("status", status.into()),
            ("tier", tier),
            ("unchecked", unchecked.into()),
            ("vault_id", self.vault_id.to_string().into()),
        ]))?)
    }
}

/// Compares a request with the receipts that the issuer holds of the device.
///
/// # Errors
/// A signature that does not hold, of the request or of any receipt; [`VaultError::OtherVault`] for a request of a vault other than
/// that of every receipt held, without a contradiction between the two.
pub fn reconcile(
    held: &[Receipt],
    request: &VaultRequest,
    device: &PublicKey,
) -> Result<Reconciliation, VaultError> {
    request.verify(device)?;
    held.iter().try_for_each(|receipt| receipt.verify(device))?;
    let Some(last) = request.body.receipts.last().map(|receipt| &receipt.body) else {
        return Err(malformed("request.body.receipts", "expected 1 receipt at least"));
    };
    let known_seq = held.iter().map(|receipt| receipt.body.seq).max().unwrap_or(0);
    let mut result = Reconciliation {
        status: ReconciliationStatus::Consistent,
        vault_id: last.vault_id,
        head: last.head,
        seq: last.seq,
        known_seq,
        missing: Vec::new(),
        fork: None,
    };
    if let Some((first, second)) = find_conflict(held, &request.body.receipts)? {
        result.fork = Some(Box::new(verify_fork(first, second, device)?));
        result.status = ReconciliationStatus::Forked;
        return Ok(result);
    }
    if let Some(other) = held.iter().find(|receipt| receipt.body.vault_id != last.vault_id) {
        return Err(VaultError::OtherVault { first: other.body.vault_id, second: last.vault_id });
    }
    let all = held.iter().chain(&request.body.receipts).map(|receipt| (receipt.body.seq, &receipt.body));
    let by_seq: BTreeMap<u64, _> = all.collect();
    let mut next = 1;
    for (&seq, body) in by_seq.iter().filter(|(seq, _)| **seq > 0) {
        if seq > next {
            result.missing.push((next, seq - 1));
        } else if by_seq.get(&(seq - 1)).is_some_and(|before| before.head != body.previous_head) {
            // What it continues is another transaction of the number before, and that one is not here.
            result.missing.push((seq - 1, seq - 1));
        }
        next = seq + 1;
    }
    if held.is_empty() {
        result.status = ReconciliationStatus::NothingHeld;
    } else if last.seq < known_seq {
        result.status = ReconciliationStatus::RolledBack;
    } else if !result.missing.is_empty() {
        result.status = ReconciliationStatus::Unlinked;
    }
    Ok(result)
}

/// Two receipts that contradict each other: a common input first, because it is a double spend.
fn find_conflict<'r>(
    held: &'r [Receipt],
    new: &'r [Receipt],
) -> Result<Option<(&'r Receipt, &'r Receipt)>, VaultError> {
    let mut spent: HashMap<Digest, &Receipt> = HashMap::new();
    let mut numbered: HashMap<(Digest, u64), &Receipt> = HashMap::new();
    let mut minted: HashMap<String, &Receipt> = HashMap::new();
    let mut second_choice = None;
    for receipt in held.iter().chain(new) {
        for input in receipt.body.inputs()? {
            let first = *spent.entry(input).or_insert(receipt);
            if conflict(first, receipt)?.is_some() {
                return Ok(Some((first, receipt)));
            }
        }
        let first = *numbered.entry((receipt.body.vault_id, receipt.body.seq)).or_insert(receipt);
        if second_choice.is_none() && conflict(first, receipt)?.is_some() {
            second_choice = Some((first, receipt));
        }
        if let Some(envelope) = receipt.body.transaction.get("envelope_digest").and_then(Value::as_str) {
            let first = *minted.entry(envelope.to_owned()).or_insert(receipt);
            if second_choice.is_none() && conflict(first, receipt)?.is_some() {
                second_choice = Some((first, receipt));
            }
        }
    }
    Ok(second_choice)
}
