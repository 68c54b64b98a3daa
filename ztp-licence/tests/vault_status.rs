//! What a vault says is left, for how long, and what it warns of; and what its rules allow at their last value.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

#[path = "vault/support.rs"]
mod support;

use serde_json::{Value, json};
use support::*;
use ztp_core::Coded as _;
use ztp_core::digest::Digest;
use ztp_licence::vault::{
    CHANGE_MAX, CLOCK_SLACK_MS, ClassStatus, INPUTS_MAX, RUNWAY_DAYS_MAX, SpendRequest, State, Warning,
    classes, status_json,
};

/// A vault whose state holds these notes, minted one second after the start.
fn minted(notes: &[NoteSpec<'_>]) -> (State, Vec<Digest>) {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    let ids = mint(&mut store, "e-1", notes, 1_000);
    (store.state().clone(), ids)
}

fn spend(state: &mut State, request: &SpendRequest, ms: i64) -> Result<(), &'static str> {
    let transaction = state.prepare(request, at(ms)).map_err(|error| error.code())?;
    state.apply(&transaction).map(|_| ()).map_err(|error| error.code())
}

fn of(state: &State, ms: i64, warn_days: u32) -> ClassStatus {
    let all = classes(state, at(ms), warn_days);
    assert_eq!(all.len(), 1);
    all[0].clone()
}

#[test]
fn a_note_can_be_spent_from_its_first_moment_to_its_last() {
    let (state, _) = minted(&[("h", 100, 5, 10)]);
    for (ms, standing, spent) in [
        (5 * DAY - 1, (0, 100, 0), Err("vault_insufficient")),
        (5 * DAY, (100, 0, 0), Ok(())),
        (10 * DAY, (100, 0, 0), Ok(())),
        (10 * DAY + 1, (0, 0, 100), Err("vault_insufficient")),
    ] {
        let found = of(&state, ms, 0);
        assert_eq!((found.spendable, found.not_yet_valid, found.expired), standing, "{ms}");
        assert_eq!((found.minted, found.consumed), (100, 0));
        assert_eq!(found.last_expiry, (standing.2 == 0).then(|| at(10 * DAY)), "{ms}");
        assert_eq!(spend(&mut state.clone(), &request("r", "h", 100), ms), spent, "{ms}");
    }
}

#[test]
fn a_note_named_as_input_is_refused_outside_its_validity_and_under_another_class() {
    let (state, ids) = minted(&[("h", 100, 5, 10), ("other", 7, 0, 90)]);
    let with =
        |class: &str, amount| SpendRequest { inputs: Some(vec![ids[0]]), ..request("r", class, amount) };
    for (class, ms, code) in [
        ("h", 5 * DAY - 1, Err("vault_note_not_yet_valid")),
        ("h", 5 * DAY, Ok(())),
        ("h", 10 * DAY, Ok(())),
        ("h", 10 * DAY + 1, Err("vault_note_expired")),
        ("other", 6 * DAY, Err("vault_class_mixed")),
    ] {
        assert_eq!(spend(&mut state.clone(), &with(class, 100), ms), code, "{class} at {ms}");
    }
    assert_eq!(spend(&mut state.clone(), &with("h", 101), 6 * DAY), Err("vault_conservation"));
    let unknown = SpendRequest { inputs: Some(vec![Digest::ZERO]), ..request("r", "h", 1) };
    assert_eq!(spend(&mut state.clone(), &unknown, 6 * DAY), Err("vault_input_unknown"));
    let mut twice = state;
    spend(&mut twice, &with("h", 100), 6 * DAY).unwrap();
    let again = SpendRequest { request_id: "r-2".to_owned(), ..with("h", 100) };
    assert_eq!(spend(&mut twice, &again, 6 * DAY), Err("vault_input_spent"));
}

#[test]
fn the_rate_is_that_of_the_last_28_days_since_the_first_spending() {
    let (mut state, _) = minted(&[("h", 100, 0, 90)]);
    assert_eq!((of(&state, 2_000, 0).recent_days, of(&state, 2_000, 0).runway_days), (0, None));
    spend(&mut state, &request("r-1", "h", 10), 2_000).unwrap();
    // 90 are left. The start is noon of the first day, so that the second begins 12 hours later.
    for (ms, recent, recent_days, runway_days) in [
        (3_000, 10, 1, Some(9)),
        (DAY / 2 - 1, 10, 1, Some(9)),
        (DAY / 2, 10, 2, Some(18)),
        (DAY, 10, 2, Some(18)),
        (3 * DAY, 10, 4, Some(36)),
        // 90 would last 252 days, but no note is valid for longer than the 63 that are left.
        (27 * DAY, 10, 28, Some(64)),
        (27 * DAY + 1, 10, 28, Some(63)),
        (28 * DAY, 0, 0, None),
    ] {
        let found = of(&state, ms, 0);
        assert_eq!(
            (found.recent, found.recent_days, found.runway_days),
            (recent, recent_days, runway_days),
            "{ms}"
        );
        assert_eq!((found.consumed, found.spendable), (10, 90));
    }
    spend(&mut state, &request("r-2", "h", 20), 4 * DAY).unwrap();
    let found = of(&state, 4 * DAY, 0);
    assert_eq!((found.recent, found.recent_days, found.consumed), (30, 5, 30));
    // At 6 a day, 70 last 11 days whole.
    assert_eq!(found.runway_days, Some(11));
    // The first spending leaves the 28 days, the second remains.
    let found = of(&state, 28 * DAY, 0);
    assert_eq!((found.recent, found.recent_days), (20, 25));
}

#[test]
fn a_runway_ends_on_the_first_day_that_the_notes_then_valid_do_not_pay() {
    for (notes, spent, runway_days) in [
        // A gap between two notes ends it, whatever comes after.
        (&[("h", 30, 0, 4), ("h", 1_000, 6, 90)][..], 10, 2),
        (&[("h", 60, 0, 4), ("h", 1_000, 6, 90)][..], 10, 4),
        (&[("h", 60, 0, 4), ("h", 1_000, 4, 90)][..], 10, 90),
        // What expires first is used up first.
        (&[("h", 30, 0, 90), ("h", 30, 0, 2)][..], 10, 5),
        (&[("h", 5, 0, 90), ("h", 35, 0, 90)][..], 10, 3),
        (&[("h", 19, 0, 90)][..], 10, 0),
        (&[("h", 20, 0, 90)][..], 10, 1),
        (&[("h", 1_000_000, 0, 3650)][..], 1, 3_650),
    ] {
        let (mut state, _) = minted(notes);
        spend(&mut state, &request("r", "h", spent), 2_000).unwrap();
        assert_eq!(of(&state, 2_000, 0).runway_days, Some(runway_days), "{notes:?}");
    }
    const { assert!(RUNWAY_DAYS_MAX > 3_650) }
}

/// A class of which enough is left.
fn well() -> ClassStatus {
    let (mut state, _) = minted(&[("h", 100, 0, 90)]);
    spend(&mut state, &request("r", "h", 1), 2_000).unwrap();
    of(&state, 2_000, 0)
}

#[test]
fn each_warning_begins_at_its_own_limit() {
    let now = at(2_000);
    let warned = |change: &dyn Fn(&mut ClassStatus)| {
        let mut class = well();
        change(&mut class);
        class.warnings(now, 30)
    };
    assert_eq!(warned(&|_| {}), []);
    assert_eq!(warned(&|class| class.spendable = 0), [Warning::Exhausted]);
    assert_eq!(warned(&|class| (class.spendable, class.runway_days) = (0, Some(0))), [Warning::Exhausted]);
    for (days, expected) in [(29, vec![Warning::RunwayShort]), (30, vec![])] {
        assert_eq!(warned(&|class| class.runway_days = Some(days)), expected);
    }
    for (ms, expected) in [(30 * DAY, vec![Warning::AllExpire]), (30 * DAY + 1, vec![])] {
        assert_eq!(warned(&|class| class.last_expiry = Some(at(2_000 + ms))), expected);
    }
    // At 2 a day of 4 days, 60 are spent within the 30 days.
    for (expiring, expected) in [(60, vec![]), (61, vec![Warning::WillExpireUnspent])] {
        let rate = |class: &mut ClassStatus| {
            (class.recent, class.recent_days, class.expiring) = (8, 4, expiring);
        };
        assert_eq!(warned(&rate), expected);
    }
    // Where nothing was spent, whatever expires is lost.
    let idle = |class: &mut ClassStatus| (class.recent, class.recent_days, class.expiring) = (0, 0, 1);
    assert_eq!(warned(&idle), [Warning::WillExpireUnspent]);
    for (warning, word) in [
        (Warning::Exhausted, "exhausted"),
        (Warning::RunwayShort, "runway_short"),
        (Warning::AllExpire, "all_expire"),
        (Warning::WillExpireUnspent, "will_expire_unspent"),
    ] {
        assert_eq!(warning.as_str(), word);
    }
}

#[test]
fn what_expires_within_the_days_of_warning_is_counted_to_the_last_moment_of_them() {
    let (state, _) = minted(&[("h", 1, 0, 10), ("h", 2, 0, 20), ("h", 4, 15, 16)]);
    for (ms, warn_days, expiring) in
        [(0, 9, 0), (-1, 10, 0), (0, 10, 1), (0, 20, 3), (0, 19, 1), (15 * DAY, 1, 4), (15 * DAY, 5, 6)]
    {
        assert_eq!(of(&state, ms, warn_days).expiring, expiring, "{ms}, {warn_days} days");
    }
}

#[test]
fn a_status_document_says_each_member_that_its_format_names() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = create(dir.path());
    mint(&mut store, "e-1", &[("h", 100, 0, 20), ("h", 7, 30, 40)], 1_000);
    store.spend(&request("r-1", "h", 30), &device(), at(2_000)).unwrap();
    store.request("ask-1", &device(), at(3_000)).unwrap();
    let state = store.state();
    let document =
        |ms: i64| -> Value { serde_json::from_slice(&status_json(state, at(ms), 30).unwrap()).unwrap() };
    let expected = json!({
        "anchor": null, "as_of": at(3_000).to_string(), "bench_id": BENCH,
        "classes": [{
            "class": "h", "consumed": 30, "expired": 0, "expiring": 70, "last_expiry": at(40 * DAY).to_string(),
            "minted": 107, "not_yet_valid": 7, "recent": 30, "recent_days": 1, "runway_days": 2, "spendable": 70,
            "warnings": ["runway_short"],
        }],
        "clock_behind": false, "device_key_id": device().public_key().key_id().to_string(), "envelopes": 1,
        "floor": at(3_000).to_string(), "generation": null, "head": state.head().to_string(), "notes": 2,
        "open_requests": 1, "reanchored": 0, "schema": "ztp.vault.status/1", "seq": 4, "spent": 1,
        "vault_id": state.identity().unwrap().vault_id.to_string(), "verified": false, "warn_days": 30, "warned": true,
    });
    assert_eq!(document(3_000), expected);
    assert_eq!(
        (&document(2_999)["clock_behind"], &document(3_001)["clock_behind"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(status_json(&State::new(), at(0), 30).unwrap_err().code(), "vault_not_found");
}

#[test]
fn a_clock_may_be_behind_by_its_slack_and_not_by_more() {
    let (state, _) = minted(&[("h", 100, 0, 90)]);
    let floor = state.floor().as_millis() - START;
    for (behind, expected) in [
        (-1, Ok(at(floor + 1))),
        (0, Ok(at(floor))),
        (CLOCK_SLACK_MS, Ok(at(floor))),
        (CLOCK_SLACK_MS + 1, Err("vault_clock_behind")),
    ] {
        assert_eq!(state.time_of(at(floor - behind)).map_err(|error| error.code()), expected, "{behind}");
    }
}

#[test]
fn what_a_spend_names_reaches_its_most_and_not_one_more() {
    let count = INPUTS_MAX + 1;
    let notes: Vec<NoteSpec<'_>> = (0..count).map(|_| ("h", 2, 0, 90)).collect();
    let (state, mut ids) = minted(&notes);
    ids.sort_unstable();
    let amount = |count: usize| 2 * u64::try_from(count).unwrap();
    for (inputs, code) in [(1, Ok(())), (INPUTS_MAX, Ok(())), (INPUTS_MAX + 1, Err("vault_list_length"))] {
        let request =
            SpendRequest { inputs: Some(ids[..inputs].to_vec()), ..request("r", "h", amount(inputs)) };
        assert_eq!(spend(&mut state.clone(), &request, 2_000), code, "{inputs} inputs");
    }
    assert_eq!(
        spend(&mut state.clone(), &SpendRequest { inputs: Some(vec![]), ..request("r", "h", 1) }, 2_000),
        Err("vault_inputs_empty")
    );
    for (change, code) in [(0, Ok(())), (CHANGE_MAX, Ok(())), (CHANGE_MAX + 1, Err("vault_list_length"))] {
        let left = u64::try_from(change).unwrap();
        let request = SpendRequest {
            inputs: Some(ids[..200].to_vec()),
            change: Some(vec![1; change]),
            ..request("r", "h", 400 - left)
        };
        assert_eq!(spend(&mut state.clone(), &request, 2_000), code, "{change} notes of change");
    }
    for (inputs, code, index) in [
        (vec![ids[0], ids[1], ids[1]], "vault_inputs_repeated", 2),
        (vec![ids[1], ids[0], ids[2]], "vault_inputs_order", 1),
        (vec![ids[0], ids[2], ids[1]], "vault_inputs_order", 2),
    ] {
        let request = SpendRequest { inputs: Some(inputs), ..request("r", "h", 6) };
        let transaction = state.prepare(&request, at(2_000)).unwrap();
        let error = state.clone().apply(&transaction).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains(&index.to_string()), "{error}");
    }
    for (purpose, code) in [
        ("x".to_owned(), Ok(())),
        ("é".repeat(200), Ok(())),
        ("é".repeat(201), Err("vault_text")),
        (String::new(), Err("vault_text")),
        ("a\nb".to_owned(), Err("vault_text")),
    ] {
        let request = SpendRequest { purpose: purpose.clone(), ..request("r", "h", 2) };
        assert_eq!(spend(&mut state.clone(), &request, 2_000), code, "{purpose:?}");
    }
    for (amount, change, code) in [
        (0, None, Err("vault_amount_zero")),
        (1, Some(vec![1]), Ok(())),
        (2, Some(vec![0]), Err("vault_amount_zero")),
        (1, Some(vec![2]), Err("vault_conservation")),
        (1, Some(vec![]), Err("vault_conservation")),
        (1 << 53, Some(vec![]), Err("vault_amount_zero")),
        ((1 << 53) - 1, Some(vec![1]), Err("vault_total_exceeded")),
    ] {
        let request =
            SpendRequest { inputs: Some(vec![ids[0]]), change: change.clone(), ..request("r", "h", amount) };
        assert_eq!(spend(&mut state.clone(), &request, 2_000), code, "{amount}, {change:?}");
    }
}

#[test]
fn change_comes_from_the_input_in_which_the_amount_ends_and_is_valid_no_longer() {
    // By expiry: 10 until day 20, 10 until day 30, 10 until day 40, the last valid from day 5 only.
    let notes = [("h", 10, 5, 40), ("h", 10, 0, 20), ("h", 10, 2, 30)];
    for (amount, until) in [(1, 20), (9, 20), (10, 30), (19, 30), (20, 40), (29, 40)] {
        let (mut state, mut ids) = minted(&notes);
        ids.sort_unstable();
        let request = SpendRequest { inputs: Some(ids), ..request("r", "h", amount) };
        let transaction = state.prepare(&request, at(6 * DAY)).unwrap();
        let body = state.apply(&transaction).unwrap();
        let [created] = &body.created[..] else { panic!("{:?}", body.created) };
        assert_eq!(created.amount, 30 - amount);
        // It begins when the last of what it is made of does.
        assert_eq!((created.not_before, created.not_after), (at(5 * DAY), at(until * DAY)), "{amount}");
        assert_eq!(state.sums("h"), (30, amount, 30 - amount));
    }
}

#[test]
fn a_vault_chooses_the_notes_that_expire_first_and_as_few_as_reach() {
    let notes = [("h", 10, 0, 40), ("h", 10, 0, 20), ("h", 10, 0, 30), ("h", 10, 9, 10)];
    let (state, ids) = minted(&notes);
    for (amount, chosen) in
        [(1, vec![1]), (10, vec![1]), (11, vec![1, 2]), (20, vec![1, 2]), (21, vec![0, 1, 2])]
    {
        let mut after = state.clone();
        spend(&mut after, &request("r", "h", amount), 2_000).unwrap();
        let spent: Vec<usize> = (0..ids.len()).filter(|&at| after.spent_in(&ids[at]).is_some()).collect();
        assert_eq!(spent, chosen, "{amount}");
    }
    let error = state.prepare(&request("r", "h", 31), at(2_000)).unwrap_err();
    assert_eq!(error.code(), "vault_insufficient");
    assert!(error.to_string().contains("30"), "{error}");
}
