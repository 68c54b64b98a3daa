//! Exit 0 means that something outside the bench vouches for the log, unless the caller said that nothing need: for every command that
//! reads a sealed log for an answer, and there is no other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{Run, arg, scratch, segment, ztp};

const START_MS: i64 = 1_778_572_800_000;
/// A while after the log's last seal.
const NOW: &str = "2026-05-12T08:10:01Z";
const TRUST: &str = r#"{"keys":[{"key_id":"324be2dea8bc44461b0233e51fa48902ed6b1cc671e7739af2551e0bfe68f54e","products":["tlsstress"],"public_key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","suite":"ed25519"}],"schema":"ztp.trust/1"}"#;

/// What a command of the groups that know logs does with one.
enum Does {
    /// Reads it for an answer: its arguments but for the log, and its words over a log that holds and is vouched for.
    Answers(&'static [&'static str], &'static str),
    /// Something else, and what.
    Other,
}

/// Every command below `ztp` that could be given a log.
fn commands() -> BTreeMap<&'static str, Does> {
    use Does::{Answers, Other};
    BTreeMap::from([
        ("anomaly explain", Answers(&["--seq", "3"], "what the rules compare")),
        ("anomaly replay", Answers(&[], "holds")),
        ("anomaly report", Answers(&[], "quiet")),
        // Seals what the detectors say; a bench does this to its own log.
        ("anomaly run", Other),
        // Reads no log.
        ("anomaly try", Other),
        ("audit append", Other),
        ("audit check-consistency", Other),
        ("audit check-proof", Other),
        ("audit copy", Answers(&["COPY"], "intact")),
        // Prints the last checkpoint and says of nothing that it holds.
        ("audit head", Other),
        ("audit init", Other),
        // Makes what `check-proof` judges by a key.
        ("audit prove", Other),
        ("audit record-hash", Other),
        ("audit seal", Other),
        ("audit verify", Answers(&[], "intact")),
        ("correlate", Answers(&["STREAM"], "agree")),
        ("licence decide", Other),
        ("licence ingest", Other),
        ("licence inspect", Other),
        ("licence seen", Answers(&["--trust", "TRUST"], "0 envelopes were taken in")),
        ("licence sign", Other),
        ("licence verify", Other),
    ])
}

/// A log of ten decisions with a seal each, its first key, the file of the decisions in it, and a trust document.
struct Bench {
    root: TempDir,
    log: PathBuf,
    vkey: String,
}

impl Bench {
    fn new() -> Self {
        let root = scratch();
        let log = root.path().join("log");
        let made = ztp_facade::audit_init(
            arg(&log).as_bytes(),
            br#"{"heartbeat_ms":3600000,"origin":"b7/audit","records_max":3}"#,
            START_MS,
        );
        assert!(made.is_ok());
        let open = ztp_facade::AuditLog::open_within(arg(&log).as_bytes(), START_MS, 10_000).unwrap();
        let mut decided = String::new();
        for n in 1..=10_i64 {
            let line = format!(
                "{{\"event_class\":\"admission.decision\",\"payload\":{{\"decision\":\"allow\",\"mode\":\"enforce\",\"operation\":\"CREATE\",\
                 \"tier\":\"A\",\"uid\":\"uid-{n}\",\"user\":\"system:builder\",\"would_deny\":false}},\
                 \"timestamp\":\"2026-05-12T08:00:00.{n:02}0Z\"}}\n"
            );
            // The monotonic clock stands as good as still, so the wall clock must, too.
            assert!(open.append(line.as_bytes(), b"", START_MS + n * 10).is_ok());
            assert!(open.seal(START_MS + n * 10).is_ok());
            decided += &line;
        }
        drop(open);
        fs::write(root.path().join("STREAM"), decided).unwrap();
        fs::write(root.path().join("TRUST"), TRUST).unwrap();
        let vkey = ztp(["audit", "head", arg(&log), "--genesis-vkey"]).exits(0).text().trim().to_owned();
        Self { root, log, vkey }
    }

    /// Runs a command over a log that lies beside the bench's own.
    fn run(&self, command: &str, own: &[&str], log: &Path, more: &[&str]) -> Run {
        let path = |name: &&str| match *name {
            name @ ("STREAM" | "TRUST") => arg(&self.root.path().join(name)).to_owned(),
            "COPY" => {
                let fresh = self.root.path().join("COPY");
                let _nothing_there = fs::remove_dir_all(&fresh);
                arg(&fresh).to_owned()
            }
            name => name.to_owned(),
        };
        let mut args: Vec<String> = command.split(' ').map(str::to_owned).collect();
        args.push(arg(log).to_owned());
        args.extend(own.iter().map(path));
        if command != "audit copy" {
            args.extend(["--now".to_owned(), NOW.to_owned()]);
        }
        args.extend(more.iter().map(|more| (*more).to_owned()));
        ztp(args.iter().map(String::as_str))
    }

    /// A copy of the log in which a hand did something.
    fn changed(&self, name: &str, hand: impl FnOnce(&Path)) -> PathBuf {
        let to = self.root.path().join(name);
        copy_tree(&self.log, &to);
        hand(&to);
        to
    }
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let into = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &into);
        } else {
            fs::copy(entry.path(), into).unwrap();
        }
    }
}

/// Whether a log's answer begins with the words that it has over a log that holds. An explanation has no verdict of its own, and the words
/// of `audit verify` are held by its own tests.
fn called_clean(command: &str, words: &str, run: &Run) -> bool {
    command != "anomaly explain" && !command.starts_with("audit") && run.text().starts_with(words)
}

fn notes(log: &Path) -> PathBuf {
    log.join("checkpoints/00000000000000000000.notes")
}

#[test]
fn every_command_that_could_be_given_a_log_is_in_the_table() {
    let mut listed = Vec::new();
    let below = |group: &str| {
        let help = ztp(group.split(' ').filter(|word| !word.is_empty()).chain(["--help"])).exits(0);
        let commands = help.text().split_once("Commands:\n").unwrap().1.to_owned();
        let names =
            commands.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
        names
            .map(|line| line.split_whitespace().next().unwrap().to_owned())
            .filter(|name| name != "help")
            .collect::<Vec<_>>()
    };
    for name in below("") {
        match name.as_str() {
            "anomaly" | "audit" | "licence" => {
                listed.extend(below(&name).into_iter().map(|command| format!("{name} {command}")));
            }
            // The vault has a verdict of its own, which asks for its tier; these read no log.
            "vault" | "keys" | "dlp" | "canonical" | "signature" | "demo" | "explain" | "completions"
            | "man" => {}
            _ => listed.push(name),
        }
    }
    listed.sort();
    // A build of a bench signs no licences.
    let known: Vec<&str> = commands()
        .into_keys()
        .filter(|name| *name != "licence sign" || listed.contains(&(*name).to_owned()))
        .collect();
    assert_eq!(listed, known);
}

#[test]
fn a_log_that_nothing_outside_vouches_for_never_ends_with_0_unless_nothing_was_asked_for() {
    let bench = Bench::new();
    for (command, does) in commands() {
        let Does::Answers(own, words) = does else { continue };
        // Root could have made all of it anew.
        let run = bench.run(command, own, &bench.log, &[]).exits(4);
        assert!(!called_clean(command, words, &run), "{command}: {}", run.text());
        assert!(
            run.text().contains("unanchored") || command.starts_with("audit"),
            "{command}: {}",
            run.text()
        );
        let run = bench.run(command, own, &bench.log, &["--require", "none"]).exits(0);
        assert!(run.text().contains(words), "{command}: {}", run.text());
        let run = bench.run(command, own, &bench.log, &["--vkey", &bench.vkey]).exits(0);
        assert!(run.text().contains(words), "{command}: {}", run.text());
        bench.run(command, own, &bench.log, &["--vkey", &bench.vkey, "--require", "auditor-head"]).exits(4);
        if !command.starts_with("audit") {
            let verdict =
                |more: &[&str]| bench.run("audit verify", &[], &bench.log, more).string(&["status"]);
            for more in
                [&["--json"][..], &["--json", "--require", "none"], &["--json", "--require", "pinned-key"]]
            {
                let carried = bench.run(command, own, &bench.log, more).string(&["sealed_log", "status"]);
                assert_eq!(carried, verdict(more), "{command}: one log, one word");
            }
        }
    }
}

#[test]
fn a_log_that_does_not_hold_ends_with_1_and_its_answer_is_not_called_clean() {
    let bench = Bench::new();
    let emptied = bench.changed("emptied", |log| fs::write(segment(log), "").unwrap());
    let cut = bench.changed("cut", |log| {
        let lines = fs::read_to_string(segment(log)).unwrap();
        fs::write(segment(log), lines.split_inclusive('\n').take(4).collect::<String>()).unwrap();
    });
    let hollow = bench.root.path().join("hollow");
    fs::create_dir_all(hollow.join("segments")).unwrap();
    fs::create_dir_all(hollow.join("checkpoints")).unwrap();
    // All checkpoints withdrawn: that is no break, and nothing vouches for the log.
    let withdrawn = bench.changed("withdrawn", |log| fs::write(notes(log), "").unwrap());
    for (command, does) in commands() {
        let Does::Answers(own, words) = does else { continue };
        for (log, name) in
            [(&emptied, "emptied"), (&cut, "cut"), (&hollow, "hollow"), (&withdrawn, "withdrawn")]
        {
            for more in [&[][..], &["--vkey", &bench.vkey], &["--require", "none"]] {
                let run = bench.run(command, own, log, more);
                let asked_for_nothing = more.contains(&"none") && name == "withdrawn";
                if command == "audit copy" || asked_for_nothing {
                    continue;
                }
                assert_ne!(run.status, 0, "{command} {name} {more:?}: {}", run.text());
                assert!(!called_clean(command, words, &run), "{command} {name}: {}", run.text());
                if matches!(name, "emptied" | "cut") {
                    assert_eq!(run.status, 1, "{command} {name} {more:?}: {} {}", run.text(), run.stderr);
                }
            }
        }
    }
}

#[test]
fn a_decision_rests_on_the_log_that_seen_was_read_from_and_says_so() {
    let bench = Bench::new();
    let trust = bench.root.path().join("TRUST");
    let seen = |log: &Path, more: &[&str]| {
        bench.run("licence seen", &["--trust", "TRUST"], log, &[&["--json"], more].concat())
    };
    let decide = |document: &[u8]| {
        let (file, envelope) = (bench.root.path().join("seen.json"), bench.root.path().join("envelope"));
        fs::write(&file, document).unwrap();
        fs::write(&envelope, "{}").unwrap();
        ztp(["licence", "decide", arg(&envelope), "--trust", arg(&trust), "--seen", arg(&file), "--json"])
    };
    let cut = bench.changed("cut", |log| {
        let lines = fs::read_to_string(segment(log)).unwrap();
        fs::write(segment(log), lines.split_inclusive('\n').take(4).collect::<String>()).unwrap();
    });
    let broken = seen(&cut, &["--vkey", &bench.vkey]).exits(1);
    assert_eq!(broken.string(&["sealed_log", "status"]), "truncated");
    let refused = decide(&broken.stdout);
    assert_eq!((refused.status, refused.string(&["code"])), (3, "ingest_log_not_intact".to_owned()));
    for (more, word) in [(&[][..], "unanchored"), (&["--vkey", &bench.vkey], "intact")] {
        let decided = decide(&seen(&bench.log, more).stdout);
        assert_eq!(
            decided.string(&["sealed_log", "status"]),
            word,
            "the envelope is refused, and this is what that rests on"
        );
    }
}
