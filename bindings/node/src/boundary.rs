//! From an [`Outcome`] to a JavaScript value, on the calling thread or from a background task.

use std::panic::{AssertUnwindSafe, catch_unwind};

use napi::bindgen_prelude::{AsyncTask, Either3, Env, Null, Task};
use napi_derive::napi;
use ztp_facade::{FacadeError, Outcome};

/// An operation whose claim does not hold, or that could not decide.
#[derive(Debug)]
#[napi(object)]
pub struct Failure {
    /// Number of the code, as in the C library.
    pub status: u32,
    /// Name of the code.
    pub code: String,
    /// The failure document or the negative verdict, canonical JSON.
    pub document: String,
}

/// What every operation gives: its document, `null` when it holds and there is nothing to report, or why it does not hold.
#[napi]
pub type Reply = Either3<String, Failure, Null>;

/// Runs an operation on the calling thread.
pub(crate) fn run(operation: impl FnOnce() -> Outcome) -> Reply {
    reply(guarded(operation))
}

/// An operation that runs on a background thread and owns everything it reads.
pub struct BackgroundOperation {
    work: Option<Box<dyn FnOnce() -> Outcome + Send>>,
}

impl std::fmt::Debug for BackgroundOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackgroundOperation").field("pending", &self.work.is_some()).finish()
    }
}

impl Task for BackgroundOperation {
    type Output = Outcome;
    type JsValue = Reply;

    fn compute(&mut self) -> napi::Result<Outcome> {
        Ok(match self.work.take() {
            Some(work) => guarded(work),
            None => internal(),
        })
    }

    fn resolve(&mut self, _env: Env, outcome: Outcome) -> napi::Result<Reply> {
        Ok(reply(outcome))
    }
}

/// Schedules an operation; the promise resolves with its [`Reply`].
pub(crate) fn background(work: impl FnOnce() -> Outcome + Send + 'static) -> AsyncTask<BackgroundOperation> {
    AsyncTask::new(BackgroundOperation { work: Some(Box::new(work)) })
}

/// Runs `operation`; a fault inside becomes the code `internal`, and what it said stays inside.
pub(crate) fn guarded(operation: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(operation)).unwrap_or_else(|_| internal())
}

/// The outcome of a fault inside the library.
pub(crate) fn internal() -> Outcome {
    Outcome::failure(&FacadeError::Internal)
}

/// The JavaScript form of an outcome.
pub(crate) fn reply(outcome: Outcome) -> Reply {
    if !outcome.is_ok() {
        return Either3::B(failure(outcome));
    }
    if outcome.document.is_empty() {
        return Either3::C(Null);
    }
    match String::from_utf8(outcome.document) {
        Ok(document) => Either3::A(document),
        Err(_) => Either3::B(failure(internal())),
    }
}

/// The JavaScript form of an outcome that is not `ok`.
pub(crate) fn failure(outcome: Outcome) -> Failure {
    let code = outcome.name().to_owned();
    // Documents of failures are canonical JSON, which is ASCII: nothing is replaced here.
    Failure {
        status: outcome.status,
        code,
        document: String::from_utf8_lossy(&outcome.document).into_owned(),
    }
}
