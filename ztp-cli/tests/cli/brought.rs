//! What an auditor brings to `ztp audit verify`: keys and heads of this log, of another, and such as are none.

use std::fs;

use crate::support::{arg, lines, scratch, sealed_log, ztp, ztp_with};

#[test]
fn a_log_that_started_with_another_key_does_not_hold() {
    let (one, two) = (scratch(), scratch());
    let (log, other) = (sealed_log(one.path(), 3), sealed_log(two.path(), 3));
    let vkey = ztp(["audit", "head", arg(&other), "--genesis-vkey"]).exits(0);
    let run = ztp(["audit", "verify", arg(&log), "--json", "--vkey", vkey.text().trim_end()]).exits(1);
    assert_eq!(run.string(&["breaks", "0", "kind"]), "pinned_key");
    let words = ztp(["audit", "verify", arg(&log), "--vkey", vkey.text().trim_end()]).exits(1);
    let headline = "broken: the log started with another key than the one you pinned\n";
    assert!(words.text().starts_with(headline), "{}", words.text());
}

#[test]
fn a_kept_head_that_an_editor_saved_is_the_auditors_mistake_and_no_word_about_the_log() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let head = ztp(["audit", "head", arg(&log)]).exits(0).text().to_owned();
    let kept = root.path().join("head");
    for (changed, words) in [
        (format!("\u{feff}{head}"), "byte order mark"),
        (head.replace('\n', "\r\n"), "line ends were converted"),
        (head.replace("bench.example/audit", "bench.example/audit\u{200b}"), "U+200B"),
        (head.replace("bench.example/audit", "bench-8.example/audit"), "another log stands in its place"),
    ] {
        std::fs::write(&kept, changed).unwrap();
        let run = ztp(["audit", "verify", arg(&log), "--head", arg(&kept)]).exits(3);
        assert!(run.stderr.contains(words) && !run.stderr.contains("tampering"), "{}", run.stderr);
    }
}

#[test]
fn the_key_of_another_log_of_the_same_name_is_offered_as_what_it_may_be() {
    let root = scratch();
    let logs = ["a", "b"].map(|name| root.path().join(name));
    for log in &logs {
        let made = ztp(["audit", "init", arg(log)]).exits(0);
        assert!(made.text().contains("--origin gives it a name of its own"), "{}", made.text());
        ztp_with(["audit", "append", arg(log), "--seal"], &lines(2)).exits(0);
    }
    let key = ztp(["audit", "head", arg(&logs[1]), "--genesis-vkey"]).exits(0);
    let run = ztp(["audit", "verify", arg(&logs[0]), "--vkey", key.text().trim()]).exits(1);
    assert!(run.text().contains("is it the key of this log?"), "{}", run.text());
    let head = root.path().join("head");
    fs::write(&head, ztp(["audit", "head", arg(&logs[1])]).exits(0).text()).unwrap();
    let run = ztp(["audit", "verify", arg(&logs[0]), "--head", arg(&head)]).exits(1);
    assert!(run.text().contains("is it the checkpoint of this log?"), "{}", run.text());
    let named =
        ztp(["audit", "init", arg(&root.path().join("c")), "--origin", "bench-7.example/audit"]).exits(0);
    assert!(!named.text().contains("--origin"), "{}", named.text());
}

#[test]
fn a_head_of_another_history_is_a_fork_and_a_later_one_a_rollback() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let copy = root.path().join("copy");
    let copied = std::process::Command::new("cp").arg("-a").args([&log, &copy]).status().unwrap();
    assert!(copied.success());
    ztp_with(["audit", "append", arg(&log), "--seal"], &lines(3)).exits(0);
    let later = root.path().join("later.note");
    fs::write(&later, ztp(["audit", "head", arg(&log)]).exits(0).stdout).unwrap();

    let run = ztp(["audit", "verify", arg(&copy), "--json", "--head", arg(&later)]).exits(1);
    assert_eq!(run.string(&["status"]), "rolled_back");
    ztp_with(["audit", "append", arg(&copy), "--seal"], &lines(3)).exits(0);
    let run = ztp(["audit", "verify", arg(&copy), "--json", "--head", arg(&later)]).exits(1);
    assert_eq!(run.string(&["status"]), "forked");
    let words = ztp(["audit", "verify", arg(&copy), "--head", arg(&later)]).exits(1);
    assert!(
        words.text().starts_with("forked: this is not the log whose checkpoint you kept\n"),
        "{}",
        words.text()
    );
}

#[test]
fn a_head_that_is_no_checkpoint_is_could_not_check() {
    let root = scratch();
    let log = sealed_log(root.path(), 1);
    for (name, content) in [("empty", &b""[..]), ("words", b"hello\n"), ("cut", b"bench.example/audit\n3\n")]
    {
        let head = root.path().join(name);
        fs::write(&head, content).unwrap();
        let run = ztp(["audit", "verify", arg(&log), "--json", "--head", arg(&head)]).exits(3);
        assert_eq!(run.string(&["code"]), "head_unusable", "{name}");
    }
    let run =
        ztp(["audit", "verify", arg(&log), "--json", "--head", arg(&root.path().join("none"))]).exits(3);
    assert_eq!(run.string(&["code"]), "file_missing");
}

#[test]
fn a_key_that_is_none_is_wrong_usage() {
    let root = scratch();
    let log = sealed_log(root.path(), 1);
    let file = root.path().join("key");
    fs::write(&file, "no key\n").unwrap();
    for given in ["nonsense", arg(&file)] {
        let run = ztp(["audit", "verify", arg(&log), "--json", "--vkey", given]).exits(2);
        assert_eq!(run.string(&["code"]), "vkey_format");
    }
}

#[test]
fn a_key_in_the_place_of_a_head_and_a_head_in_the_place_of_a_key_are_named_as_that() {
    let root = scratch();
    let log = sealed_log(root.path(), 1);
    let (head, key) = (root.path().join("head"), root.path().join("key"));
    fs::write(&head, ztp(["audit", "head", arg(&log)]).exits(0).stdout).unwrap();
    let vkey = ztp(["audit", "head", arg(&log), "--genesis-vkey"]).exits(0).stdout;
    fs::write(&key, &vkey).unwrap();
    let run = ztp(["audit", "verify", arg(&log), "--vkey", arg(&head)]).exits(2);
    assert!(run.stderr.contains("it is a signed checkpoint, which is given with --head"), "{}", run.stderr);
    let run = ztp(["audit", "verify", arg(&log), "--head", arg(&key)]).exits(2);
    assert!(run.stderr.contains("is a verifier key, which is given with --vkey"), "{}", run.stderr);
}

#[test]
fn a_byte_order_mark_and_converted_line_ends_end_with_three_wherever_something_is_brought() {
    let root = scratch();
    let log = sealed_log(root.path(), 3);
    let segment = log.join("segments/00000000000000000000.jsonl");
    let record = fs::read_to_string(segment).unwrap().lines().nth(1).unwrap().to_owned() + "\n";
    let brought = |command: &[&str]| ztp(command).exits(0).text().to_owned();
    let files = [
        ("head", brought(&["audit", "head", arg(&log)])),
        ("key", brought(&["audit", "head", arg(&log), "--genesis-vkey"])),
        ("proof", brought(&["audit", "prove", arg(&log), "--seq", "1"])),
        ("joined", brought(&["audit", "prove", arg(&log), "--consistency", "--from", "5"])),
        ("record", record),
    ];
    let [head, key, proof, joined, record] = files.each_ref().map(|(name, _)| root.path().join(name));
    let [head, key, proof, joined, record] = [&head, &key, &proof, &joined, &record].map(|path| arg(path));
    let commands: [&[&str]; 5] = [
        &["audit", "verify", arg(&log), "--head", head],
        &["audit", "verify", arg(&log), "--vkey", key],
        &["audit", "check-proof", proof, "--record", record, "--head", head],
        &["audit", "check-proof", proof, "--record", record, "--vkey", key],
        &["audit", "check-consistency", joined, "--old", head, "--vkey-old", key, "--vkey-new", key],
    ];
    for (name, text) in &files {
        fs::write(root.path().join(name), text).unwrap();
    }
    for command in commands {
        ztp(command).exits(0);
    }
    for (damaged, text) in &files {
        let path = root.path().join(damaged);
        for (bytes, words) in [
            (format!("\u{feff}{text}"), "a byte order mark was put before it"),
            (text.replace('\n', "\r\n"), "line ends were converted"),
            (text.trim_end().replace('\n', "\r\n") + "\r", "line ends were converted"),
        ] {
            fs::write(&path, bytes).unwrap();
            for command in commands.iter().filter(|command| command.contains(&arg(&path))) {
                let run = ztp(*command).exits(3);
                let said = format!("{}{}", run.text(), run.stderr);
                assert!(said.contains(words) && !said.contains("refused"), "{damaged}, {command:?}: {said}");
            }
        }
        fs::write(&path, text).unwrap();
    }
    let run = ztp_with(["audit", "record-hash"], format!("\u{feff}{}", files[4].1).as_bytes()).exits(3);
    assert!(run.stderr.contains("byte_order_mark"), "{}", run.stderr);
    // Given as itself, the key is read by the same rule.
    let run = ztp(["audit", "verify", arg(&log), "--vkey", &files[1].1.replace('\n', "\r")]).exits(3);
    assert!(run.stderr.contains("line_ends_converted"), "{}", run.stderr);
}
