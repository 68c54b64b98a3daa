//! Bad input of every kind: a clear code, an exit status, and nothing changed on disk.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;

use crate::support::{
    Run, arg, command, is_root, lines, run, scratch, sealed_log, segment, tree, ztp, ztp_with,
};

/// Nobody's number on Linux systems.
const NOBODY: u32 = 65_534;

/// Runs a command that must leave everything below `root` as it is.
#[track_caller]
fn unchanged(root: &Path, act: impl FnOnce() -> Run) -> Run {
    let before = tree(root);
    let run = act();
    assert_eq!(tree(root), before, "something was changed on disk");
    run
}

/// Every command that only reads a log.
fn readers(log: &Path) -> [Vec<&str>; 5] {
    let dir = arg(log);
    [
        vec!["audit", "verify", dir, "--json"],
        vec!["audit", "verify", dir, "--json", "--since", "1d"],
        vec!["audit", "head", dir, "--json"],
        vec!["audit", "head", dir, "--json", "--genesis-vkey"],
        vec!["audit", "prove", dir, "--json", "--seq", "1"],
    ]
}

/// A run that is neither a success nor a crash, with a document that says why.
#[track_caller]
fn refuses(run: &Run, about: &str) {
    assert!([1, 3].contains(&run.status), "{about}: exit {} {} {}", run.status, run.text(), run.stderr);
    let schema = run.string(&["schema"]);
    assert!(schema == "ztp.error/1" || schema == "ztp.audit.verdict/1", "{about}: {schema}");
}

#[test]
fn an_empty_directory_is_no_log() {
    let root = scratch();
    for args in readers(root.path()) {
        let run = unchanged(root.path(), || ztp(&args)).exits(3);
        assert_eq!(run.string(&["code"]), "log_not_found", "{args:?}");
    }
}

#[test]
fn a_file_in_place_of_the_directory_is_refused() {
    let root = scratch();
    let file = root.path().join("log");
    for content in [&b""[..], b"{}\n", &[0, 255, 254]] {
        fs::write(&file, content).unwrap();
        for args in readers(&file) {
            refuses(&unchanged(root.path(), || ztp(&args)).exits(3), &format!("{args:?}"));
        }
        refuses(
            &unchanged(root.path(), || ztp_with(["audit", "append", arg(&file), "--json"], &lines(1))),
            "append",
        );
    }
}

#[test]
fn segments_of_the_wrong_kind_or_content_are_refused() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let good = fs::read(segment(&log)).unwrap();
    let wide: Vec<u8> = good.iter().flat_map(|&b| [b, 0]).collect();
    let huge_line = [b"{\"event_class\":\"".to_vec(), vec![b'a'; 3 << 20], b"\n".to_vec()].concat();
    let cases: [(&str, Vec<u8>); 7] = [
        ("empty", Vec::new()),
        ("binary", (0..=255).cycle().take(10_000).collect()),
        ("two bytes a character", wide),
        ("zeros", vec![0; 4096]),
        ("a line without end", huge_line),
        ("half a record", good[..100].to_vec()),
        ("JSON that is no record", b"{\"a\":1}\n".to_vec()),
    ];
    for (name, content) in cases {
        fs::write(segment(&log), content).unwrap();
        let run = unchanged(root.path(), || ztp(["audit", "verify", arg(&log), "--json"]));
        refuses(&run, name);
        let run = unchanged(root.path(), || ztp_with(["audit", "append", arg(&log), "--json"], &lines(1)));
        refuses(&run, name);
        for args in readers(&log) {
            unchanged(root.path(), || ztp(&args));
        }
    }
}

#[test]
fn a_log_cut_at_any_byte_of_its_last_records_never_holds_to_its_seal() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let good = fs::read(segment(&log)).unwrap();
    for cut in (good.len() - 900..good.len()).step_by(37) {
        fs::write(segment(&log), &good[..cut]).unwrap();
        let run = unchanged(root.path(), || ztp(["audit", "verify", arg(&log), "--json"])).exits(1);
        assert_eq!(run.string(&["schema"]), "ztp.audit.verdict/1", "cut at {cut}");
    }
}

#[test]
fn half_written_checkpoints_are_not_taken_for_whole_ones() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let notes = log.join("checkpoints/00000000000000000000.notes");
    let good = fs::read(&notes).unwrap();
    for content in [&good[..good.len() / 2], b"", b"\n\n\n", &[0xff, 0xfe, 0]] {
        fs::write(&notes, content).unwrap();
        let run = unchanged(root.path(), || {
            ztp(["audit", "verify", arg(&log), "--json", "--require", "evolved-key"])
        });
        assert!([1, 4].contains(&run.status), "exit {}: {}", run.status, run.text());
    }
}

#[test]
fn links_and_pipes_inside_a_log_are_not_followed() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let moved = root.path().join("elsewhere");
    fs::rename(segment(&log), &moved).unwrap();
    symlink(&moved, segment(&log)).unwrap();
    let run = unchanged(root.path(), || ztp(["audit", "verify", arg(&log), "--json"])).exits(3);
    assert_eq!(run.string(&["code"]), "wrong_file_type");
    refuses(
        &unchanged(root.path(), || ztp_with(["audit", "append", arg(&log), "--json"], &lines(1))),
        "append",
    );
    fs::remove_file(segment(&log)).unwrap();
    let made = std::process::Command::new("mkfifo").arg(segment(&log)).status().unwrap();
    assert!(made.success());
    let run = unchanged(root.path(), || ztp(["audit", "verify", arg(&log), "--json"])).exits(3);
    assert_eq!(run.string(&["code"]), "wrong_file_type");
}

#[test]
fn a_directory_in_place_of_a_file_is_unreadable() {
    let root = scratch();
    let log = sealed_log(root.path(), 1);
    for args in [
        vec!["audit", "verify", arg(&log), "--json", "--head", arg(root.path())],
        vec!["audit", "verify", arg(&log), "--json", "--vkey", arg(root.path())],
        vec!["licence", "verify", arg(root.path()), "--trust", arg(root.path()), "--json"],
        vec!["licence", "inspect", arg(root.path()), "--json"],
        vec!["audit", "check-proof", arg(root.path()), "--record", arg(root.path()), "--vkey", "x", "--json"],
    ] {
        let run = unchanged(root.path(), || ztp(&args)).exits(3);
        assert_eq!(run.string(&["code"]), "file_unreadable", "{args:?}");
    }
}

#[test]
fn a_file_larger_than_any_input_is_refused_unread() {
    let root = scratch();
    let big = root.path().join("big");
    fs::File::create(&big).unwrap().set_len(1 << 40).unwrap();
    let run = ztp(["licence", "inspect", arg(&big), "--json"]).exits(3);
    assert_eq!(run.string(&["code"]), "file_too_large");
}

#[test]
fn a_path_that_is_not_text_is_refused_plainly() {
    use std::os::unix::ffi::OsStrExt;
    let bad = std::ffi::OsStr::from_bytes(b"/tmp/\xff\xfe");
    let mut verify = command();
    verify.args(["audit", "verify", "--json"]).arg(bad);
    let verdict = run(verify, b"").exits(2);
    assert_eq!(verdict.string(&["code"]), "path_invalid");
}

/// Runs as a user to whom files can be unreadable: this one, or nobody if this one is root.
fn unprivileged(bin: &Path, args: &[&str], stdin: &[u8]) -> Run {
    let mut command = std::process::Command::new(bin);
    command.env_clear().args(args).current_dir("/");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    run(command, stdin)
}

/// The binary where nobody may run it.
fn public_binary(root: &Path) -> std::path::PathBuf {
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
    let bin = root.join("ztp");
    fs::copy(env!("CARGO_BIN_EXE_ztp"), &bin).unwrap();
    fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
    bin
}

#[test]
fn unreadable_logs_and_files_are_could_not_check() {
    let root = scratch();
    let bin = public_binary(root.path());
    let log = sealed_log(root.path(), 3);
    fs::set_permissions(segment(&log), fs::Permissions::from_mode(0o000)).unwrap();
    let before = tree_modes(&log);
    let run = unprivileged(&bin, &["audit", "verify", arg(&log), "--json"], b"").exits(3);
    assert_eq!(run.string(&["code"]), "io_error");
    assert!(run.string(&["message"]).contains("00000000000000000000.jsonl"), "{}", run.text());
    assert_eq!(tree_modes(&log), before);

    let secret = root.path().join("secret");
    fs::write(&secret, "x").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).unwrap();
    let run = unprivileged(&bin, &["licence", "inspect", arg(&secret), "--json"], b"").exits(3);
    assert_eq!(run.string(&["code"]), "file_unreadable");
}

#[test]
fn a_log_that_may_be_read_but_not_written_can_be_verified_and_not_appended_to() {
    let root = scratch();
    let bin = public_binary(root.path());
    let log = sealed_log(root.path(), 3);
    let modes = [(log.clone(), 0o555), (log.join("segments"), 0o555), (log.join("checkpoints"), 0o555)];
    for (path, mode) in &modes {
        fs::set_permissions(path, fs::Permissions::from_mode(*mode)).unwrap();
    }
    for file in [segment(&log), log.join("checkpoints/00000000000000000000.notes")] {
        fs::set_permissions(file, fs::Permissions::from_mode(0o444)).unwrap();
    }
    unprivileged(&bin, &["audit", "verify", arg(&log), "--require", "none", "--json"], b"").exits(0);
    let run = unprivileged(&bin, &["audit", "append", arg(&log), "--json"], &lines(1)).exits(3);
    assert_eq!(run.string(&["code"]), "io_error");
    for (path, _) in &modes {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
}

/// Names and permissions below a directory, for files this user may be unable to read.
fn tree_modes(root: &Path) -> Vec<(std::path::PathBuf, u32)> {
    let mut found = Vec::new();
    let mut pending = vec![root.to_owned()];
    while let Some(path) = pending.pop() {
        let meta = fs::symlink_metadata(&path).unwrap();
        if meta.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        found.push((path, meta.permissions().mode()));
    }
    found.sort();
    found
}
