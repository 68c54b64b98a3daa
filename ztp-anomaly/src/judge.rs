//! One record in its place: which detectors it concerns, and for whom.

use ztp_core::canonical::Value;
use ztp_core::event::admission::{Decision, Tier};

use crate::change::Outcome;
use crate::detect::people::Outside;
use crate::fold::Detectors;
use crate::keys::Place;
use crate::names::NameId;
use crate::order::{Entry, Kind, VERBS};
use crate::output::{About, Emit, Output, number, time};
use crate::rule::{MINUTE, Notice, Rule, Scope};
use crate::seen::{Novelty, Pair};
use crate::settings::InForce;

/// Numbers of the key tables.
const PRINCIPALS: usize = 0;
const NAMESPACES: usize = 1;
const TICKETS: usize = 2;
/// The verb of an admission that counts towards the share of tier B.
const CREATE: u8 = 0;

impl Detectors {
    pub(crate) fn judge(&mut self, entry: &Entry, seq: u64, out: &mut Vec<Output>) {
        match entry.kind {
            Kind::Admission(decision, tier) => self.judge_admission(entry, decision, tier, seq, out),
            Kind::Operator => self.judge_actor(entry, seq, out),
            Kind::Settings => self.judge_settings(entry, seq, out),
        }
    }

    fn judge_admission(
        &mut self,
        entry: &Entry,
        decision: Decision,
        tier: Option<Tier>,
        seq: u64,
        out: &mut Vec<Output>,
    ) {
        if !self.remembered.is_new((entry.tie, entry.content)) {
            return;
        }
        let denied = decision == Decision::Deny;
        let counted = if entry.verb == CREATE { tier } else { None };
        self.ratio.decision(entry.at, entry.seq, counted, !denied);
        if denied {
            self.judge_denial(entry, seq, out);
        } else if decision == Decision::BreakGlass || entry.ticket != NameId::NONE {
            self.judge_break_glass(entry, seq, out);
        }
        self.judge_actor(entry, seq, out);
    }

    /// The keys that an entry counts for: everything, its user, its namespace.
    fn places(&mut self, entry: &Entry, seq: u64, out: &mut Vec<Output>) -> [Option<Place>; 3] {
        let user = self.key(PRINCIPALS, entry.user, entry.at, seq, out);
        let namespace = (entry.namespace != NameId::NONE)
            .then(|| self.key(NAMESPACES, entry.namespace, entry.at, seq, out));
        [Some(Place::GLOBAL), Some(user), namespace]
    }

    fn key(&mut self, table: usize, name: NameId, now: i64, seq: u64, out: &mut Vec<Output>) -> Place {
        let (place, full) = self.keys.place(&mut self.names, table, name, now);
        if full {
            let scope = [Scope::Principal, Scope::Namespace, Scope::Ticket].get(table).copied();
            let facts = vec![("table", Value::from(scope.unwrap_or(Scope::Global).name()))];
            self.tally(Notice::KeyOverflow, now, About::GLOBAL, facts, seq, out);
        }
        place
    }

    fn judge_denial(&mut self, entry: &Entry, seq: u64, out: &mut Vec<Output>) {
        let places = self.places(entry, seq, out);
        let mut emit = Emit { in_force: &self.in_force, out, cause_seq: seq };
        for place in places.into_iter().flatten() {
            self.keys.apply(&self.names, &mut emit, place, entry.at, |key, emit, about| {
                key.flood().deny(emit, about, entry.at, entry.seq, entry.target);
            });
        }
    }

    fn judge_break_glass(&mut self, entry: &Entry, seq: u64, out: &mut Vec<Output>) {
        let places = self.places(entry, seq, out);
        let has_ticket = entry.ticket != NameId::NONE;
        let ticket = has_ticket.then(|| self.key(TICKETS, entry.ticket, entry.at, seq, out));
        let ticket_name = self.names.text(entry.ticket).to_owned();
        let pair = crate::order::narrow_of(&[&entry.target.to_string(), &ticket_name]);
        let mut emit = Emit { in_force: &self.in_force, out, cause_seq: seq };
        for place in places.into_iter().flatten() {
            self.keys.apply(&self.names, &mut emit, place, entry.at, |key, emit, about| {
                key.glass().use_once(emit, about, entry.at, entry.seq, pair, has_ticket);
            });
        }
        if let Some(place) = ticket {
            self.keys.apply(&self.names, &mut emit, place, entry.at, |key, emit, about| {
                key.ticket().use_once(emit, about, entry.at, entry.seq, entry.target);
            });
        }
        let firsts = [
            (Pair::BreakGlassPrincipal, Scope::Principal, entry.user),
            (Pair::BreakGlassNamespace, Scope::Namespace, entry.namespace),
        ];
        for (pair, scope, id) in firsts {
            if id == NameId::NONE {
                continue;
            }
            let name = self.names.text(id);
            match self.seen.see(entry.at, pair, name, "") {
                Novelty::Known => {}
                // Without room to remember it, it may have been seen; it is told all the same.
                Novelty::New | Novelty::Learned | Novelty::Overflow => {
                    let facts = vec![("first_seq", number(entry.seq))];
                    emit.notice(Notice::FirstBreakGlass, About { scope, name }, entry.at, facts);
                }
            }
        }
    }

    /// Who acted: a person within hours, at their edge or outside them, or an automation within its list.
    fn judge_actor(&mut self, entry: &Entry, seq: u64, out: &mut Vec<Output>) {
        let user = self.names.text(entry.user);
        let lists = &self.in_force.settings().business_hours.automation;
        let listed = if lists.is_empty() { None } else { lists.get(user) };
        if listed.is_none() && !user.starts_with("system:") {
            self.judge_person(entry, seq, out);
            return;
        }
        let bit = 1_u8.checked_shl(u32::from(entry.verb)).unwrap_or(0);
        let known = listed.is_none() && self.names.verbs_seen(entry.user) & bit != 0;
        if known {
            return;
        }
        let verb = VERBS.get(usize::from(entry.verb)).copied();
        let verb = verb.unwrap_or_else(|| self.names.text(entry.verb_name)).to_owned();
        match listed {
            Some(list) if !list.is_empty() => {
                if !list.contains(&verb) {
                    self.judge_unlisted(entry, &verb, seq, out);
                }
            }
            _ => self.judge_first_action(entry, &verb, bit, seq, out),
        }
    }

    fn judge_unlisted(&mut self, entry: &Entry, verb: &str, seq: u64, out: &mut Vec<Output>) {
        let place = self.key(PRINCIPALS, entry.user, entry.at, seq, out);
        let mut emit = Emit { in_force: &self.in_force, out, cause_seq: seq };
        self.keys.apply(&self.names, &mut emit, place, entry.at, |key, emit, about| {
            key.people().unlisted(emit, about, entry.at, entry.seq, verb);
        });
    }

    fn judge_first_action(&mut self, entry: &Entry, verb: &str, bit: u8, seq: u64, out: &mut Vec<Output>) {
        let name = self.names.text(entry.user);
        match self.seen.see(entry.at, Pair::Action, name, verb) {
            Novelty::Known | Novelty::Learned => {}
            Novelty::New => {
                let facts = vec![("action", Value::from(verb)), ("first_seq", number(entry.seq))];
                let about = About { scope: Scope::Principal, name };
                Emit { in_force: &self.in_force, out, cause_seq: seq }.notice(
                    Notice::FirstAction,
                    about,
                    entry.at,
                    facts,
                );
            }
            Novelty::Overflow => {
                let facts = vec![("table", Value::from("action"))];
                self.tally(Notice::KeyOverflow, entry.at, About::GLOBAL, facts, seq, out);
            }
        }
        self.names.see_verb(entry.user, bit);
    }

    fn judge_person(&mut self, entry: &Entry, seq: u64, out: &mut Vec<Output>) {
        let suspect = entry.irregular || self.clock.is_suspect(entry.at);
        let mut outside = None;
        let mut at_edge = true;
        let edge = self.in_force.settings().business_hours.edge_minutes * MINUTE;
        // A clock that cannot be relied on is no alibi: business must be open by both.
        let clocks = [entry.wall, entry.at];
        for &judged_at in clocks.iter().take(if suspect { 2 } else { 1 }) {
            let span = match self.span {
                Some(span) if span.holds(judged_at) => span,
                _ => self.in_force.schedule().span(judged_at),
            };
            self.span = Some(span);
            if !span.open && outside.is_none() {
                outside = Some(Outside { from: span.from, until: span.until, judged_at, suspect });
            }
            at_edge &= span.open && span.until.saturating_sub(judged_at) <= edge;
        }
        if outside.is_none() && !at_edge {
            return;
        }
        let place = self.key(PRINCIPALS, entry.user, entry.at, seq, out);
        let mut emit = Emit { in_force: &self.in_force, out, cause_seq: seq };
        self.keys.apply(&self.names, &mut emit, place, entry.at, |key, emit, about| match &outside {
            Some(outside) => key.people().outside(emit, about, entry.at, entry.seq, outside),
            None => key.people().at_edge(emit, about, entry.at, entry.seq),
        });
    }

    fn judge_settings(&mut self, entry: &Entry, seq: u64, out: &mut Vec<Output>) {
        let Some(change) = self.waiting_changes.remove(&entry.seq) else { return };
        let mut settings = self.in_force.settings().clone();
        let outcome = self.changes.judge(&mut settings, &change, entry.at);
        let mut facts = vec![
            ("file", Value::from(change.file.as_str())),
            ("last_seq", number(entry.seq)),
            ("new_hash", Value::from(change.new_hash.to_string())),
            ("old_hash", Value::from(change.old_hash.to_string())),
        ];
        let names = |names: &[&str]| Value::from(names.iter().map(|n| Value::from(*n)).collect::<Vec<_>>());
        let count = |count: usize| number(u64::try_from(count).unwrap_or(0));
        let alert = match &outcome {
            Outcome::Applied { loosened, approvals } => {
                facts.push(("approvals", count(*approvals)));
                facts.push(("loosened", names(loosened)));
                !loosened.is_empty()
            }
            Outcome::Delayed { loosened, until, approvals } => {
                facts.push(("approvals", count(*approvals)));
                facts.push(("in_force_from", time(*until)));
                facts.push(("loosened", names(loosened)));
                true
            }
            Outcome::Refused(code) => {
                facts.push(("refused", Value::from(*code)));
                true
            }
        };
        let mut emit = Emit { in_force: &self.in_force, out, cause_seq: seq };
        if alert {
            self.loosened.pulse(
                &mut emit,
                Rule::SettingsLoosened,
                About::GLOBAL,
                entry.at,
                entry.seq,
                || facts,
            );
        } else {
            emit.notice(Notice::SettingsChanged, About::GLOBAL, entry.at, facts);
        }
        if matches!(outcome, Outcome::Applied { .. }) {
            self.put_in_force(settings);
        }
    }

    pub(crate) fn tick_changes(&mut self, now: i64, seq: u64, out: &mut Vec<Output>) {
        let mut settings = self.in_force.settings().clone();
        let files = self.changes.tick(&mut settings, now);
        self.put_in_force(settings);
        let mut emit = Emit { in_force: &self.in_force, out, cause_seq: seq };
        for file in files {
            let hash = self.in_force.settings().file_hash(file);
            let facts = vec![
                ("file", Value::from(file.name())),
                ("new_hash", Value::from(hash.to_string())),
                ("waited", Value::from(true)),
            ];
            emit.notice(Notice::SettingsChanged, About::GLOBAL, now, facts);
        }
    }

    fn put_in_force(&mut self, settings: crate::settings::Settings) {
        self.in_force = InForce::new(settings);
        self.span = None;
        self.keys.reschedule(self.in_force.settings());
    }
}
