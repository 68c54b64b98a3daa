//! The vault beside SQLite (WAL, synchronous=FULL) doing the same bookkeeping, and how long a vault of a million notes takes to open.
//!
//! `cargo bench -p ztp-licence --bench vault [-- SPENDS NOTES]`; files lie in `ZTP_BENCH_DIR`, or the target directory: a place in
//! memory would measure no disk. Both sides choose the notes that expire first, mark them spent, create the change, remember the
//! request, sign the receipt with the same key and store it, durable before the next. They run in turns, and medians are compared.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation,
    clippy::panic,
    missing_docs,
    reason = "a measurement that cannot be made may fail"
)]

#[path = "../tests/vault/support.rs"]
mod support;

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OptionalExtension as _, params};
use support::*;
use ztp_core::anchor::extend;
use ztp_core::canonical::{self, Value};
use ztp_core::digest::{Digest, sha256};
use ztp_core::signature::{SigningKey, sign_document};
use ztp_licence::vault::RECEIPT_SCHEMA;
use ztp_licence::vault::store::{VaultStore, load};

/// Notes of one envelope: near the most that its size allows.
const ENVELOPE_NOTES: usize = 50_000;

fn specs(count: usize) -> Vec<NoteSpec<'static>> {
    (0..count).map(|n| ("test-hours", 10 + (n as u64 % 90), 0, 30 + (n as i64 % 330))).collect()
}

/// The peer: the same facts in tables.
struct Peer {
    db: Connection,
    device: SigningKey,
    head: Digest,
    seq: i64,
}

impl Peer {
    fn create(path: &Path, notes: &[(Digest, NoteSpec<'_>)]) -> Self {
        let mut db = Connection::open(path).unwrap();
        db.pragma_update(None, "journal_mode", "WAL").unwrap();
        db.pragma_update(None, "synchronous", "FULL").unwrap();
        db.execute_batch(
            "CREATE TABLE notes(id BLOB PRIMARY KEY, class TEXT NOT NULL, amount INTEGER NOT NULL, not_before INTEGER NOT NULL,
                 not_after INTEGER NOT NULL, spent INTEGER) WITHOUT ROWID;
             CREATE INDEX ready ON notes(class, not_after, id) WHERE spent IS NULL;
             CREATE TABLE requests(id TEXT PRIMARY KEY, content BLOB NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
             CREATE TABLE receipts(seq INTEGER PRIMARY KEY, body BLOB NOT NULL, signature BLOB NOT NULL, head BLOB NOT NULL);
             CREATE TABLE classes(name TEXT PRIMARY KEY, minted INTEGER NOT NULL, consumed INTEGER NOT NULL) WITHOUT ROWID;
             INSERT INTO classes VALUES('test-hours', 0, 0);",
        )
        .unwrap();
        let all = db.transaction().unwrap();
        for (id, (class, amount, from, to)) in notes {
            all.prepare_cached("INSERT INTO notes VALUES(?, ?, ?, ?, ?, NULL)")
                .unwrap()
                .execute(params![
                    id.as_bytes(),
                    class,
                    *amount as i64,
                    at(from * DAY).as_millis(),
                    at(to * DAY).as_millis()
                ])
                .unwrap();
        }
        all.commit().unwrap();
        Self { db, device: device(), head: Digest::ZERO, seq: 0 }
    }

    fn spend(&mut self, request_id: &str, class: &str, amount: u64) {
        let now = at(20).as_millis();
        let tx = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
        let content = sha256(format!("{request_id} {class} {amount}").as_bytes());
        let earlier: Option<i64> = tx
            .prepare_cached("SELECT seq FROM requests WHERE id = ?")
            .unwrap()
            .query_row([request_id], |row| row.get(0))
            .optional()
            .unwrap();
        assert_eq!(earlier, None);
        let (mut inputs, mut total, mut window) = (Vec::new(), 0u64, (0i64, 0i64));
        {
            let mut choose = tx
                .prepare_cached(
                    "SELECT id, amount, not_before, not_after FROM notes
                     WHERE class = ? AND spent IS NULL AND not_after >= ? ORDER BY not_after, id",
                )
                .unwrap();
            let mut rows = choose.query(params![class, now]).unwrap();
            while total < amount {
                let row = rows.next().unwrap().unwrap();
                let (id, held, from, to): ([u8; 32], i64, i64, i64) =
                    (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap(), row.get(3).unwrap());
                if from <= now {
                    inputs.push(Digest::from_bytes(id));
                    total += held as u64;
                    window = (from, to);
                }
            }
        }
        inputs.sort_unstable();
        self.seq += 1;
        for input in &inputs {
            tx.prepare_cached("UPDATE notes SET spent = ? WHERE id = ?")
                .unwrap()
                .execute(params![self.seq, input.as_bytes()])
                .unwrap();
        }
        let mut created = Vec::new();
        if total > amount {
            let id = sha256(format!("{request_id} change {}", total - amount).as_bytes());
            tx.prepare_cached("INSERT INTO notes VALUES(?, ?, ?, ?, ?, NULL)")
                .unwrap()
                .execute(params![id.as_bytes(), class, (total - amount) as i64, window.0, window.1])
                .unwrap();
            created.push(Value::object([
                ("amount", Value::from((total - amount) as i64)),
                ("id", id.to_string().into()),
                ("not_after", at(window.1 - START).to_string().into()),
                ("not_before", at(window.0 - START).to_string().into()),
            ]));
        }
        let transaction = Value::object([
            ("amount", Value::from(amount as i64)),
            ("change", vec![Value::from((total - amount) as i64)].into()),
            ("class", class.into()),
            ("inputs", inputs.iter().map(|id| id.to_string().into()).collect::<Vec<Value>>().into()),
            ("kind", "spend".into()),
            ("purpose", "run".into()),
            ("request_digest", content.to_string().into()),
            ("request_id", request_id.into()),
            ("schema", "ztp.vault.transaction/1".into()),
            ("time", at(20).to_string().into()),
        ]);
        let head = extend(&self.head, &sha256(&canonical::write(&transaction).unwrap()));
        let body = canonical::write(&Value::object([
            ("created", Value::from(created)),
            ("head", head.to_string().into()),
            ("previous_head", self.head.to_string().into()),
            ("seq", self.seq.into()),
            ("transaction", transaction),
            ("vault_id", Digest::ZERO.to_string().into()),
        ]))
        .unwrap();
        let signature = sign_document(&self.device, RECEIPT_SCHEMA, &body).unwrap();
        tx.prepare_cached("INSERT INTO requests VALUES(?, ?, ?)")
            .unwrap()
            .execute(params![request_id, content.as_bytes(), self.seq])
            .unwrap();
        tx.prepare_cached("INSERT INTO receipts VALUES(?, ?, ?, ?)")
            .unwrap()
            .execute(params![self.seq, body, signature, head.as_bytes()])
            .unwrap();
        tx.prepare_cached("UPDATE classes SET consumed = consumed + ? WHERE name = ?")
            .unwrap()
            .execute(params![amount as i64, class])
            .unwrap();
        tx.commit().unwrap();
        self.head = head;
    }
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e6
}

fn timed(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

fn spends(dir: &Path, spends: usize) {
    let notes = specs(ENVELOPE_NOTES);
    let mut store =
        VaultStore::create(&dir.join("vault"), &options(1000), &device(), at(0), Box::new(TestHost(1)))
            .unwrap();
    let ids = mint(&mut store, "e-1", &notes, 10);
    let listed: Vec<(Digest, NoteSpec<'_>)> = ids.into_iter().zip(notes).collect();
    let mut peer = Peer::create(&dir.join("peer.sqlite"), &listed);
    let mut raw = std::fs::File::create(dir.join("raw")).unwrap();
    // Bytes of a record with a receipt, and of what the log writes beside it.
    let record = vec![b'x'; 1_700];
    let (mut ours, mut theirs, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    for n in 0..spends {
        let (id, amount) = (format!("r-{n}"), 1 + (n as u64 * 37) % 120);
        let asked = request(&id, "test-hours", amount);
        ours.push(timed(|| drop(store.spend(&asked, &device(), at(20)).unwrap())));
        theirs.push(timed(|| peer.spend(&id, "test-hours", amount)));
        syncs.push(timed(|| {
            raw.write_all(&record).unwrap();
            raw.sync_data().unwrap();
        }));
    }
    let (ours, theirs, sync) = (median(&mut ours), median(&mut theirs), median(&mut syncs));
    println!(
        "durable spend, {spends} of each in turns, {ENVELOPE_NOTES} notes: vault {ours:.0} us, SQLite {theirs:.0} us, bare write + fdatasync {sync:.0} us"
    );
    println!(
        "bar: durable spend = {:.2} x SQLite (WAL, synchronous=FULL), {:.2} x bare write + fdatasync",
        ours / theirs,
        ours / sync
    );
}

fn opening(dir: &Path, notes: usize) {
    let vault = dir.join("million");
    let mut store =
        VaultStore::create(&vault, &options(1000), &device(), at(0), Box::new(TestHost(1))).unwrap();
    let mut left = notes;
    for envelope in 0.. {
        let count = left.min(ENVELOPE_NOTES);
        mint(&mut store, &format!("e-{envelope}"), &specs(count), 10);
        left -= count;
        if left == 0 {
            break;
        }
    }
    let state = store.state().clone();
    let replay = timed(|| assert_eq!(load(&vault).unwrap(), state));
    let write = timed(|| store.snapshot(at(20)).unwrap());
    for n in 0..100 {
        store.spend(&request(&format!("r-{n}"), "test-hours", 5), &device(), at(20)).unwrap();
    }
    let state = store.state().clone();
    drop(store);
    let mut opened = Vec::new();
    for n in 0..5 {
        let start = Instant::now();
        let store = open(&vault, 30 + n);
        opened.push(start.elapsed());
        assert_eq!(*store.state(), state);
    }
    let bytes: u64 = std::fs::read_dir(vault.join("segments"))
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    println!(
        "{notes} notes, log of {} MB: opened from a snapshot and 100 spends in {:.2} s, replayed from its start in {:.2} s, snapshot written in {:.2} s",
        bytes >> 20,
        median(&mut opened) / 1e6,
        replay.as_secs_f64(),
        write.as_secs_f64(),
    );
    println!("bar: {notes} notes open in {:.2} s (bar 2 s)", median(&mut opened) / 1e6);
}

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let root = std::env::var("ZTP_BENCH_DIR").unwrap_or_else(|_| env!("CARGO_TARGET_TMPDIR").to_owned());
    let dir = tempfile::tempdir_in(root).unwrap();
    spends(dir.path(), numbers.first().copied().unwrap_or(1_000));
    opening(dir.path(), numbers.get(1).copied().unwrap_or(1_000_000));
}
