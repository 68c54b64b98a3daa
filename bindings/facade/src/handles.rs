use std::sync::{Mutex, TryLockError};

use ztp_audit::store::{Host, Writer};
use ztp_core::time::Timestamp;

use crate::error::FacadeError;
use crate::input;
use crate::ops::audit;
use crate::outcome::Outcome;

/// An audit log open for writing. It holds the directory's writer lock until it is dropped.
///
/// Any thread may call any method at any time. A call while another one is running returns the code `busy` at once and has
/// done nothing: who writes from several threads decides himself in which order.
#[derive(Debug)]
pub struct AuditLog {
    writer: Mutex<Writer>,
}

impl AuditLog {
    /// Opens the log in `dir` (a UTF-8 path) at the time `now_ms` (milliseconds since 1970-01-01T00:00:00Z).
    ///
    /// If the last writer was cut off, its torn tail is set aside and recorded here. `options` is JSON, or empty for none: `wait_ms`, how long
    /// to wait for another writer before `log_locked` is the outcome.
    ///
    /// # Errors
    /// The failure as an outcome, whose status is never 0.
    pub fn open(dir: &[u8], options: &[u8], now_ms: i64) -> Result<Self, Outcome> {
        Self::with_host(dir, now_ms, audit::waiting_host(options)?)
    }

    pub(crate) fn with_host(dir: &[u8], now_ms: i64, host: Box<dyn Host>) -> Result<Self, Outcome> {
        let dir = input::directory(dir).map_err(|e| Outcome::failure(&e))?;
        let now = Timestamp::from_millis(now_ms).map_err(|e| Outcome::failure(&e))?;
        let writer = Writer::open(dir, now, host).map_err(|e| Outcome::failure(&e))?;
        Ok(Self { writer: Mutex::new(writer) })
    }

    /// Appends events: see [`crate::audit_append`].
    pub fn append(&self, events: &[u8], options: &[u8], now_ms: i64) -> Outcome {
        self.with(|writer| audit::append(writer, events, options, now_ms))
    }

    /// Seals now: see [`crate::audit_seal`].
    pub fn seal(&self, now_ms: i64) -> Outcome {
        self.with(|writer| audit::seal(writer, now_ms))
    }

    /// Seals if the log's policy says that a seal is due: `{"schema":"ztp.audit.tick/1","sealed"}`. Call it about once a second.
    pub fn tick(&self, now_ms: i64) -> Outcome {
        self.with(|writer| audit::tick(writer, now_ms))
    }

    /// The last checkpoint: see [`crate::audit_head`].
    pub fn head(&self) -> Outcome {
        self.with(|writer| audit::head(writer))
    }

    fn with(&self, call: impl FnOnce(&mut Writer) -> Outcome) -> Outcome {
        match self.writer.try_lock() {
            Ok(mut writer) => call(&mut writer),
            Err(TryLockError::WouldBlock) => Outcome::failure(&FacadeError::Busy),
            Err(TryLockError::Poisoned(_)) => Outcome::failure(&FacadeError::HandlePoisoned),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    const NOW_MS: i64 = 1_778_572_800_000;

    fn opened() -> (tempfile::TempDir, AuditLog) {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().to_str().unwrap().as_bytes();
        assert!(crate::audit_init(path, br#"{"origin":"bench-01.example/audit"}"#, NOW_MS).is_ok());
        let log = AuditLog::open(path, b"", NOW_MS).unwrap();
        (dir, log)
    }

    #[test]
    fn call_within_a_call_is_busy_and_does_nothing() {
        let (_dir, log) = opened();
        let inner = log.with(|writer| {
            let before = writer.last();
            let busy = log.seal(NOW_MS);
            assert_eq!(writer.last(), before);
            busy
        });
        assert_eq!(inner.name(), "busy");
        assert!(log.seal(NOW_MS).is_ok());
    }

    #[test]
    fn handle_that_a_fault_left_in_an_unknown_state_is_never_used_again() {
        let (_dir, log) = opened();
        let fault = catch_unwind(AssertUnwindSafe(|| log.with(|_| panic!("a fault in the writer"))));
        assert!(fault.is_err());
        assert_eq!(log.seal(NOW_MS).name(), "handle_poisoned");
        assert_eq!(log.head().name(), "handle_poisoned");
    }
}
