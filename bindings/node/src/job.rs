//! The side channel of a long operation: JavaScript polls its progress and cancels it through an object.

use std::sync::Arc;

use napi_derive::napi;

/// How far a job has come.
#[derive(Debug)]
#[napi(object)]
pub struct JobProgress {
    /// Bytes examined.
    pub done_bytes: i64,
    /// Bytes to examine; 0 until it is known.
    pub total_bytes: i64,
}

/// A job that one background operation reports to.
#[derive(Debug, Default)]
#[napi]
pub struct Job {
    shared: Arc<ztp_facade::Job>,
}

#[napi]
impl Job {
    /// A job that has not started.
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the operation to end at its next step.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        self.shared.cancel();
    }

    /// How far the operation has come.
    #[napi(catch_unwind)]
    pub fn progress(&self) -> JobProgress {
        let progress = self.shared.progress();
        JobProgress { done_bytes: bytes(progress.done_bytes), total_bytes: bytes(progress.total_bytes) }
    }
}

impl Job {
    /// The part of the job that the background operation holds.
    pub(crate) fn share(&self) -> Arc<ztp_facade::Job> {
        Arc::clone(&self.shared)
    }
}

fn bytes(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
