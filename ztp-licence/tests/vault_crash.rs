//! Crashes: an acknowledged spend is there afterwards and once, and a vault is never half way.
//!
//! The killed spenders are real processes; `ZTP_KILLS` sets how many (10,000 for the full run). Cuts of unsynced bytes are made by
//! hand, at every byte.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "test code: a panic is a failed test"
)]

#[path = "vault/support.rs"]
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use support::*;
use ztp_audit::verify::NoProgress;
use ztp_core::Coded as _;
use ztp_core::canonical::Value;
use ztp_licence::vault::store::{FileAnchor, Machine, VerifyVault, receipts, verify};
use ztp_licence::vault::{Receipt, VaultStatus};

const CHILD: &str = "ZTP_TEST_VAULT_DIR";
const SEGMENT: &str = "segments/00000000000000000000.jsonl";
const TOTAL: u64 = 1 << 40;

fn machine(dir: &Path) -> Machine {
    Machine {
        generation: None,
        anchor: Some(Box::new(FileAnchor::open(&dir.with_extension("anchor")).unwrap())),
    }
}

/// The spending process: spends for ever and says before and after each what it does. Runs only as a child.
#[test]
fn child_spender() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let dir = Path::new(&dir);
    let mut store = try_open(dir, machine(dir), 1_000).unwrap();
    let mut seq = store.state().seq();
    println!("ack {seq} {}", store.state().head());
    loop {
        // Named by the number that it would have: a spend that was not acknowledged is asked for again after the restart.
        let asked = request(&format!("r-{}", seq + 1), "test-hours", 1 + seq % 7);
        println!("try {}", seq + 1);
        let receipt = store.spend(&asked, &device(), at(2_000)).unwrap();
        seq = receipt.body.seq;
        println!("ack {seq} {}", receipt.body.head);
        if seq.is_multiple_of(40) {
            store.snapshot(at(2_000)).unwrap();
        }
    }
}

#[derive(Debug, Default, Clone)]
struct Said {
    tried: u64,
    acknowledged: u64,
    head: String,
}

impl Said {
    fn hear(&mut self, line: &str) {
        if let Some((_, rest)) = line.split_once("ack ") {
            let (seq, head) = rest.trim().split_once(' ').unwrap();
            self.acknowledged = seq.parse().unwrap();
            head.clone_into(&mut self.head);
        } else if let Some((_, seq)) = line.split_once("try ") {
            self.tried = seq.trim().parse().unwrap();
        }
    }
}

fn run_and_kill(dir: &Path, delay: Duration) -> Said {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child_spender", "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, dir)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut said = Said::default();
    let mut line = String::new();
    while said.acknowledged == 0 && output.read_line(&mut line).unwrap() > 0 {
        said.hear(&line);
        line.clear();
    }
    std::thread::sleep(delay);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut rest = String::new();
    while output.read_line(&mut rest).unwrap_or(0) > 0 {
        // A line that the kill cut short says nothing.
        if rest.ends_with('\n') {
            said.hear(&rest);
        }
        rest.clear();
    }
    assert!(said.acknowledged > 0, "the child acknowledged nothing");
    said
}

fn amount(receipt: &Receipt) -> u64 {
    receipt.body.transaction.get("amount").and_then(Value::as_int).unwrap_or(0) as u64
}

#[test]
fn killed_spenders_lose_no_acknowledged_spend_and_double_none() {
    let kills: u64 = std::env::var("ZTP_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(60);
    let mut root = tempfile::tempdir().unwrap();
    let (mut in_flight, mut kept, mut vanished, mut torn, mut pending) = (0u64, 0u64, 0u64, 0u64, 0u64);
    for round in 0..kills {
        let dir = root.path().join("vault");
        if round % 40 == 0 {
            root = tempfile::tempdir().unwrap();
        }
        let dir = if round % 40 == 0 { root.path().join("vault") } else { dir };
        if round % 40 == 0 {
            let mut store = ztp_licence::vault::store::VaultStore::create(
                &dir,
                &options(30),
                &device(),
                at(0),
                Box::new(TestHost(round)),
            )
            .unwrap();
            mint(&mut store, "e-1", &[("test-hours", TOTAL, 0, 90)], 10);
            drop(store);
            // Bound to the double of an anchor, so that kills also fall between log and anchor.
            let mut store = try_open(&dir, machine(&dir), 20).unwrap();
            store.bind_anchor("test", &device(), at(20)).unwrap();
        }
        let delay = Duration::from_micros(round.wrapping_mul(2_654_435_761) % 5_000);
        let said = run_and_kill(&dir, delay);

        // The reference: every transaction in the log, added up by hand.
        let listed = receipts(&dir, 1, usize::MAX).unwrap();
        let last = listed.last().unwrap().body.seq;
        let ids: BTreeSet<&str> = listed
            .iter()
            .filter_map(|receipt| receipt.body.transaction.get("request_id")?.as_str())
            .collect();
        let spends = listed.iter().filter(|receipt| amount(receipt) > 0).count();
        assert_eq!(ids.len(), spends, "round {round}: a request was carried out twice");
        // None lost: the last acknowledged one is there with the head it was acknowledged with. At most one more, the one in flight.
        let acknowledged = &listed[said.acknowledged as usize - 1];
        assert_eq!(acknowledged.body.head.to_string(), said.head, "round {round}");
        assert!(
            last == said.acknowledged || last == said.acknowledged + 1,
            "round {round}: {said:?}, found {last}"
        );
        if said.tried > said.acknowledged {
            in_flight += 1;
            if last == said.tried { kept += 1 } else { vanished += 1 }
        }
        let log = ztp_audit::verify::verify_dir(&dir, &Default::default(), &NoProgress).unwrap();
        torn += u64::from(log.unanchored_tail.torn_bytes > 0);
        pending += u64::from(log.unanchored_tail.pending_seal);

        let mut store = try_open(&dir, machine(&dir), 3_000).unwrap();
        let consumed: u64 = listed.iter().map(amount).sum();
        assert_eq!(store.state().sums("test-hours"), (TOTAL, consumed, TOTAL - consumed), "round {round}");
        assert_eq!(store.state().seq(), last);
        // What was in flight is asked for again: it is carried out once, whether it had been or not.
        let asked = request(&format!("r-{}", said.acknowledged + 1), "test-hours", 1 + said.acknowledged % 7);
        let receipt = store.spend(&asked, &device(), at(3_100)).unwrap();
        assert_eq!(receipt.body.seq, said.acknowledged + 1, "round {round}");
        drop(store);
        if round % 20 == 19 {
            let mut anchor = FileAnchor::existing(&dir.with_extension("anchor")).unwrap();
            let options = VerifyVault { anchor: Some(&mut anchor), ..VerifyVault::default() };
            let verdict = verify(&dir, options, &NoProgress).unwrap();
            assert_eq!((verdict.status(), verdict.findings.first()), (VaultStatus::Unanchored, None));
            assert_eq!(verdict.evidence[0].result, "in_step");
        }
    }
    println!(
        "{kills} kills, {in_flight} with a spend in flight ({kept} found durable, {vanished} not there), \
         {torn} inside a write, {pending} inside a seal; none lost, none doubled"
    );
    assert!(in_flight * 10 > kills, "the kills do not fall into spends: {in_flight} of {kills}");
    assert!(kept > 0, "no kill fell between the log and the acknowledgement");
}

#[test]
fn a_spend_torn_at_any_byte_happened_as_a_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    let before = store.state().clone();
    let start = fs::metadata(dir.path().join(SEGMENT)).unwrap().len() as usize;
    store.spend(&request("r-1", "test-hours", 30), &device(), at(20)).unwrap();
    let after = store.state().clone();
    drop(store);
    let whole = fs::read(dir.path().join(SEGMENT)).unwrap();
    for cut in (start..=whole.len()).step_by(3).chain([whole.len() - 1, whole.len()]) {
        let crashed = tempfile::tempdir().unwrap();
        copy_dir(dir.path(), crashed.path());
        fs::write(crashed.path().join(SEGMENT), &whole[..cut]).unwrap();
        let mut store = open(crashed.path(), 30);
        assert_eq!(
            *store.state(),
            if cut == whole.len() { after.clone() } else { before.clone() },
            "cut {cut}"
        );
        let receipt = store.spend(&request("r-1", "test-hours", 30), &device(), at(40)).unwrap();
        assert_eq!(receipt.body.seq, 3, "cut {cut}");
    }
}

#[test]
fn a_mint_or_snapshot_cut_between_its_records_is_not_there_and_can_be_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = ztp_licence::vault::store::VaultStore::create(
        dir.path(),
        &options(1_000),
        &device(),
        at(0),
        Box::new(TestHost(1)),
    )
    .unwrap();
    let before = store.state().clone();
    let notes: Vec<NoteSpec<'_>> = (0..9_000).map(|n| ("test-hours", 1 + n % 9, 0, 90)).collect();
    mint(&mut store, "e-1", &notes, 10);
    let minted = store.state().clone();
    store.snapshot(at(20)).unwrap();
    drop(store);
    let whole = fs::read(dir.path().join(SEGMENT)).unwrap();
    let ends: Vec<usize> =
        whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    let lines = |from: usize, to: usize| std::str::from_utf8(&whole[from..to]).unwrap().to_owned();
    let mut seen = BTreeSet::new();
    for (index, &end) in ends.iter().enumerate().skip(2) {
        let class = lines(ends[index - 1], ends[index - 1] + 40);
        let crashed = tempfile::tempdir().unwrap();
        copy_dir(dir.path(), crashed.path());
        fs::write(crashed.path().join(SEGMENT), &whole[..end]).unwrap();
        let mut store = open(crashed.path(), 30);
        let whole_mint =
            class.contains("vault.snapshot") || lines(ends[index - 1], end).contains("\"receipt\":");
        assert_eq!(*store.state(), if whole_mint { minted.clone() } else { before.clone() }, "{class}");
        seen.insert((whole_mint, class.contains("vault.snapshot")));
        mint(&mut store, "e-1", &notes, 40);
        assert_eq!(store.state().sums("test-hours"), minted.sums("test-hours"));
        let state = store.state().clone();
        drop(store);
        assert_eq!(*open(crashed.path(), 50).state(), state);
    }
    assert_eq!(seen.len(), 3, "the cuts did not fall into mint, after it, and into the snapshot");
}

/// The spending process whose files may not grow beyond a limit. Runs only as a child.
#[test]
fn child_limited_spender() {
    let Ok(dir) = std::env::var("ZTP_TEST_LIMITED_VAULT") else { return };
    let mut store = open(Path::new(&dir), 2_000);
    let limit = rustix::process::Rlimit { current: Some(20_000), maximum: Some(20_000) };
    rustix::process::setrlimit(rustix::process::Resource::Fsize, limit).unwrap();
    for n in 0u64.. {
        match store.spend(&request(&format!("r-{n}"), "test-hours", 1), &device(), at(3_000)) {
            Ok(receipt) => println!("ack {} {}", receipt.body.seq, receipt.body.head),
            Err(error) => {
                println!("failed {}", error.code());
                break;
            }
        }
    }
    let error = store.spend(&request("after", "test-hours", 1), &device(), at(3_000)).unwrap_err();
    println!("then {}", error.code());
}

#[test]
fn a_full_disk_is_an_error_that_acknowledges_nothing_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    drop(store);
    // The shell ignores SIGXFSZ for the child, so that a write beyond the limit fails as a full disk does.
    let script = "trap '' XFSZ; exec \"$0\" child_limited_spender --exact --nocapture --test-threads=1";
    let output = Command::new("/bin/sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .env("ZTP_TEST_LIMITED_VAULT", dir.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("failed io_error") && text.contains("then writer_poisoned"), "{text}");
    let mut said = Said::default();
    text.lines().for_each(|line| said.hear(line));
    assert!(said.acknowledged > 2, "{text}");
    let mut store = open(dir.path(), 4_000);
    assert_eq!((store.state().seq(), store.state().head().to_string()), (said.acknowledged, said.head));
    store.spend(&request("later", "test-hours", 1), &device(), at(5_000)).unwrap();
}

#[test]
fn a_store_that_is_a_link_or_that_everyone_can_write_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let root = tempfile::tempdir().unwrap();
    let dir = root.path().join("vault");
    drop(create(&dir));
    let code = |dir: &Path| try_open(dir, Machine::default(), 9).map(|_| ()).unwrap_err().code();
    let link = root.path().join("link");
    symlink(&dir, &link).unwrap();
    // The path is the caller's own word; what is below it is not.
    assert!(try_open(&link, Machine::default(), 9).is_ok());
    for part in ["", "segments", SEGMENT, "state", "checkpoints"] {
        let path = dir.join(part);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        fs::set_permissions(&path, PermissionsExt::from_mode(mode | 0o002)).unwrap();
        assert_eq!(code(&dir), "vault_store_unsafe", "{part}");
        fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    }
    let moved = root.path().join("moved");
    fs::rename(dir.join("segments"), &moved).unwrap();
    symlink(&moved, dir.join("segments")).unwrap();
    assert_eq!(code(&dir), "vault_store_unsafe");
    fs::remove_file(dir.join("segments")).unwrap();
    fs::rename(&moved, dir.join("segments")).unwrap();
    assert!(try_open(&dir, Machine::default(), 9).is_ok());
    assert_eq!(code(&root.path().join("none")), "vault_not_found");
}

#[test]
fn a_read_only_store_is_an_error_and_can_still_be_read() {
    // Permissions bind everyone but root, for whom an immutable directory stands in: a path below a file.
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    mint(&mut store, "e-1", &[("test-hours", 100, 0, 90)], 10);
    let state = store.state().clone();
    drop(store);
    fs::remove_file(dir.path().join("lock")).unwrap();
    fs::create_dir(dir.path().join("lock")).unwrap();
    assert_eq!(try_open(dir.path(), Machine::default(), 9).unwrap_err().code(), "wrong_file_type");
    assert_eq!(ztp_licence::vault::store::load(dir.path()).unwrap(), state);
}
