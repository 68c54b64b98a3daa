//! Denials (D1): a flood, and what is made not to look like one.
//!
//! With c(t) the number of denials in (t - 60 s, t], a breach holds while c(t) > `per_minute_max`. c changes only where a
//! denial comes or falls out of the window, so the last `per_minute_max + 1` times are all there is to know: the breach
//! that a denial sustains ends 60 s after the oldest of them.

use std::collections::VecDeque;

use crate::alert::Alert;
use crate::codec::{Malformed, Reader, Writer};
use crate::detect::NEVER;
use crate::detect::daily::Daily;
use crate::output::{About, Emit, Facts, number, signed, time};
use crate::rule::{HOUR, MINUTE, Rule, SECOND};
use crate::settings::DenialFlood;

/// The burst is counted over this.
const BURST_WINDOW: i64 = 300 * SECOND;
/// Distinct targets are counted over this.
const TARGETS_WINDOW: i64 = HOUR;
/// Minutes that are looked at, and those that have to be in breach.
const MINUTES: i64 = 5;
const MINUTES_IN_BREACH: u64 = 4;
/// Breaches kept. A breach begins at most once for each denial of a minute that is not in breach itself, so that
/// five minutes have no more than this with any threshold that the settings allow.
const BREACHES_MAX: usize = 3000;
/// The daily cap is this many times the percentile.
const DAYS_FACTOR: u64 = 3;
/// No percentile lifts the daily cap above this.
const DAILY_MAX_CEILING: u64 = 20_000;

/// Breaches with pauses of at most the tolerated gap.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sustained {
    from: i64,
    until: i64,
    first_seq: u64,
    count: u64,
}

/// Denials of one key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Flood {
    /// Times and records of the last denials, newest last.
    times: VecDeque<(i64, u64)>,
    breaches: VecDeque<(i64, i64)>,
    /// The five minutes were judged up to this time.
    judged: i64,
    /// Since when fewer minutes are in breach than an alert takes, while it fires.
    minutes_low: Option<i64>,
    sustained: Option<Sustained>,
    burst_until: i64,
    burst_count: u64,
    daily: Daily,
    /// Targets and when each was last denied.
    targets: Vec<(u64, i64)>,
    flood: Alert,
    minutes: Alert,
    burst: Alert,
    day: Alert,
    spread: Alert,
}

fn count_of(max: i64) -> usize {
    usize::try_from(max).unwrap_or(0)
}

impl Flood {
    pub(crate) fn new() -> Self {
        Self { judged: i64::MIN, ..Self::default() }
    }

    /// A denial at `now`.
    pub(crate) fn deny(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64, seq: u64, target: u64) {
        let limits = &emit.in_force.settings().denial_flood;
        self.times.push_back((now, seq));
        let keep = count_of(limits.per_minute_max.max(limits.burst_max)) + 1;
        while self.times.len() > keep {
            self.times.pop_front();
        }
        if let Some((oldest, first_seq)) = self.back(limits.per_minute_max)
            && oldest > now - MINUTE
        {
            self.breach(emit, about, now, oldest + MINUTE, first_seq, limits);
        }
        if let Some((oldest, first_seq)) = self.back(limits.burst_max)
            && oldest > now - BURST_WINDOW
        {
            let first = limits.burst_max.unsigned_abs() + 1;
            let count = if self.burst.is_firing() { self.burst_count + 1 } else { first };
            (self.burst_count, self.burst_until) = (count, oldest + BURST_WINDOW);
            let facts = || counted(count, limits.burst_max, BURST_WINDOW, seq);
            self.burst.on(emit, Rule::DenialBurst, about, now, count, first_seq, facts);
        }
        self.daily.add(now);
        self.judge_day(emit, about, now, seq, limits);
        self.target(emit, about, now, seq, target, limits);
    }

    /// The denial `max` before the newest: with it, there are `max + 1`.
    fn back(&self, max: i64) -> Option<(i64, u64)> {
        self.times.len().checked_sub(count_of(max) + 1).and_then(|place| self.times.get(place)).copied()
    }

    /// More than `per_minute_max` denials from `now` to `until`.
    fn breach(
        &mut self,
        emit: &mut Emit<'_>,
        about: About<'_>,
        now: i64,
        until: i64,
        first_seq: u64,
        limits: &DenialFlood,
    ) {
        match self.breaches.back_mut() {
            Some((_, end)) if *end >= now => *end = (*end).max(until),
            _ => self.breaches.push_back((now, until)),
        }
        if self.breaches.len() > BREACHES_MAX {
            self.breaches.pop_front();
        }
        match &mut self.sustained {
            Some(sustained) if now - sustained.until <= limits.gap_seconds * SECOND => {
                sustained.until = sustained.until.max(until);
                sustained.count += 1;
            }
            sustained => *sustained = Some(Sustained { from: now, until, first_seq, count: 1 }),
        }
        self.judge_flood(emit, about, now, limits);
    }

    fn judge_flood(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64, limits: &DenialFlood) {
        let Some(sustained) = &self.sustained else { return };
        if now - sustained.from < limits.sustained_seconds * SECOND {
            return;
        }
        let (from, until, count) = (sustained.from, sustained.until, sustained.count);
        let in_minute = self.in_minute(now);
        let last_seq = self.times.back().map_or(0, |(_, seq)| *seq);
        let facts = || flood_facts(from, until.min(now), count, in_minute, last_seq, limits);
        self.flood.on(emit, Rule::DenialFlood, about, now, count, sustained.first_seq, facts);
    }

    fn judge_day(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64, seq: u64, limits: &DenialFlood) {
        let sum = self.daily.sum();
        if sum <= limits.daily_max.unsigned_abs() && !self.day.is_firing() {
            return;
        }
        let (cap, p95) = (self.daily_cap(limits), self.daily.days_p95());
        let facts = || {
            vec![
                ("count", number(sum)),
                ("days_p95", number(p95)),
                ("last_seq", number(seq)),
                ("max", number(cap)),
                ("window_ms", signed(24 * HOUR)),
            ]
        };
        if sum > cap {
            self.day.on(emit, Rule::DenialDay, about, now, sum, seq, facts);
        } else {
            self.day.off(emit, Rule::DenialDay, about, now, facts);
        }
    }

    fn daily_cap(&self, limits: &DenialFlood) -> u64 {
        let usual = self.daily.days_p95().saturating_mul(DAYS_FACTOR).min(DAILY_MAX_CEILING);
        usual.max(limits.daily_max.unsigned_abs())
    }

    /// `target` was denied: how many distinct ones in the window?
    fn target(
        &mut self,
        emit: &mut Emit<'_>,
        about: About<'_>,
        now: i64,
        seq: u64,
        target: u64,
        limits: &DenialFlood,
    ) {
        let keep = count_of(limits.targets_max) + 1;
        if let Some(known) = self.targets.iter_mut().find(|(known, _)| *known == target) {
            known.1 = now;
        } else if self.targets.len() < keep {
            self.targets.push((target, now));
        } else if let Some(oldest) = self.targets.iter_mut().min_by_key(|(target, at)| (*at, *target)) {
            *oldest = (target, now);
        }
        self.targets.truncate(keep);
        self.judge_targets(emit, about, now, seq, limits);
    }

    fn judge_targets(
        &mut self,
        emit: &mut Emit<'_>,
        about: About<'_>,
        now: i64,
        seq: u64,
        limits: &DenialFlood,
    ) {
        // Fewer than the threshold were ever seen: nothing to count.
        if self.targets.len() <= count_of(limits.targets_max) && !self.spread.is_firing() {
            return;
        }
        let count = self.targets_in(now);
        let facts = || counted(count, limits.targets_max, TARGETS_WINDOW, seq);
        if count > limits.targets_max.unsigned_abs() {
            self.spread.on(emit, Rule::DenialSpread, about, now, count, seq, facts);
        } else {
            self.spread.off(emit, Rule::DenialSpread, about, now, facts);
        }
    }

    fn targets_in(&self, now: i64) -> u64 {
        u64::try_from(self.targets.iter().filter(|(_, at)| *at > now - TARGETS_WINDOW).count()).unwrap_or(0)
    }

    /// Denials in (now - 60 s, now], as far as they are kept.
    fn in_minute(&self, now: i64) -> u64 {
        let count = self.times.iter().rev().take_while(|(at, _)| *at > now - MINUTE).count();
        u64::try_from(count).unwrap_or(0)
    }

    /// How many of the five minutes that end at `now` are in breach at their end.
    fn minutes_in_breach(&self, now: i64) -> u64 {
        let breach = |at: i64| self.breaches.iter().rev().any(|(from, until)| (*from..*until).contains(&at));
        u64::try_from((0..MINUTES).filter(|back| breach(now - back * MINUTE)).count()).unwrap_or(0)
    }

    /// When the five minutes are next to be judged: where a breach begins or ends, or did so a number of minutes ago.
    fn next_minutes(&self) -> i64 {
        let shifted = |at: i64| {
            let behind = (self.judged.saturating_sub(at)).div_euclid(MINUTE).saturating_add(1).max(0);
            (behind < MINUTES).then(|| at.saturating_add(behind.saturating_mul(MINUTE)))
        };
        let edges = self.breaches.iter().flat_map(|(from, until)| [*from, *until]);
        edges.filter_map(shifted).min().unwrap_or(NEVER)
    }

    /// When there is next something to do.
    pub(crate) fn due(&self, limits: &DenialFlood) -> i64 {
        let mut due = if self.breaches.is_empty() { NEVER } else { self.next_minutes() };
        if let Some(sustained) = &self.sustained {
            let full = sustained.from + limits.sustained_seconds * SECOND;
            if !self.flood.is_firing() && sustained.until >= full && full > self.judged {
                due = due.min(full);
            }
            due = due.min(sustained.until + limits.gap_seconds * SECOND);
        }
        if let Some(since) = self.minutes_low {
            due = due.min(since + MINUTE);
        }
        if self.burst.is_firing() {
            due = due.min(self.burst_until);
        }
        if self.day.is_firing() {
            due = due.min(self.daily.next_roll());
        }
        if self.spread.is_firing() {
            let oldest = self
                .targets
                .iter()
                .map(|(_, at)| *at)
                .filter(|at| *at > self.judged.saturating_sub(TARGETS_WINDOW));
            due = due.min(oldest.min().map_or(self.judged, |at| at + TARGETS_WINDOW));
        }
        due
    }

    /// Time has come to `now`; all denials up to and at `now` are known.
    pub(crate) fn tick(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64) {
        let limits = &emit.in_force.settings().denial_flood;
        let last_seq = self.times.back().map_or(0, |(_, seq)| *seq);
        if !self.flood.is_firing() && self.sustained.as_ref().is_some_and(|sustained| sustained.until >= now)
        {
            self.judge_flood(emit, about, now, limits);
        }
        if let Some(sustained) = &self.sustained
            && sustained.until + limits.gap_seconds * SECOND <= now
        {
            let (from, until, count) = (sustained.from, sustained.until, sustained.count);
            let facts = || flood_facts(from, until, count, 0, last_seq, limits);
            self.flood.off(emit, Rule::DenialFlood, about, now, facts);
            self.sustained = None;
        }
        let judge_minutes = !self.breaches.is_empty() && self.next_minutes() <= now;
        self.judged = now;
        if judge_minutes {
            let minutes = self.minutes_in_breach(now);
            let first_seq = self.sustained.as_ref().map_or(last_seq, |sustained| sustained.first_seq);
            let facts = || {
                vec![
                    ("last_seq", number(last_seq)),
                    ("minutes", signed(MINUTES)),
                    ("minutes_in_breach", number(minutes)),
                    ("per_minute_max", signed(limits.per_minute_max)),
                ]
            };
            if minutes >= MINUTES_IN_BREACH {
                self.minutes_low = None;
                self.minutes.on(emit, Rule::DenialMinutes, about, now, minutes, first_seq, facts);
            } else if self.minutes.is_firing() {
                // A dip is what this rule is about: it is over when it stays low for a minute.
                self.minutes_low.get_or_insert(now);
            }
            while self.breaches.front().is_some_and(|(_, until)| *until <= now - (MINUTES - 1) * MINUTE) {
                self.breaches.pop_front();
            }
        }
        if self.minutes_low.is_some_and(|since| since + MINUTE <= now) {
            self.minutes_low = None;
            let facts = || vec![("last_seq", number(last_seq)), ("minutes", signed(MINUTES))];
            self.minutes.off(emit, Rule::DenialMinutes, about, now, facts);
        }
        if self.burst.is_firing() && self.burst_until <= now {
            let count = self.burst_count;
            let facts = || counted(count, limits.burst_max, BURST_WINDOW, last_seq);
            self.burst.off(emit, Rule::DenialBurst, about, now, facts);
        }
        if self.day.is_firing() {
            self.daily.roll(now);
            self.judge_day(emit, about, now, last_seq, limits);
        }
        if self.spread.is_firing() {
            self.judge_targets(emit, about, now, last_seq, limits);
        }
    }

    /// Nothing would be lost with this state at `now`.
    pub(crate) fn is_idle(&self, now: i64) -> bool {
        self.alerts().iter().all(|(_, alert)| alert.is_idle(now))
    }

    pub(crate) fn alerts(&self) -> [(Rule, &Alert); 5] {
        [
            (Rule::DenialFlood, &self.flood),
            (Rule::DenialMinutes, &self.minutes),
            (Rule::DenialBurst, &self.burst),
            (Rule::DenialDay, &self.day),
            (Rule::DenialSpread, &self.spread),
        ]
    }

    /// The numbers at `now`, whether anything fired or not.
    pub(crate) fn explain(&self, now: i64, limits: &DenialFlood) -> Facts {
        let mut daily = self.daily.clone();
        daily.roll(now);
        let burst = self.times.iter().rev().take_while(|(at, _)| *at > now - BURST_WINDOW).count();
        let sustained = self.sustained.as_ref().filter(|sustained| now < sustained.until);
        vec![
            ("breach_from", sustained.map_or(ztp_core::canonical::Value::Null, |s| time(s.from))),
            ("breach_ms", signed(sustained.map_or(0, |s| now - s.from))),
            ("in_5_minutes", number(u64::try_from(burst).unwrap_or(0))),
            ("in_5_minutes_max", signed(limits.burst_max)),
            ("in_day", number(daily.sum())),
            ("in_day_max", number(self.daily_cap(limits))),
            ("in_minute", number(self.in_minute(now))),
            ("in_minute_max", signed(limits.per_minute_max)),
            ("minutes_in_breach", number(self.minutes_in_breach(now))),
            ("sustained_ms", signed(limits.sustained_seconds * SECOND)),
            ("targets_in_hour", number(self.targets_in(now))),
            ("targets_in_hour_max", signed(limits.targets_max)),
        ]
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.count(self.times.len());
        for (at, seq) in &self.times {
            w.signed(*at);
            w.unsigned(*seq);
        }
        w.count(self.breaches.len());
        for (from, until) in &self.breaches {
            w.signed(*from);
            w.signed(*until);
        }
        w.signed(self.judged);
        w.option(self.minutes_low, Writer::signed);
        w.option(self.sustained.as_ref(), |w, sustained| {
            w.signed(sustained.from);
            w.signed(sustained.until);
            w.unsigned(sustained.first_seq);
            w.unsigned(sustained.count);
        });
        w.signed(self.burst_until);
        w.unsigned(self.burst_count);
        self.daily.encode(w);
        w.count(self.targets.len());
        for (target, at) in &self.targets {
            w.unsigned(*target);
            w.signed(*at);
        }
        for (_, alert) in self.alerts() {
            alert.encode(w);
        }
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        let mut flood = Self::default();
        for _ in 0..r.count()? {
            flood.times.push_back((r.time()?, r.unsigned()?));
        }
        for _ in 0..r.count()? {
            flood.breaches.push_back((r.time()?, r.time()?));
        }
        flood.judged = r.time()?;
        flood.minutes_low = r.option(Reader::time)?;
        flood.sustained = r.option(|r| {
            let (from, until) = (r.time()?, r.time()?);
            Ok(Sustained { from, until, first_seq: r.unsigned()?, count: r.small()? })
        })?;
        flood.burst_until = r.time()?;
        flood.burst_count = r.small()?;
        flood.daily = Daily::decode(r)?;
        for _ in 0..r.count()? {
            flood.targets.push((r.unsigned()?, r.time()?));
        }
        for alert in
            [&mut flood.flood, &mut flood.minutes, &mut flood.burst, &mut flood.day, &mut flood.spread]
        {
            *alert = Alert::decode(r)?;
        }
        Ok(flood)
    }
}

/// A count in a window, above its maximum.
fn counted(count: u64, max: i64, window: i64, last_seq: u64) -> Facts {
    vec![
        ("count", number(count)),
        ("last_seq", number(last_seq)),
        ("max", signed(max)),
        ("window_ms", signed(window)),
    ]
}

fn flood_facts(
    from: i64,
    until: i64,
    count: u64,
    in_minute: u64,
    last_seq: u64,
    limits: &DenialFlood,
) -> Facts {
    vec![
        ("breach_from", time(from)),
        ("breach_until", time(until)),
        ("count", number(count)),
        ("in_minute", number(in_minute)),
        ("last_seq", number(last_seq)),
        ("max", signed(limits.per_minute_max)),
        ("sustained_ms", signed(limits.sustained_seconds * SECOND)),
        ("window_ms", signed(MINUTE)),
    ]
}
