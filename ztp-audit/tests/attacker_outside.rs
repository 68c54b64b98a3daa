//! The attacker's kit against what an auditor brings from outside: pinned key, kept head, a time from which on he looks.
//!
//! Root has every file and the key of the open epoch. Each attack wins against the weakened verifier of `common/weak.rs`, which lacks just
//! the rule that it is about, and is told by the real one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

mod common;
#[path = "common/forging.rs"]
mod forging;
#[path = "common/weak.rs"]
mod weak;

use std::fs;

use common::*;
use forging::*;
use tempfile::TempDir;
use weak::Weak;
use ztp_audit::head::genesis_vkey;
use ztp_audit::record::{RecordView, Skimmed};
use ztp_audit::source::MemorySource;
use ztp_audit::verdict::{BreakKind, Status, Verdict};
use ztp_audit::verify::{NoProgress, Requirement, VerifyOptions, verify_source};
use ztp_core::encoding::hex_encode;
use ztp_core::signature::SigningKey;
use ztp_core::vkey::VerifierKey;

const NOTHING_SKIPPED: &dyn Fn(&Skimmed<'_>) -> bool = &|_| false;

/// A bench under a policy of 1,000 records, with what its auditor took home after the second seal.
struct Bench {
    dir: TempDir,
    pinned: VerifierKey,
    kept_head: Vec<u8>,
}

const KEPT: u64 = 23;

fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1000);
    writer.append(&events(0, 10), at(1_000)).unwrap();
    writer.seal(at(2_000)).unwrap();
    writer.append(&events(10, 10), at(3_000)).unwrap();
    let kept_head = writer.seal(at(4_000)).unwrap().note;
    let pinned = genesis_vkey(dir.path()).unwrap();
    Bench { dir, pinned, kept_head }
}

impl Bench {
    /// Everything that an auditor can bring, and everything that he can ask for.
    fn strictest(&self) -> VerifyOptions {
        VerifyOptions {
            pinned: Some(self.pinned.clone()),
            head: Some(self.kept_head.clone()),
            require: Some(vec![Requirement::EvolvedKey, Requirement::PinnedKey, Requirement::AuditorHead]),
            ..VerifyOptions::default()
        }
    }

    fn weak<'a>(&'a self, skips: &'a dyn Fn(&Skimmed<'_>) -> bool) -> Weak<'a> {
        Weak { pinned: Some(&self.pinned), head: Some(&self.kept_head), skips }
    }
}

fn judged(log: &MemorySource, options: &VerifyOptions) -> Verdict {
    verify_source(log, options, &NoProgress).unwrap()
}

#[track_caller]
fn assert_first(verdict: &Verdict, kind: BreakKind, seq: u64) {
    assert!(!verdict.status.holds(), "{verdict:#?}");
    assert_eq!((verdict.breaks[0].kind, verdict.breaks[0].seq), (kind, seq), "{:?}", verdict.breaks);
}

/// Root announces a key of his own in a seal that lies before what is looked at and leaves the hash that it states. All that follows he
/// writes and seals himself, without a single genuine key.
fn key_slipped_into_an_old_seal(bench: &Bench, seal: usize) -> MemorySource {
    let own = [
        SigningKey::from_seed(&[71; 32]),
        SigningKey::from_seed(&[72; 32]),
        SigningKey::from_seed(&[73; 32]),
    ];
    let mut lines = lines_of(bench.dir.path());
    let announce = |line: &[u8], key: &SigningKey| {
        let text = String::from_utf8(line.to_vec()).unwrap();
        let at = text.find("\"next_public_key\":\"").unwrap() + 19;
        [&text[..at], &hex_encode(key.public_key().as_bytes()), &text[at + 64..]].concat().into_bytes()
    };
    lines[seal] = announce(&lines[seal], &own[0]);
    let notes = fs::read_to_string(bench.dir.path().join(NOTES)).unwrap();
    let mut notes = split_notes(&notes);
    let mut signer = 0;
    if seal < 22 {
        // The seals between lie under the kept head: their hashes stay as they are, and he signs the same roots.
        lines[22] = announce(&lines[22], &own[1]);
        notes[1] = sign_tree(&lines, &own[0]);
        signer = 1;
    }
    append_by_hand(&mut lines, 10, at(5_000));
    let next = hex_encode(own[2].public_key().as_bytes());
    let epoch = notes.len();
    let payload = format!(
        "{{\"anchors\":[],\"boot_id\":null,\"epoch\":{epoch},\"monotonic_ms\":null,\"next_public_key\":\"{next}\"}}"
    );
    append_sealed(&mut lines, &payload, at(6_000));
    notes.push(sign_tree(&lines, &own[signer]));
    let mut log = MemorySource::default();
    log.segments.insert(0, lines.concat());
    log.notes.insert(0, notes.iter().flat_map(|n| [n.as_bytes(), b"\n"].concat()).collect());
    log
}

#[test]
fn a_key_slipped_into_a_seal_before_the_window_is_found_at_that_seal() {
    let bench = bench();
    let since = at(4_500).to_string();
    let before_the_window = |s: &Skimmed<'_>| s.timestamp.as_slice() < since.as_bytes();
    for seal in [11usize, 22] {
        let forged = key_slipped_into_an_old_seal(&bench, seal);
        assert!(bench.weak(&before_the_window).accepts(&forged), "the attack must fool the weak verifier");
        assert!(!bench.weak(NOTHING_SKIPPED).accepts(&forged));
        let options = VerifyOptions { since: Some(at(4_500)), ..bench.strictest() };
        assert_first(&judged(&forged, &options), BreakKind::HashMismatch, seal as u64);
        assert_first(&judged(&forged, &bench.strictest()), BreakKind::HashMismatch, seal as u64);
    }
}

#[test]
fn a_key_slipped_into_a_seal_below_the_kept_head_is_found_although_content_is_left_to_the_head() {
    let bench = bench();
    let below_the_head = |s: &Skimmed<'_>| s.seq < KEPT;
    for seal in [11usize, 22] {
        let forged = key_slipped_into_an_old_seal(&bench, seal);
        assert!(bench.weak(&below_the_head).accepts(&forged), "the attack must fool the weak verifier");
        let options = VerifyOptions { content_from_head: true, ..bench.strictest() };
        let verdict = judged(&forged, &options);
        assert_first(&verdict, BreakKind::HashMismatch, seal as u64);
        assert_eq!(verdict.content_checked_from, 0, "a break is placed after a look at everything");
        assert!(!verdict.unchecked.contains(&"content_before_head"));
    }
}

#[test]
fn content_left_to_a_kept_head_is_named_and_nothing_else_is_left_to_it() {
    let bench = bench();
    let honest = load(bench.dir.path());
    let fast = VerifyOptions { content_from_head: true, ..bench.strictest() };
    let verdict = judged(&honest, &fast);
    assert_eq!((verdict.status, verdict.content_checked_from), (Status::Intact, KEPT));
    assert_eq!(verdict.unchecked, ["content_before_head"]);
    assert_eq!(judged(&honest, &bench.strictest()).unchecked, [""; 0]);

    // Without the head's root nothing may be left out: every record that was changed is found where it is.
    let mut lines = lines_of(bench.dir.path());
    let text = String::from_utf8(lines[5].clone()).unwrap();
    lines[5] = text.replace("agent-", "ghost-").into_bytes();
    let mut changed = honest.clone();
    changed.segments.insert(0, lines.concat());
    assert_eq!(
        judged(&changed, &fast).unchecked,
        ["content_before_head"],
        "what the head cannot tell is named"
    );
    assert_first(&judged(&changed, &bench.strictest()), BreakKind::HashMismatch, 5);
    // A second change, to a hash: the head differs, so all is looked at, and the first change is what is reported.
    let at = lines[15].windows(8).position(|w| w == b"\"hash\":\"").unwrap() + 8;
    lines[15][at] = if lines[15][at] == b'0' { b'1' } else { b'0' };
    changed.segments.insert(0, lines.concat());
    assert_first(&judged(&changed, &fast), BreakKind::HashMismatch, 5);
    // And so it is for a break behind the head.
    let mut lines = lines_of(bench.dir.path());
    append_by_hand(&mut lines, 3, common::at(5_000));
    lines[5] = text.replace("agent-", "ghost-").into_bytes();
    lines[24].truncate(40);
    lines[24].push(b'\n');
    changed.segments.insert(0, lines.concat());
    assert_first(&judged(&changed, &fast), BreakKind::HashMismatch, 5);
}

#[test]
fn twenty_thousand_forged_records_behind_a_kept_head_are_more_than_the_policy_allows() {
    let bench = bench();
    let mut lines = lines_of(bench.dir.path());
    append_by_hand(&mut lines, 20_500, at(4_900));
    let mut log = load(bench.dir.path());
    log.segments.insert(0, lines.concat());
    assert!(bench.weak(NOTHING_SKIPPED).accepts(&log), "the attack must fool the weak verifier");
    for options in [bench.strictest(), VerifyOptions { content_from_head: true, ..bench.strictest() }] {
        let verdict = judged(&log, &options);
        assert_first(&verdict, BreakKind::TailExceedsPolicy, KEPT + 1001);
        let offset: usize = lines[..1024].iter().map(Vec::len).sum();
        assert_eq!(verdict.breaks[0].offset, offset as u64, "the break is placed at the byte");
        assert_eq!(verdict.breaks[0].timestamp.as_deref(), Some(at(4_900).to_string().as_str()));
    }
}

#[test]
fn a_log_that_was_never_sealed_is_not_what_the_pinned_key_vouches_for() {
    let dir = tempfile::tempdir().unwrap();
    drop(create(dir.path(), 1000));
    let pinned = genesis_vkey(dir.path()).unwrap();
    let options = VerifyOptions { pinned: Some(pinned.clone()), ..VerifyOptions::default() };
    let weak = Weak { pinned: Some(&pinned), head: None, skips: NOTHING_SKIPPED };
    let genesis = lines_of(dir.path());
    let with = |count| {
        let mut lines = genesis.clone();
        append_by_hand(&mut lines, count, at(1));
        let mut log = load(dir.path());
        log.segments.insert(0, lines.concat());
        log
    };
    let long = with(59_999);
    assert!(weak.accepts(&long), "the attack must fool the weak verifier");
    assert_first(&judged(&long, &options), BreakKind::TailExceedsPolicy, 1001);
    // Within the policy it may be a log that was just begun; then the key has vouched for nothing.
    let short = with(999);
    assert!(weak.accepts(&short));
    let verdict = judged(&short, &options);
    assert_eq!((verdict.status, verdict.anchors.len()), (Status::Unanchored, 0));
    assert_eq!(verdict.unchecked, ["first_key_sealed_nothing", "no_head_kept_by_auditor"]);
    let required = VerifyOptions { require: Some(vec![Requirement::PinnedKey]), ..options };
    let verdict = judged(&short, &required);
    assert_eq!((verdict.status, &verdict.missing[..]), (Status::BelowRequired, &["pinned_key"][..]));
}

#[test]
fn a_log_made_anew_is_never_intact_for_who_brings_nothing() {
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 60, 20);
    let log = load(dir.path());
    let weak = Weak { pinned: None, head: None, skips: NOTHING_SKIPPED };
    assert!(weak.accepts(&log), "the attack must fool the weak verifier");
    let verdict = judged(&log, &VerifyOptions::default());
    assert_eq!((verdict.status, verdict.status.code()), (Status::Unanchored, Some("audit_unanchored")));
    assert!(verdict.rests_on("evolved_key"), "evolved keys stand in the copy");
    // Who asks for nothing says so.
    assert_eq!(judged(&log, &nothing_required()).status, Status::Intact);
    let wanted = VerifyOptions {
        require: Some(vec![Requirement::PinnedKey, Requirement::AuditorHead, Requirement::EvolvedKey]),
        ..VerifyOptions::default()
    };
    let verdict = judged(&log, &wanted);
    assert_eq!(
        (verdict.status, &verdict.missing[..]),
        (Status::BelowRequired, &["auditor_head", "pinned_key"][..])
    );
}

#[test]
fn an_age_is_asked_for_on_top_of_something_outside_and_never_instead_of_it() {
    // Made by root from nothing, a moment ago: no age can tell.
    let dir = tempfile::tempdir().unwrap();
    sealed_log(dir.path(), 20, 5);
    let log = load(dir.path());
    let age = Requirement::SealedWithin { ms: 3_600_000 };
    let asked = |require: Option<Vec<Requirement>>| {
        let options = VerifyOptions { require, now: Some(at(5_000)), ..VerifyOptions::default() };
        judged(&log, &options)
    };
    let verdict = asked(Some(vec![age]));
    assert_eq!((verdict.status, &verdict.missing[..]), (Status::Unanchored, &[][..]));
    assert_eq!(asked(None).status, Status::Unanchored);
    assert_eq!(asked(Some(Vec::new())).status, Status::Intact);
    // An anchor that is named takes the place of any: here one that stands in the copy.
    assert_eq!(asked(Some(vec![Requirement::EvolvedKey, age])).status, Status::Intact);
    let too_old = Requirement::SealedWithin { ms: 1 };
    for require in [vec![too_old], vec![too_old, Requirement::EvolvedKey]] {
        let verdict = asked(Some(require));
        assert_eq!((verdict.status, &verdict.missing[..]), (Status::BelowRequired, &["sealed_within"][..]));
    }
    // With the key from outside, the age is all that is left to ask.
    let vkey = ztp_audit::head::genesis_vkey(dir.path()).unwrap();
    let pinned = VerifyOptions {
        require: Some(vec![age]),
        now: Some(at(5_000)),
        pinned: Some(vkey),
        ..VerifyOptions::default()
    };
    assert_eq!(judged(&log, &pinned).status, Status::Intact);
}

#[test]
fn a_bench_that_stopped_sealing_is_told_by_the_callers_clock() {
    let bench = bench();
    let log = load(bench.dir.path());
    let month = 30 * 86_400_000;
    assert!(bench.weak(NOTHING_SKIPPED).accepts(&log), "an old copy fools the weak verifier for ever");
    let asked = |now: i64, ms: u64| {
        let mut options = VerifyOptions { now: Some(at(now)), ..bench.strictest() };
        options.require.as_mut().unwrap().push(Requirement::SealedWithin { ms });
        judged(&log, &options)
    };
    // The last seal is of 4.000 s.
    for (now, ms, met) in [
        (4_000, 0, true),
        (64_000, 60_000, true),
        (64_001, 60_000, false),
        (month, 3_600_000, false),
        (-1_000, 3_600_000, true),
        (-1_001, 3_600_000, false),
        (-month, 3_600_000, false),
    ] {
        let verdict = asked(now, ms);
        let missing: &[&str] = if met { &[] } else { &["sealed_within"] };
        let status = if met { Status::Intact } else { Status::BelowRequired };
        assert_eq!((verdict.status, &verdict.missing[..]), (status, missing), "now {now}, within {ms}");
    }
    let mut timeless = bench.strictest();
    timeless.require.as_mut().unwrap().push(Requirement::SealedWithin { ms: 1 });
    let error = verify_source(&log, &timeless, &NoProgress).unwrap_err();
    assert_eq!(ztp_core::Coded::code(&error), "verify_option_missing");
}

#[test]
fn a_tail_may_be_as_long_as_the_policy_and_one_more_and_no_longer() {
    for records_max in [1u32, 2, 10, 1000] {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = create(dir.path(), records_max);
        writer.append(&events(0, 1), at(1)).unwrap();
        let sealed = writer.seal(at(2)).unwrap().size;
        drop(writer);
        for (extra, within) in [(0, true), (1, true), (2, false), (500, false)] {
            let mut lines = lines_of(dir.path());
            append_by_hand(&mut lines, u64::from(records_max) + extra, at(3));
            let mut log = load(dir.path());
            log.segments.insert(0, lines.concat());
            let verdict = judged(&log, &nothing_required());
            assert_eq!(verdict.status.holds(), within, "{records_max} and {extra}: {:?}", verdict.breaks);
            if !within {
                assert_first(&verdict, BreakKind::TailExceedsPolicy, sealed + u64::from(records_max) + 1);
            }
        }
    }
}

#[test]
fn a_tail_older_than_the_policy_is_named_with_its_age() {
    let bench = bench();
    // The policy of these logs is 1,000 s.
    let tail = |times: &[i64], now: Option<i64>| {
        let mut lines = lines_of(bench.dir.path());
        times.iter().for_each(|ms| append_by_hand(&mut lines, 1, at(*ms)));
        let mut log = load(bench.dir.path());
        log.segments.insert(0, lines.concat());
        judged(&log, &VerifyOptions { now: now.map(at), ..bench.strictest() })
    };
    for (times, now, age, age_now, names) in [
        (&[5_000, 1_005_000][..], None, Some(1_000_000), None, &[][..]),
        (&[5_000, 6_000, 1_005_001], None, Some(1_000_001), None, &["tail_older_than_policy"]),
        (&[5_000], Some(1_005_000), Some(0), Some(1_000_000), &[]),
        (&[5_000], Some(1_005_001), Some(0), Some(1_000_001), &["tail_older_than_policy"]),
        (&[5_000, 4_000], Some(6_000), Some(-1_000), Some(1_000), &[]),
        (&[11_001], Some(6_000), Some(0), Some(-5_001), &["tail_dated_after_now"]),
        (&[5_000, 11_001], Some(6_000), Some(6_001), Some(1_000), &["tail_dated_after_now"]),
        (&[], Some(9_000_000), None, None, &[]),
    ] {
        let verdict = tail(times, now);
        let found = (verdict.unanchored_tail.age_ms, verdict.unanchored_tail.age_now_ms);
        assert_eq!((found, &verdict.unchecked[..]), ((age, age_now), names), "{times:?} at {now:?}");
        assert_eq!(verdict.status, Status::Intact);
    }
}

#[test]
fn what_is_reported_is_counted_from_a_hashed_time_and_hides_no_break() {
    let bench = bench();
    let log = load(bench.dir.path());
    let since = |log: &MemorySource, ms: i64| {
        judged(log, &VerifyOptions { since: Some(at(ms)), ..bench.strictest() })
    };
    for (ms, from, records, seals) in [
        (-5, Some(0), 23, 2),
        (1_000, Some(1), 22, 2),
        (1_001, Some(11), 12, 2),
        (2_001, Some(12), 11, 1),
        (4_000, Some(22), 1, 1),
        (4_001, None, 0, 0),
    ] {
        let verdict = since(&log, ms);
        let found = (verdict.reported.from_seq, verdict.reported.records, verdict.reported.seals);
        assert_eq!(found, (from, records, seals), "since {ms}");
        assert_eq!((verdict.status, verdict.records, verdict.seals), (Status::Intact, 23, 2));
    }
    // A date that was not hashed moves nothing: the record is a break, wherever the report begins.
    let mut lines = lines_of(bench.dir.path());
    let text = String::from_utf8(lines[5].clone()).unwrap();
    lines[5] = text.replace(&at(1_000).to_string(), &at(900_000).to_string()).into_bytes();
    let mut changed = log.clone();
    changed.segments.insert(0, lines.concat());
    let verdict = since(&changed, 800_000);
    assert_first(&verdict, BreakKind::HashMismatch, 5);
    assert_eq!(verdict.reported.from_seq, None);
}

#[test]
fn what_is_reported_is_counted_over_every_block_of_a_log_wherever_it_begins() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = create(dir.path(), 1_000);
    for batch in 0..30u32 {
        writer.append(&events(u64::from(batch) * 100, 100), at(10 * i64::from(batch))).unwrap();
    }
    let log = load(dir.path());
    assert!(log.segments[&0].len() > 3 * (256 << 10), "more than three blocks");
    let times: Vec<String> = lines_of(dir.path())
        .iter()
        .map(|line| RecordView::parse(line.trim_ascii_end()).unwrap().timestamp_str().to_owned())
        .collect();
    let reported = |since| {
        let options = VerifyOptions { since, ..nothing_required() };
        let verdict = verify_source(&log, &options, &NoProgress).unwrap();
        assert_eq!(verdict.records, times.len() as u64);
        (verdict.reported.from_seq, verdict.reported.records)
    };
    assert_eq!(reported(None), (Some(0), times.len() as u64), "all of it, where no time is given");
    for ms in [0, 5, 10, 100, 145, 200, 290] {
        let first = times.iter().position(|time| *time >= at(ms).to_string()).unwrap();
        let expected = (Some(first as u64), (times.len() - first) as u64);
        assert_eq!(reported(Some(at(ms))), expected, "since {ms}");
    }
}
