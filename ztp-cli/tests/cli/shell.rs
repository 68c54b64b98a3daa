//! Help, version, usage errors, codes, completions, manual pages, and how output behaves.

use std::fs::{self, OpenOptions};
use std::process::Stdio;

use ztp_core::code;

use crate::support::{arg, command, run, scratch, ztp, ztp_with};

#[test]
fn version_is_the_packages() {
    let run = ztp(["--version"]).exits(0);
    assert_eq!(run.text(), concat!("ztp ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn help_of_every_command_says_what_it_does() {
    let top = ztp(["--help"]).exits(0);
    assert!(top.text().contains("Exit status: 0 holds; 1 "), "{}", top.text());
    for path in [
        "audit",
        "audit init",
        "audit append",
        "audit seal",
        "audit head",
        "audit verify",
        "audit prove",
        "audit check-proof",
        "audit check-consistency",
        "audit record-hash",
        "licence",
        "licence sign",
        "licence verify",
        "licence inspect",
        "licence ingest",
        "licence decide",
        "licence seen",
        "keys generate",
        "canonical encode",
        "canonical check",
        "signature verify",
        "demo",
        "explain",
        "completions",
        "man",
    ] {
        let run = ztp(path.split(' ').chain(["--help"])).exits(0);
        assert!(run.text().contains("Usage: ztp "), "{path}");
        assert_eq!(run.stderr, "", "{path}");
    }
}

#[test]
fn wrong_usage_exits_2_with_words_on_standard_error() {
    for args in [
        &[][..],
        &["nonsense"],
        &["audit"],
        &["audit", "verify"],
        &["audit", "verify", "x", "--head", "y", "--content-from-head", "--full"],
    ] {
        let run = ztp(args).exits(2);
        assert_eq!(run.stdout, b"", "{args:?}");
        assert!(run.stderr.contains("Usage: ztp"), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn wrong_usage_with_json_prints_one_document() {
    let run = ztp(["audit", "verify", "--json"]).exits(2);
    assert_eq!(run.string(&["schema"]), "ztp.error/1");
    assert_eq!(run.string(&["code"]), "usage_invalid");
    assert!(run.stderr.contains("Usage: ztp audit verify"), "{}", run.stderr);
}

/// Words of a text, whatever the lines they stand on.
fn flowed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_registered_code_is_explained_by_name_and_by_number() {
    for entry in code::REGISTRY {
        let number = entry.number.to_string();
        let (by_name, by_number) =
            (ztp(["explain", entry.name]).exits(0), ztp(["explain", &number]).exits(0));
        assert!(by_name.text().starts_with(by_number.text().lines().next().unwrap()), "{}", entry.name);
        let shown = by_name.flowed();
        assert!(
            shown.contains(&flowed(entry.meaning)) && shown.contains(&flowed(entry.action)),
            "{}: {shown}",
            entry.name
        );
    }
    let listed = ztp(["explain"]).exits(0).flowed();
    for entry in code::REGISTRY {
        assert!(listed.contains(&format!("{} {}: ", entry.number, entry.name)), "{}", entry.name);
    }
    let run = ztp(["explain", "no_such_code", "--json"]).exits(2);
    assert_eq!(run.string(&["code"]), "usage_invalid");
}

#[test]
fn words_of_verdicts_are_explained_however_they_are_spelled() {
    for (given, said) in [
        ("unanchored", "nothing outside the copy vouches for it"),
        ("UNANCHORED", "nothing outside the copy vouches for it"),
        ("pinned-key", "its first key came from outside"),
        ("hash mismatch", "its content was changed"),
        ("denial-flood", "more denials in each 60 seconds"),
        ("missing_in_sealed", "decided, never sealed"),
        ("no_head_kept_by_auditor", "whether an older copy was put back"),
        ("T2", "a witness cosigned"),
        ("pem-material", "private keys and other key material"),
    ] {
        let run = ztp(["explain", given]).exits(0);
        assert!(run.flowed().contains(said), "{given}: {}", run.text());
    }
    // A word with two meanings has both.
    assert_eq!(ztp(["explain", "unanchored"]).exits(0).text().matches("what to do:").count(), 2);
    assert_eq!(ztp(["explain", "intact", "--json"]).exits(0).string(&["schema"]), "ztp.words/1");
    let run = ztp(["explain", "hash_missmatch"]).exits(2);
    assert!(run.stderr.contains("the nearest is hash_mismatch"), "{}", run.stderr);
}

#[test]
fn explanations_stay_within_the_columns() {
    for columns in ["80", "60"] {
        let mut narrow = command();
        narrow.env("COLUMNS", columns).arg("explain");
        let shown = run(narrow, b"").exits(0);
        let width: usize = columns.parse().unwrap();
        for line in shown.text().lines() {
            assert!(line.chars().count() <= width, "{columns}: {line}");
        }
    }
}

#[test]
fn explain_with_json_is_the_registry() {
    assert_eq!(ztp(["explain", "--json"]).exits(0).string(&["schema"]), "ztp.error-codes/1");
    let run = ztp(["explain", "signature_mismatch", "--json"]).exits(0);
    assert_eq!(run.integer(&["number"]), 165);
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = ztp(["completions", shell]).exits(0);
        assert!(run.text().contains("check-proof"), "{shell}");
        assert_eq!(ztp(["completions", shell, "--json"]).exits(0).string(&["script"]), run.text());
    }
    ztp(["completions", "cmd"]).exits(2);
}

#[test]
fn the_bash_completion_script_parses() {
    let script = ztp(["completions", "bash"]).exits(0);
    let dir = scratch();
    let file = dir.path().join("ztp.bash");
    fs::write(&file, &script.stdout).unwrap();
    match std::process::Command::new("bash").arg("-n").arg(&file).status() {
        Ok(status) => assert!(status.success()),
        Err(error) => println!("skipped: no bash here ({error})"),
    }
}

#[test]
fn manual_pages_cover_every_command() {
    let dir = scratch();
    let man = dir.path().join("new/man1");
    ztp(["man", arg(&man)]).exits(0);
    for page in [
        "ztp.1",
        "ztp-audit.1",
        "ztp-audit-verify.1",
        "ztp-licence-sign.1",
        "ztp-keys-generate.1",
        "ztp-demo.1",
    ] {
        let text = fs::read_to_string(man.join(page)).unwrap_or_else(|e| panic!("{page}: {e}"));
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
        assert!(text.contains("Exit status: "), "{page} says no exit status");
    }
}

#[test]
fn a_reader_that_leaves_does_not_change_the_exit_status() {
    for args in [&["explain"][..], &["--help"], &["completions", "zsh"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child =
            command().args(args).stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let status = child.wait().unwrap();
        let mut said = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
        assert_eq!((status.code(), said.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_full_disk_under_standard_output_is_not_a_success() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        println!("skipped: this system has no /dev/full");
        return;
    };
    let output = command().arg("explain").stdin(Stdio::null()).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("output_failed"));
}

#[test]
fn colours_appear_only_when_asked_for_or_on_a_terminal() {
    assert!(!ztp_with(["canonical", "check"], b"{}").text().contains('\u{1b}'));
    assert!(ztp_with(["canonical", "check", "--color", "always"], b"{}").text().contains("\u{1b}["));
    let mut forced = command();
    forced.args(["canonical", "check", "--color", "never"]);
    assert!(!run(forced, b"{}").text().contains('\u{1b}'));
}
