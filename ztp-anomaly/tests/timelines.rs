//! Each timeline leads to exactly the alerts it lists.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    missing_docs,
    dead_code,
    reason = "test code"
)]

mod common;

use common::{line, run, timeline};

#[test]
fn each_timeline_leads_to_the_alerts_it_lists_and_to_no_others() {
    let mut wrong = Vec::new();
    let timelines = timeline::all();
    assert!(timelines.len() >= 6, "the timelines are missing");
    for timeline in timelines {
        let (_, out) = run(timeline.settings.clone(), &timeline.records);
        let found: Vec<String> = out.iter().filter(|output| timeline.lists(output)).map(line).collect();
        if found != timeline.expect {
            wrong.push(format!(
                "{}:\n  expected\n    {}\n  found\n    {}",
                timeline.name,
                timeline.expect.join("\n    "),
                found.join("\n    ")
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
