//! What a correlation found, as data and as the document `ztp.correlation.report/1` (docs/formats/correlation.md).

use std::collections::{BTreeMap, BTreeSet};

use ztp_core::canonical::Value;

use super::entry::Uid;
use super::finding::{Finding, Findings, Kind, Stream, time};
use super::histogram::{Percentiles, Signed};
use super::series::Series;
use super::settings::Settings;
use crate::control::integer;

/// The largest drifts that a report lists.
pub(super) const WORST_MAX: usize = 20;

/// Schema of the document made by [`Report::to_value`].
pub const SCHEMA: &str = "ztp.correlation.report/1";

/// The code of a report without a single pair, and without a finding.
const NOTHING_COMPARED: &str = "correlation_nothing_compared";

/// Witnesses that a report knows of and this correlation does not read.
const ABSENT: &[&str] = &["kube_audit", "pod_inventory"];

/// What a witness is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a caller must decide about each")]
pub enum WitnessKind {
    /// The webhook's file of all its decisions.
    Jsonl,
    /// The webhook's ring, which holds the last decisions only.
    Ring,
    /// The sealed log.
    SealedLog,
}

impl WitnessKind {
    /// The word used in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Ring => "ring",
            Self::SealedLog => "sealed_log",
        }
    }
}

/// What was read of one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// What it is.
    pub kind: WitnessKind,
    /// Decisions within the window.
    pub decisions: u64,
    /// Lines or records that could not be read.
    pub unreadable: u64,
    /// Time of the earliest and the latest decision within the window.
    pub extent_ms: Option<(i64, i64)>,
}

impl Witness {
    pub(super) fn new(kind: WitnessKind) -> Self {
        Self { kind, decisions: 0, unreadable: 0, extent_ms: None }
    }

    pub(super) fn take(&mut self, at_ms: i64) {
        self.decisions += 1;
        self.widen((at_ms, at_ms));
    }

    fn widen(&mut self, (first, last): (i64, i64)) {
        let (least, most) = self.extent_ms.unwrap_or((first, last));
        self.extent_ms = Some((least.min(first), most.max(last)));
    }

    fn merge(&mut self, other: &Self) {
        self.decisions += other.decisions;
        self.unreadable += other.unreadable;
        if let Some(extent) = other.extent_ms {
            self.widen(extent);
        }
    }

    fn to_value(&self, name: &str) -> Value {
        Value::object::<_, Value>([
            ("decisions", integer(self.decisions)),
            ("first", self.extent_ms.map_or(Value::Null, |(first, _)| time(first))),
            ("kind", self.kind.as_str().into()),
            ("last", self.extent_ms.map_or(Value::Null, |(_, last)| time(last))),
            ("name", name.into()),
            ("unreadable", integer(self.unreadable)),
        ])
    }
}

/// One of the largest drifts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Worst {
    size_ms: u64,
    drift_ms: i64,
    seq: u64,
    line: u64,
    uid: Uid,
}

impl Worst {
    pub(super) fn new(drift_ms: i64, seq: u64, line: u64, uid: Uid) -> Self {
        Self { size_ms: drift_ms.unsigned_abs(), drift_ms, seq, line, uid }
    }

    pub(super) fn size(&self) -> u64 {
        self.size_ms
    }

    fn to_value(&self) -> Value {
        Value::object::<_, Value>([
            ("drift_ms", self.drift_ms.into()),
            ("line", integer(self.line)),
            ("seq", integer(self.seq)),
            ("uid", self.uid.to_string().into()),
        ])
    }
}

/// What a correlation found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The settings that were in force.
    pub settings: Settings,
    /// The point in time that the grace counts back from; `None` if nothing was read.
    pub edge_ms: Option<i64>,
    /// What was read: the admission stream, the sealed log.
    pub witnesses: [Witness; 2],
    /// Pairs.
    pub pairs: u64,
    /// Entries at the edge that have no partner yet: time and uid, with stream and place.
    pub pending: BTreeMap<(i64, Uid), (Stream, u64)>,
    /// How many there are in all.
    pub pending_total: u64,
    /// Sealed minus decided, of each pair.
    pub signed: Signed,
    /// Drift over time.
    pub series: Series,
    /// The largest drifts.
    pub worst: BTreeSet<Worst>,
    /// What was found.
    pub findings: Findings,
    /// Entries that were judged before the end because the bound was reached.
    pub judged_early: u64,
    /// Pairs whose order could not be judged, because the sealed entry waited for longer than the bound.
    pub order_unjudged: u64,
    /// Clock readings of boots beyond those that are followed.
    pub clocks_not_followed: u64,
}

impl Report {
    /// The code of the gravest finding, or that there was nothing to compare; `None` where the two streams agree.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.findings.gravest().map(Kind::code).or((self.pairs == 0).then_some(NOTHING_COMPARED))
    }

    /// The report in one word: `findings`, `agree`, or `nothing` where no decision of one stream met its partner in the other, so that
    /// nothing was compared.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self.findings.gravest() {
            Some(_) => "findings",
            None if self.pairs == 0 => "nothing",
            None => "agree",
        }
    }

    /// Adds the report of another part: another bench, or another period. Pairs across the two were never joined; divide at
    /// times when nothing waits. Merging is associative, and commutative except for the settings, which are the first one's.
    pub fn merge(&mut self, other: &Self) {
        self.edge_ms = self.edge_ms.max(other.edge_ms);
        for (ours, theirs) in self.witnesses.iter_mut().zip(&other.witnesses) {
            ours.merge(theirs);
        }
        self.pairs += other.pairs;
        self.pending_total += other.pending_total;
        self.pending.extend(other.pending.iter().map(|(key, value)| (key.clone(), *value)));
        while self.pending.len() > self.settings.findings_max {
            self.pending.pop_last();
        }
        self.signed.merge(&other.signed);
        self.series.merge(&other.series);
        self.worst.extend(other.worst.iter().cloned());
        while self.worst.len() > WORST_MAX {
            self.worst.pop_first();
        }
        self.findings.merge(&other.findings);
        self.judged_early += other.judged_early;
        self.order_unjudged += other.order_unjudged;
        self.clocks_not_followed += other.clocks_not_followed;
    }

    /// What was not or could not be checked, by name.
    #[must_use]
    pub fn unchecked(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        let [admission, _] = &self.witnesses;
        if admission.kind == WitnessKind::Ring {
            names.push("decisions_that_left_the_ring");
        }
        if self.clocks_not_followed > 0 {
            names.push("clocks_beyond_the_boots_followed");
        }
        names.push("decisions_that_neither_stream_was_given");
        if self.settings.since_ms.is_some() || self.settings.until_ms.is_some() {
            names.push("entries_outside_the_window");
        }
        if self.order_unjudged > 0 {
            names.push("order_of_late_pairs");
        }
        if self.settings.now_ms.is_none() {
            names.push("pending_and_dates_without_a_clock");
        }
        if self.settings.heartbeat_ms.is_none() {
            names.push("silence_of_the_sealed_log");
        }
        names
    }

    /// The report as the document [`SCHEMA`].
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::object::<_, Value>([
            ("drift", self.drift_value()),
            ("findings", self.findings.iter().map(Finding::to_value).collect::<Vec<_>>().into()),
            ("findings_total", self.totals_value()),
            ("judged_early", integer(self.judged_early)),
            ("offset", self.offset_value()),
            ("pairs", integer(self.pairs)),
            ("pending", self.pending_value()),
            ("pending_total", integer(self.pending_total)),
            ("schema", SCHEMA.into()),
            ("settings", self.settings_value()),
            ("status", self.status().into()),
            ("unchecked", self.unchecked().into_iter().map(Value::from).collect::<Vec<_>>().into()),
            ("window", self.window_value()),
            ("witnesses", self.witnesses_value()),
        ])
    }

    fn totals_value(&self) -> Value {
        Value::object(self.findings.totals().iter().map(|(kind, total)| (kind.as_str(), integer(*total))))
    }

    fn drift_value(&self) -> Value {
        let points = self.series.points().map(|(start_ms, found)| {
            let mut point = percentiles(found);
            if let Value::Object(members) = &mut point {
                members.insert("start".to_owned(), time(start_ms));
            }
            point
        });
        let mut drift = percentiles(self.signed.distances(0));
        if let Value::Object(members) = &mut drift {
            let series = Value::object::<_, Value>([
                ("points", points.collect::<Vec<_>>().into()),
                ("width_ms", self.series.width_ms().into()),
            ]);
            members.insert("series".to_owned(), series);
            let worst = self.worst.iter().rev().map(Worst::to_value).collect::<Vec<_>>();
            members.insert("worst".to_owned(), worst.into());
        }
        drift
    }

    /// The estimate and what the drift would be around it: shown beside the raw drift, never in its place.
    fn offset_value(&self) -> Value {
        let median = self.signed.median();
        let around = self.signed.distances(median.unwrap_or_default());
        Value::object::<_, Value>([
            ("drift_around_median", percentiles(around)),
            ("mad_ms", median.map(|_| around.p50_ms).and_then(|ms| i64::try_from(ms).ok()).into()),
            ("median_ms", median.into()),
            ("subtracted", false.into()),
        ])
    }

    fn pending_value(&self) -> Value {
        let entries = self.pending.iter().map(|((at_ms, uid), (stream, place))| {
            let name = if *stream == Stream::Admission { "line" } else { "seq" };
            Value::object::<_, Value>([
                ("at", time(*at_ms)),
                (name, integer(*place)),
                ("stream", stream.as_str().into()),
                ("uid", uid.to_string().into()),
            ])
        });
        entries.collect::<Vec<_>>().into()
    }

    fn settings_value(&self) -> Value {
        let of = &self.settings;
        Value::object::<_, Value>([
            ("findings_max", integer(of.findings_max as u64)),
            ("grace_ms", of.grace_ms.into()),
            ("heartbeat_ms", of.heartbeat_ms.map_or(Value::Null, integer)),
            ("order_tolerance_ms", integer(of.order_tolerance_ms)),
            ("remembered_max", integer(of.remembered_max as u64)),
            ("skew_ms", integer(of.skew_ms)),
            ("step_ms", integer(of.step_ms)),
            ("threshold_ms", integer(of.threshold_ms)),
            ("waiting_max", integer(of.waiting_max as u64)),
        ])
    }

    fn window_value(&self) -> Value {
        let shown = |at_ms: Option<i64>| at_ms.map_or(Value::Null, time);
        Value::object::<_, Value>([
            ("edge", shown(self.edge_ms)),
            ("now", shown(self.settings.now_ms)),
            ("since", shown(self.settings.since_ms)),
            ("until", shown(self.settings.until_ms)),
        ])
    }

    fn witnesses_value(&self) -> Value {
        let [admission, sealed] = &self.witnesses;
        let mut witnesses = vec![admission.to_value("admission"), sealed.to_value("sealed_log")];
        witnesses.extend(
            ABSENT
                .iter()
                .map(|name| Value::object::<_, Value>([("kind", "absent".into()), ("name", (*name).into())])),
        );
        witnesses.into()
    }
}

fn percentiles(found: Percentiles) -> Value {
    Value::object::<_, Value>([
        ("count", integer(found.count)),
        ("max_ms", integer(found.max_ms)),
        ("p50_ms", integer(found.p50_ms)),
        ("p95_ms", integer(found.p95_ms)),
        ("p99_ms", integer(found.p99_ms)),
    ])
}
