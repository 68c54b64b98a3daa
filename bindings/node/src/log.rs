//! The handle of a log that is open for writing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use napi::bindgen_prelude::{AsyncTask, Either, Env, Task};
use napi_derive::napi;
use ztp_facade::Outcome;

use crate::boundary::{BackgroundOperation, Failure, background, failure, internal};

/// A log open for writing. It holds the directory's writer lock until `release`, or until it is collected.
#[napi]
#[derive(Debug)]
pub struct LogHandle {
    // `None` once released. Each running operation holds its own share, so the lock is let go when the last one ends.
    shared: Option<Arc<Log>>,
}

/// The open log; its `Debug` says nothing of what is inside.
pub struct Log(ztp_facade::AuditLog);

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Log")
    }
}

/// Opens a log on a background thread: recovery after a crash happens there.
#[derive(Debug)]
pub struct OpenLog {
    dir: Vec<u8>,
    options: Vec<u8>,
    now_ms: i64,
}

impl Task for OpenLog {
    type Output = Result<Arc<Log>, Outcome>;
    type JsValue = Either<LogHandle, Failure>;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        let open = || ztp_facade::AuditLog::open(&self.dir, &self.options, self.now_ms);
        let opened = catch_unwind(AssertUnwindSafe(open));
        Ok(opened.unwrap_or_else(|_| Err(internal())).map(|log| Arc::new(Log(log))))
    }

    fn resolve(&mut self, _env: Env, opened: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(match opened {
            Ok(log) => Either::A(LogHandle { shared: Some(log) }),
            Err(outcome) => Either::B(failure(outcome)),
        })
    }
}

/// Opens a log for writing.
#[napi(catch_unwind, ts_return_type = "Promise<LogHandle | Failure>")]
pub fn open_log(dir: &[u8], options: &[u8], now_ms: i64) -> AsyncTask<OpenLog> {
    AsyncTask::new(OpenLog { dir: dir.to_vec(), options: options.to_vec(), now_ms })
}

#[napi]
impl LogHandle {
    /// Appends events, one JSON document per line.
    #[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
    pub fn append(&self, events: &[u8], options: &[u8], now_ms: i64) -> AsyncTask<BackgroundOperation> {
        let (events, options) = (events.to_vec(), options.to_vec());
        self.on_background(move |log| log.append(&events, &options, now_ms))
    }

    /// Seals the open epoch.
    #[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
    pub fn seal(&self, now_ms: i64) -> AsyncTask<BackgroundOperation> {
        self.on_background(move |log| log.seal(now_ms))
    }

    /// Seals when the seal policy says that it is due.
    #[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
    pub fn tick(&self, now_ms: i64) -> AsyncTask<BackgroundOperation> {
        self.on_background(move |log| log.tick(now_ms))
    }

    /// Reads the last checkpoint.
    #[napi(catch_unwind, ts_return_type = "Promise<Reply>")]
    pub fn head(&self) -> AsyncTask<BackgroundOperation> {
        self.on_background(ztp_facade::AuditLog::head)
    }

    /// Lets go of the log; the writer lock is free when the operations that still run have ended.
    #[napi(catch_unwind)]
    pub fn release(&mut self) {
        self.shared = None;
    }
}

impl LogHandle {
    fn on_background(
        &self,
        operation: impl FnOnce(&ztp_facade::AuditLog) -> Outcome + Send + 'static,
    ) -> AsyncTask<BackgroundOperation> {
        let shared = self.shared.clone();
        background(move || match shared {
            Some(log) => operation(&log.0),
            None => internal(),
        })
    }
}
