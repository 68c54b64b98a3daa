//! What an issuer says of a clock that was ahead: the member `clock_statement` of a licence.

use ztp_core::canonical::Value;
use ztp_core::digest::Digest;
use ztp_core::time::Timestamp;

use crate::LicenceError;
use crate::member::{self, INTEGER_LIMIT};
use crate::reader::Reader;

/// Most logs and vaults in one statement.
const LEDGERS_MAX: usize = 16;

/// The issuer's word that a bench's clock was ahead, and what the time was at least. It names the last record that was written ahead
/// by its place and hash, so that it says nothing of another log, of another history of this one, or of any later record.
///
/// Nothing before `not_before` becomes valid again by it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockStatement {
    /// The time is this or later, by the issuer's own clock.
    pub not_before: Timestamp,
    /// Where the clock was ahead, by ascending `ledger`.
    pub ledgers: Vec<StatedLedger>,
}

/// A log or a vault, and the last of its records that was written ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatedLedger {
    /// The hash of the log's first record, or the vault's id.
    pub ledger: Digest,
    /// The record's sequence number, or the transaction's.
    pub seq: u64,
    /// The record's hash, or the vault's head after the transaction.
    pub hash: Digest,
}

impl ClockStatement {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, LicenceError> {
        reader.object(&["ledgers", "not_before"], |members| {
            let ledgers = members.required("ledgers", |reader| {
                let ledgers = reader.array(1, LEDGERS_MAX, StatedLedger::read)?;
                member::ascending(&ledgers, |stated| &stated.ledger)?;
                Ok(ledgers)
            })?;
            Ok(Self { not_before: members.required("not_before", member::timestamp)?, ledgers })
        })
    }

    pub(crate) fn to_value(&self) -> Value {
        let ledger = |stated: &StatedLedger| {
            Value::object([
                ("hash", Value::from(stated.hash.to_string())),
                ("ledger", stated.ledger.to_string().into()),
                ("seq", member::number(stated.seq)),
            ])
        };
        let ledgers: Vec<Value> = self.ledgers.iter().map(ledger).collect();
        Value::object([("ledgers", Value::from(ledgers)), ("not_before", self.not_before.to_string().into())])
    }

    /// What it says of this log or vault.
    #[must_use]
    pub fn of(&self, ledger: &Digest) -> Option<&StatedLedger> {
        self.ledgers.iter().find(|stated| stated.ledger == *ledger)
    }
}

impl StatedLedger {
    fn read(reader: &mut Reader<'_>) -> Result<Self, LicenceError> {
        reader.object(&["hash", "ledger", "seq"], |members| {
            let hash = members.required("hash", member::digest)?;
            let ledger = members.required("ledger", member::digest)?;
            Ok(Self { ledger, seq: members.required("seq", member::integer(0, INTEGER_LIMIT))?, hash })
        })
    }
}
