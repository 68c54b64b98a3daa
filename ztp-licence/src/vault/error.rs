//! Why a transaction, a document or a vault is refused.

use ztp_core::Coded;
use ztp_core::anchor::AnchorError;
use ztp_core::canonical::CanonicalError;
use ztp_core::digest::Digest;
use ztp_core::schema::SchemaError;
use ztp_core::signature::{KeyError, SignatureError};
use ztp_core::time::Timestamp;

use crate::LicenceError;

/// Why a transaction or a document is refused. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VaultError {
    /// The inputs do not add up to the amount and the change (I1).
    #[error("the inputs hold {inputs}, the amount is {amount} and the change {change}: they must be equal")]
    Conservation {
        /// Sum of the inputs.
        inputs: u64,
        /// Amount to be consumed.
        amount: u64,
        /// Sum of the change.
        change: u64,
    },
    /// A sum goes beyond 2^53 - 1 (I1).
    #[error("the amounts of class {class} would exceed 2^53 - 1")]
    TotalExceeded {
        /// The class.
        class: String,
    },
    /// A note would be created a second time (I2).
    #[error("note {note} exists already or existed once")]
    NoteExists {
        /// The note.
        note: Digest,
    },
    /// An input was spent (I2).
    #[error("note {note} was spent in transaction {seq}")]
    InputSpent {
        /// The note.
        note: Digest,
        /// The transaction that spent it.
        seq: u64,
    },
    /// An input was never created (I2, I5).
    #[error("note {note} was never created in this vault")]
    InputUnknown {
        /// The note.
        note: Digest,
    },
    /// There are no inputs (I3).
    #[error("the spend names no input")]
    InputsEmpty,
    /// The inputs do not ascend (I3).
    #[error("input {index} belongs before the one in front of it")]
    InputsOrder {
        /// The place of the input, from 0.
        index: usize,
    },
    /// An input is named twice (I3).
    #[error("input {index} is the same as the one in front of it")]
    InputsRepeated {
        /// The place of the second, from 0.
        index: usize,
    },
    /// An amount is zero or beyond the range (I4).
    #[error("{what} must be from 1 to 2^53 - 1")]
    AmountZero {
        /// Which amount.
        what: &'static str,
    },
    /// An input is of another class.
    #[error("note {note} is of class {found}, the spend of class {class}")]
    ClassMixed {
        /// The note.
        note: Digest,
        /// Its class.
        found: String,
        /// The class of the spend.
        class: String,
    },
    /// An input cannot be spent yet.
    #[error("note {note} is not valid before {not_before}")]
    NoteNotYetValid {
        /// The note.
        note: Digest,
        /// Begin of its validity.
        not_before: Timestamp,
    },
    /// An input can no longer be spent.
    #[error("note {note} expired after {not_after}")]
    NoteExpired {
        /// The note.
        note: Digest,
        /// End of its validity.
        not_after: Timestamp,
    },
    /// The spendable notes do not reach.
    #[error("{spendable} of class {class} can be spent now, {amount} were asked for{}", never_had(*known))]
    Insufficient {
        /// The class.
        class: String,
        /// Asked for.
        amount: u64,
        /// What can be spent now.
        spendable: u64,
        /// The vault has or had notes of that class.
        known: bool,
    },
    /// The request id stands for another request (I10).
    #[error("request id {request_id} was used for another request, in transaction {seq}")]
    RequestReused {
        /// The id.
        request_id: String,
        /// The transaction of the first use.
        seq: u64,
    },
    /// The clock is behind (I9).
    #[error("the clock says {now}, but the vault has seen {floor}")]
    ClockBehind {
        /// The time given.
        now: Timestamp,
        /// The latest time seen.
        floor: Timestamp,
    },
    /// The envelope was refused, or the verdict is about another file (I5).
    #[error("the envelope {envelope} is not one that the verifier accepted ({reason})")]
    EnvelopeNotAccepted {
        /// SHA-256 of the file.
        envelope: Digest,
        /// The code of the check that fails, or what is wrong.
        reason: String,
    },
    /// Another envelope of this id was minted (I2).
    #[error("envelope id {envelope_id} was minted from other bytes, in transaction {seq}")]
    EnvelopeReused {
        /// The id.
        envelope_id: String,
        /// The transaction that minted the first.
        seq: u64,
    },
    /// The envelope mints for whoever has it.
    #[error("envelope {envelope_id} mints notes but is not bound to one bench")]
    EnvelopeUnbound {
        /// The envelope.
        envelope_id: String,
    },
    /// The envelope is for another bench.
    #[error("envelope {envelope_id} mints for bench {bench}, not for this one")]
    OtherBench {
        /// The envelope.
        envelope_id: String,
        /// The bench it names.
        bench: String,
    },
    /// The envelope answers a request of another history.
    #[error("the envelope answers head {head}, which is no open request of this vault")]
    HeadMismatch {
        /// The head in the envelope.
        head: Digest,
    },
    /// The envelope mints nothing.
    #[error("envelope {envelope_id} mints no notes")]
    MintEmpty {
        /// The envelope.
        envelope_id: String,
    },
    /// A list is too long.
    #[error("{what} has {found} items, the limit is {max}")]
    ListLength {
        /// Which list.
        what: &'static str,
        /// Items found.
        found: usize,
        /// Most items allowed.
        max: usize,
    },
    /// The signer is not the device of this vault.
    #[error("the signing key is {found}, the device key of this vault is {expected}")]
    OtherDevice {
        /// Key id of the vault's device.
        expected: Digest,
        /// Key id of the signer.
        found: Digest,
    },
    /// The machine's generation changed and nobody recorded why.
    #[error(
        "the machine's generation is {found}, the vault last ran under {expected}: a restored or cloned machine"
    )]
    GenerationChanged {
        /// The generation recorded.
        expected: String,
        /// The generation now.
        found: String,
    },
    /// A text is not acceptable.
    #[error("{what} is not acceptable: {expected}")]
    Text {
        /// Which text.
        what: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A transaction that opens a vault, where there is one.
    #[error("the vault is open already")]
    OpenAgain,
    /// A transaction for a vault that is not open.
    #[error("there is no vault yet")]
    NotOpen,
    /// The caller decided on an older state.
    #[error("the vault is at transaction {found}, the caller looked at {expected}")]
    Stale {
        /// What the caller saw.
        expected: u64,
        /// Where the vault is.
        found: u64,
    },
    /// What the caller asks for is not of the form that it must have.
    #[error("{path}: {reason}")]
    RequestMalformed {
        /// The member.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// What was brought to hold a vault against cannot be used. It is no word about the vault.
    #[error("{what} cannot be used: {reason}")]
    EvidenceUnusable {
        /// Which of the things brought.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A document or record has another form.
    #[error("{path}: {reason}")]
    Malformed {
        /// Where.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A member is missing, unknown or of another type.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// A document is not JSON of the profile.
    #[error(transparent)]
    Json(#[from] CanonicalError),
    /// A key in a document is not usable.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A signature does not hold, or could not be made.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// An embedded envelope cannot be read.
    #[error(transparent)]
    Licence(#[from] LicenceError),
    /// A receipt does not follow from what it states.
    #[error("the receipt of transaction {seq} states head {stated}, its content gives {computed}")]
    ReceiptInconsistent {
        /// The transaction.
        seq: u64,
        /// The head stated.
        stated: Digest,
        /// The head computed.
        computed: Digest,
    },
    /// Two documents are of different vaults.
    #[error("the documents are of the vaults {first} and {second}")]
    OtherVault {
        /// The vault of the first.
        first: Digest,
        /// The vault of the second.
        second: Digest,
    },
    /// Two receipts do not contradict each other.
    #[error("the receipts do not contradict each other: they share no input and no sequence number")]
    NoFork,
    /// The anchor has seen more (I8).
    #[error("{anchor} transactions are known outside, the vault has {vault}: an older copy was put back")]
    RolledBack {
        /// Transactions that the anchor, or a receipt, counts.
        anchor: u64,
        /// Transactions that the vault counts.
        vault: u64,
    },
    /// The anchor has seen another history (I8).
    #[error("{anchor} is known outside, the vault's own history gives {vault}: two histories exist")]
    Forked {
        /// The anchor's digest, or the head in a receipt.
        anchor: Digest,
        /// What this history gives in its place.
        vault: Digest,
    },
    /// The anchor lacks more than one transaction (I8).
    #[error(
        "the anchor counts {anchor} transactions, the vault has {vault}: more than the one that a crash can leave"
    )]
    AnchorBehind {
        /// Transactions the anchor counts.
        anchor: u64,
        /// Transactions the vault has since it was bound.
        vault: u64,
    },
    /// The vault is bound and no anchor was given.
    #[error("the vault is bound to the anchor {id}, which was not given")]
    AnchorMissing {
        /// The anchor's name.
        id: String,
    },
    /// Another anchor was given.
    #[error("the vault is bound to the anchor {expected}, the one given is {found}")]
    AnchorOther {
        /// The name recorded.
        expected: String,
        /// The name found.
        found: String,
    },
    /// The anchor does not work.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// A witness' evidence is not usable.
    #[error("the witness' evidence cannot be used: {reason}")]
    WitnessUnusable {
        /// Why.
        reason: String,
    },
}

impl Coded for VaultError {
    fn code(&self) -> &'static str {
        match self {
            Self::Conservation { .. } => "vault_conservation",
            Self::TotalExceeded { .. } => "vault_total_exceeded",
            Self::NoteExists { .. } => "vault_note_exists",
            Self::InputSpent { .. } => "vault_input_spent",
            Self::InputUnknown { .. } => "vault_input_unknown",
            Self::InputsEmpty => "vault_inputs_empty",
            Self::InputsOrder { .. } => "vault_inputs_order",
            Self::InputsRepeated { .. } => "vault_inputs_repeated",
            Self::AmountZero { .. } => "vault_amount_zero",
            Self::ClassMixed { .. } => "vault_class_mixed",
            Self::NoteNotYetValid { .. } => "vault_note_not_yet_valid",
            Self::NoteExpired { .. } => "vault_note_expired",
            Self::Insufficient { .. } => "vault_insufficient",
            Self::RequestReused { .. } => "vault_request_reused",
            Self::ClockBehind { .. } => "vault_clock_behind",
            Self::EnvelopeNotAccepted { .. } => "vault_envelope_not_accepted",
            Self::EnvelopeReused { .. } => "vault_envelope_reused",
            Self::EnvelopeUnbound { .. } => "vault_envelope_unbound",
            Self::OtherBench { .. } => "vault_other_bench",
            Self::HeadMismatch { .. } => "vault_head_mismatch",
            Self::MintEmpty { .. } => "vault_mint_empty",
            Self::ListLength { .. } => "vault_list_length",
            Self::OtherDevice { .. } => "vault_other_device",
            Self::GenerationChanged { .. } => "vault_generation_changed",
            Self::Text { .. } => "vault_text",
            Self::OpenAgain => "vault_exists",
            Self::NotOpen => "vault_not_found",
            Self::Stale { .. } => "vault_stale",
            Self::Malformed { .. } => "vault_record_malformed",
            Self::RequestMalformed { .. } => "vault_request_malformed",
            Self::EvidenceUnusable { .. } => "vault_evidence_unusable",
            Self::Schema(error) => error.code(),
            Self::Json(error) => error.code(),
            Self::Key(error) => error.code(),
            Self::Signature(error) => error.code(),
            Self::Licence(error) => error.code(),
            Self::ReceiptInconsistent { .. } => "vault_receipt_inconsistent",
            Self::OtherVault { .. } => "vault_receipt_other_vault",
            Self::NoFork => "vault_no_fork",
            Self::RolledBack { .. } => "vault_rolled_back",
            Self::Forked { .. } => "vault_forked",
            Self::AnchorBehind { .. } => "vault_anchor_behind",
            Self::AnchorMissing { .. } => "vault_anchor_missing",
            Self::AnchorOther { .. } => "vault_anchor_other",
            Self::Anchor(error) => error.code(),
            Self::WitnessUnusable { .. } => "vault_witness_unusable",
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Self::Json(error) => error.offset(),
            _ => None,
        }
    }
}

fn never_had(known: bool) -> &'static str {
    if known { "" } else { "; this vault never had a note of that class" }
}

/// A [`VaultError::Malformed`] at a path.
pub(crate) fn malformed(path: impl Into<String>, reason: impl Into<String>) -> VaultError {
    VaultError::Malformed { path: path.into(), reason: reason.into() }
}
