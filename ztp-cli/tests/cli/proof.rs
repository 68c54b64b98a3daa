//! `ztp audit prove`, `check-proof`, `check-consistency`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Run, arg, lines, scratch, sealed_log, segment, ztp, ztp_with};

struct Bench {
    root: tempfile::TempDir,
    log: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let root = scratch();
        let log = sealed_log(root.path(), 5);
        Self { root, log }
    }

    fn keep(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.root.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn record(&self, seq: usize) -> PathBuf {
        let text = fs::read_to_string(segment(&self.log)).unwrap();
        self.keep("record", text.lines().nth(seq).unwrap().as_bytes())
    }

    fn vkey(&self) -> String {
        ztp(["audit", "head", arg(&self.log), "--vkey"]).exits(0).text().trim_end().to_owned()
    }

    fn check(&self, proof: &Path, record: &Path, vkey: &str) -> Run {
        ztp(["audit", "check-proof", arg(proof), "--record", arg(record), "--vkey", vkey, "--json"])
    }
}

#[test]
fn every_record_is_proven_and_the_proof_is_checked_without_the_log() {
    let bench = Bench::new();
    for seq in 0..7 {
        let made = ztp(["audit", "prove", arg(&bench.log), "--seq", &seq.to_string()]).exits(0);
        assert!(made.text().starts_with("c2sp.org/tlog-proof@v1\n"), "{}", made.text());
        let proof = bench.keep("proof", &made.stdout);
        let run = bench.check(&proof, &bench.record(seq), &bench.vkey()).exits(0);
        assert_eq!(run.integer(&["seq"]), i64::try_from(seq).unwrap());
        assert_eq!(run.integer(&["size"]), 7);
    }
    let words = ztp([
        "audit",
        "check-proof",
        arg(&bench.root.path().join("proof")),
        "--record",
        arg(&bench.record(6)),
        "--vkey",
        &bench.vkey(),
    ]);
    assert_eq!(words.exits(0).text(), "proven: this is record 6 of a log of 7 records under that key\n");
}

#[test]
fn prove_with_json_names_the_key_to_check_with() {
    let bench = Bench::new();
    let run = ztp(["audit", "prove", arg(&bench.log), "--seq", "1", "--json"]).exits(0);
    assert_eq!(run.string(&["schema"]), "ztp.audit.proof/1");
    assert_eq!(run.string(&["vkey"]), bench.vkey());
}

#[test]
fn the_key_of_the_epoch_that_covers_a_record_is_printed_and_its_weight_is_said() {
    let bench = Bench::new();
    let before = bench.vkey();
    ztp_with(["audit", "append", arg(&bench.log), "--seal"], &lines(2)).exits(0);
    let key_of =
        |seq: &str| ztp(["audit", "head", arg(&bench.log), "--seq", seq]).exits(0).text().trim().to_owned();
    assert_eq!((key_of("0"), key_of("6")), (before.clone(), before.clone()));
    assert_eq!(key_of("7"), bench.vkey());
    assert_ne!(key_of("7"), before);
    ztp(["audit", "head", arg(&bench.log), "--seq", "99"]).exits(3);
    let made = ztp(["audit", "prove", arg(&bench.log), "--seq", "8"]).exits(0);
    assert!(made.stderr.contains(&key_of("8")) && made.stderr.contains("--vkey"), "{}", made.stderr);
    let proof = bench.keep("proof", &made.stdout);
    let run = bench.check(&proof, &bench.record(8), &key_of("8")).exits(0);
    assert_eq!(run.string(&["unchecked", "0"]), "epoch_of_key");
    let record = bench.record(8);
    let words = ["audit", "check-proof", arg(&proof), "--record", arg(&record), "--vkey", &key_of("8")];
    let words = ztp(words).exits(0);
    assert!(
        words.text().contains("not checked: whether the record lies in the epoch of that key"),
        "{}",
        words.text()
    );
}

#[test]
fn another_record_another_key_or_an_edited_proof_is_refused() {
    let bench = Bench::new();
    let made = ztp(["audit", "prove", arg(&bench.log), "--seq", "2"]).exits(0);
    let proof = bench.keep("proof", &made.stdout);
    bench.check(&proof, &bench.record(3), &bench.vkey()).exits(1);
    let other = Bench::new();
    bench.check(&proof, &bench.record(2), &other.vkey()).exits(1);
    let edited = bench.keep("edited", made.text().replacen("index 2", "index 3", 1).as_bytes());
    bench.check(&edited, &bench.record(2), &bench.vkey()).exits(1);
    for (name, bytes) in
        [("empty", &b""[..]), ("binary", &[0, 255, 10]), ("half", &made.stdout[..made.stdout.len() / 2])]
    {
        let broken = bench.keep(name, bytes);
        let run = bench.check(&broken, &bench.record(2), &bench.vkey()).exits(1);
        assert_eq!(run.string(&["schema"]), "ztp.error/1", "{name}");
    }
}

#[test]
fn what_no_seal_covers_or_no_log_has_cannot_be_proven() {
    let bench = Bench::new();
    ztp_with(["audit", "append", arg(&bench.log)], &lines(1)).exits(0);
    let run = ztp(["audit", "prove", arg(&bench.log), "--seq", "7", "--json"]).exits(3);
    assert_eq!(run.string(&["code"]), "not_sealed");
    let run = ztp(["audit", "prove", arg(&bench.log), "--seq", "99", "--json"]).exits(3);
    assert_eq!(run.string(&["code"]), "out_of_range");
    ztp(["audit", "prove", arg(&bench.log)]).exits(2);
    ztp(["audit", "prove", arg(&bench.log), "--seq", "x"]).exits(2);
    ztp(["audit", "prove", arg(&bench.log), "--consistency"]).exits(2);
    ztp(["audit", "prove", arg(&bench.log), "--consistency", "--from", "3", "--seq", "1"]).exits(2);
}

#[test]
fn a_later_head_is_proven_to_continue_an_earlier_one() {
    let bench = Bench::new();
    let (old_vkey, old) = (bench.vkey(), ztp(["audit", "head", arg(&bench.log)]).exits(0));
    let old_file = bench.keep("old.note", &old.stdout);
    ztp_with(["audit", "append", arg(&bench.log), "--seal"], &lines(4)).exits(0);
    for from in [arg(&old_file), "7"] {
        let made = ztp(["audit", "prove", arg(&bench.log), "--consistency", "--from", from]).exits(0);
        assert!(made.text().starts_with("old 7\n"), "{}", made.text());
        let proof = bench.keep("consistency", &made.stdout);
        let check = |old: &Path, vkey_old: &str, vkey_new: &str| {
            ztp([
                "audit",
                "check-consistency",
                arg(&proof),
                "--old",
                arg(old),
                "--vkey-old",
                vkey_old,
                "--vkey-new",
                vkey_new,
                "--json",
            ])
        };
        let run = check(&old_file, &old_vkey, &bench.vkey()).exits(0);
        assert_eq!((run.integer(&["old_size"]), run.integer(&["new_size"])), (7, 12));
        check(&old_file, &bench.vkey(), &bench.vkey()).exits(1);
        check(&old_file, &old_vkey, &old_vkey).exits(1);
        let other = Bench::new();
        let foreign = bench.keep("foreign.note", &ztp(["audit", "head", arg(&other.log)]).exits(0).stdout);
        check(&foreign, &other.vkey(), &bench.vkey()).exits(1);
    }
}

#[test]
fn from_must_be_a_checkpoint_or_a_size() {
    let bench = Bench::new();
    let words = bench.keep("words", b"one line\n");
    ztp(["audit", "prove", arg(&bench.log), "--consistency", "--from", arg(&words)]).exits(2);
    let run =
        ztp(["audit", "prove", arg(&bench.log), "--consistency", "--from", "none.note", "--json"]).exits(3);
    assert_eq!(run.string(&["code"]), "file_missing");
    ztp(["audit", "prove", arg(&bench.log), "--consistency", "--from", "99", "--json"]).exits(3);
}

#[test]
fn a_record_is_proven_from_the_head_that_was_kept_without_any_later_key() {
    let bench = Bench::new();
    let kept = bench.keep("kept.head", &ztp(["audit", "head", arg(&bench.log)]).exits(0).stdout);
    for _ in 0..2 {
        ztp_with(["audit", "append", arg(&bench.log), "--seal"], &lines(3)).exits(0);
    }
    let newest = bench.keep("newest.head", &ztp(["audit", "head", arg(&bench.log)]).exits(0).stdout);
    let record = bench.record(2);
    let prove = |extra: &[&str]| {
        let run = ztp(["audit", "prove", arg(&bench.log)].iter().chain(extra)).exits(0);
        run.stdout
    };
    let check = |proof: &Path, record: &Path, extra: &[&str]| {
        ztp(["audit", "check-proof", arg(proof), "--record", arg(record), "--json"].iter().chain(extra))
    };

    // Under the very checkpoint that was kept.
    let same = bench.keep("same", &prove(&["--seq", "2", "--size", arg(&kept)]));
    let run = check(&same, &record, &["--head", arg(&kept)]).exits(0);
    assert_eq!((run.integer(&["seq"]), run.integer(&["size"])), (2, 7));
    // Under a newer one, joined by a consistency proof from the one that was kept.
    let newer = bench.keep("newer", &prove(&["--seq", "2", "--size", arg(&newest)]));
    let joined = bench.keep("joined", &prove(&["--consistency", "--from", arg(&kept)]));
    let run = check(&newer, &record, &["--head", arg(&kept), "--consistency", arg(&joined)]).exits(0);
    assert_eq!((run.integer(&["seq"]), run.integer(&["size"])), (2, 7));
    // Under an older one, joined to the one that was kept.
    check(&same, &record, &["--head", arg(&newest), "--consistency", arg(&joined)]).exits(0);

    // Nothing joins the two, or what joins them is of other checkpoints.
    let run = check(&newer, &record, &["--head", arg(&kept)]).exits(1);
    assert_eq!(run.string(&["code"]), "proof_file_other_checkpoint");
    let part = bench.keep("part", &prove(&["--consistency", "--from", "11"]));
    let run = check(&newer, &record, &["--head", arg(&kept), "--consistency", arg(&part)]).exits(1);
    assert_eq!(run.string(&["code"]), "proof_file_other_checkpoint");
    // A head that was kept says nothing of later records, whatever joins it to them.
    let late = bench.keep("late", &prove(&["--seq", "8", "--size", arg(&newest)]));
    let run = check(&late, &bench.record(8), &["--head", arg(&kept), "--consistency", arg(&joined)]).exits(1);
    assert_eq!(run.string(&["code"]), "proof_index_out_of_range");
    check(&late, &bench.record(8), &["--head", arg(&newest)]).exits(0);
    let record = bench.record(2);
    // Another bench's history does not lead there.
    let other = Bench::new();
    let forged =
        other.keep("forged", &ztp(["audit", "prove", arg(&other.log), "--seq", "2"]).exits(0).stdout);
    let run = check(&forged, &other.record(2), &["--head", arg(&kept)]).exits(1);
    assert_eq!(run.string(&["code"]), "proof_file_other_checkpoint");
    // Who takes the key from whoever brings the proof is told that it holds: the head that was kept is what refuses it.
    other.check(&forged, &other.record(2), &other.vkey()).exits(0);
    ztp(["audit", "check-proof", arg(&same), "--record", arg(&record)]).exits(2);

    // The key of a checkpoint in the middle is printed by its size.
    let vkey = ztp(["audit", "head", arg(&bench.log), "--vkey", "--size", "11"]).exits(0);
    let middle = bench.keep("middle", &prove(&["--seq", "2", "--size", "11"]));
    bench.check(&middle, &record, vkey.text().trim_end()).exits(0);
}
