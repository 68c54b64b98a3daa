//! Long work: progress on a terminal, and cancellation by a signal.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use ztp_facade::{Job, Outcome};

use crate::failure::{CliError, Failure};
use crate::ui::{Ui, counted};

/// How often progress is drawn and a signal looked for.
const POLL: Duration = Duration::from_millis(100);

/// Set by the first SIGINT or SIGTERM; the second one ends the process at once, as it would without this.
#[derive(Debug, Clone)]
pub(crate) struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Starts listening for the signals.
    pub(crate) fn install() -> Result<Self, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&stop))
                .and_then(|_| flag::register(signal, Arc::clone(&stop)))
                .map_err(|source| CliError::System { action: "listen for signals", source })?;
        }
        Ok(Self(stop))
    }

    /// Whether a signal has arrived.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs `work` on a thread of its own while this one draws its progress and cancels it when a signal arrives.
pub(crate) fn run(ui: &Ui, work: impl FnOnce(&Job) -> Outcome + Send) -> Result<Outcome, Failure> {
    run_until(ui, &StopFlag::install()?, work)
}

/// As [`run`], for a command that listens for the signals itself.
pub(crate) fn run_until(
    ui: &Ui,
    stop: &StopFlag,
    work: impl FnOnce(&Job) -> Outcome + Send,
) -> Result<Outcome, Failure> {
    watch(ui, stop, |job, _| work(job))
}

/// As [`run`], for work that tells what it finds while it goes on: in words, on standard output, above the progress.
pub(crate) fn run_telling(
    ui: &Ui,
    work: impl FnOnce(&Job, &dyn Fn(String)) -> Outcome + Send,
) -> Result<Outcome, Failure> {
    watch(ui, &StopFlag::install()?, work)
}

/// Most things told that wait to be printed: work that tells more than its reader takes waits for him.
const WAITING_MAX: usize = 256;

fn watch(
    ui: &Ui,
    stop: &StopFlag,
    work: impl FnOnce(&Job, &dyn Fn(String)) -> Outcome + Send,
) -> Result<Outcome, Failure> {
    let job = Job::new();
    let bar = Bar::new(ui);
    let mut printed = Ok(());
    let outcome = thread::scope(|scope| {
        let (tell, told) = mpsc::sync_channel::<String>(WAITING_MAX);
        let worker = thread::Builder::new().name("verify".to_owned()).spawn_scoped(scope, {
            let job = &job;
            move || {
                // Taken in until the work has ended, which drops the sender.
                work(job, &|words| drop(tell.send(words)))
            }
        });
        let worker = worker.map_err(|source| CliError::System { action: "start a thread", source })?;
        loop {
            match told.recv_timeout(POLL) {
                Ok(words) if printed.is_ok() => printed = bar.0.suspend(|| ui.meanwhile(&words)),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if stop.is_set() || printed.is_err() {
                job.cancel();
            }
            let progress = job.progress();
            bar.show(progress.done_bytes, progress.total_bytes);
        }
        worker.join().map_err(|_| {
            let source = io::Error::other("the verification stopped inside; report this with the version");
            CliError::System { action: "finish", source }
        })
    });
    bar.clear();
    printed?;
    Ok(outcome?)
}

/// A progress bar that is silent away from a terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new(ui: &Ui) -> Self {
        let target =
            if ui.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        let template = "{wide_bar} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
        Self(bar.with_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        ))
    }

    fn show(&self, done: u64, total: u64) {
        if total > 0 {
            self.0.set_length(total);
            self.0.set_position(done);
        }
    }

    fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// A line that counts what was appended, where nobody knows how much is to come; silent away from a terminal.
#[derive(Debug)]
pub(crate) struct Counter(ProgressBar);

impl Counter {
    pub(crate) fn new(ui: &Ui) -> Self {
        let target =
            if ui.shows_progress() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        let style = ProgressStyle::with_template("{msg}  {bytes}  {bytes_per_sec}  {elapsed}");
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner())))
    }

    pub(crate) fn show(&self, records: i64, bytes: u64) {
        self.0.set_message(format!("{} in the log", counted(records, "record")));
        self.0.set_position(bytes);
    }

    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::ColorChoice;
    use ztp_facade::FacadeError;

    #[test]
    fn the_first_signal_cancels_the_job_and_the_outcome_says_so() {
        let ui = Ui::new(true, ColorChoice::Never);
        let outcome = run(&ui, |job| {
            signal_hook::low_level::raise(SIGINT).unwrap();
            while !job.is_cancelled() {
                thread::sleep(POLL);
            }
            Outcome::failure(&FacadeError::Cancelled)
        });
        assert_eq!(outcome.unwrap().name(), "cancelled");
    }

    #[test]
    fn the_outcome_of_undisturbed_work_is_handed_on() {
        let ui = Ui::new(true, ColorChoice::Never);
        let outcome = run(&ui, |_| Outcome::with_document(b"{}".to_vec())).unwrap();
        assert_eq!(outcome.document, b"{}");
    }
}
