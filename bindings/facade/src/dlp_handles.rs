mod cancel;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, TryLockError};

use ztp_core::time::Timestamp;
use ztp_dlp::memory::Memory;
use ztp_dlp::request::RequestHead;
use ztp_dlp::scanner::Scanner;
use ztp_dlp::stream::Stream;

use crate::error::FacadeError;
use crate::job::Job;
use crate::ops::dlp;
use crate::outcome::{Outcome, failed, settle};

/// Rules in force, and what the requests before this one sent: the rest of a secret is looked for in the next request.
///
/// Any thread may call any method at any time; scans run side by side.
#[derive(Debug)]
pub struct DlpScanner {
    /// A scan keeps the rules it began with, so they are only ever replaced as a whole.
    rules: RwLock<Scanner>,
    memory: Arc<Mutex<Memory>>,
}

impl DlpScanner {
    /// Makes a scanner of a configuration (`ztp.dlp.config/1`).
    ///
    /// # Errors
    /// The failure as an outcome, whose status is never 0. It repeats no value of the configuration.
    pub fn open(config: &[u8]) -> Result<Self, Outcome> {
        let (rules, memory) = dlp::scanner(config)?;
        Ok(Self { rules: RwLock::new(rules), memory: Arc::new(Mutex::new(memory)) })
    }

    /// Scans a whole request.
    ///
    /// `request` is JSON: `url`, and optionally `headers` (a list of `[name, value]`), `hop` (redirects followed so far), `id` (the
    /// same for all hops of a call), `method`, `principal` (who sends) and `via` (the proxy that is dialled in place of the URL's host). The outcome's document is the report (`ztp.dlp.report/1`) with
    /// the events for the sealed log; its status is 0 only when nothing was found and everything was looked at.
    pub fn scan(&self, request: &[u8], body: &[u8], now_ms: i64) -> Outcome {
        settle(|| {
            let now = Timestamp::from_millis(now_ms).map_err(failed)?;
            let head = dlp::head(request)?;
            let scanner = self.scanner()?;
            let report = scanner.scan_request(&head, body, &[], now, &mut *lock(&self.memory)?);
            dlp::report(&report, &report.events(&scanner, &head, now))
        })
    }

    /// Begins a request whose body comes in pieces; or with an empty `request` bytes that are none; or with `{"file"}`, a path, the bytes
    /// of that file, for which exceptions of the allow-list for `file:` and the path hold. The second of the two is a document
    /// (`ztp.dlp.begun/1`): the mode in force for this request, and the event that says it begins.
    ///
    /// # Errors
    /// The failure as an outcome, whose status is never 0.
    pub fn begin(&self, request: &[u8], now_ms: i64) -> Result<(DlpStream, Outcome), Outcome> {
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let scanner = self.scanner()?;
        let (stream, head, events) = match dlp::begun_with(request)? {
            dlp::Begun::Bytes => (scanner.begin_bytes(), None, Vec::new()),
            dlp::Begun::File(path) => (scanner.begin_file(&path), None, Vec::new()),
            dlp::Begun::Request(head) => {
                let stream = scanner.begin(&head, now, &mut *lock(&self.memory)?);
                let events = stream.report_so_far(now).begun_events(&scanner, &head, now);
                (stream, Some(head), events)
            }
        };
        let begun = dlp::begun(&scanner, &events);
        Ok((DlpStream { state: Mutex::new(Some(stream)), head, memory: Arc::clone(&self.memory) }, begun))
    }

    /// Puts the rules of another configuration in force, for requests that begin from now on (`ztp.dlp.reloaded/1`, with the hashes of
    /// both and the event for the sealed log). A configuration that is refused changes nothing. What is remembered stays.
    pub fn reload(&self, config: &[u8], now_ms: i64) -> Outcome {
        settle(|| {
            let now = Timestamp::from_millis(now_ms).map_err(failed)?;
            let (new, _) = dlp::scanner(config)?;
            let mut rules = self.rules.write().map_err(poisoned)?;
            let outcome = dlp::reloaded(&rules, &new, now)?;
            *rules = new;
            Ok(outcome)
        })
    }

    /// The rules in force: see [`crate::dlp_rules`].
    pub fn rules(&self) -> Outcome {
        settle(|| dlp::rule_list(&self.scanner()?))
    }

    /// How much of which secret each principal has sent (`ztp.dlp.ledger/1`), as tags: keep it, and give it to the scanner after a
    /// restart as its configuration's member `ledger`. Otherwise a secret that leaves in small pieces is looked for from the start.
    pub fn ledger(&self) -> Outcome {
        settle(|| dlp::ledger(&*lock(&self.memory)?))
    }

    fn scanner(&self) -> Result<Scanner, Outcome> {
        Ok(self.rules.read().map_err(poisoned)?.clone())
    }
}

/// One request whose body comes in pieces. However it is cut into pieces, the report is the same.
///
/// Any thread may call any method; a call while another one is running returns the code `busy` at once and has done nothing.
#[derive(Debug)]
pub struct DlpStream {
    /// `None` once the report is given.
    state: Mutex<Option<Stream>>,
    /// `None` for bytes that are no request: they give no event.
    head: Option<RequestHead>,
    memory: Arc<Mutex<Memory>>,
}

impl DlpStream {
    /// Scans the next piece of the body.
    pub fn update(&self, chunk: &[u8]) -> Outcome {
        self.update_for(chunk, &Job::new())
    }

    /// Ends the request and gives the report (`ztp.dlp.report/1`), as [`DlpScanner::scan`] does.
    ///
    /// `end` is JSON, or empty: `cut` (true when the body ended before its end) and `trailers` (a list of `[name, value]`).
    pub fn finish(&self, end: &[u8], now_ms: i64) -> Outcome {
        self.finish_for(end, now_ms, &Job::new())
    }

    fn with(&self, call: impl FnOnce(&mut Option<Stream>) -> Result<Outcome, Outcome>) -> Outcome {
        match self.state.try_lock() {
            Ok(mut state) => settle(|| call(&mut state)),
            Err(TryLockError::WouldBlock) => Outcome::failure(&FacadeError::Busy),
            Err(TryLockError::Poisoned(fault)) => poisoned(fault),
        }
    }
}

/// What a scan that was stopped found is no report.
fn going_on(job: &Job) -> Result<(), Outcome> {
    if job.is_cancelled() { Err(failed(FacadeError::Cancelled)) } else { Ok(()) }
}

fn lock(memory: &Mutex<Memory>) -> Result<MutexGuard<'_, Memory>, Outcome> {
    memory.lock().map_err(poisoned)
}

fn poisoned<T>(_: PoisonError<T>) -> Outcome {
    Outcome::failure(&FacadeError::HandlePoisoned)
}
