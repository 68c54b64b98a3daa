//! Memory and threads, measured where they count: in a process of its own that does nothing but verify.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

use ztp_audit::layout::{notes_path, segment_path};
use ztp_audit::source::MemorySource;
use ztp_audit::verify::{Progress, VerifyOptions, verify_dir};

use crate::dimensions::ALL;

/// The bound that the documents state, in KiB.
const RESIDENT_KIB_MAX: u64 = 64 << 10;

/// Bytes of a hostile log: more than may be resident, so that nothing that holds a log or grows as it does goes unnoticed.
const LOG_BYTES: u64 = 80 << 20;

const DIR: &str = "ZTP_TEST_HOSTILE_LOG";

/// A line of `/proc/self/status`.
fn status(name: &str) -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|l| l.starts_with(name)).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

#[derive(Default)]
struct Threads(Mutex<u64>);

impl Progress for Threads {
    fn advance(&self, _done: u64, _total: u64) {
        let now = status("Threads:");
        let mut most = self.0.lock().unwrap();
        *most = now.max(*most);
    }

    fn cancelled(&self) -> bool {
        false
    }
}

/// What the other tests here start as a process of its own; does nothing when the test runner calls it.
#[test]
fn child() {
    let Some(dir) = std::env::var_os(DIR) else { return };
    let before = (status("VmHWM:"), status("Threads:"));
    let threads = Threads::default();
    let verdict = verify_dir(Path::new(&dir), &VerifyOptions::default(), &threads).unwrap();
    let threads = threads.0.into_inner().unwrap().saturating_sub(before.1);
    println!("measured {} {} {threads} {}", status("VmHWM:"), before.0, verdict.breaks_total);
}

/// Resident KiB at most, threads that the verification started, and breaks.
fn verified_alone(dir: &Path, environment: &[(&str, &str)]) -> (u64, u64, u64) {
    let out = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::child", "--nocapture", "--test-threads=1"])
        .env(DIR, dir)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    let line = text.lines().find_map(|l| l.split_once("measured ")).unwrap_or_else(|| panic!("{out:?}")).1;
    let numbers: Vec<u64> = line.split(' ').map(|n| n.parse().unwrap()).collect();
    (numbers[0], numbers[2], numbers[3])
}

pub(crate) fn write(log: &MemorySource, dir: &Path) {
    fs::create_dir_all(dir.join("segments")).unwrap();
    fs::create_dir_all(dir.join("checkpoints")).unwrap();
    for (first, bytes) in &log.segments {
        fs::write(segment_path(dir, *first), bytes).unwrap();
    }
    for (first, bytes) in &log.notes {
        fs::write(notes_path(dir, *first), bytes).unwrap();
    }
}

#[test]
fn resident_memory_is_bounded_in_every_dimension() {
    for dimension in ALL {
        let dir = tempfile::tempdir().unwrap();
        let things = (LOG_BYTES / dimension.bytes.max(4)).min(dimension.most);
        write(&(dimension.make)(things), dir.path());
        let (resident, _, breaks) = verified_alone(dir.path(), &[]);
        println!("{}: {resident} KiB, {breaks} breaks", dimension.name);
        assert!(resident <= RESIDENT_KIB_MAX, "{}: {resident} KiB", dimension.name);
    }
}

#[test]
fn no_environment_makes_more_threads_than_the_machine_has_cores() {
    let dir = tempfile::tempdir().unwrap();
    let records = ALL.iter().find(|d| d.name == "records").unwrap();
    write(&(records.make)(20_000), dir.path());
    let cores = std::thread::available_parallelism().unwrap().get() as u64;
    for count in ["1", "60000"] {
        let environment = [("RAYON_NUM_THREADS", count), ("RAYON_RS_NUM_CPUS", count)];
        let (_, threads, breaks) = verified_alone(dir.path(), &environment);
        assert_eq!((threads, breaks), (if cores > 1 { cores.min(16) } else { 0 }, 0), "{count}");
    }
}
