//! The latest time that the log attests is the floor of now; only the issuer's signed word leads below it, and never below his own time.

use proptest::prelude::*;
use ztp_audit::store::NewEvent;
use ztp_core::canonical::Value;
use ztp_core::event::EventClass;
use ztp_core::time::Timestamp;
use ztp_licence::ingest::{FileResult, IngestError, RunReport, Uninterrupted, decide};
use ztp_licence::sign;

use crate::bench::Bench;
use crate::rules::next;
use crate::support::{PAYLOAD, changed, envelope, key, now, trust, trust_json};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn run(bench: &Bench, now: Timestamp) -> RunReport {
    loop {
        match bench.try_run(&trust(), now, 0, None, &mut Uninterrupted) {
            Err(IngestError::Locked { .. } | IngestError::Store(_)) => {}
            other => return other.unwrap(),
        }
    }
}

/// What the log says of its clock, as `licence seen` prints it and an issuer reads it.
fn floor(bench: &Bench) -> Value {
    let seen = bench.seen(&trust()).to_json().unwrap();
    let seen = ztp_core::canonical::read(&seen, &ztp_core::canonical::Limits::default()).unwrap();
    seen.get("clock").unwrap().clone()
}

/// The issuer's word about a clock that is ahead: an envelope of a licence of its own, which lasts longer than the clock was ahead.
fn statement(id: &str, floor: &Value, not_before: &str, signer: u8) -> Vec<u8> {
    let mut ledger = floor.clone();
    crate::support::change(&mut ledger, "at", None);
    let stated = Value::object([("ledgers", Value::from(vec![ledger])), ("not_before", not_before.into())]);
    let mut payload = String::from_utf8(changed(PAYLOAD, "clock_statement", Some(stated))).unwrap();
    for (name, to) in [
        ("envelope_id", Value::from(id)),
        ("licence_id", format!("clock-{id}").into()),
        ("mint", Value::Array(Vec::new())),
        ("not_after", "2030-01-01T00:00:00.000Z".into()),
    ] {
        payload = String::from_utf8(changed(&payload, name, Some(to))).unwrap();
    }
    sign(payload.as_bytes(), &key(signer)).unwrap()
}

#[test]
fn a_clock_set_back_revives_no_licence_and_the_try_is_recorded() {
    let bench = Bench::new();
    bench.drop_file("e.json", &envelope());
    // Over since October: refused, and sealed in November.
    let november = at("2026-11-15T00:00:00.000Z");
    assert_eq!(run(&bench, november).code(), Some("licence_expired"));
    bench.drop_file("e.json", &envelope());
    let report = run(&bench, now());
    assert_eq!((report.code(), report.files[0].result), (Some("clock_behind_log"), FileResult::Waiting));
    assert_eq!(bench.classes(), ["licence.refused", "licence.refused"]);
    assert_eq!(run(&bench, now()).code(), Some("clock_behind_log"), "and again, without another record");
    assert_eq!(bench.classes().len(), 2);
    // It waits at work: with the clock as it should be, it is judged for what it is.
    assert_eq!(run(&bench, november).code(), Some("licence_expired"));
    // Without the floor the attack wins.
    let fresh = ztp_licence::ingest::Seen::new(&trust(), Some(crate::support::BENCH));
    assert!(decide(&envelope(), &fresh, now()).licence().is_some());
}

#[test]
fn a_clock_that_a_daemon_corrects_by_seconds_is_judged_by_the_log_and_nothing_more() {
    let bench = Bench::new();
    let end = at("2026-09-30T23:59:59.999Z");
    let after = |ms: i64| Timestamp::from_millis(end.as_millis() + ms).unwrap();
    bench.writer().seal(after(1)).unwrap();
    bench.drop_file("e.json", &envelope());
    // Within the tolerance the time is the log's, at which the licence is over: the tolerance revives nothing.
    assert_eq!(run(&bench, after(-4_999)).code(), Some("licence_expired"));
    bench.drop_file("f.json", &envelope());
    assert_eq!(run(&bench, after(-5_000)).code(), Some("clock_behind_log"));
}

#[test]
fn an_event_that_somebody_dates_ahead_keeps_no_envelope_out() {
    let bench = Bench::new();
    let event = NewEvent {
        event_class: EventClass::new("operator.note").unwrap(),
        payload: Value::Object(std::collections::BTreeMap::new()),
        timestamp: Some(at("2099-01-01T00:00:00.000Z")),
    };
    bench.writer().append(&[event], now()).unwrap();
    bench.drop_file("e.json", &envelope());
    assert_eq!(run(&bench, now()).files[0].result, FileResult::Accepted);
}

#[test]
fn the_issuers_word_leads_back_once_for_this_log_and_up_to_the_record_it_names() {
    let (bench, other) = (Bench::new(), Bench::new());
    let ahead = at("2027-05-01T00:00:00.000Z");
    // The first records of both are alike; what follows is not.
    other.writer().seal(now()).unwrap();
    for bench in [&bench, &other] {
        bench.writer().seal(ahead).unwrap();
        bench.drop_file("e.json", &envelope());
        assert_eq!(run(bench, now()).code(), Some("clock_behind_log"));
    }
    let said = statement("s1", &floor(&bench), "2026-08-01T11:00:00.000Z", 1);
    bench.drop_file("z-statement.json", &said);
    let report = run(&bench, now());
    // The file that waited is taken up in the same run.
    assert_eq!((report.count(FileResult::Accepted), report.code()), (2, None));
    assert!(bench.seen(&trust()).findings().is_empty());
    assert!(bench.seen(&trust()).clock_floor().unwrap().at < ahead);
    // Another log, although as far ahead: nothing is said of it.
    other.drop_file("z-statement.json", &said);
    assert_eq!(run(&other, now()).count(FileResult::Accepted), 0);
    // Ahead again: what was said then says nothing of it.
    bench.writer().seal(ahead).unwrap();
    bench.drop_file("again.json", &said);
    bench.drop_file("next.json", &next("envelope-2026-Q4", Some(&envelope())));
    let report = run(&bench, now());
    assert_eq!(report.count(FileResult::AlreadyIngested), 1);
    assert_eq!(report.code(), Some("clock_behind_log"));
}

#[test]
fn a_statement_by_anybody_else_or_by_a_key_that_is_over_by_then_changes_nothing() {
    let bench = Bench::new();
    let ahead = at("2027-05-01T00:00:00.000Z");
    bench.writer().seal(ahead).unwrap();
    bench.drop_file("e.json", &statement("s1", &floor(&bench), "2026-08-01T11:00:00.000Z", 66));
    assert_eq!(run(&bench, now()).code(), Some("clock_behind_log"));
    // A key that expired in between: stolen, it would turn the clock back to when it was good.
    let trust =
        trust_json(&[1]).replace("\"products\"", "\"not_after\":\"2027-01-01T00:00:00.000Z\",\"products\"");
    let trust = ztp_licence::Trust::from_json(trust.as_bytes()).unwrap();
    bench.drop_file("f.json", &statement("s2", &floor(&bench), "2026-08-01T11:00:00.000Z", 1));
    let report = bench.try_run(&trust, now(), 0, None, &mut Uninterrupted).unwrap();
    assert_eq!((report.code(), report.count(FileResult::Accepted)), (Some("clock_behind_log"), 0));
    // A record that claims otherwise is a finding.
    assert!(bench.seen(&trust).clock_floor().unwrap().at >= ahead);
}

/// What may happen to a bench's clock and its ingest.
#[derive(Debug, Clone)]
enum Move {
    /// The log is sealed with the clock at this day of 2026 and later.
    Seal(i64),
    /// The issuer says that this day has come, of the record that the log's clock rests on.
    Say(i64),
    /// An old statement is dropped again.
    Replay(usize),
    /// A licence that ended on this day is dropped, with the clock at that day.
    Try(i64, i64),
}

fn day(day: i64) -> Timestamp {
    Timestamp::from_millis(at("2026-08-01T00:00:00.000Z").as_millis() + day * 86_400_000).unwrap()
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        (0..300_i64).prop_map(Move::Seal),
        (0..300_i64).prop_map(Move::Say),
        (0..4_usize).prop_map(Move::Replay),
        (0..300_i64, 0..300_i64).prop_map(|(end, clock)| Move::Try(end, clock)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The least that the time can be is the lowest day that the issuer ever stated, or the latest attested before he stated any; no
    /// licence that was over before is ever taken in.
    #[test]
    fn no_moves_of_the_clock_and_no_statements_make_a_licence_valid_below_the_issuers_time(moves in prop::collection::vec(moves(), 1..14)) {
        let bench = Bench::new();
        let mut said = Vec::new();
        let (mut sealed, mut stated, mut heard) = (0, None::<i64>, None);
        // A statement that had to wait for the clock is taken in by a later run, whatever that was for.
        let mut days = std::collections::BTreeMap::new();
        let mut hear = |report: &RunReport, days: &std::collections::BTreeMap<String, i64>| {
            for file in report.files.iter().filter(|file| file.result == FileResult::Accepted) {
                if let Some(on) = file.envelope_id.as_ref().and_then(|id| days.get(id)) {
                    stated = Some(stated.map_or(*on, |before| before.min(*on)));
                }
            }
            stated
        };
        for (n, step) in moves.into_iter().enumerate() {
            match step {
                Move::Seal(on) => {
                    bench.writer().seal(day(on)).unwrap();
                    if heard.is_none() { sealed = sealed.max(on); }
                }
                Move::Say(on) => {
                    let text = day(on).to_string();
                    let word = statement(&format!("s{n}"), &floor(&bench), &text, 1);
                    bench.drop_file("s.json", &word);
                    days.insert(format!("s{n}"), on);
                    heard = hear(&run(&bench, day(on)), &days);
                    said.push(word);
                }
                Move::Replay(which) => {
                    if let Some(word) = said.get(which) {
                        bench.drop_file("r.json", word);
                        heard = hear(&run(&bench, day(0)), &days);
                    }
                }
                Move::Try(end, clock) => {
                    let payload = changed(PAYLOAD, "not_after", Some(day(end).to_string().into()));
                    let payload = changed(std::str::from_utf8(&payload).unwrap(), "envelope_id", Some(format!("t{n}").into()));
                    let payload = changed(std::str::from_utf8(&payload).unwrap(), "licence_id", Some(format!("T{n}").into()));
                    let payload = changed(std::str::from_utf8(&payload).unwrap(), "mint", Some(Value::Array(Vec::new())));
                    bench.drop_file("t.json", &sign(&payload, &key(1)).unwrap());
                    let report = run(&bench, day(clock));
                    heard = hear(&report, &days);
                    let least = heard.unwrap_or(sealed);
                    for file in report.files.iter().filter(|file| file.result == FileResult::Accepted) {
                        let id = file.envelope_id.clone().unwrap_or_default();
                        prop_assert!(id != format!("t{n}") || end >= least, "over on {end}, taken in; the time is {least} at least");
                    }
                }
            }
        }
        prop_assert!(bench.seen(&trust()).findings().is_empty());
    }
}
