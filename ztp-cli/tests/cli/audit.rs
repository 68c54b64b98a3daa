//! `ztp audit init`, `seal`, `head`, `record-hash`.

use std::fs;

use ztp_core::digest::sha256;

use crate::support::{arg, scratch, sealed_log, segment, tree, ztp, ztp_with};

#[test]
fn init_starts_a_log_and_prints_the_key_to_pin() {
    let root = scratch();
    let log = root.path().join("new/log");
    fs::create_dir(root.path().join("new")).unwrap();
    let run = ztp(["audit", "init", arg(&log), "--origin", "bench.example/audit"]).exits(0);
    let key = ztp(["audit", "head", arg(&log), "--genesis-vkey"]).exits(0);
    assert!(key.text().starts_with("bench.example/audit+"), "{}", key.text());
    assert!(run.text().contains(key.text()), "{}", run.text());
    let first = fs::read_to_string(segment(&log)).unwrap();
    assert!(first.starts_with("{\"event_class\":\"log.opened\",") && first.ends_with("}\n"), "{first}");
}

#[test]
fn init_takes_the_seal_policy() {
    let root = scratch();
    let log = root.path().join("log");
    let args = ["--records-max", "7", "--interval-ms", "8", "--heartbeat-ms", "9", "--json"];
    let run = ztp(["audit", "init", arg(&log)].into_iter().chain(args)).exits(0);
    assert_eq!(run.string(&["schema"]), "ztp.audit.created/1");
    let first = fs::read_to_string(segment(&log)).unwrap();
    assert!(
        first.contains("\"seal_policy\":{\"heartbeat_ms\":9,\"interval_ms\":8,\"records_max\":7}"),
        "{first}"
    );
    ztp(["audit", "init", arg(&root.path().join("b")), "--records-max", "0"]).exits(2);
}

#[test]
fn init_leaves_an_existing_log_as_it_is() {
    let root = scratch();
    let log = sealed_log(root.path(), 2);
    let before = tree(&log);
    let run = ztp(["audit", "init", arg(&log), "--json"]).exits(3);
    assert_eq!(run.string(&["code"]), "log_exists");
    assert_eq!(tree(&log), before);
}

#[test]
fn init_refuses_an_origin_that_no_checkpoint_can_carry() {
    let root = scratch();
    let log = root.path().join("log");
    for origin in ["", "two words", "a+b", "line\nfeed"] {
        let run = ztp(["audit", "init", arg(&log), "--json", "--origin", origin]).exits(2);
        assert_eq!(run.string(&["schema"]), "ztp.error/1", "{origin:?}");
    }
    assert!(!log.exists(), "nothing was made");
}

#[test]
fn seal_prints_the_checkpoint_that_head_prints_afterwards() {
    let root = scratch();
    let log = sealed_log(root.path(), 2);
    let sealed = ztp(["audit", "seal", arg(&log)]).exits(0);
    let head = ztp(["audit", "head", arg(&log)]).exits(0);
    assert_eq!(sealed.stdout, head.stdout);
    let lines: Vec<_> = head.text().lines().collect();
    assert_eq!((lines[0], lines[1], lines[3]), ("bench.example/audit", "5", ""));
    assert!(lines[4].starts_with("\u{2014} bench.example/audit "), "{}", lines[4]);
    let json = ztp(["audit", "head", arg(&log), "--json"]).exits(0);
    assert_eq!(json.string(&["checkpoint"]), head.text());
}

#[test]
fn each_epoch_has_a_key_of_its_own() {
    let root = scratch();
    let log = sealed_log(root.path(), 2);
    let genesis = ztp(["audit", "head", arg(&log), "--genesis-vkey"]).exits(0);
    let first = ztp(["audit", "head", arg(&log), "--vkey"]).exits(0);
    assert_eq!(first.stdout, genesis.stdout, "epoch 0 is signed by the first key");
    ztp(["audit", "seal", arg(&log)]).exits(0);
    let second = ztp(["audit", "head", arg(&log), "--vkey", "--json"]).exits(0);
    assert_ne!(format!("{}\n", second.string(&["vkey"])), genesis.text());
    ztp(["audit", "head", arg(&log), "--vkey", "--genesis-vkey"]).exits(2);
}

#[test]
fn a_log_without_a_seal_has_no_head() {
    let root = scratch();
    let log = root.path().join("log");
    ztp(["audit", "init", arg(&log)]).exits(0);
    let run = ztp(["audit", "head", arg(&log), "--json"]).exits(3);
    assert_eq!(run.string(&["code"]), "not_sealed");
}

#[test]
fn no_log_is_could_not_check_for_every_reader() {
    let root = scratch();
    let none = root.path().join("none");
    for args in [&["head"][..], &["seal"], &["verify"], &["head", "--genesis-vkey"]] {
        let all = ["audit", args[0], arg(&none), "--json"].into_iter().chain(args[1..].iter().copied());
        let run = ztp(all).exits(3);
        assert_eq!(run.string(&["code"]), "log_not_found", "{args:?}");
    }
    assert!(!none.exists());
}

#[test]
fn record_hash_recomputes_what_the_record_states() {
    let root = scratch();
    let log = sealed_log(root.path(), 2);
    for line in fs::read_to_string(segment(&log)).unwrap().lines() {
        let run = ztp_with(["audit", "record-hash"], line.as_bytes()).exits(0);
        let (before, rest) = line.split_once("\"hash\":\"").unwrap();
        let (hash, after) = rest.split_once("\",").unwrap();
        assert_eq!(run.text(), format!("{hash}\n"));
        assert_eq!(sha256(format!("{before}{after}").as_bytes()).to_string(), hash);
    }
}

#[test]
fn record_hash_refuses_an_edited_line() {
    let root = scratch();
    let log = sealed_log(root.path(), 2);
    let text = fs::read_to_string(segment(&log)).unwrap();
    let edited = text.lines().nth(1).unwrap().replace("step 0", "step 9");
    let run = ztp_with(["audit", "record-hash", "--json"], edited.as_bytes()).exits(1);
    assert_eq!(run.string(&["schema"]), "ztp.error/1");
    for bad in ["", "{}", "\n\n", "{\"event_class\":1}"] {
        ztp_with(["audit", "record-hash", "--json"], bad.as_bytes()).exits(1);
    }
}
