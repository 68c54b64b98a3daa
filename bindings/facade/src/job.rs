use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ztp_audit::verify;

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes examined.
    pub done_bytes: u64,
    /// Bytes to examine; 0 until it is known.
    pub total_bytes: u64,
}

/// The side channel of a long operation: another thread reads its progress and cancels it, without any callback.
///
/// One job belongs to one operation at a time. Cancelling is final: an operation that starts on a cancelled job ends at
/// once with the code `cancelled`.
#[derive(Debug, Default)]
pub struct Job {
    cancelled: AtomicBool,
    done_bytes: AtomicU64,
    total_bytes: AtomicU64,
}

impl Job {
    /// A job that has not started.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            cancelled: AtomicBool::new(false),
            done_bytes: AtomicU64::new(0),
            total_bytes: AtomicU64::new(0),
        }
    }

    /// Asks the operation to end; it does so at its next step, with the code `cancelled` and no verdict.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether [`Job::cancel`] was called.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Notes how far the operation has come, for whoever calls [`Job::progress`].
    pub fn advance(&self, done_bytes: u64, total_bytes: u64) {
        self.total_bytes.store(total_bytes, Ordering::Relaxed);
        self.done_bytes.store(done_bytes, Ordering::Relaxed);
    }

    /// How far the operation has come. The two numbers are read one after the other, not at one instant.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            done_bytes: self.done_bytes.load(Ordering::Relaxed),
            total_bytes: self.total_bytes.load(Ordering::Relaxed),
        }
    }
}

impl verify::Progress for Job {
    fn advance(&self, done: u64, total: u64) {
        Self::advance(self, done, total);
    }

    fn cancelled(&self) -> bool {
        self.is_cancelled()
    }
}
