//! What may this bench still spend, what did it spend, and how would an older copy of the answer show? (camada 8)
//!
//! A vault holds notes, not balances. Envelopes mint notes; a spend names the notes it uses up, consumes an amount for a purpose
//! and gives the rest back as change. [`State::apply`] is the whole rule, without I/O: it takes a transaction or refuses it with the
//! code of the rule that it breaks. The [`store`] is a fold over a sealed log: replaying the log gives the state.
//!
//! Every transaction makes a [`Receipt`], signed by the bench's device key, that carries the head before and after it. Two receipts of
//! one device that spend one note, or that give one number to two histories, are a proof that anyone can check ([`verify_fork`]).
//!
//! **What a vault cannot do by itself**: a copy of the disk is a whole vault, head and all. Restoring it brings spent notes back, and
//! nothing in the copy can show it. Only a fact outside the copy can: a TPM's NV memory (tier T1, [`anchor`]), a witness that
//! cosigned a later head (T2, [`witness`]), or the issuer who kept receipts (T3, [`reconcile`]). Without one the verdict is
//! `unanchored` (T0), never that all is well.
//!
//! The formats are described in `docs/formats/vault.md`.

pub mod anchor;
mod error;
pub(crate) mod fields;
mod fork;
mod receipt;
mod request;
mod rules;
mod simulate;
mod snapshot;
mod state;
mod status;
pub mod store;
mod transaction;
mod verdict;
pub mod witness;

pub use error::VaultError;
pub use fork::{Conflict, FORK_SCHEMA, ForkProof, verify_fork};
pub use receipt::{CreatedNote, RECEIPT_BYTES_MAX, RECEIPT_SCHEMA, Receipt, ReceiptBody};
pub use request::{
    RECONCILIATION_SCHEMA, REQUEST_BYTES_MAX, REQUEST_RECEIPTS_MAX, REQUEST_SCHEMA, Reconciliation,
    ReconciliationStatus, RequestBody, VaultRequest, reconcile,
};
pub use rules::{CLASSES_MAX, CLOCK_SLACK_MS};
pub use simulate::{
    SCRIPT_SCHEMA, SIMULATION_SCHEMA, STEPS_MAX, Simulation, script_vault, simulate, simulate_on,
};
pub use snapshot::SNAPSHOT_MAGIC;
pub use state::{Binding, Identity, MintedEnvelope, OPEN_REQUESTS_MAX, SPENDING_DAYS, State};
pub use status::{
    ClassStatus, RUNWAY_DAYS_MAX, STATUS_SCHEMA, WARN_DAYS_DEFAULT, Warning, classes, status_json,
};
pub use transaction::{
    AnchorChange, CHANGE_MAX, INPUTS_MAX, Mint, NewNote, NoteRequest, Open, Reanchor, Spend, SpendRequest,
    TRANSACTION_SCHEMA, Transaction,
};
pub use verdict::{Evidence, Finding, Tier, VERDICT_SCHEMA, VaultStatus, VaultVerdict};
