//! What can happen to a vault, as canonical documents (`ztp.vault.transaction/1`).
//!
//! A transaction says everything that its effect depends on, the time included, so that replaying it gives the same vault.

use ztp_core::anchor::{AnchorKind, AnchorReading};
use ztp_core::canonical::{self, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::encoding::hex_encode;
use ztp_core::schema::Fields;
use ztp_core::signature::{PublicKey, Suite};
use ztp_core::time::Timestamp;

use super::error::{VaultError, malformed};
use super::fields;
use crate::licence::{BenchBinding, Licence};
use crate::member::number;
use crate::statement::ClockStatement;

/// The name of the transaction's format.
pub const TRANSACTION_SCHEMA: &str = "ztp.vault.transaction/1";

/// Most inputs of one spend.
pub const INPUTS_MAX: usize = 4096;

/// Most change notes of one spend.
pub const CHANGE_MAX: usize = 256;

/// Something that happens to a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a replay must decide about each kind")]
pub enum Transaction {
    /// The vault is made.
    Open(Open),
    /// An accepted envelope creates notes.
    Mint(Mint),
    /// Notes are spent.
    Spend(Spend),
    /// The bench asks its issuer for notes; the answer can be bound to the head after this.
    Request(NoteRequest),
    /// The vault is tied to another fact outside it, or loses one.
    Reanchor(Reanchor),
}

/// The first transaction of a vault.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Open {
    /// The bench whose vault it is.
    pub bench_id: String,
    /// The key that signs its receipts.
    pub device: PublicKey,
    /// The machine's generation (VMGenID), if the host has one.
    pub generation: Option<String>,
    /// Random bytes that make the vault different from every other.
    pub nonce: Digest,
    /// When it is made.
    pub time: Timestamp,
}

/// A note as an envelope creates it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewNote {
    /// Its identifier.
    pub id: Digest,
    /// What it pays for.
    pub class: String,
    /// How much.
    pub amount: u64,
    /// First moment at which it can be spent.
    pub not_before: Timestamp,
    /// Last moment at which it can be spent.
    pub not_after: Timestamp,
}

/// An envelope's notes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mint {
    /// Which bench the envelope is for.
    pub bench: BenchBinding,
    /// SHA-256 of the envelope.
    pub envelope_digest: Digest,
    /// Its id.
    pub envelope_id: String,
    /// When the issuer made it: a signed time.
    pub issued_at: Timestamp,
    /// The licence it belongs to.
    pub licence_id: String,
    /// The notes, by ascending serial.
    pub notes: Vec<NewNote>,
    /// When they are taken in.
    pub time: Timestamp,
    /// The head of the request that it answers, if it is bound to one.
    pub vault_head: Option<Digest>,
    /// What the issuer says of a clock that was ahead, if anything.
    pub clock_statement: Option<ClockStatement>,
}

impl Mint {
    /// What an envelope mints. Whether the envelope is to be believed is for its verdict.
    #[must_use]
    pub fn new(licence: &Licence, envelope_digest: Digest, time: Timestamp) -> Self {
        let note = |note: &crate::mint::Note| NewNote {
            id: note.id(licence),
            class: note.class.clone(),
            amount: note.amount,
            not_before: note.not_before,
            not_after: note.not_after,
        };
        Self {
            bench: licence.bench.clone(),
            envelope_digest,
            envelope_id: licence.envelope_id.clone(),
            issued_at: licence.issued_at,
            licence_id: licence.licence_id.clone(),
            notes: licence.mint.iter().map(note).collect(),
            time,
            vault_head: licence.vault_head,
            clock_statement: licence.clock_statement.clone(),
        }
    }

    /// SHA-256 of the notes' identifiers one after the other.
    fn notes_digest(&self) -> Digest {
        let ids: Vec<&[u8]> = self.notes.iter().map(|note| note.id.as_ref()).collect();
        ztp_core::digest::sha256_parts(&ids)
    }
}

/// What a caller asks to be spent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "callers make it")]
pub struct SpendRequest {
    /// Names the request: the same request again gives the same receipt.
    pub request_id: String,
    /// What is paid for.
    pub class: String,
    /// How much is consumed.
    pub amount: u64,
    /// What for, for people.
    pub purpose: String,
    /// The notes to spend, strictly ascending; the vault chooses those that expire first where none are given.
    pub inputs: Option<Vec<Digest>>,
    /// Amounts of the change notes; one note of what is left over where none are given.
    pub change: Option<Vec<u64>>,
}

impl SpendRequest {
    /// Reads a request from a value: `{"amount","change"?,"class","inputs"?,"purpose","request_id"}`.
    ///
    /// # Errors
    /// [`VaultError`] of the member at fault.
    pub fn from_value(value: &Value) -> Result<Self, VaultError> {
        Self::read(value).map_err(|error| match error {
            VaultError::Malformed { path, reason } => VaultError::RequestMalformed { path, reason },
            other => other,
        })
    }

    fn read(value: &Value) -> Result<Self, VaultError> {
        let mut members = Fields::open(value, "request")?;
        let request = Self {
            request_id: fields::identifier(&mut members, "request_id")?,
            class: fields::identifier(&mut members, "class")?,
            amount: fields::number(&mut members, "amount")?,
            purpose: members.string("purpose")?.to_owned(),
            inputs: match members.optional("inputs")? {
                Some(_) => Some(fields::digests(&mut members, "inputs", INPUTS_MAX)?),
                None => None,
            },
            change: match members.optional("change")? {
                Some(_) => Some(fields::numbers(&mut members, "change", CHANGE_MAX)?),
                None => None,
            },
        };
        members.finish()?;
        Ok(request)
    }

    /// The request as a value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = vec![
            ("amount", number(self.amount)),
            ("class", self.class.as_str().into()),
            ("purpose", self.purpose.as_str().into()),
            ("request_id", self.request_id.as_str().into()),
        ];
        members.extend(self.inputs.as_ref().map(|inputs| ("inputs", fields::hex_list(inputs))));
        members.extend(self.change.as_ref().map(|change| ("change", numbers(change))));
        Value::object(members)
    }

    /// SHA-256 of the request as it was made: what the request id stands for.
    ///
    /// # Errors
    /// [`VaultError::Json`] for numbers outside the profile.
    pub fn digest(&self) -> Result<Digest, VaultError> {
        Ok(sha256(&canonical::write(&self.to_value())?))
    }
}

/// Notes spent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spend {
    /// How much is consumed.
    pub amount: u64,
    /// Amounts of the change notes.
    pub change: Vec<u64>,
    /// What is paid for.
    pub class: String,
    /// The notes, strictly ascending.
    pub inputs: Vec<Digest>,
    /// What for.
    pub purpose: String,
    /// [`SpendRequest::digest`] of the request as it was made.
    pub request_digest: Digest,
    /// The request's name.
    pub request_id: String,
    /// When.
    pub time: Timestamp,
}

/// A request for notes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoteRequest {
    /// The request's name.
    pub request_id: String,
    /// When.
    pub time: Timestamp,
}

/// A change of what the vault is tied to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reanchor {
    /// What changed.
    pub change: AnchorChange,
    /// Why, for people.
    pub reason: String,
    /// When.
    pub time: Timestamp,
}

/// What a re-anchoring changes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a replay must decide about each kind")]
pub enum AnchorChange {
    /// The vault is bound to an anchor, which held this before.
    Bound {
        /// The anchor's name.
        id: String,
        /// What stands behind it.
        kind: AnchorKind,
        /// What it held before this transaction.
        start: AnchorReading,
    },
    /// The anchor is lost; the vault is bound to none.
    Lost,
    /// The machine's generation is another.
    Generation {
        /// The new generation.
        generation: String,
    },
}

impl Transaction {
    /// When it happens.
    #[must_use]
    pub const fn time(&self) -> Timestamp {
        match self {
            Self::Open(Open { time, .. })
            | Self::Mint(Mint { time, .. })
            | Self::Spend(Spend { time, .. })
            | Self::Request(NoteRequest { time, .. })
            | Self::Reanchor(Reanchor { time, .. }) => *time,
        }
    }

    /// The word for what happens.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Mint(_) => "mint",
            Self::Spend(_) => "spend",
            Self::Request(_) => "request",
            Self::Reanchor(_) => "reanchor",
        }
    }

    /// The document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members: Vec<(&str, Value)> = match self {
            Self::Open(open) => vec![
                ("bench_id", open.bench_id.as_str().into()),
                ("device_key", hex_encode(open.device.as_bytes()).into()),
                ("device_suite", open.device.suite().as_str().into()),
                ("generation", text_or_null(open.generation.as_deref())),
                ("nonce", open.nonce.to_string().into()),
            ],
            Self::Mint(mint) => vec![
                ("envelope_digest", mint.envelope_digest.to_string().into()),
                ("envelope_id", mint.envelope_id.as_str().into()),
                ("issued_at", mint.issued_at.to_string().into()),
                ("licence_id", mint.licence_id.as_str().into()),
                ("notes", number(u64::try_from(mint.notes.len()).unwrap_or(u64::MAX))),
                ("notes_digest", mint.notes_digest().to_string().into()),
                ("vault_head", fields::hex_or_null(mint.vault_head.as_ref())),
            ],
            Self::Spend(spend) => vec![
                ("amount", number(spend.amount)),
                ("change", numbers(&spend.change)),
                ("class", spend.class.as_str().into()),
                ("inputs", fields::hex_list(&spend.inputs)),
                ("purpose", spend.purpose.as_str().into()),
                ("request_digest", spend.request_digest.to_string().into()),
                ("request_id", spend.request_id.as_str().into()),
            ],
            Self::Request(request) => vec![("request_id", request.request_id.as_str().into())],
            Self::Reanchor(reanchor) => {
                vec![("change", reanchor.change.to_value()), ("reason", reanchor.reason.as_str().into())]
            }
        };
        members.push(("kind", self.kind().into()));
        members.push(("schema", TRANSACTION_SCHEMA.into()));
        members.push(("time", self.time().to_string().into()));
        Value::object(members)
    }

    /// SHA-256 of the canonical document.
    ///
    /// # Errors
    /// [`VaultError::Json`] for numbers outside the profile.
    pub fn digest(&self) -> Result<Digest, VaultError> {
        Ok(sha256(&canonical::write(&self.to_value())?))
    }

    /// Reads a document. A mint's document names its notes by digest only: `minted` is the mint as its envelope gives it.
    ///
    /// # Errors
    /// [`VaultError`] of the member at fault; [`VaultError::Malformed`] for a mint without its envelope.
    pub(crate) fn from_value(value: &Value, minted: Option<Mint>) -> Result<Self, VaultError> {
        let mut members = Fields::open(value, "transaction")?;
        fields::schema(&mut members, TRANSACTION_SCHEMA)?;
        let time = fields::time(&mut members, "time")?;
        let transaction = match members.string("kind")? {
            "open" => Self::Open(read_open(&mut members, time)?),
            "mint" => {
                let mint = minted.ok_or_else(|| malformed("transaction", "a mint without its envelope"))?;
                let mint = Self::Mint(Mint { time, ..mint });
                // Whatever the record says of its envelope must be what the envelope says.
                if mint.to_value() != *value {
                    return Err(malformed("transaction", "says something else than its envelope"));
                }
                return Ok(mint);
            }
            "spend" => Self::Spend(Spend {
                amount: fields::number(&mut members, "amount")?,
                change: fields::numbers(&mut members, "change", CHANGE_MAX)?,
                class: fields::identifier(&mut members, "class")?,
                inputs: fields::digests(&mut members, "inputs", INPUTS_MAX)?,
                purpose: members.string("purpose")?.to_owned(),
                request_digest: fields::digest(&mut members, "request_digest")?,
                request_id: fields::identifier(&mut members, "request_id")?,
                time,
            }),
            "request" => {
                let request_id = fields::identifier(&mut members, "request_id")?;
                Self::Request(NoteRequest { request_id, time })
            }
            "reanchor" => {
                let change = AnchorChange::from_value(members.value("change")?)?;
                let reason = members.string("reason")?.to_owned();
                Self::Reanchor(Reanchor { change, reason, time })
            }
            _ => {
                return Err(malformed("transaction.kind", "expected open, mint, spend, request or reanchor"));
            }
        };
        members.finish()?;
        Ok(transaction)
    }
}

fn read_open(members: &mut Fields<'_>, time: Timestamp) -> Result<Open, VaultError> {
    let suite = members.string("device_suite")?;
    let suite: Suite =
        suite.parse().map_err(|error| malformed("transaction.device_suite", format!("{error}")))?;
    let device = PublicKey::from_suite_hex(suite, members.string("device_key")?)?;
    Ok(Open {
        bench_id: fields::identifier(members, "bench_id")?,
        device,
        generation: members.nullable_string("generation")?.map(str::to_owned),
        nonce: fields::digest(members, "nonce")?,
        time,
    })
}

impl AnchorChange {
    fn to_value(&self) -> Value {
        match self {
            Self::Bound { id, kind, start } => Value::object([
                ("anchor", Value::from(id.as_str())),
                ("counter", number(start.counter)),
                ("digest", start.digest.to_string().into()),
                ("kind", kind.as_str().into()),
                ("what", "anchor_bound".into()),
            ]),
            Self::Lost => Value::object([("what", "anchor_lost")]),
            Self::Generation { generation } => {
                Value::object([("generation", generation.as_str()), ("what", "generation_changed")])
            }
        }
    }

    fn from_value(value: &Value) -> Result<Self, VaultError> {
        let mut members = Fields::open(value, "transaction.change")?;
        let change = match members.string("what")? {
            "anchor_bound" => Self::Bound {
                id: members.string("anchor")?.to_owned(),
                kind: AnchorKind::from_word(members.string("kind")?).ok_or_else(|| {
                    malformed("transaction.change.kind", "expected test, software or hardware")
                })?,
                start: AnchorReading {
                    counter: fields::number(&mut members, "counter")?,
                    digest: fields::digest(&mut members, "digest")?,
                },
            },
            "anchor_lost" => Self::Lost,
            "generation_changed" => Self::Generation { generation: members.string("generation")?.to_owned() },
            _ => {
                let reason = "expected anchor_bound, anchor_lost or generation_changed";
                return Err(malformed("transaction.change.what", reason));
            }
        };
        members.finish()?;
        Ok(change)
    }
}

fn numbers(list: &[u64]) -> Value {
    list.iter().map(|amount| number(*amount)).collect::<Vec<Value>>().into()
}

fn text_or_null(text: Option<&str>) -> Value {
    text.map_or(Value::Null, Value::from)
}
