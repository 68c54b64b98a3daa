//! `ztp audit copy`: a copy of a log under way, its verdict, its exit statuses; and what `init` prints and clears.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{arg, lines, scratch, segment, tree, ztp, ztp_with};

#[test]
fn a_copy_is_verified_and_brought_up_to_date() {
    let root = scratch();
    let (log, copy, head) = (root.path().join("log"), root.path().join("copy"), root.path().join("head"));
    ztp(["audit", "init", arg(&log)]).exits(0);
    let vkey = ztp(["audit", "head", arg(&log), "--genesis-vkey"]).exits(0);
    let pin = ["--vkey", vkey.text().trim()];
    ztp_with(["audit", "append", arg(&log), "--seal"], &lines(20)).exits(0);
    let run = ztp(["audit", "copy", arg(&log), arg(&copy), "--json"].into_iter().chain(pin)).exits(0);
    assert_eq!(run.string(&["schema"]), "ztp.audit.copied/1");
    assert_eq!(run.string(&["verdict", "status"]), "intact");
    assert_eq!((run.integer(&["records"]), run.integer(&["size"])), (22, 22));
    fs::write(&head, ztp(["audit", "head", arg(&copy)]).exits(0).stdout).unwrap();
    ztp_with(["audit", "append", arg(&log), "--seal"], &lines(20)).exits(0);
    let update = ["audit", "copy", arg(&log), arg(&copy), "--from-head", arg(&head)];
    let run = ztp(update).exits(0);
    assert!(run.text().contains("intact") && run.text().contains("43 records"), "{}", run.text());
    assert_eq!(fs::read(segment(&copy)).unwrap(), fs::read(segment(&log)).unwrap());
    assert!(!copy.join("state").exists() && !copy.join("lock").exists());

    // A log that was changed since: the copy is left as it is.
    let before = tree(&copy);
    let sound = fs::read(segment(&log)).unwrap();
    let mut changed = sound.clone();
    changed[900] ^= 1;
    fs::write(segment(&log), &changed).unwrap();
    let run = ztp(["audit", "copy", arg(&log), arg(&copy), "--json"]).exits(1);
    assert_eq!((run.string(&["code"]).as_str(), run.integer(&["offset"])), ("copy_differs", 900));
    assert_eq!(tree(&copy), before);
    // A whole copy of it has the same damage, and its verdict.
    let fresh = root.path().join("fresh");
    let run = ztp(["audit", "copy", arg(&log), arg(&fresh), "--json"]).exits(1);
    assert_eq!(run.string(&["verdict", "status"]), "broken");
    fs::write(segment(&log), sound).unwrap();

    let refused = |dest: &std::path::Path, code: &str| {
        assert_eq!(ztp(["audit", "copy", arg(&log), arg(dest), "--json"]).exits(3).string(&["code"]), code);
    };
    refused(&log, "copy_destination");
    let run = ztp(["audit", "copy", arg(&root.path().join("none")), arg(&fresh), "--json"]).exits(3);
    assert_eq!(run.string(&["code"]), "log_not_found");
    fs::remove_file(segment(&fresh)).unwrap();
    symlink(segment(&log), segment(&fresh)).unwrap();
    refused(&fresh, "wrong_file_type");
}

#[test]
fn an_init_that_was_cut_off_is_finished_by_the_next_and_append_says_so() {
    let root = scratch();
    let log = root.path().join("log");
    fs::create_dir_all(log.join("segments")).unwrap();
    fs::write(log.join("state.new"), b"ztp-audit-st").unwrap();
    fs::write(segment(&log), b"{\"event_class\":\"log.op").unwrap();
    for command in ["append", "seal"] {
        let run = ztp_with(["audit", command, arg(&log), "--json"], &lines(1)).exits(3);
        assert_eq!(run.string(&["code"]), "log_unfinished");
    }
    ztp(["audit", "init", arg(&log)]).exits(0);
    ztp_with(["audit", "append", arg(&log), "--seal"], &lines(1)).exits(0);
    let run = ztp(["audit", "init", arg(&log), "--json"]).exits(3);
    assert_eq!(run.string(&["code"]), "log_exists");
}

#[test]
fn init_prints_an_origin_that_could_deceive_in_escapes() {
    let root = scratch();
    let run =
        ztp(["audit", "init", arg(&root.path().join("log")), "--origin", "bench\u{202e}7.example"]).exits(0);
    assert!(run.text().contains("bench\\u{202e}7.example"), "{}", run.text());
    assert!(!run.text().contains('\u{202e}'));
}
