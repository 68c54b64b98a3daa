//! Making a vault where a making was cut off: its log may be there, without the vault's own first record.

use std::ops::ControlFlow;
use std::path::Path;

use ztp_audit::source::{DirSource, each_record};
use ztp_audit::store::{CreateOptions, Host, Writer};
use ztp_core::time::Timestamp;

use super::StoreError;

/// The log of a new vault; or the one that a making left which was cut off before the vault's own first record.
pub(super) fn begun(
    dir: &Path,
    created: &CreateOptions,
    now: Timestamp,
    host: Box<dyn Host>,
) -> Result<Writer, StoreError> {
    let exists = || ztp_audit::error::StoreError::LogExists { path: dir.to_owned() }.into();
    let source = DirSource::new(dir);
    let genesis = ztp_audit::head::genesis_vkey(dir);
    if genesis.is_err() {
        return Ok(Writer::create(dir, created, now, host)?);
    }
    let mut records = 0;
    let mut others = false;
    each_record(&source, |record| {
        records += 1;
        others |= !record.event_class.starts_with(b"log.");
        // A making writes one record, and each opening after it a recovery or a seal at most.
        Ok(if others || records > BEGUN_RECORDS_MAX {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })?;
    if others || records > BEGUN_RECORDS_MAX || genesis.is_ok_and(|key| key.name() != created.origin) {
        return Err(exists());
    }
    let log = Writer::open(dir, now, host)?;
    if log.policy() == created.policy { Ok(log) } else { Err(exists()) }
}

/// Most records of a log that is still taken for the beginning of a vault.
const BEGUN_RECORDS_MAX: u64 = 16;
