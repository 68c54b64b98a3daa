//! A run that ends at any step is taken up by the next: no file lost, no event twice, notes minted once.

use std::path::Path;
use std::process::Command;

use ztp_core::Coded as _;
use ztp_core::digest::{Digest, sha256};
use ztp_core::time::Timestamp;
use ztp_licence::Verdict;
use ztp_licence::ingest::{IngestError, Minting, Observer, Refusal, Step, Uninterrupted};

use crate::bench::{Bench, names};
use crate::rules::next;
use crate::support::{BENCH, envelope, now, trust};

/// Stops a run after so many steps, or ends the process there.
struct StopAfter {
    left: usize,
    kill: bool,
}

impl Observer for StopAfter {
    fn reached(&mut self, _: Step, _: &str) -> bool {
        if self.left == 0 {
            if self.kill {
                // As SIGKILL would: no destructor runs.
                std::process::abort();
            }
            return false;
        }
        self.left -= 1;
        true
    }
}

/// A vault in memory that survives the crash, as one on disk does, and counts what it is asked.
#[derive(Default)]
struct Vault {
    minted: Vec<Digest>,
}

impl Minting for Vault {
    fn vault_id(&self) -> Digest {
        sha256(b"the one vault")
    }
    fn clock_floor(&self) -> Timestamp {
        Timestamp::MIN
    }
    fn check(&self, _: &[u8], _: &Verdict, _: Timestamp) -> Result<(), Refusal> {
        Ok(())
    }
    fn mint(&mut self, envelope: &[u8], verdict: &Verdict, _: Timestamp) -> Result<u64, IngestError> {
        let digest = sha256(envelope);
        if !self.minted.contains(&digest) {
            self.minted.push(digest);
        }
        Ok(verdict.licence().unwrap().mint.len() as u64)
    }
}

/// Two good envelopes, a bad one, a copy of the first, and a link.
fn fill(bench: &Bench) {
    let first = envelope();
    bench.drop_file("1-first.json", &first);
    bench.drop_file("2-bad.json", b"{\"a\":1}");
    bench.drop_file("3-second.json", &next("envelope-2026-Q4", Some(&first)));
    bench.drop_file("4-copy.json", &first);
    std::os::unix::fs::symlink("/etc/passwd", bench.incoming().join("5-link")).unwrap();
}

fn assert_all_done(bench: &Bench, when: &str) {
    assert_eq!(
        bench.classes(),
        ["licence.ingested", "licence.refused", "licence.ingested", "licence.refused"],
        "{when}"
    );
    assert!(names(&bench.incoming()).is_empty() && names(&bench.dir().join("work")).is_empty(), "{when}");
    let kept = |folder: &str| {
        let names = names(&bench.dir().join(folder));
        let (reasons, files): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|n| n.ends_with(".verdict.json"));
        assert_eq!(reasons.len(), files.len(), "each file has its reason: {when}");
        files.len()
    };
    assert_eq!((kept("accepted"), kept("rejected")), (3, 2), "{when}");
    bench.assert_log_holds();
}

#[test]
fn a_run_stopped_at_any_step_is_completed_by_the_next() {
    let renamed = stopped_at_every_step(false);
    let copied = stopped_at_every_step(true);
    assert!(renamed > 15 && copied > renamed, "only {renamed} and {copied} steps were seen");
    println!(
        "a run of 5 files stopped at each of its {renamed} steps, {copied} between file systems, and resumed: nothing lost, nothing twice"
    );
}

fn stopped_at_every_step(across: bool) -> usize {
    let mut steps = 0;
    loop {
        let bench = Bench::new();
        bench.across.set(across);
        fill(&bench);
        let mut vault = Vault::default();
        let mut stop = StopAfter { left: steps, kill: false };
        let stopped = bench.try_run(&trust(), now(), 0, Some(&mut vault), &mut stop);
        if stopped.as_ref().is_err_and(|error| error.code() == "ingest_locked") {
            // A child of another test holds a copy of the lock until it has started.
            continue;
        }
        let complete = stopped.is_ok();
        if let Err(error) = stopped {
            assert!(matches!(error, IngestError::Interrupted { .. }), "{error}");
        }
        while let Err(error) = bench.try_run(&trust(), now(), 0, Some(&mut vault), &mut Uninterrupted) {
            assert_eq!(error.code(), "ingest_locked");
        }
        assert_all_done(&bench, &format!("after {steps} steps"));
        assert_eq!(vault.minted.len(), 2, "after {steps} steps");
        if complete {
            return steps;
        }
        steps += 1;
    }
}

#[test]
fn a_run_stopped_again_and_again_still_ends() {
    let bench = Bench::new();
    fill(&bench);
    let mut vault = Vault::default();
    for round in 0..200 {
        let mut stop = StopAfter { left: 3 + round % 2, kill: false };
        if bench.try_run(&trust(), now(), 0, Some(&mut vault), &mut stop).is_ok() {
            break;
        }
    }
    assert_all_done(&bench, "a few steps at a time");
    assert_eq!(vault.minted.len(), 2);
}

const CHILD: &str = "ZTP_TEST_INGEST_CHILD";

/// The process that is killed. Runs only as a child.
#[test]
fn child_ingest() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let (left, root) = task.split_once(' ').unwrap();
    let root = Path::new(root);
    let log = root.join("log");
    let mut writer =
        ztp_audit::store::Writer::open(&log, now(), Box::new(crate::bench::TestHost::new())).unwrap();
    let trust = trust();
    let source = ztp_audit::source::DirSource::new(&log);
    let ingest = ztp_licence::ingest::Ingest::new(&mut writer, &source, &trust, BENCH).unwrap();
    let mut stop = StopAfter { left: left.parse().unwrap(), kill: true };
    let _ = ingest.after_quiet_ms(0).run(&root.join("license"), now(), &mut stop);
}

#[test]
fn a_killed_process_leaves_nothing_that_the_next_run_does_not_complete() {
    for left in 0..24 {
        let bench = Bench::new();
        fill(&bench);
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["crash::child_ingest", "--exact", "--test-threads=1"])
            .env(CHILD, format!("{left} {}", bench.root.path().display()))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .status()
            .unwrap();
        assert!(left > 17 || !status.success(), "the process was to be killed after {left} steps");
        let _ = bench.run();
        assert_all_done(&bench, &format!("killed after {left} steps"));
    }
}
