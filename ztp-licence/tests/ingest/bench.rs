//! A bench with a sealed log and an ingest directory.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use ztp_audit::control::SealPolicy;
use ztp_audit::source::{DirSource, each_line};
use ztp_audit::store::{CreateOptions, Host, Writer};
use ztp_audit::verify::{NoProgress, VerifyOptions, verify_dir};
use ztp_core::Coded;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::time::Timestamp;
use ztp_licence::Trust;
use ztp_licence::ingest::{Ingest, IngestError, Minting, Observer, RunReport, Seen, Uninterrupted};

use crate::support::{BENCH, now};

/// Randomness that differs from call to call and from process to process, and is no secret.
pub(crate) struct TestHost(u64);

impl TestHost {
    pub(crate) fn new() -> Self {
        Self(rand())
    }
}

impl Host for TestHost {
    fn fill_random(&mut self, seed: &mut [u8; 32]) -> Result<(), String> {
        self.0 += 1;
        seed[..8].copy_from_slice(&self.0.to_le_bytes());
        seed[8..12].copy_from_slice(&std::process::id().to_le_bytes());
        Ok(())
    }
    fn boot_id(&mut self) -> Option<String> {
        None
    }
    fn monotonic_ms(&mut self) -> Option<u64> {
        None
    }
}

pub(crate) struct Bench {
    pub(crate) root: TempDir,
    /// Files are copied as between file systems.
    pub(crate) across: Cell<bool>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let bench = Self { root: tempfile::tempdir().unwrap(), across: Cell::new(false) };
        fs::create_dir_all(bench.incoming()).unwrap();
        let options = CreateOptions { origin: "bench-7.example/audit".into(), policy: SealPolicy::default() };
        drop(Writer::create(&bench.log(), &options, now(), Box::new(TestHost(0))).unwrap());
        bench
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.root.path().join("log")
    }

    pub(crate) fn dir(&self) -> PathBuf {
        self.root.path().join("license")
    }

    pub(crate) fn incoming(&self) -> PathBuf {
        self.dir().join("incoming")
    }

    pub(crate) fn drop_file(&self, name: &str, bytes: &[u8]) {
        fs::write(self.incoming().join(name), bytes).unwrap();
    }

    /// What the log proves under this trust.
    pub(crate) fn seen(&self, trust: &Trust) -> Seen {
        Seen::fold(&DirSource::new(&self.log()), trust, Some(BENCH)).unwrap()
    }

    pub(crate) fn writer(&self) -> Writer {
        unlocked(|| Writer::open(&self.log(), now(), Box::new(TestHost(rand())))).unwrap()
    }

    /// Runs an ingest to its end with the usual trust.
    pub(crate) fn run(&self) -> RunReport {
        let trust = crate::support::trust();
        unlocked(|| self.try_run(&trust, now(), 0, None, &mut Uninterrupted)).unwrap()
    }

    pub(crate) fn try_run(
        &self,
        trust: &Trust,
        now: Timestamp,
        quiet_ms: u64,
        vault: Option<&mut dyn Minting>,
        observer: &mut dyn Observer,
    ) -> Result<RunReport, IngestError> {
        let mut writer = self.writer();
        let ingest = Ingest::new(&mut writer, &DirSource::new(&self.log()), trust, BENCH)?;
        let ingest = ingest.after_quiet_ms(quiet_ms);
        let ingest = if self.across.get() { ingest.across_file_systems() } else { ingest };
        match vault {
            Some(vault) => ingest.into_vault(vault).run(&self.dir(), now, observer),
            None => { ingest }.run(&self.dir(), now, observer),
        }
    }

    /// Class and payload of the log's records about licences.
    pub(crate) fn events(&self) -> Vec<(String, Value)> {
        let mut events = Vec::new();
        each_line(&DirSource::new(&self.log()), |_, line| {
            let record = ztp_audit::record::RecordView::parse(line).unwrap();
            let class = String::from_utf8(record.event_class.to_vec()).unwrap();
            if class.starts_with("licence.") {
                events.push((class, canonical::read(record.payload, &Limits::default()).unwrap()));
            }
            Ok(std::ops::ControlFlow::Continue(()))
        })
        .unwrap();
        events
    }

    pub(crate) fn classes(&self) -> Vec<String> {
        self.events().into_iter().map(|(class, _)| class).collect()
    }

    /// The log holds, and nothing after its last seal is left unsealed.
    pub(crate) fn assert_log_holds(&self) {
        let verdict = verify_dir(&self.log(), &VerifyOptions::default(), &NoProgress).unwrap();
        assert_eq!(verdict.breaks.first(), None);
    }
}

/// Tries again while a child process that another test has just started still holds copies of our locks.
fn unlocked<T, E: Coded>(mut attempt: impl FnMut() -> Result<T, E>) -> Result<T, E> {
    for _ in 0..500 {
        match attempt() {
            Err(error) if error.code().ends_with("_locked") => {
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            other => return other,
        }
    }
    attempt()
}

/// A number that no earlier call returned, in this process or another.
fn rand() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::try_from(since.as_nanos() % u128::from(u64::MAX)).unwrap()
}

/// The names in a directory, sorted.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

pub(crate) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_else(|| panic!("no {name} in {value:?}"))
}
