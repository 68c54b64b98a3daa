//! Reading a vault without its lock: the state, the history, and the request that goes to the issuer.

use std::ops::ControlFlow;
use std::path::Path;

use ztp_audit::head;
use ztp_audit::source::DirSource;
use ztp_core::canonical::{self, Value};
use ztp_core::signature::Signer;
use ztp_core::time::Timestamp;

use super::fold::{Fold, Seen};
use super::scan::{self, Place};
use super::{StoreError, VaultError, VaultStore, guard};
use crate::member::number;
use crate::vault::receipt::Receipt;
use crate::vault::request::{REQUEST_RECEIPTS_MAX, RequestBody, VaultRequest};
use crate::vault::state::State;
use crate::vault::status::{WARN_DAYS_DEFAULT, binding_value, classes, classes_value};

/// The name of the history's format.
pub const HISTORY_SCHEMA: &str = "ztp.vault.history/1";

/// Transactions in one history document at most.
pub const HISTORY_MAX: usize = 10_000;

/// The state of the vault in a directory, as its log gives it now.
///
/// # Errors
/// Those of reading and replaying.
pub fn load(dir: &Path) -> Result<State, StoreError> {
    guard::check(dir)?;
    let state = Fold::replay(&DirSource::new(dir))?.state;
    state.identity()?;
    Ok(state)
}

/// The receipts of the transactions from `from` on, `limit` at most, replayed from the start of the log.
///
/// # Errors
/// Those of reading and replaying.
pub fn receipts(dir: &Path, from: u64, limit: usize) -> Result<Vec<Receipt>, StoreError> {
    guard::check(dir)?;
    let mut fold = Fold::default();
    let mut found = Vec::new();
    scan::lines(&DirSource::new(dir), Place::START, |line, _| {
        if let (_, Seen::Transaction(replayed)) = fold.line(line)?
            && fold.state.seq() >= from
        {
            found.push(replayed.receipt);
        }
        Ok(if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    fold.state.identity()?;
    Ok(found)
}

/// The history document: the transactions from `from` on, oldest first, and which one follows those listed.
///
/// # Errors
/// Those of reading and replaying.
pub fn history_json(dir: &Path, from: u64, limit: usize) -> Result<Vec<u8>, StoreError> {
    let limit = limit.clamp(1, HISTORY_MAX);
    let mut listed = receipts(dir, from.max(1), limit + 1)?;
    let next = listed.get(limit).map(|receipt| number(receipt.body.seq));
    listed.truncate(limit);
    let transactions: Vec<Value> = listed.iter().map(Receipt::to_value).collect();
    let document = Value::object([
        ("from", number(from.max(1))),
        ("next", next.unwrap_or(Value::Null)),
        ("receipts", transactions.into()),
        ("schema", HISTORY_SCHEMA.into()),
    ]);
    Ok(canonical::write(&document).map_err(VaultError::from)?)
}

impl VaultStore {
    /// Records a request for notes and makes the file that goes to the issuer, with the receipts of all transactions from `from` on.
    /// The same request id again gives a request with the same head, as long as nothing happened since.
    ///
    /// # Errors
    /// As [`VaultStore::request`]; [`VaultError::ListLength`] when `from` lies more than 20,000 transactions back.
    pub fn request_file(
        &mut self,
        request_id: &str,
        from: u64,
        quote: Option<String>,
        device: &dyn Signer,
        now: Timestamp,
    ) -> Result<VaultRequest, StoreError> {
        let from = from.max(1);
        let found = usize::try_from((self.state().seq() + 1).saturating_sub(from)).unwrap_or(usize::MAX);
        if found >= REQUEST_RECEIPTS_MAX {
            let what = "the list of receipts";
            return Err(VaultError::ListLength { what, found, max: REQUEST_RECEIPTS_MAX }.into());
        }
        let last = self.request(request_id, device, now)?.body.seq;
        let mut receipts = receipts(self.dir(), from.min(last), REQUEST_RECEIPTS_MAX)?;
        receipts.retain(|receipt| receipt.body.seq <= last);
        let state = self.state();
        let left = classes(state, now, WARN_DAYS_DEFAULT);
        let checkpoint = head::last_note(self.dir())?.map(|note| String::from_utf8_lossy(&note).into_owned());
        let body = RequestBody {
            anchor: binding_value(state),
            bench_id: state.identity()?.bench_id.clone(),
            checkpoint,
            classes: classes_value(&left, now, WARN_DAYS_DEFAULT),
            quote,
            receipts,
            time: now,
        };
        Ok(VaultRequest::sign(body, device)?)
    }
}
