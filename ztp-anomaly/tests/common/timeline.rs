//! Timelines as data (docs/formats/anomaly.md, "Timelines"): what happens when, and what is to be said about it.

use std::path::{Path, PathBuf};

use ztp_anomaly::Settings;
use ztp_core::canonical::{self, Limits, Value};
use ztp_core::time::Timestamp;

use super::{Chain, Record};

#[derive(Debug)]
pub(crate) struct Timeline {
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) start: i64,
    pub(crate) records: Vec<Record>,
    /// When each was written, in milliseconds from the start, whatever the wall clock showed.
    pub(crate) arrivals: Vec<i64>,
    pub(crate) expect: Vec<String>,
    /// Whether `expect` lists notices too.
    pub(crate) notices: bool,
    /// The only scope that `expect` lists; all if there is none.
    pub(crate) only: Option<String>,
}

impl Timeline {
    /// Whether `expect` would list this output.
    pub(crate) fn lists(&self, output: &ztp_anomaly::Output) -> bool {
        let scope = super::text(output, &["key", "scope"]);
        (self.notices || output.class.as_str() != "anomaly.noticed")
            && self.only.as_ref().is_none_or(|only| only == scope)
    }
}

/// Every timeline of the folder, by name.
pub(crate) fn all() -> Vec<Timeline> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/timelines");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .flat_map(|path| read(path))
        .collect()
}

/// The timelines of one file.
pub(crate) fn read(path: &Path) -> Vec<Timeline> {
    let bytes = std::fs::read(path).expect("a timeline can be read");
    let document =
        canonical::read(&bytes, &Limits::default()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    document.get("timelines").and_then(Value::as_array).expect("timelines").iter().map(expand).collect()
}

fn int(value: &Value, name: &str) -> Option<i64> {
    value.get(name).and_then(Value::as_int)
}

/// An event of the timeline: when it happens, when it is written, what it is.
struct Happening {
    at: i64,
    arrive: i64,
    order: usize,
    class: String,
    payload: Value,
}

fn expand(value: &Value) -> Timeline {
    let name = value.get("name").and_then(Value::as_str).expect("a timeline has a name").to_owned();
    let start: Timestamp =
        value.get("start").and_then(Value::as_str).unwrap_or("2026-05-12T10:00:00.000Z").parse().unwrap();
    let start = start.as_millis();
    let files = value.get("settings").and_then(Value::as_object);
    let settings = Settings::from_files(files.into_iter().flatten().map(|(file, v)| (file.as_str(), v)))
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    let mut happenings = Vec::new();
    let events = value.get("events").and_then(Value::as_array).expect("a timeline has events");
    for event in events {
        let (count, every) = (int(event, "count").unwrap_or(1), int(event, "every_ms").unwrap_or(0));
        for n in 0..count {
            let at = int(event, "at_ms").expect("at_ms") + n * every;
            let arrive = int(event, "arrive_ms").map_or(at, |arrive| arrive + n * every);
            let order = happenings.len();
            let (class, payload) = happening(event, n, order, &name);
            happenings.push(Happening { at, arrive, order, class, payload });
        }
    }
    happenings.sort_by_key(|happening| (happening.arrive, happening.order));
    let last = happenings.last().map_or(0, |happening| happening.arrive);
    let until = int(value, "until_ms").unwrap_or(last + 180_000);
    let heartbeat = int(value, "heartbeat_ms").unwrap_or(60_000);
    let seal_every = int(value, "seal_every_ms").unwrap_or(heartbeat);
    let clocks = value.get("clocks").and_then(Value::as_array).unwrap_or(&[]);
    let silence = value.get("silent").map(|s| (int(s, "from_ms").unwrap(), int(s, "until_ms").unwrap()));
    let mut chain = Chain::default();
    chain.opened(start, heartbeat);
    let mut arrivals = vec![0];
    let mut next_seal = 0;
    let mut rest = happenings.into_iter().peekable();
    while next_seal <= until || rest.peek().is_some() {
        // A seal at the time of an event comes after it.
        if let Some(happening) = rest.next_if(|happening| happening.arrive <= next_seal) {
            let (shift, _, _) = clock(clocks, happening.at);
            chain.push(&happening.class, &happening.payload, start + happening.at + shift);
            arrivals.push(happening.arrive);
            continue;
        }
        if silence.is_none_or(|(from, until)| !(from..until).contains(&next_seal)) {
            let (shift, boot, booted) = clock(clocks, next_seal);
            chain.sealed(start + next_seal + shift, &boot, next_seal - booted);
            arrivals.push(next_seal);
        }
        next_seal += seal_every;
    }
    let expect = value.get("expect").and_then(Value::as_array).expect("a timeline has expectations");
    let expect =
        expect.iter().map(|item| item.as_str().expect("an expectation is a text").to_owned()).collect();
    let notices = value.get("notices").and_then(Value::as_bool).unwrap_or(false);
    let only = value.get("only").and_then(Value::as_str).map(str::to_owned);
    Timeline { name, settings, start, records: chain.records, arrivals, expect, notices, only }
}

/// The wall clock's shift, the boot, and when it began.
fn clock(clocks: &[Value], at: i64) -> (i64, String, i64) {
    let mut found = (0, "boot-1".to_owned(), 0);
    for clock in clocks {
        let from = int(clock, "from_ms").expect("from_ms");
        if from <= at {
            found.0 = int(clock, "shift_ms").unwrap_or(found.0);
            if let Some(boot) = clock.get("boot").and_then(Value::as_str) {
                (found.1, found.2) = (boot.to_owned(), from);
            }
        }
    }
    found
}

fn happening(event: &Value, n: i64, order: usize, timeline: &str) -> (String, Value) {
    let with = |defaults: &[(&str, Value)], given: &Value| {
        let mut members: std::collections::BTreeMap<String, Value> =
            defaults.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        for (name, value) in given.as_object().into_iter().flatten() {
            let value = match value.as_str() {
                Some(text) => Value::from(text.replace("{n}", &n.to_string())),
                None => value.clone(),
            };
            members.insert(name.clone(), value);
        }
        Value::Object(members)
    };
    let admission = |decision: &str| {
        vec![
            ("decision", Value::from(decision)),
            ("mode", Value::from("enforce")),
            ("name", Value::from("pod")),
            ("namespace", Value::from("web-agents")),
            ("operation", Value::from("CREATE")),
            ("uid", Value::from(format!("{timeline}-{order}"))),
            ("user", Value::from("system:controller")),
            ("would_deny", Value::from(decision == "deny")),
        ]
    };
    for (key, decision) in [("deny", "deny"), ("allow", "allow"), ("glass", "break-glass")] {
        if let Some(given) = event.get(key) {
            return ("admission.decision".to_owned(), with(&admission(decision), given));
        }
    }
    for (key, class) in [("act", "operator.action"), ("login", "operator.login")] {
        if let Some(given) = event.get(key) {
            return (class.to_owned(), with(&[("operator", Value::from("alice"))], given));
        }
    }
    let class = event
        .get("class")
        .and_then(Value::as_str)
        .expect("an event is deny, allow, glass, act, login or class");
    (class.to_owned(), with(&[], event.get("payload").unwrap_or(&Value::Null)))
}
