//! `ztp vault`: the air-gap loop with files, and the backup that is put back.

use std::fs;
use std::path::{Path, PathBuf};

use ztp_core::canonical::Value;

use crate::support::{Run, arg, scratch, ztp, ztp_with};

/// A bench with a vault, and its issuer: a root of one key, and the key that signs envelopes.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { dir: scratch() };
        for name in ["root", "isk", "device"] {
            let out = bench.path(&format!("{name}.pem"));
            ztp(["keys", "generate", "--json", "--out", arg(&out)]).exits(0);
        }
        let shown = ztp(["keys", "inspect", "--json", arg(&bench.path("device.pem"))]).exits(0);
        fs::write(bench.path("device.pub.pem"), shown.string(&["public_key_pem"])).unwrap();
        let holder = format!("root={}", bench.path("root.pem").display());
        let ceremony = |command: &str, out: &str, more: &[&str]| {
            let (out, transcript) = (bench.path(out), bench.path(&format!("{out}.transcript")));
            let mut args = vec!["keys", command, "--json", "--witness", "An Auditor", "--holder", &holder];
            args.extend(["--out", arg(&out), "--transcript", arg(&transcript), "--not-after", "2090-01-01"]);
            args.extend(more);
            ztp(args).exits(0);
        };
        ceremony("ceremony", "root", &["--threshold", "1"]);
        let isk = bench.path("isk.pem");
        let limits = ["--product", "tlsstress", "--class", "test-hours=5000", "--not-before", "2020-01-01"];
        ceremony(
            "certify",
            "cert",
            &[&["--key", arg(&isk), "--name", "isk", "--serial", "1"], &limits[..]].concat(),
        );
        ztp(["keys", "trust", arg(&bench.path("root")), "--out", arg(&bench.path("trust"))]).exits(0);
        ztp([
            "vault",
            "init",
            arg(&bench.vault()),
            "--key",
            arg(&bench.path("device.pem")),
            "--bench",
            "bench-7",
        ])
        .exits(0);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn vault(&self) -> PathBuf {
        self.path("vault")
    }

    /// An envelope that mints so many test hours, in answer to the head of a request if there was one.
    fn envelope(&self, id: &str, amount: u64, head: Option<&str>) -> PathBuf {
        let (payload, envelope) = (self.path(&format!("{id}.payload")), self.path(&format!("{id}.json")));
        let head = head.map_or("null".to_owned(), |head| format!("\"{head}\""));
        let text = format!(
            r#"{{"bench":{{"bench_id":"bench-7","binding":"bench"}},"customer":"Example","envelope_id":"{id}","features":[],
            "issued_at":"2026-01-01T00:00:00.000Z","licence_id":"L-1","mint":[{{"amount":{amount},"class":"test-hours",
            "not_after":"2090-01-01T00:00:00.000Z","not_before":"2026-01-01T00:00:00.000Z","serial":1}}],
            "not_after":"2090-01-01T00:00:00.000Z","not_before":"2026-01-01T00:00:00.000Z","previous_envelope":null,
            "product":"tlsstress","revocation_version":0,"root_version":1,"schema":"ztp.licence/2","vault_head":{head}}}"#
        );
        fs::write(&payload, text).unwrap();
        let (key, certificate) = (self.path("isk.pem"), self.path("cert"));
        let mut args =
            vec!["licence", "sign", "--json", "--key", arg(&key), "--certificate", arg(&certificate)];
        args.extend(["--in", arg(&payload), "--out", arg(&envelope)]);
        ztp(args).exits(0);
        envelope
    }

    /// Runs a command that signs with the device key.
    fn device(&self, command: &str, more: &[&str]) -> Run {
        let (vault, key) = (self.vault(), self.path("device.pem"));
        let mut args = vec!["vault", command, "--json", arg(&vault), "--key", arg(&key)];
        args.extend(more);
        ztp(args)
    }

    fn mint(&self, envelope: &Path) -> Run {
        self.device("mint", &["--envelope", arg(envelope), "--trust", arg(&self.path("trust"))])
    }

    fn spend(&self, id: &str, amount: &str, more: &[&str]) -> Run {
        let asked = ["--request-id", id, "--class", "test-hours", "--amount", amount, "--purpose", "run 17"];
        self.device("spend", &[&asked[..], more].concat())
    }

    /// Spends, and keeps the receipt in a file.
    fn receipt(&self, id: &str, amount: &str, more: &[&str]) -> PathBuf {
        let file = self.path(&format!("{id}.receipt"));
        fs::write(&file, self.spend(id, amount, more).exits(0).text().trim_end()).unwrap();
        file
    }

    /// Runs a command that knows the device's public key.
    fn outside(&self, command: &str, files: &[&Path], more: &[&str]) -> Run {
        let public = self.path("device.pub.pem");
        let mut args = vec!["vault", command, "--json", "--device-key", arg(&public)];
        args.extend(files.iter().map(|file| arg(file)));
        args.extend(more);
        ztp(args)
    }

    fn verify(&self, more: &[&str]) -> Run {
        self.outside("verify", &[&self.vault()], more)
    }

    fn status(&self) -> Run {
        ztp(["vault", "status", "--json", arg(&self.vault())]).exits(0)
    }

    /// Copies the vault and puts the copy in its place after `meanwhile`.
    fn restored<T>(&self, meanwhile: impl FnOnce() -> T) -> T {
        let copy = self.path("copy");
        copy_dir(&self.vault(), &copy);
        let result = meanwhile();
        fs::remove_dir_all(self.vault()).unwrap();
        fs::rename(copy, self.vault()).unwrap();
        result
    }
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_dir(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn codes(run: &Run) -> Vec<String> {
    let Value::Array(findings) = run.member(&["findings"]) else { panic!("no findings") };
    findings.iter().map(|one| one.get("code").and_then(Value::as_str).unwrap().to_owned()).collect()
}

#[test]
fn a_request_is_carried_to_the_issuer_and_the_answer_is_minted_on_this_vault_alone() {
    let bench = Bench::new();
    bench.mint(&bench.envelope("e-1", 100, None)).exits(0);
    bench.receipt("r-1", "60", &[]);
    let request = bench.path("q-1");
    bench.device("request", &["--request-id", "q-1", "--out", arg(&request)]).exits(0);
    // At the issuer, who has nothing of this device yet.
    let found = bench.outside("reconcile", &[&request], &[]).exits(3);
    assert_eq!(found.string(&["status"]), "nothing_held");
    let head = found.string(&["head"]);
    let other = bench.envelope("e-x", 50, Some(&"0".repeat(64)));
    assert_eq!(bench.mint(&other).exits(1).string(&["code"]), "vault_head_mismatch");
    let answer = bench.envelope("e-2", 50, Some(&head));
    let minted = bench.mint(&answer).exits(0);
    assert_eq!(bench.mint(&answer).exits(0).text(), minted.text(), "the answer again is one mint");
    let status = bench.status();
    assert_eq!(status.integer(&["classes", "0", "spendable"]), 90);
    assert_eq!(status.integer(&["classes", "0", "recent"]), 60);
    // 90 are left and 60 were spent on the first day.
    assert_eq!(status.integer(&["classes", "0", "runway_days"]), 1);
    let words = ztp(["vault", "status", arg(&bench.vault())]).exits(0);
    assert!(words.text().contains("the notes will not last"), "{}", words.text());
    // The next request continues what the issuer holds now.
    let next = bench.path("q-2");
    bench.device("request", &["--request-id", "q-2", "--from", "5", "--out", arg(&next)]).exits(0);
    let found = bench.outside("reconcile", &[&next], &["--held", arg(&request)]).exits(0);
    assert_eq!(found.string(&["status"]), "consistent");
}

#[test]
fn a_spend_is_tried_out_and_nothing_is_written() {
    let bench = Bench::new();
    bench.mint(&bench.envelope("e-1", 100, None)).exits(0);
    let before = crate::support::tree(&bench.vault());
    let simulate = |amount: &str, more: &[&str]| {
        let vault = bench.vault();
        let mut args =
            vec!["vault", "simulate", "--json", arg(&vault), "--request-id", "r-1", "--class", "test-hours"];
        args.extend(["--amount", amount, "--purpose", "run 17"]);
        args.extend(more);
        ztp(args)
    };
    let run = simulate("60", &[]).exits(0);
    assert_eq!(run.integer(&["classes", "0", "held"]), 40);
    assert_eq!(run.integer(&["results", "0", "receipt", "created", "0", "amount"]), 40);
    assert_eq!(simulate("101", &[]).exits(1).string(&["code"]), "vault_insufficient");
    assert_eq!(simulate("60", &["--now", "2091-01-01"]).exits(1).string(&["code"]), "vault_insufficient");
    assert_eq!(crate::support::tree(&bench.vault()), before);
    // What was promised is what happens; the same request tried out again spends nothing more.
    let spent = bench.spend("r-1", "60", &[]).exits(0);
    assert_eq!(spent.integer(&["body", "created", "0", "amount"]), 40);
    assert_eq!(simulate("60", &[]).exits(0).integer(&["classes", "0", "held"]), 40);
    assert_eq!(
        ztp([
            "vault",
            "simulate",
            arg(&bench.path("none")),
            "--request-id",
            "r",
            "--class",
            "c",
            "--amount",
            "1",
            "--purpose",
            "p"
        ])
        .status,
        3
    );
}

#[test]
fn at_t0_a_backup_put_back_is_never_called_anchored_and_receipts_prove_it() {
    let bench = Bench::new();
    bench.mint(&bench.envelope("e-1", 100, None)).exits(0);
    assert_eq!(bench.verify(&[]).exits(4).string(&["status"]), "unanchored");
    let first = bench.restored(|| bench.receipt("r-1", "100", &[]));
    let second = bench.receipt("r-2", "100", &[]);
    // Nothing outside was asked: the copy cannot tell, and the verdict says that.
    let run = bench.verify(&[]).exits(4);
    assert_eq!((run.string(&["status"]), run.string(&["tier"])), ("unanchored".to_owned(), "T0".to_owned()));
    bench.verify(&["--require", "T0"]).exits(0);
    bench.verify(&["--require", "T1"]).exits(4);
    // Someone holds the receipt of either spend.
    let run = bench.verify(&["--receipts", arg(&second), "--require", "T3"]).exits(0);
    assert_eq!((run.string(&["status"]), run.string(&["tier"])), ("anchored".to_owned(), "T3".to_owned()));
    let run = bench.verify(&["--receipts", arg(&first)]).exits(1);
    assert_eq!(
        (run.string(&["status"]), codes(&run)),
        ("forked".to_owned(), vec!["vault_forked".to_owned()])
    );
    let proof = bench.path("proof");
    bench.outside("verify-fork", &[&first, &second], &["--out", arg(&proof)]).exits(1);
    let run = bench.outside("verify-fork", &[&proof], &[]).exits(1);
    assert_eq!(run.string(&["conflict", "kind"]), "notes_spent_twice");
    let run = bench.outside("verify-fork", &[&first, &first], &[]);
    assert_eq!(run.string(&["code"]), "vault_no_fork");
    // And so does the issuer at the next request.
    let request = bench.path("q-1");
    bench.device("request", &["--request-id", "q-1", "--out", arg(&request)]).exits(0);
    let run = bench.outside("reconcile", &[&request], &["--held", arg(&first)]).exits(1);
    assert_eq!(run.string(&["status"]), "forked");
}

#[test]
fn at_t1_a_backup_put_back_stops_the_vault_and_a_file_in_the_place_of_a_tpm_is_named_as_such() {
    let bench = Bench::new();
    bench.mint(&bench.envelope("e-1", 100, None)).exits(0);
    let anchor = bench.path("anchor");
    let held = ["--anchor-file", arg(&anchor)];
    bench.device("reanchor", &[&["--change", "bind", "--reason", "first use"], &held[..]].concat()).exits(0);
    assert_eq!(bench.spend("r-0", "1", &[]).exits(1).string(&["code"]), "vault_anchor_missing");
    bench.restored(|| bench.receipt("r-1", "60", &held));
    assert_eq!(bench.spend("r-2", "60", &held).exits(1).string(&["code"]), "vault_rolled_back");
    let run = bench.verify(&held).exits(1);
    assert_eq!(
        (run.string(&["status"]), codes(&run)),
        ("rolled_back".to_owned(), vec!["vault_rolled_back".to_owned()])
    );
    // Without the anchor the verdict says that the one it is bound to was not asked.
    let run = bench.verify(&[]).exits(4);
    assert!(run.text().contains("bound_anchor_not_given"));
}

#[test]
fn a_file_in_the_place_of_a_tpm_caps_the_tier_however_well_it_agrees() {
    let bench = Bench::new();
    bench.mint(&bench.envelope("e-1", 100, None)).exits(0);
    let anchor = bench.path("anchor");
    let held = ["--anchor-file", arg(&anchor)];
    bench.device("reanchor", &[&["--change", "bind", "--reason", "first use"], &held[..]].concat()).exits(0);
    bench.receipt("r-1", "60", &held);
    let run = bench.verify(&held).exits(4);
    assert_eq!((run.string(&["status"]), run.string(&["tier"])), ("unanchored".to_owned(), "T0".to_owned()));
    assert_eq!(run.string(&["evidence", "0", "result"]), "in_step");
    assert!(run.text().contains("anchor_can_be_copied_with_the_disk"));
    bench.verify(&[&held[..], &["--require", "T1"]].concat()).exits(4);
}

#[test]
fn a_torn_tail_is_set_aside_and_a_changed_byte_is_fatal() {
    let bench = Bench::new();
    bench.mint(&bench.envelope("e-1", 100, None)).exits(0);
    let log = crate::support::segment(&bench.vault());
    let whole = fs::read(&log).unwrap();
    fs::write(&log, [&whole[..], b"{\"event_class\":\"vault.sp"].concat()).unwrap();
    bench.spend("r-1", "60", &[]).exits(0);
    bench.verify(&[]).exits(4);
    let text = fs::read_to_string(&log).unwrap();
    fs::write(&log, text.replacen("\\\"amount\\\":100", "\\\"amount\\\":900", 1)).unwrap();
    assert_ne!(bench.spend("r-2", "60", &[]).status, 0);
    let run = bench.verify(&[]).exits(1);
    assert!(codes(&run).contains(&"vault_log_broken".to_owned()));
    assert_eq!(ztp_with(["vault", "status", "--json", arg(&bench.vault())], b"").status, 1);
}

#[test]
fn receipts_that_cannot_be_used_are_named_and_say_nothing_about_the_vault() {
    let bench = Bench::new();
    bench.mint(&bench.envelope("e-1", 300, None)).exits(0);
    let receipt = bench.receipt("r-1", "100", &[]);
    bench.verify(&["--receipts", arg(&receipt)]).exits(0);
    let text = fs::read_to_string(&receipt).unwrap();
    let damaged = bench.path("damaged");
    for (name, content) in [
        ("a changed byte", text.replacen("\"amount\":100", "\"amount\":101", 1)),
        ("a byte order mark", format!("\u{feff}{text}")),
        ("words instead of a document", "1  2026-01-01  spend\n".to_owned()),
        ("another document", fs::read_to_string(bench.path("e-1.json")).unwrap()),
    ] {
        fs::write(&damaged, content).unwrap();
        let run = bench.verify(&["--receipts", arg(&damaged)]).exits(3);
        assert!(run.stderr.contains(arg(&damaged)), "{name}: {}", run.stderr);
    }
}

#[test]
fn two_histories_that_were_proved_are_told_from_two_receipts_that_prove_nothing() {
    let bench = Bench::new();
    bench.mint(&bench.envelope("e-1", 300, None)).exits(0);
    let first = bench.restored(|| bench.receipt("r-1", "300", &[]));
    let second = bench.receipt("r-2", "300", &[]);
    let proof = bench.path("proof");
    bench.outside("verify-fork", &[&first, &second], &["--out", arg(&proof)]).exits(1);
    bench.outside("verify-fork", &[&proof], &[]).exits(1);
    let run = bench.outside("verify-fork", &[&first, &first], &[]).exits(3);
    assert_eq!(run.string(&["code"]), "vault_no_fork");
    let text = fs::read_to_string(&proof).unwrap();
    fs::write(&proof, text.replacen("\"amount\":300", "\"amount\":301", 1)).unwrap();
    bench.outside("verify-fork", &[&proof], &[]).exits(3);
}

#[test]
fn a_comparison_with_nothing_is_no_result_and_a_mistyped_argument_is_one() {
    let bench = Bench::new();
    bench.mint(&bench.envelope("e-1", 300, None)).exits(0);
    let request = bench.path("request");
    bench.device("request", &["--request-id", "q-1", "--out", arg(&request)]).exits(0);
    let run = bench.outside("reconcile", &[&request], &[]).exits(3);
    assert_eq!(
        (run.string(&["status"]), run.string(&["code"])),
        ("nothing_held".into(), "vault_nothing_held".into())
    );
    assert_eq!(run.member(&["tier"]), Value::Null);
    let held = bench.receipt("r-1", "100", &[]);
    bench.outside("reconcile", &[&request], &["--held", arg(&held)]).exits(1);
    // What is mistyped is no finding.
    assert_eq!(bench.spend("r 2", "100", &[]).exits(2).string(&["code"]), "vault_request_malformed");
    let escape = ["--request-id", "r-3", "--class", "test-hours", "--amount", "1", "--purpose", "a\u{1b}b"];
    bench.device("spend", &escape).exits(2);
    let typo = ["--request-id", "r-4", "--class", "test-hour", "--amount", "1", "--purpose", "x"];
    let run = bench.device("spend", &typo).exits(1);
    assert!(
        run.string(&["message"]).ends_with("this vault never had a note of that class"),
        "{}",
        run.text()
    );
    assert!(!bench.spend("r-5", "9999", &[]).exits(1).string(&["message"]).contains("never had"));
}
