//! Several processes spend the same notes at once: each note has one winner, and the order of wins is one that the clocks allow.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "test code: a panic is a failed test"
)]

#[path = "vault/support.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use support::*;
use ztp_core::Coded as _;
use ztp_core::digest::Digest;
use ztp_licence::vault::SpendRequest;
use ztp_licence::vault::store::{Machine, receipts};

const CHILD: &str = "ZTP_TEST_RACE_DIR";

fn now_us() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()
}

/// One of the racing processes: tries to spend every note once, opening the vault anew each time. Runs only as a child.
#[test]
fn child_racer() {
    let Ok(dir) = std::env::var(CHILD) else { return };
    let me = std::env::var("ZTP_TEST_RACER").unwrap();
    let notes: Vec<Digest> = std::fs::read_to_string(Path::new(&dir).join("notes"))
        .unwrap()
        .lines()
        .map(|line| Digest::from_hex(line).unwrap())
        .collect();
    let vault = Path::new(&dir).join("vault");
    for (index, note) in notes.iter().enumerate() {
        let asked =
            SpendRequest { inputs: Some(vec![*note]), ..request(&format!("p{me}-{index}"), "test-hours", 1) };
        let start = now_us();
        let outcome = loop {
            match try_open(&vault, Machine::default(), 5_000) {
                Ok(mut store) => break store.spend(&asked, &device(), at(6_000)),
                Err(error) if error.code() == "vault_locked" => std::thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
        };
        let (end, word) = (
            now_us(),
            outcome.map_or_else(|error| error.code().to_owned(), |receipt| receipt.body.seq.to_string()),
        );
        println!("did {index} {start} {end} {word}");
    }
}

#[derive(Debug)]
struct Did {
    note: usize,
    racer: usize,
    start: u128,
    end: u128,
    /// The transaction, for a winner.
    seq: Option<u64>,
}

fn race(racers: usize, notes: usize) -> Vec<Did> {
    let root = tempfile::tempdir().unwrap();
    let vault = root.path().join("vault");
    let mut store = create(&vault);
    let specs: Vec<NoteSpec<'_>> = (0..notes).map(|_| ("test-hours", 1, 0, 90)).collect();
    let ids = mint(&mut store, "e-1", &specs, 10);
    drop(store);
    let text: Vec<String> = ids.iter().map(ToString::to_string).collect();
    std::fs::write(root.path().join("notes"), text.join("\n")).unwrap();
    let children: Vec<_> = (0..racers)
        .map(|racer| {
            Command::new(std::env::current_exe().unwrap())
                .args(["child_racer", "--exact", "--nocapture", "--test-threads=1"])
                .env(CHILD, root.path())
                .env("ZTP_TEST_RACER", racer.to_string())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut done = Vec::new();
    for (racer, child) in children.into_iter().enumerate() {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        for line in String::from_utf8(output.stdout).unwrap().lines() {
            let Some((_, rest)) = line.split_once("did ") else { continue };
            let words: Vec<&str> = rest.split(' ').collect();
            let seq = words[3].parse().ok();
            assert!(seq.is_some() || words[3] == "vault_input_spent", "{line}");
            let (start, end) = (words[1].parse().unwrap(), words[2].parse().unwrap());
            done.push(Did { note: words[0].parse().unwrap(), racer, start, end, seq });
        }
    }
    // What the log says: every note spent once, by the request of the racer that says it won.
    let mut winners = BTreeMap::new();
    for receipt in receipts(&vault, 3, usize::MAX).unwrap() {
        let inputs = receipt.body.inputs().unwrap();
        let note = ids.iter().position(|id| *id == inputs[0]).unwrap();
        let id = receipt.body.transaction.get("request_id").unwrap().as_str().unwrap().to_owned();
        assert!(winners.insert(note, (receipt.body.seq, id)).is_none(), "note {note} was spent twice");
    }
    assert_eq!(winners.len(), notes);
    for did in done.iter().filter(|did| did.seq.is_some()) {
        let (seq, id) = &winners[&did.note];
        assert_eq!((Some(*seq), id.as_str()), (did.seq, format!("p{}-{}", did.racer, did.note).as_str()));
    }
    done
}

/// The checker: one winner for each note, and numbers in an order that the clocks allow (linearizable).
fn check(done: &[Did], racers: usize, notes: usize) -> Result<(), String> {
    if done.len() != racers * notes {
        return Err(format!("{} of {} attempts came back", done.len(), racers * notes));
    }
    let wins: Vec<&Did> = done.iter().filter(|did| did.seq.is_some()).collect();
    let won: BTreeSet<usize> = wins.iter().map(|did| did.note).collect();
    if wins.len() != notes || won.len() != notes {
        return Err(format!("{} wins of {} notes", wins.len(), won.len()));
    }
    for a in &wins {
        for b in &wins {
            if a.end < b.start && a.seq > b.seq {
                return Err(format!("{a:?} ended before {b:?} began, but has the later number"));
            }
        }
        // Who lost a note began before nobody had won it, or ended after somebody had.
        for loser in done.iter().filter(|did| did.note == a.note && did.seq.is_none()) {
            if loser.end < a.start {
                return Err(format!("{loser:?} lost to {a:?}, which began after"));
            }
        }
    }
    Ok(())
}

#[test]
fn of_two_racing_processes_one_wins_each_note() {
    let done = race(2, 60);
    check(&done, 2, 60).unwrap();
}

#[test]
fn of_eight_racing_processes_one_wins_each_note() {
    let done = race(8, 24);
    check(&done, 8, 24).unwrap();
    let winners: BTreeSet<usize> = done.iter().filter(|did| did.seq.is_some()).map(|did| did.racer).collect();
    println!("{} of 8 processes won something", winners.len());
}

#[test]
fn the_checker_refuses_histories_that_no_vault_can_make() {
    let did = |note, racer, start, end, seq| Did { note, racer, start, end, seq };
    let good = [did(0, 0, 0, 5, Some(3)), did(0, 1, 1, 6, None)];
    assert_eq!(check(&good, 2, 1), Ok(()));
    let twice = [did(0, 0, 0, 5, Some(3)), did(0, 1, 1, 6, Some(4))];
    assert!(check(&twice, 2, 1).is_err());
    let none = [did(0, 0, 0, 5, None), did(0, 1, 1, 6, None)];
    assert!(check(&none, 2, 1).is_err());
    let backwards =
        [did(0, 0, 0, 1, Some(4)), did(1, 0, 2, 3, Some(3)), did(0, 1, 0, 9, None), did(1, 1, 0, 9, None)];
    assert!(check(&backwards, 2, 2).is_err());
    let early = [did(0, 0, 0, 1, None), did(0, 1, 2, 3, Some(3))];
    assert!(check(&early, 2, 1).is_err());
}
