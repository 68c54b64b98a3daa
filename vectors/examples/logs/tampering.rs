//! What a hostile hand does to a log, from the clumsy to the careful: the careful one recomputes every hash he can.

use std::collections::BTreeMap;

use ztp_core::digest::{Digest, sha256_parts};
use ztp_core::encoding::hex_encode;
use ztp_core::signature::SigningKey;

use crate::maker::{Bench, Log, NOTES, ORIGIN, SEGMENT, day};

/// Every tampered log by name.
pub(crate) fn all() -> BTreeMap<&'static str, Log> {
    let mut logs = BTreeMap::new();
    logs.extend(records(&day().log()));
    logs.extend(order(&day().log()));
    logs.extend(seals(&day().log()));
    logs.extend(whole());
    logs.extend(unsealed(&day().log()));
    logs.extend(beside(&day().log()));
    logs
}

/// Changes inside record 9, an `egress.request` in the middle of the second epoch.
fn records(log: &Log) -> Vec<(&'static str, Log)> {
    let edit = |from: &str, to: &str| edited(log, 9, from, to);
    let sensible = edit("\"bytes\":7000", "\"bytes\":0");
    let wrong_seq = edit("\"seq\":9,", "\"seq\":8,");
    vec![
        ("tampered-payload", edit("7000", "7001")),
        ("tampered-class", edit("egress.request", "egress.requesu")),
        ("tampered-timestamp", edit("2026-05-12T08", "2026-05-12T07")),
        ("tampered-hash", with_digit(log, 9, "\"hash\":\"")),
        ("tampered-prev-hash", with_digit(log, 9, "\"prev_hash\":\"")),
        ("tampered-seq", wrong_seq.clone()),
        ("tampered-seq-rehashed", rehashed(&wrong_seq, 9)),
        ("tampered-payload-rehashed", rehashed(&sensible, 9)),
        ("tampered-payload-rechained", rechained(&sensible, 9)),
        ("edited-white-space", edit("\"payload\":{", "\"payload\": {")),
        ("edited-upper-case-hash", upper_case_hash(log, 9)),
        ("edited-member-added", edit("\"payload\":{", "\"note\":0,\"payload\":{")),
        ("edited-member-removed", edit(",\"seq\":9", "")),
        ("edited-line-ends", edited_all(log, "\n", "\r\n")),
        ("edited-zeros", zeros(log, 9)),
    ]
}

/// Lines moved, dropped, doubled or put in.
fn order(log: &Log) -> Vec<(&'static str, Log)> {
    let lines = log.lines();
    let with = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        log.with_lines(&lines)
    };
    vec![
        ("reordered", with(&|lines| lines.swap(9, 10))),
        ("reordered-rechained", rechained(&with(&|lines| lines.swap(9, 10)), 9)),
        ("deleted", with(&|lines| drop(lines.remove(9)))),
        ("deleted-rechained", rechained(&with(&|lines| drop(lines.remove(9))), 9)),
        ("duplicated", with(&|lines| lines.insert(9, lines[9].clone()))),
        ("inserted", with(&|lines| lines.insert(9, lines[3].clone()))),
        ("inserted-rechained", rechained(&with(&|lines| lines.insert(9, lines[3].clone())), 9)),
        ("empty-line", with(&|lines| lines.insert(9, b"\n".to_vec()))),
        ("genesis-removed", with(&|lines| drop(lines.remove(0)))),
        ("genesis-repeated", with(&|lines| lines.insert(9, lines[0].clone()))),
        ("truncated-in-epoch", with(&|lines| lines.truncate(17))),
        (
            "truncated-in-line",
            with(&|lines| {
                lines.truncate(18);
                lines[17].truncate(100);
            }),
        ),
        ("truncated-to-genesis", with(&|lines| lines.truncate(1))),
        ("truncated-to-nothing", with(&Vec::clear)),
        ("truncated-to-seal", truncated_to_seal(log)),
        ("no-segments", no_segments(log)),
    ]
}

/// Changes to seals and checkpoints.
fn seals(log: &Log) -> Vec<(&'static str, Log)> {
    let notes = log.notes();
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut notes = notes.clone();
        change(&mut notes);
        log.with_notes(&notes)
    };
    let replaced = |at: usize, from: &str, to: &str| {
        with(&|notes| {
            assert!(notes[at].contains(from), "{from:?} is not in {:?}", notes[at]);
            notes[at] = notes[at].replace(from, to);
        })
    };
    let seal =
        log.lines().iter().position(|line| line.starts_with(br#"{"event_class":"log.sealed""#)).unwrap();
    let mut without_seal_record = log.lines();
    without_seal_record.remove(seal);
    let mut bench_without_checkpoints = log.clone();
    bench_without_checkpoints.0.insert(NOTES.to_owned(), Vec::new());
    vec![
        ("checkpoint-removed", with(&|notes| drop(notes.remove(1)))),
        ("checkpoints-removed", bench_without_checkpoints),
        ("checkpoints-removed-from-second-on", with(&|notes| notes.truncate(1))),
        ("checkpoints-swapped", with(&|notes| notes.swap(0, 1))),
        ("checkpoint-repeated", with(&|notes| notes.insert(1, notes[0].clone()))),
        ("checkpoint-size", replaced(1, "\n14\n", "\n13\n")),
        ("checkpoint-root", with(&|notes| notes[1] = other_root(&notes[1]))),
        ("checkpoint-origin", replaced(1, "vectors.example", "vectors.exampla")),
        ("checkpoint-signature", with(&|notes| notes[1] = other_signature(&notes[1]))),
        ("checkpoint-signature-of-other-epoch", with(&|notes| notes[1] = signed_by(&notes[1], &notes[0]))),
        ("checkpoint-signed-twice", with(&|notes| notes[1] = signed_twice(&notes[1]))),
        ("checkpoint-extension-line", with(&|notes| notes[1] = notes[1].replacen("\n\n", "\nmore\n\n", 1))),
        ("checkpoint-garbage", with(&|notes| notes[1] = "not a note\n\n".to_owned())),
        ("seal-record-removed-rechained", rechained(&log.with_lines(&without_seal_record), seal)),
        ("seal-epoch-skipped", rechained(&edited(log, seal, "\"epoch\":0", "\"epoch\":1"), seal)),
        ("seal-key-again", rechained(&edited(log, seal, &announced(log, seal), &first_key(log)), seal)),
        ("seal-anchor-added", rechained(&edited(log, seal, "\"anchors\":[]", "\"anchors\":[0]"), seal)),
    ]
}

/// The key that a seal announces, and the one that the log began with.
fn announced(log: &Log, seal: usize) -> String {
    member(&log.lines()[seal], "\"next_public_key\":\"")
}

fn first_key(log: &Log) -> String {
    member(&log.lines()[0], "\"public_key\":\"")
}

fn member(line: &[u8], name: &str) -> String {
    let line = std::str::from_utf8(line).unwrap();
    let at = line.find(name).unwrap() + name.len();
    line[at..at + 64].to_owned()
}

/// Logs put in the place of the log.
fn whole() -> Vec<(&'static str, Log)> {
    vec![
        // Same keys and same beginning, other events after the first seal: what only two heads can show.
        ("forked", Bench::new(0).append(6).otherwise().append(10).seal().log()),
        // A new log of the same name under keys of the forger.
        ("rewritten-with-other-keys", Bench::new(5000).append(16).seal().log()),
        // The honest records up to the first seal, then the forger's, sealed with keys that no seal announced.
        ("continued-with-other-keys", continued_with_other_keys()),
    ]
}

/// What root writes where no seal is, and a key of his own where nobody looks.
fn unsealed(log: &Log) -> Vec<(&'static str, Log)> {
    let more = |sealed: usize, records: usize| {
        let mut lines = log.lines()[..sealed].to_vec();
        lines.extend(std::iter::repeat_n(log.lines()[9].clone(), records));
        rechained(&log.with_lines(&lines), sealed)
    };
    let mut never_sealed = more(1, 8);
    never_sealed.0.insert(NOTES.to_owned(), Vec::new());
    vec![
        // The policy is six records, and one more is the most that a writer can leave without a seal.
        ("tail-at-most", more(20, 7)),
        ("tail-exceeds-policy", more(20, 8)),
        ("never-sealed", never_sealed),
        ("segment-name", segment_name(log)),
        ("seal-key-slipped-in", key_slipped_in(log)),
    ]
}

/// What is put beside a log or behind its end, and what is taken from beside it: no record of it changes.
fn beside(log: &Log) -> Vec<(&'static str, Log)> {
    let with = |files: &[(&str, &[u8])]| {
        let mut changed = log.clone();
        for (path, bytes) in files {
            changed.0.entry((*path).to_owned()).or_default().extend_from_slice(bytes);
        }
        changed
    };
    const NEXT: &str = "checkpoints/00000000000000065536.notes";
    let recovered = day().append(1).crash().append(2).seal().log();
    let set_aside = recovered.0.keys().find(|path| path.starts_with("recovered/")).unwrap().clone();
    let (mut taken, mut changed) = (recovered.clone(), recovered);
    taken.0.remove(&set_aside);
    changed.0.insert(set_aside, b"{\"event_class\":\"egress.reqx".to_vec());
    vec![
        (
            "beside-other-names",
            with(&[("segments/0.jsonl", b"x"), ("segments/evil.txt", b""), ("checkpoints/x", b"x")]),
        ),
        ("beside-writer-files-wrong", with(&[("lock", b"x"), ("state/x", b""), ("state.new/x", b"")])),
        ("beside-unrecorded", with(&[("recovered/00000000000000000009-0000000000000000.torn", b"x")])),
        ("beside-recovered-taken", taken),
        ("beside-recovered-changed", changed),
        ("checkpoint-part-behind-last", with(&[(NOTES, b"vectors.example/audit\n2")])),
        ("checkpoint-line-feed-behind-last", with(&[(NOTES, b"\n")])),
        ("checkpoint-junk-behind-last", with(&[(NOTES, b"xx\n")])),
        ("checkpoints-without-segment-part", with(&[(NEXT, b"vectors.example")])),
        ("checkpoints-without-segment-junk", with(&[(NEXT, b"xx\n")])),
        ("checkpoints-without-segment-copied", with(&[(NEXT, &log.0[NOTES])])),
        ("empty-lines", with(&[(SEGMENT, &[b'\n'; 300])])),
    ]
}

/// The records from the tenth on in a file that is named after it.
fn segment_name(log: &Log) -> Log {
    let lines = log.lines();
    let mut changed = log.with_lines(&lines[..10]);
    changed.0.insert("segments/00000000000000000010.jsonl".to_owned(), lines[10..].concat());
    changed
}

/// The second seal announces the forger's key under the hash that it had, and the forger signs the third.
fn key_slipped_in(log: &Log) -> Log {
    let own = SigningKey::from_seed(&[7; 32]);
    let seal = log.lines()[13].clone();
    let (_, key) = std::str::from_utf8(&seal).unwrap().split_once("\"next_public_key\":\"").unwrap();
    let changed = edited(log, 13, &key[..64], &hex_encode(own.public_key().as_bytes()));
    let mut notes = log.notes();
    let text = notes[2].lines().take(3).map(|line| format!("{line}\n")).collect::<String>();
    let signed = ztp_audit::note::sign(&text, ORIGIN, &own).unwrap();
    notes[2] = String::from_utf8(signed).unwrap() + "\n";
    changed.with_notes(&notes)
}

/// Replaces the first `from` in a line, which must have one.
fn edited(log: &Log, at: usize, from: &str, to: &str) -> Log {
    let mut lines = log.lines();
    let line = String::from_utf8(lines[at].clone()).unwrap();
    assert!(line.contains(from), "{from:?} is not in {line}");
    lines[at] = line.replacen(from, to, 1).into_bytes();
    log.with_lines(&lines)
}

fn edited_all(log: &Log, from: &str, to: &str) -> Log {
    let mut changed = log.clone();
    let text = String::from_utf8(log.0[SEGMENT].clone()).unwrap();
    changed.0.insert(SEGMENT.to_owned(), text.replace(from, to).into_bytes());
    changed
}

/// Changes the first digit after `member`.
fn with_digit(log: &Log, at: usize, member: &str) -> Log {
    let line = String::from_utf8(log.lines()[at].clone()).unwrap();
    let place = line.find(member).unwrap() + member.len();
    let digit = &line[place..=place];
    let other = if digit == "0" { "1" } else { "0" };
    edited(log, at, &format!("{member}{digit}"), &format!("{member}{other}"))
}

fn upper_case_hash(log: &Log, at: usize) -> Log {
    let line = String::from_utf8(log.lines()[at].clone()).unwrap();
    let start = line.find("\"hash\":\"").unwrap() + 8;
    let hash = &line[start..start + 64];
    edited(log, at, hash, &hash.to_uppercase())
}

/// What a power cut can leave of a block: zeros for content.
fn zeros(log: &Log, at: usize) -> Log {
    let mut lines = log.lines();
    let end = lines[at].len() - 1;
    lines[at][..end].fill(0);
    log.with_lines(&lines)
}

/// The line's hash computed anew; nothing after it.
fn rehashed(log: &Log, at: usize) -> Log {
    let mut lines = log.lines();
    lines[at] = with_hash(&lines[at]);
    log.with_lines(&lines)
}

/// Number, link and hash of every line from `from` on computed anew, as root can. The checkpoints stay as they are.
fn rechained(log: &Log, from: usize) -> Log {
    let mut lines = log.lines();
    for at in from..lines.len() {
        let previous = hash_of(&lines[at - 1]);
        let line = String::from_utf8(lines[at].clone()).unwrap();
        let (head, rest) = line.split_once("\"prev_hash\":\"").unwrap();
        let (_, time) = rest.split_once(",\"timestamp\"").unwrap();
        let line = format!("{head}\"prev_hash\":\"{previous}\",\"seq\":{at},\"timestamp\"{time}");
        lines[at] = with_hash(line.as_bytes());
    }
    log.with_lines(&lines)
}

fn hash_of(line: &[u8]) -> String {
    let line = std::str::from_utf8(line).unwrap();
    let start = line.find("\"hash\":\"").unwrap() + 8;
    line[start..start + 64].to_owned()
}

fn with_hash(line: &[u8]) -> Vec<u8> {
    let line = std::str::from_utf8(line).unwrap();
    let start = line.find("\"hash\":\"").unwrap();
    let (before, rest) = line.split_at(start);
    let after = &rest[8 + 64 + 2..];
    let hash: Digest = sha256_parts(&[before.as_bytes(), after.trim_end_matches('\n').as_bytes()]);
    format!("{before}\"hash\":\"{hash}\",{after}").into_bytes()
}

/// Cut back to an older seal, checkpoints with it: what is left verifies by itself.
fn truncated_to_seal(log: &Log) -> Log {
    let lines = log.lines();
    let notes = log.notes();
    log.with_lines(&lines[..14]).with_notes(&notes[..2])
}

fn no_segments(log: &Log) -> Log {
    let mut changed = log.clone();
    changed.0.remove(SEGMENT);
    changed
}

fn continued_with_other_keys() -> Log {
    let honest = day().log();
    let forged = Bench::new(5000).otherwise().append(16).seal().log();
    let (honest_lines, forged_lines) = (honest.lines(), forged.lines());
    let (honest_notes, forged_notes) = (honest.notes(), forged.notes());
    let lines: Vec<Vec<u8>> = honest_lines[..7].iter().chain(&forged_lines[7..]).cloned().collect();
    let notes: Vec<String> = honest_notes[..1].iter().chain(&forged_notes[1..]).cloned().collect();
    rechained(&honest.with_lines(&lines).with_notes(&notes), 7)
}

fn note_lines(note: &str) -> Vec<String> {
    note.lines().map(str::to_owned).collect()
}

fn other_root(note: &str) -> String {
    let mut lines = note_lines(note);
    lines[2] = if lines[2].starts_with('A') {
        lines[2].replacen('A', "B", 1)
    } else {
        format!("A{}", &lines[2][1..])
    };
    lines.join("\n") + "\n"
}

/// Changes a character of the signature that is neither in the key id nor at the end.
fn other_signature(note: &str) -> String {
    let mut lines = note_lines(note);
    let at = lines[4].len() - 20;
    let other = if &lines[4][at..=at] == "A" { "B" } else { "A" };
    lines[4].replace_range(at..=at, other);
    lines.join("\n") + "\n"
}

fn signed_by(note: &str, other: &str) -> String {
    let mut lines = note_lines(note);
    lines[4] = note_lines(other)[4].clone();
    lines.join("\n") + "\n"
}

fn signed_twice(note: &str) -> String {
    let lines = note_lines(note);
    assert!(lines[4].contains(ORIGIN));
    let foreign = format!("\u{2014} witness.example {}", lines[4].rsplit(' ').next().unwrap());
    format!("{}\n{foreign}\n\n", lines[..5].join("\n"))
}
