//! The join: entries of both streams, one at a time, paired by uid as they come, in memory that does not depend on their number.

mod ringed;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use ztp_core::digest::Digest;

use super::clock::Clocks;
use super::entry::{Clock, Entry, Uid, Word};
use super::finding::{Finding, Findings, Kind, Sight, Stream};
use super::histogram::Signed;
use super::order::Order;
use super::report::{Report, WORST_MAX, Witness, WitnessKind, Worst};
use super::ring::Evictions;
use super::series::Series;
use super::settings::Settings;

/// An entry as it is kept while it waits.
#[derive(Debug, Clone)]
struct Kept {
    at_ms: i64,
    place: u64,
    digest: Digest,
    decision: Word,
    /// Its number in the order of the sealed log.
    order: u64,
}

impl Kept {
    fn sight(&self) -> Sight {
        Sight::new(self.at_ms, self.place, self.digest, self.decision)
    }
}

/// What is known of a uid.
#[derive(Debug)]
enum State {
    /// Seen in one stream; the number is its place among those that wait there.
    Waiting { stream: Stream, arrival: u64, kept: Kept },
    /// Seen in both, or sealed and gone from the ring; kept for a while so that duplicates are told from strangers.
    Settled { admission: Option<Seen>, sealed: Seen },
}

/// What is kept of an entry that has its partner.
#[derive(Debug, Clone, Copy)]
struct Seen {
    place: u64,
    digest: Digest,
}

impl Seen {
    fn of(kept: &Kept) -> Self {
        Self { place: kept.place, digest: kept.digest }
    }
}

/// Entries of one stream that have no partner yet, the oldest first.
type Waiting = BTreeMap<u64, Uid>;

/// Joins two streams. Give each entry once, in the order of its stream; [`Correlator::wants`] says from which stream the next
/// one keeps fewest waiting. Any division of the input into calls gives the same report.
#[derive(Debug)]
pub struct Correlator {
    settings: Settings,
    states: HashMap<Uid, State>,
    waiting: [Waiting; 2],
    paired: VecDeque<Uid>,
    arrivals: u64,
    last_ms: [Option<i64>; 2],
    edge_ms: Option<i64>,
    last_sealed_ms: Option<i64>,
    /// The ring's word, once all of it was given.
    evictions: Option<Evictions>,
    clocks: [Clocks; 2],
    order: Order,
    signed: Signed,
    series: Series,
    worst: BTreeSet<Worst>,
    findings: Findings,
    pairs: u64,
    judged_early: u64,
    witnesses: [Witness; 2],
}

fn index(stream: Stream) -> usize {
    match stream {
        Stream::Admission => 0,
        Stream::Sealed => 1,
    }
}

impl Correlator {
    /// A correlation under these settings. `admission` says what the admission stream is: a ring forgets.
    #[must_use]
    pub fn new(settings: Settings, admission: WitnessKind) -> Self {
        Self {
            order: Order::new(settings.order_tolerance_ms),
            findings: Findings::new(settings.findings_max),
            settings,
            states: HashMap::new(),
            waiting: [Waiting::new(), Waiting::new()],
            paired: VecDeque::new(),
            arrivals: 0,
            last_ms: [None; 2],
            edge_ms: None,
            last_sealed_ms: None,
            evictions: None,
            clocks: [Clocks::default(), Clocks::default()],
            signed: Signed::default(),
            series: Series::default(),
            worst: BTreeSet::new(),
            pairs: 0,
            judged_early: 0,
            witnesses: [Witness::new(admission), Witness::new(WitnessKind::SealedLog)],
        }
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The heartbeat that the log's first record promises, unless the settings name one.
    pub fn heartbeat(&mut self, heartbeat_ms: Option<u64>) {
        self.settings.heartbeat_ms = self.settings.heartbeat_ms.or(heartbeat_ms);
    }

    /// From which stream to give the next entry: the one that is behind in time, unless it has already filled half of the bound.
    #[must_use]
    pub fn wants(&self) -> Stream {
        let [admission, sealed] = &self.last_ms;
        let behind = match (admission, sealed) {
            (None, _) => Stream::Admission,
            (_, None) => Stream::Sealed,
            (Some(admission), Some(sealed)) if admission < sealed => Stream::Admission,
            _ => Stream::Sealed,
        };
        let half = self.settings.waiting_max / 2;
        let [admission, sealed] = &self.waiting;
        match behind {
            Stream::Admission if admission.len() > half && sealed.len() < half => Stream::Sealed,
            Stream::Sealed if sealed.len() > half && admission.len() < half => Stream::Admission,
            behind => behind,
        }
    }

    /// A stream is alive at this time: an event of another class.
    pub fn other(&mut self, stream: Stream, at_ms: i64) {
        self.alive(stream, at_ms);
    }

    /// A host's clocks, as the stream tells them apart from a decision.
    pub fn clock(&mut self, stream: Stream, clock: &Clock) {
        if let Some(clocks) = self.clocks.get_mut(index(stream)) {
            clocks.read(clock);
        }
    }

    /// A line or record that cannot be read. The time is that of the entry before it, since its own is not known.
    pub fn unreadable(&mut self, stream: Stream, place: u64, reason: String) {
        let last = |of: Stream| self.last_ms.get(index(of)).copied().flatten();
        // Before the first entry there is no time at all, and none is shown.
        let at_ms = last(stream).or(last(stream.other())).unwrap_or(i64::MIN);
        if self.settings.outside(at_ms) && self.last_ms.get(index(stream)).copied().flatten().is_some() {
            return;
        }
        if let Some(witness) = self.witnesses.get_mut(index(stream)) {
            witness.unreadable += 1;
        }
        let mut finding = Finding::new(Kind::Unreadable, at_ms);
        finding.stream = Some(stream);
        let name = if stream == Stream::Admission { "line" } else { "seq" };
        finding.facts = vec![(name, i64::try_from(place).unwrap_or(i64::MAX))];
        finding.reason = reason;
        self.findings.add(finding);
    }

    /// A decision.
    pub fn entry(&mut self, stream: Stream, entry: Entry) {
        self.alive(stream, entry.at_ms);
        if let Some(clock) = &entry.clock {
            self.clock(stream, clock);
        }
        if self.settings.ahead(entry.at_ms) {
            self.ahead(stream, &entry);
        }
        if self.settings.too_far(entry.at_ms) && !self.is_ring(stream) {
            self.passed(stream, &entry);
            return;
        }
        if let Some(witness) =
            self.witnesses.get_mut(index(stream)).filter(|_| !self.settings.outside(entry.at_ms))
        {
            witness.take(entry.at_ms);
        }
        let order = if stream == Stream::Sealed { self.order.enter() } else { 0 };
        let kept = Kept {
            at_ms: entry.at_ms,
            place: entry.place,
            digest: entry.digest,
            decision: entry.decision,
            order,
        };
        self.join(stream, entry.uid, kept);
        self.order.take().for_each(|finding| self.findings.add(finding));
    }

    fn alive(&mut self, stream: Stream, at_ms: i64) {
        if let Some(last) = self.last_ms.get_mut(index(stream)) {
            *last = Some(at_ms);
        }
        if self.settings.until_ms.is_none() {
            self.edge_ms = self.edge_ms.max(Some(at_ms));
        }
        // A record of a time that has not come says nothing of when the log was alive.
        if stream == Stream::Sealed && !self.settings.ahead(at_ms) {
            // A silence that begins within the window is judged up to the window's end, whatever comes after it.
            self.silence(self.settings.silence_until().map_or(at_ms, |until| at_ms.min(until)));
            self.last_sealed_ms = self.last_sealed_ms.max(Some(at_ms));
        }
    }

    /// An entry of a time that has not come.
    fn ahead(&mut self, stream: Stream, entry: &Entry) {
        if !self.findings.would_list(Kind::DatedAhead, entry.at_ms) {
            self.findings.count(Kind::DatedAhead);
            return;
        }
        let mut finding = Finding::new(Kind::DatedAhead, entry.at_ms).seen(stream, Sight::of(entry));
        finding.uid = Some(entry.uid.clone());
        finding.stream = Some(stream);
        let ahead_ms = self.settings.now_ms.map(|now| entry.at_ms.saturating_sub(now));
        finding.facts = ahead_ms.map(|ms| ("ahead_ms", ms)).into_iter().collect();
        self.findings.add(finding);
    }

    /// A sealed log writes at least its heartbeats: it was silent up to here.
    fn silence(&mut self, up_to_ms: i64) {
        let (Some(heartbeat_ms), Some(last_ms)) = (self.settings.heartbeat_ms, self.last_sealed_ms) else {
            return;
        };
        let silent_ms = up_to_ms.saturating_sub(last_ms);
        if silent_ms > i64::try_from(heartbeat_ms.saturating_mul(2)).unwrap_or(i64::MAX)
            && self.settings.since_ms.is_none_or(|since| up_to_ms >= since)
        {
            let mut finding = Finding::new(Kind::WitnessGap, last_ms);
            finding.stream = Some(Stream::Sealed);
            finding.facts = vec![("silent_ms", silent_ms)];
            self.findings.add(finding);
        }
    }

    fn join(&mut self, stream: Stream, uid: Uid, kept: Kept) {
        match self.states.remove(&uid) {
            None if stream == Stream::Sealed && self.excused(kept.at_ms) => self.evicted(uid, &kept),
            None => self.wait(stream, uid, kept),
            Some(State::Waiting { stream: of, arrival, kept: first }) if of != stream => {
                if let Some(waiting) = self.waiting.get_mut(index(of)) {
                    waiting.remove(&arrival);
                }
                let (admission, sealed) = match stream {
                    Stream::Admission => (kept, first),
                    Stream::Sealed => (first, kept),
                };
                self.pair(&uid, &admission, &sealed);
                self.remember(uid, Some(Seen::of(&admission)), Seen::of(&sealed));
            }
            Some(State::Waiting { stream: of, arrival, kept: first }) => {
                self.duplicate(stream, &uid, Seen::of(&first), &kept);
                self.states.insert(uid, State::Waiting { stream: of, arrival, kept: first });
            }
            Some(State::Settled { admission, sealed }) => {
                let first = if stream == Stream::Admission { admission } else { Some(sealed) };
                let Some(first) = first else { return self.wait(stream, uid, kept) };
                self.duplicate(stream, &uid, first, &kept);
                self.states.insert(uid, State::Settled { admission, sealed });
            }
        }
    }

    fn wait(&mut self, stream: Stream, uid: Uid, kept: Kept) {
        let arrival = self.arrivals;
        self.arrivals += 1;
        if let Some(waiting) = self.waiting.get_mut(index(stream)) {
            waiting.insert(arrival, uid.clone());
        }
        self.states.insert(uid, State::Waiting { stream, arrival, kept });
        if self.waiting.iter().map(Waiting::len).sum::<usize>() > self.settings.waiting_max {
            self.judge_early();
        }
    }

    /// The bound is reached: the oldest of the stream that has more waiting is judged now.
    fn judge_early(&mut self) {
        let [admission, sealed] = &self.waiting;
        let stream = if admission.len() > sealed.len() { Stream::Admission } else { Stream::Sealed };
        let oldest = self.waiting.get_mut(index(stream)).and_then(BTreeMap::pop_first);
        if let Some((_, uid)) = oldest
            && let Some(State::Waiting { kept, .. }) = self.states.remove(&uid)
        {
            self.judged_early += 1;
            self.alone(stream, &uid, &kept);
        }
    }

    fn remember(&mut self, uid: Uid, admission: Option<Seen>, sealed: Seen) {
        self.paired.push_back(uid.clone());
        self.states.insert(uid, State::Settled { admission, sealed });
        if self.paired.len() > self.settings.remembered_max
            && let Some(oldest) = self.paired.pop_front()
        {
            self.states.remove(&oldest);
        }
    }

    fn pair(&mut self, uid: &Uid, admission: &Kept, sealed: &Kept) {
        if let Some(evictions) = self.evictions.as_mut() {
            evictions.held(admission.at_ms);
        }
        if self.settings.outside(admission.at_ms) && self.settings.outside(sealed.at_ms) {
            self.order.out(sealed.order);
            return;
        }
        self.pairs += 1;
        let drift_ms = sealed.at_ms.saturating_sub(admission.at_ms);
        self.signed.add(drift_ms);
        self.series.add(admission.at_ms, drift_ms.unsigned_abs());
        self.keep_worst(uid, admission, sealed, drift_ms);
        let both = |kind| {
            let mut finding = Finding::new(kind, sealed.at_ms)
                .seen(Stream::Admission, admission.sight())
                .seen(Stream::Sealed, sealed.sight());
            finding.uid = Some(uid.clone());
            finding
        };
        if admission.digest != sealed.digest {
            self.findings.add(both(Kind::Altered));
        }
        if drift_ms.unsigned_abs() > self.settings.threshold_ms {
            let mut finding = both(Kind::Drift);
            finding.facts = vec![("drift_ms", drift_ms)];
            self.findings.add(finding);
            self.order.out(sealed.order);
        } else {
            self.order.pair(sealed.order, admission.at_ms, sealed.place, uid.clone());
        }
    }

    fn keep_worst(&mut self, uid: &Uid, admission: &Kept, sealed: &Kept, drift_ms: i64) {
        let size = drift_ms.unsigned_abs();
        if self.worst.len() >= WORST_MAX && self.worst.first().is_some_and(|least| least.size() > size) {
            return;
        }
        self.worst.insert(Worst::new(drift_ms, sealed.place, admission.place, uid.clone()));
        if self.worst.len() > WORST_MAX {
            self.worst.pop_first();
        }
    }

    fn duplicate(&mut self, stream: Stream, uid: &Uid, first: Seen, again: &Kept) {
        if stream == Stream::Sealed {
            self.order.out(again.order);
        }
        if self.settings.outside(again.at_ms) {
            return;
        }
        let kind =
            if first.digest == again.digest { Kind::DuplicateIdentical } else { Kind::DuplicateConflicting };
        let mut finding = Finding::new(kind, again.at_ms).seen(stream, again.sight());
        finding.uid = Some(uid.clone());
        finding.stream = Some(stream);
        let name = if stream == Stream::Admission { "first_line" } else { "first_seq" };
        finding.facts = vec![(name, i64::try_from(first.place).unwrap_or(i64::MAX))];
        self.findings.add(finding);
    }

    /// An entry of `stream` that has no partner, and gets none.
    fn alone(&mut self, stream: Stream, uid: &Uid, kept: &Kept) {
        if stream == Stream::Sealed {
            self.order.out(kept.order);
        }
        if self.settings.outside(kept.at_ms) {
            return;
        }
        let kind = match stream {
            Stream::Admission => Kind::MissingInSealed,
            Stream::Sealed => Kind::MissingInAdmission,
        };
        self.without_partner(kind, stream, uid, kept);
    }

    fn without_partner(&mut self, kind: Kind, stream: Stream, uid: &Uid, kept: &Kept) {
        if !self.findings.would_list(kind, kept.at_ms) {
            self.findings.count(kind);
            return;
        }
        let mut finding = Finding::new(kind, kept.at_ms).seen(stream, kept.sight());
        finding.uid = Some(uid.clone());
        finding.stream = Some(stream);
        self.findings.add(finding);
    }

    /// Ends the correlation: what waits at the edge of the window is pending, what waits elsewhere has no partner.
    #[must_use]
    pub fn finish(mut self) -> Report {
        let edge_ms = self.settings.edge(self.edge_ms);
        let pending_from = edge_ms.map(|edge| edge.saturating_sub(self.settings.grace_ms));
        let mut pending = BTreeMap::new();
        let mut pending_total = 0;
        for stream in [Stream::Admission, Stream::Sealed] {
            let waiting = self.waiting.get_mut(index(stream)).map(std::mem::take).unwrap_or_default();
            for uid in waiting.into_values() {
                let Some(State::Waiting { kept, .. }) = self.states.remove(&uid) else { continue };
                let at_edge = pending_from.is_some_and(|from| kept.at_ms > from);
                if at_edge
                    && !self.settings.outside(kept.at_ms)
                    && !self.settings.pending_before.contains(&uid)
                {
                    pending_total += 1;
                    if stream == Stream::Sealed {
                        self.order.out(kept.order);
                    }
                    if pending.len() < self.settings.findings_max {
                        pending.insert((kept.at_ms, uid), (stream, kept.place));
                    }
                } else {
                    self.alone(stream, &uid, &kept);
                }
            }
        }
        let unjudged = self.order.finish();
        self.order.take().for_each(|finding| self.findings.add(finding));
        self.conclude_clocks();
        self.conclude_bound();
        if let Some(until) = self.settings.silence_until() {
            self.silence(until);
        }
        Report {
            edge_ms,
            clocks_not_followed: self.clocks.iter().map(|clocks| clocks.not_followed).sum(),
            order_unjudged: unjudged,
            settings: self.settings,
            witnesses: self.witnesses,
            pairs: self.pairs,
            pending,
            pending_total,
            signed: self.signed,
            series: self.series,
            worst: self.worst,
            findings: self.findings,
            judged_early: self.judged_early,
        }
    }

    fn conclude_clocks(&mut self) {
        let limit = self.settings.step_ms;
        for (clocks, stream) in self.clocks.iter().zip([Stream::Admission, Stream::Sealed]) {
            clocks.steps(stream, limit).for_each(|finding| self.findings.add(finding));
        }
        let median_ms = self.signed.median().unwrap_or_default();
        if median_ms.unsigned_abs() > self.settings.skew_ms {
            let mut finding = Finding::new(Kind::ClockSkew, self.edge_ms.unwrap_or_default());
            finding.facts = vec![("median_ms", median_ms)];
            self.findings.add(finding);
        }
    }

    fn conclude_bound(&mut self) {
        if self.judged_early > 0 {
            let mut finding = Finding::new(Kind::BoundReached, self.edge_ms.unwrap_or_default());
            let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
            finding.facts = vec![
                ("judged_early", number(self.judged_early)),
                ("waiting_max", number(self.settings.waiting_max as u64)),
            ];
            finding.reason =
                "a partner that came after its entry was judged counts as missing too".to_owned();
            self.findings.add(finding);
        }
    }
}
