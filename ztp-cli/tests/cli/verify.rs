//! `ztp audit verify`: verdicts, anchors, grades, windows, and what a person reads.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::support::{arg, lines, scratch, sealed_log, segment, tree, ztp, ztp_with};

/// Changes one byte and returns the offset of its line.
fn put(path: &Path, find: &str, with: &str) -> usize {
    let text = fs::read_to_string(path).unwrap();
    let at = text.find(find).unwrap();
    assert_eq!(find.len(), with.len());
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all_at(with.as_bytes(), u64::try_from(at).unwrap()).unwrap();
    text.split_at(at).0.rfind('\n').map_or(0, |line_feed| line_feed + 1)
}

#[test]
fn an_intact_log_holds_and_says_what_it_rests_on() {
    let root = scratch();
    let log = sealed_log(root.path(), 5);
    let before = tree(&log);
    let run = ztp(["audit", "verify", arg(&log)]).exits(4);
    let words = "unanchored: what was checked holds, but nothing outside this copy vouches for it: give the key it started with (--vkey) or a checkpoint you kept (--head) log ";
    assert!(run.flowed().starts_with(words), "{}", run.text());
    assert_eq!(run.stderr, "", "the words say it on standard output");
    for part in [
        "bench.example/audit",
        "records  7, seals 1",
        "evolved-key   seals of epochs 0 to 0, over the first 7 records",
        "unanchored tail: none",
        "who started the log: give its first key with --vkey",
        "whether an older copy was put back: give the checkpoint you kept with --head",
    ] {
        assert!(
            run.flowed().contains(&part.split_whitespace().collect::<Vec<_>>().join(" ")),
            "{part:?} in {}",
            run.text()
        );
    }
    assert_eq!(run.stderr, "", "no progress away from a terminal");
    assert_eq!(tree(&log), before, "verifying changes nothing");
}

#[test]
fn the_document_is_the_verdict() {
    let root = scratch();
    let log = sealed_log(root.path(), 5);
    let run = ztp(["audit", "verify", arg(&log), "--require", "none", "--json"]).exits(0);
    assert_eq!(run.string(&["schema"]), "ztp.audit.verdict/1");
    assert_eq!(run.string(&["status"]), "intact", "nothing was asked for, on purpose");
    assert_eq!((run.integer(&["records"]), run.integer(&["verified_to_seq"])), (7, 6));
    assert_eq!(run.stderr, "");
}

#[test]
fn a_changed_byte_is_named_by_record_offset_hash_and_time() {
    let root = scratch();
    let log = sealed_log(root.path(), 5);
    let offset = put(&segment(&log), "step 2", "step 7");
    let before = tree(&log);
    let run = ztp(["audit", "verify", arg(&log), "--json"]).exits(1);
    assert_eq!(run.string(&["status"]), "broken");
    let place = ["breaks", "0"];
    let at = |name| [place[0], place[1], name];
    assert_eq!(run.string(&at("kind")), "hash_mismatch");
    assert_eq!(run.integer(&at("seq")), 3);
    assert_eq!(run.integer(&at("offset")), i64::try_from(offset).unwrap());
    assert_eq!(run.string(&at("timestamp")), "2026-05-12T08:00:02.000Z");
    assert_ne!(run.string(&at("expected")), run.string(&at("found")));
    assert_eq!(run.integer(&["verified_to_seq"]), 2);

    let words = ztp(["audit", "verify", arg(&log)]).exits(1);
    let first = words.text().lines().next().unwrap();
    assert_eq!(first, "broken: the log does not hold at record 3, written 2026-05-12T08:00:02.000Z");
    for part in ["breaks: ", "hash_mismatch at record 3", "expected ", "found ", "incident", "never repaired"]
    {
        assert!(words.flowed().contains(part), "{part:?} in {}", words.text());
    }
    assert_eq!(tree(&log), before, "a break is never repaired");
}

#[test]
fn a_deleted_record_is_found() {
    let root = scratch();
    let log = sealed_log(root.path(), 5);
    let text = fs::read_to_string(segment(&log)).unwrap();
    let kept: Vec<_> =
        text.split_inclusive('\n').enumerate().filter(|(n, _)| *n != 3).map(|(_, l)| l).collect();
    fs::write(segment(&log), kept.concat()).unwrap();
    let run = ztp(["audit", "verify", arg(&log), "--json"]).exits(1);
    assert!(run.integer(&["breaks", "0", "seq"]) <= 3, "{}", run.text());
}

#[test]
fn a_log_cut_behind_its_last_seal_is_truncated() {
    let root = scratch();
    let log = sealed_log(root.path(), 5);
    let text = fs::read_to_string(segment(&log)).unwrap();
    let kept: Vec<_> = text.split_inclusive('\n').take(4).collect();
    fs::write(segment(&log), kept.concat()).unwrap();
    let run = ztp(["audit", "verify", arg(&log), "--json"]).exits(1);
    assert_eq!(run.string(&["status"]), "truncated");
    let words = ztp(["audit", "verify", arg(&log)]).exits(1);
    assert!(
        words.text().starts_with("truncated: the log ends before a point that it had reached\n"),
        "{}",
        words.text()
    );
}

#[test]
fn records_after_the_last_seal_are_shown_as_unanchored() {
    let root = scratch();
    let log = sealed_log(root.path(), 2);
    ztp_with(["audit", "append", arg(&log)], &lines(3)).exits(0);
    let run = ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
    assert!(
        run.flowed().contains("unanchored tail: 3 records from record 4 on: whoever holds the host"),
        "{}",
        run.text()
    );
}

#[test]
fn the_pinned_key_and_the_kept_head_become_anchors() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let (head, key) = (root.path().join("head.note"), root.path().join("first.vkey"));
    fs::write(&head, ztp(["audit", "head", arg(&log)]).exits(0).stdout).unwrap();
    let vkey = ztp(["audit", "head", arg(&log), "--genesis-vkey"]).exits(0);
    fs::write(&key, &vkey.stdout).unwrap();
    ztp_with(["audit", "append", arg(&log), "--seal"], &lines(3)).exits(0);

    for pinned in [vkey.text().trim_end(), arg(&key)] {
        let all = ["--require", "pinned-key", "--require", "auditor-head", "--require", "evolved-key"];
        let args = ["audit", "verify", arg(&log), "--vkey", pinned, "--head", arg(&head)];
        let run = ztp(args.into_iter().chain(all)).exits(0);
        let words = "intact, anchored by pinned-key and auditor-head; everything that was checked holds, up to record 8 log ";
        assert!(run.flowed().starts_with(words), "{}", run.text());
        assert!(run.text().contains("pinned-key    the log started with the key you gave"), "{}", run.text());
        assert!(
            run.text().contains("auditor-head  the log contains the checkpoint you kept, over 5 records"),
            "{}",
            run.text()
        );
        assert!(!run.text().contains("\nnot checked\n"), "{}", run.text());
    }
}

#[test]
fn what_nothing_outside_the_copy_vouches_for_exits_4_unless_nothing_is_asked_for() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let run = ztp(["audit", "verify", arg(&log), "--json"]).exits(4);
    assert_eq!(run.string(&["status"]), "unanchored");
    assert_eq!(run.stderr, "ztp: nothing outside this copy vouches for the log (audit_unanchored)\n");
    let run = ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
    let words = "intact, but nothing outside this copy vouches for it, and nothing was required to; ";
    assert!(run.flowed().starts_with(words), "{}", run.text());
    ztp(["audit", "verify", arg(&log), "--require", "evolved-key"]).exits(0);
    ztp(["audit", "verify", arg(&log), "--require", "none", "--require", "evolved-key"]).exits(2);

    // A key that was copied out of record 0 and has sealed nothing is no more than the copy says of itself.
    let fresh = root.path().join("fresh");
    ztp(["audit", "init", arg(&fresh)]).exits(0);
    let vkey = ztp(["audit", "head", arg(&fresh), "--genesis-vkey"]).exits(0);
    let run = ztp(["audit", "verify", arg(&fresh), "--vkey", vkey.text().trim_end()]).exits(4);
    assert!(run.text().contains("the key you gave has sealed nothing here yet"), "{}", run.text());
}

#[test]
fn a_seal_that_is_too_old_by_the_clock_given_exits_4() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let verify =
        |more: &[&str]| ztp(["audit", "verify", arg(&log), "--json"].into_iter().chain(more.iter().copied()));
    verify(&["--require", "sealed-within=1h", "--require", "evolved-key"]).exits(0);
    // An age is no anchor: it takes the place of none.
    let run = verify(&["--require", "sealed-within=1h"]).exits(4);
    assert_eq!(run.string(&["status"]), "unanchored");
    let later = ["--now", "2099-01-01T00:00:00Z"];
    let run = verify(&["--require", "sealed-within=7d", later[0], later[1]]).exits(4);
    assert_eq!(run.string(&["status"]), "below_required");
    assert_eq!(run.string(&["missing", "0"]), "sealed_within");
    verify(&["--require", "sealed-within=1h", "--now", "2001-01-01"]).exits(4);
    verify(&["--require", "sealed-within=1h", "--now", "none"]).exits(2);
    verify(&["--require", "sealed-within=soon"]).exits(2);
    verify(&["--now", "soon"]).exits(2);
}

#[test]
fn since_limits_what_is_reported_and_nothing_that_is_checked() {
    let root = scratch();
    let log = sealed_log(root.path(), 5);
    let event = b"{\"event_class\":\"a\",\"payload\":{},\"timestamp\":\"2098-02-03T04:05:06.789Z\"}\n";
    ztp_with(["audit", "append", arg(&log), "--seal"], event).exits(0);
    let run = ztp(["audit", "verify", arg(&log), "--require", "none", "--since", "2098-01-01"]).exits(0);
    assert!(run.text().contains("reported from record 7 on: 2 records, seals 1"), "{}", run.text());
    let run = ztp(["audit", "verify", arg(&log), "--require", "none", "--since", "2099-01-01"]).exits(0);
    assert!(run.text().contains("reported no record"), "{}", run.text());
    put(&segment(&log), "step 1", "step 7");
    let run = ztp(["audit", "verify", arg(&log), "--json", "--since", "2099-01-01"]).exits(1);
    assert_eq!(run.string(&["breaks", "0", "kind"]), "hash_mismatch");
    assert_eq!(run.integer(&["breaks", "0", "seq"]), 2);
}

#[test]
fn content_is_left_to_a_kept_head_only_where_that_is_asked_for() {
    let root = scratch();
    let log = sealed_log(root.path(), 5);
    let head = root.path().join("head.note");
    fs::write(&head, ztp(["audit", "head", arg(&log)]).exits(0).stdout).unwrap();
    put(&segment(&log), "step 1", "step 7");
    ztp(["audit", "verify", arg(&log), "--head", arg(&head)]).exits(1);
    let run = ztp(["audit", "verify", arg(&log), "--head", arg(&head), "--content-from-head"]).exits(0);
    assert!(run.text().contains("not checked\n  the content of records below --head: "), "{}", run.text());
    ztp(["audit", "verify", arg(&log), "--content-from-head"]).exits(2);
}

#[test]
fn a_missing_grade_exits_4_and_is_named() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let run = ztp(["audit", "verify", arg(&log), "--json", "--require", "pinned-key"]).exits(4);
    assert_eq!(run.string(&["status"]), "below_required");
    assert_eq!(run.string(&["missing", "0"]), "pinned_key");
    assert_eq!(run.stderr, "ztp: the verdict does not rest on pinned-key (anchor_below_required)\n");
    let words = ztp(["audit", "verify", arg(&log), "--require", "auditor-head"]).exits(4);
    let headline =
        "below_required: what was checked holds, but it does not rest on auditor-head, which was required ";
    assert!(words.flowed().starts_with(headline), "{}", words.text());
    assert!(words.text().contains("missing: auditor-head, which --require asked for"), "{}", words.text());
    ztp(["audit", "verify", arg(&log), "--require", "best"]).exits(2);
}

#[test]
fn a_break_outweighs_a_missing_grade() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    put(&segment(&log), "step 1", "step 7");
    ztp(["audit", "verify", arg(&log), "--require", "pinned-key"]).exits(1);
}

#[test]
fn a_copy_whose_last_checkpoints_are_missing_is_told_to_be_copied_again() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let head = root.path().join("head");
    std::fs::write(&head, ztp(["audit", "head", arg(&log)]).exits(0).text()).unwrap();
    let notes = log.join("checkpoints/00000000000000000000.notes");
    let before = std::fs::read(&notes).unwrap();
    for _ in 0..2 {
        ztp_with(["audit", "append", arg(&log), "--seal"], &lines(1)).exits(0);
    }
    std::fs::write(&notes, before).unwrap();
    let run = ztp(["audit", "verify", arg(&log), "--head", arg(&head)]).exits(4);
    let headline = "unanchored: what was checked holds, but the last seals have no checkpoint (2), and vouch for nothing ";
    assert!(run.flowed().starts_with(headline), "{}", run.text());
    for words in
        ["2 seals in it have no checkpoint", "Copy again with `ztp audit copy`", "treat it as an incident"]
    {
        assert!(run.flowed().contains(words), "{words}: {}", run.text());
    }
}

#[test]
fn what_lies_beside_a_log_and_what_was_taken_as_torn_is_said_in_words() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let segment = log.join("segments/00000000000000000000.jsonl");
    let mut torn = fs::read(&segment).unwrap();
    torn.extend(b"{\"event_class\":\"half");
    fs::write(&segment, torn).unwrap();
    ztp_with(["audit", "append", arg(&log), "--seal"], &lines(1)).exits(0);
    fs::write(log.join("segments/evil\u{1b}[2J.txt"), b"x").unwrap();
    let mut notes = fs::read(log.join("checkpoints/00000000000000000000.notes")).unwrap();
    notes.push(b'\n');
    fs::write(log.join("checkpoints/00000000000000000000.notes"), notes).unwrap();
    let run = ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
    // Lines are broken where the columns end.
    let said = run.text().split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "recovered: 1 (not a break) 20 bytes were taken as a write that was cut off",
        "beside the log: 2 (not a break) ",
        "checkpoints/00000000000000000000.notes: behind its last checkpoint stands a part of one",
        ".txt: no part of a log has this name; it was not read ",
    ] {
        assert!(said.contains(words), "{words}: {}", run.text());
    }
    assert!(!run.text().contains('\u{1b}'), "{}", run.text());
    // What the verdict names is what stops the writer.
    ztp_with(["audit", "append", arg(&log)], &lines(1)).exits(1);
}

#[test]
fn a_log_without_any_seal_or_record_left_says_what_is_not_there() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let key = ztp(["audit", "head", arg(&log), "--genesis-vkey"]).exits(0);
    ztp_with(["audit", "append", arg(&log), "--seal"], &lines(1)).exits(0);
    fs::write(log.join("checkpoints/00000000000000000000.notes"), b"").unwrap();
    let run = ztp(["audit", "verify", arg(&log)]).exits(4);
    let headline = "unanchored: what was checked holds, but the seals, all of them, have no checkpoint (2), and vouch for nothing ";
    assert!(run.flowed().starts_with(headline), "{}", run.text());
    fs::write(log.join("segments/00000000000000000000.jsonl"), b"").unwrap();
    let run = ztp(["audit", "verify", arg(&log), "--vkey", key.text().trim()]).exits(1);
    assert!(run.text().contains("found    no first record that could be read\n"), "{}", run.text());
}

#[test]
fn since_takes_spans_dates_and_timestamps() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    for since in ["7d", "24h", "90s", "2026-05-01", "2026-05-12T08:00:00.000Z", "2026-05-12T10:00:00+02:00"] {
        ztp(["audit", "verify", arg(&log), "--require=none", "--since", since]).exits(0);
        ztp(["audit", "verify", arg(&log), "--require=none", &format!("--since={since}")]).exits(0);
    }
    for since in ["soon", "7", "2026-13-01"] {
        let run = ztp(["audit", "verify", arg(&log), "--json", "--since", since]).exits(2);
        assert_eq!(run.string(&["code"]), "time_invalid", "{since}");
    }
}

#[test]
fn what_is_not_listed_is_counted() {
    let root = scratch();
    let log = sealed_log(root.path(), 130);
    let edited = fs::read_to_string(segment(&log))
        .unwrap()
        .replace("\"operator\":\"op-01\"", "\"operator\":\"op-02\"");
    fs::write(segment(&log), edited).unwrap();
    let run = ztp(["audit", "verify", arg(&log)]).exits(1);
    assert!(
        run.text().contains("breaks: 130\n") && run.text().contains("  and 30 more, not listed\n"),
        "{}",
        run.text()
    );
}

#[test]
fn a_clock_set_back_is_told_and_is_no_break() {
    let root = scratch();
    let log = root.path().join("log");
    ztp(["audit", "init", arg(&log)]).exits(0);
    let event = b"{\"event_class\":\"a\",\"payload\":{},\"timestamp\":\"2001-02-03T04:05:06.789Z\"}\n";
    ztp_with(["audit", "append", arg(&log), "--seal"], event).exits(0);
    let run = ztp(["audit", "verify", arg(&log), "--require", "none"]).exits(0);
    let told = "steps of the clock: 1 (not a break)\n  record 1: 2001-02-03T04:05:06.789Z after ";
    assert!(run.text().contains(told), "{}", run.text());
}

#[test]
fn hostile_text_in_a_log_does_not_reach_the_terminal() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    put(&segment(&log), "bench.example/audit", "b\\u001b[2Jmple/audi");
    let run = ztp(["audit", "verify", arg(&log)]).exits(1);
    assert!(!run.text().contains('\u{1b}'), "{:?}", run.text());
}

#[test]
fn a_verdict_ends_with_what_to_keep_and_following_it_is_the_next_visit() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let run = ztp(["audit", "verify", arg(&log)]).exits(4);
    assert!(
        run.text().contains("not claimed: that records were true when they were written\n"),
        "{}",
        run.text()
    );
    let (_, kept) = run.text().split_once("keep this:\n").unwrap();
    let commands: Vec<&str> = kept.lines().map(str::trim).filter(|line| line.starts_with("ztp ")).collect();
    let [keep, again] = commands[..] else { panic!("{kept}") };
    let shell = |line: &str| {
        let (program, folder) = (env!("CARGO_BIN_EXE_ztp"), root.path());
        let script = format!("ztp() {{ {program} \"$@\"; }}; cd {} && {line}", folder.display());
        std::process::Command::new("bash").arg("-c").arg(script).output().unwrap()
    };
    assert!(shell(keep).status.success());
    ztp_with(["audit", "append", arg(&log), "--seal"], &lines(1)).exits(0);
    let next = shell(again);
    assert!(next.status.success(), "{}", String::from_utf8_lossy(&next.stdout));
    assert!(String::from_utf8_lossy(&next.stdout).starts_with("intact, anchored by auditor-head;"));

    // Of a log that does not hold nothing is kept.
    put(&segment(&log), "step 1", "step 7");
    let broken = ztp(["audit", "verify", arg(&log)]).exits(1);
    assert!(!broken.text().contains("keep this"), "{}", broken.text());
}

#[test]
fn a_verdict_fits_a_terminal_of_80_columns_and_counts_one_as_one() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    ztp_with(["audit", "append", arg(&log)], &lines(1)).exits(0);
    let holds = ztp(["audit", "verify", "log", "--require", "none"]
        .map(|part| if part == "log" { arg(&log) } else { part }));
    assert!(holds.text().contains("unanchored tail: 1 record from record 5 on"), "{}", holds.text());
    put(&segment(&log), "step 1", "step 7");
    for run in [holds, ztp(["audit", "verify", arg(&log)])] {
        // Hashes, keys and paths are words of their own, and stay whole.
        let wide = run.text().lines().filter(|line| {
            line.chars().count() > 80 && !line.contains(arg(&log)) && line.split_whitespace().count() > 2
        });
        assert_eq!(wide.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
