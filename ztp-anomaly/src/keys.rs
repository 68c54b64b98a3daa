//! The states of users, namespaces and tickets: a bounded table, and the times at which each has something to do.

use std::collections::BTreeSet;

use crate::alert::Alert;
use crate::codec::{Malformed, Reader, Writer};
use crate::detect::NEVER;
use crate::detect::flood::Flood;
use crate::detect::glass::{Glass, Ticket};
use crate::detect::people::People;
use crate::names::{NO_SLOT, NameId, Names};
use crate::output::{About, Emit};
use crate::rule::{DAY, HOUR, Rule, Scope};
use crate::settings::Settings;

/// Most keys of each table; what is beyond is counted together.
pub(crate) const KEYS_MAX: usize = 4096;
/// A key that was quiet for so long has no state that could matter.
const IDLE_AFTER: i64 = 15 * DAY;
/// What the keys beyond the table are counted as. No user or namespace has a name like it.
const OTHER: &str = "(other)";

/// The tables, by number.
pub(crate) const TABLES: [Scope; 3] = [Scope::Principal, Scope::Namespace, Scope::Ticket];
/// The number of the global key, which is in no table.
const GLOBAL: usize = 3;

/// Where a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    table: usize,
    slot: u32,
}

impl Place {
    pub(crate) const GLOBAL: Self = Self { table: GLOBAL, slot: 0 };
}

/// The state of one key. A detector that never saw the key has none.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    name: NameId,
    last: i64,
    scheduled: i64,
    pub(crate) flood: Option<Box<Flood>>,
    pub(crate) glass: Option<Box<Glass>>,
    pub(crate) people: Option<Box<People>>,
    pub(crate) ticket: Option<Box<Ticket>>,
}

impl Key {
    fn new(name: NameId) -> Self {
        Self { name, last: i64::MIN, scheduled: NEVER, flood: None, glass: None, people: None, ticket: None }
    }

    pub(crate) fn flood(&mut self) -> &mut Flood {
        self.flood.get_or_insert_with(|| Box::new(Flood::new()))
    }

    pub(crate) fn glass(&mut self) -> &mut Glass {
        self.glass.get_or_insert_default()
    }

    pub(crate) fn people(&mut self) -> &mut People {
        self.people.get_or_insert_default()
    }

    pub(crate) fn ticket(&mut self) -> &mut Ticket {
        self.ticket.get_or_insert_default()
    }

    fn due(&self, settings: &Settings) -> i64 {
        let flood = self.flood.as_ref().map_or(NEVER, |flood| flood.due(&settings.denial_flood));
        let glass = self.glass.as_ref().map_or(NEVER, |glass| glass.due(&settings.break_glass));
        let people = self.people.as_ref().map_or(NEVER, |people| people.due(&settings.business_hours));
        let ticket = self.ticket.as_ref().map_or(NEVER, |ticket| ticket.due());
        flood.min(glass).min(people).min(ticket)
    }

    fn tick(&mut self, emit: &mut Emit<'_>, about: About<'_>, now: i64) {
        let settings = emit.in_force.settings();
        if let Some(flood) = &mut self.flood
            && flood.due(&settings.denial_flood) <= now
        {
            flood.tick(emit, about, now);
        }
        if let Some(glass) = &mut self.glass
            && glass.due(&settings.break_glass) <= now
        {
            glass.tick(emit, about, now);
        }
        if let Some(people) = &mut self.people
            && people.due(&settings.business_hours) <= now
        {
            people.tick(emit, about, now);
        }
        if let Some(ticket) = &mut self.ticket
            && ticket.due() <= now
        {
            ticket.tick(emit, about, now);
        }
    }

    fn is_idle(&self, now: i64) -> bool {
        self.last.saturating_add(IDLE_AFTER) < now
            && self.flood.as_ref().is_none_or(|flood| flood.is_idle(now))
            && self.glass.as_ref().is_none_or(|glass| glass.is_idle(now))
            && self.people.as_ref().is_none_or(|people| people.is_idle(now))
            && self.ticket.as_ref().is_none_or(|ticket| ticket.is_idle(now))
    }

    /// The alerts of this key.
    pub(crate) fn alerts(&self) -> Vec<(Rule, &Alert)> {
        let mut alerts = Vec::new();
        alerts.extend(self.flood.iter().flat_map(|flood| flood.alerts()));
        alerts.extend(self.glass.iter().flat_map(|glass| glass.alerts()));
        alerts.extend(self.people.iter().flat_map(|people| people.alerts()));
        alerts.extend(self.ticket.iter().map(|ticket| (Rule::BreakGlassTicket, ticket.alert())));
        alerts
    }

    fn encode(&self, w: &mut Writer) {
        w.signed(self.last);
        w.option(self.flood.as_ref(), |w, flood| flood.encode(w));
        w.option(self.glass.as_ref(), |w, glass| glass.encode(w));
        w.option(self.people.as_ref(), |w, people| people.encode(w));
        w.option(self.ticket.as_ref(), |w, ticket| ticket.encode(w));
    }

    fn decode(r: &mut Reader<'_>, name: NameId) -> Result<Self, Malformed> {
        Ok(Self {
            name,
            last: r.time()?,
            scheduled: NEVER,
            flood: r.option(|r| Flood::decode(r).map(Box::new))?,
            glass: r.option(|r| Glass::decode(r).map(Box::new))?,
            people: r.option(|r| People::decode(r).map(Box::new))?,
            ticket: r.option(|r| Ticket::decode(r).map(Box::new))?,
        })
    }
}

/// The keys of one scope. Slot 0 is for those that found no place.
#[derive(Debug, Clone, Default)]
struct Table {
    slots: Vec<Option<Key>>,
    free: Vec<u32>,
    used: usize,
    next_sweep: i64,
}

/// All keys.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    global: Key,
    tables: [Table; 3],
    timers: BTreeSet<(i64, Place)>,
}

impl Keys {
    pub(crate) fn new(names: &mut Names) -> Self {
        let other = names.take(OTHER);
        let table = || Table { slots: vec![Some(Key::new(other))], next_sweep: i64::MIN, ..Table::default() };
        Self { global: Key::new(NameId::NONE), tables: [table(), table(), table()], timers: BTreeSet::new() }
    }

    /// The place of a name in a table, made if there is none; `true` if the table is full and the place is the common one.
    pub(crate) fn place(&mut self, names: &mut Names, table: usize, name: NameId, now: i64) -> (Place, bool) {
        let slot = names.slot(name, table);
        if slot != NO_SLOT {
            return (Place { table, slot }, false);
        }
        let common = (Place { table, slot: 0 }, true);
        let Some(keys) = self.tables.get_mut(table) else { return common };
        if keys.used >= KEYS_MAX && now >= keys.next_sweep {
            keys.next_sweep = now.saturating_add(HOUR);
            let idle = |key: &Option<Key>| key.as_ref().is_some_and(|key| key.is_idle(now));
            let gone: Vec<u32> = (0_u32..)
                .zip(&keys.slots)
                .skip(1)
                .filter(|(_, key)| idle(key))
                .map(|(slot, _)| slot)
                .collect();
            for slot in gone {
                let index = usize::try_from(slot).unwrap_or(usize::MAX);
                if let Some(key) = keys.slots.get_mut(index).and_then(Option::take) {
                    self.timers.remove(&(key.scheduled, Place { table, slot }));
                    names.set_slot(key.name, table, NO_SLOT);
                    names.release(key.name);
                    keys.free.push(slot);
                    keys.used -= 1;
                }
            }
        }
        if keys.used >= KEYS_MAX {
            return common;
        }
        names.hold(name);
        keys.used += 1;
        let slot = match keys.free.pop() {
            Some(slot) => slot,
            None => {
                keys.slots.push(None);
                u32::try_from(keys.slots.len() - 1).unwrap_or(0)
            }
        };
        if let Some(place) = keys.slots.get_mut(usize::try_from(slot).unwrap_or(0)) {
            *place = Some(Key::new(name));
        }
        names.set_slot(name, table, slot);
        (Place { table, slot }, false)
    }

    fn key(&self, place: Place) -> Option<&Key> {
        let Some(table) = self.tables.get(place.table) else { return Some(&self.global) };
        table.slots.get(usize::try_from(place.slot).ok()?)?.as_ref()
    }

    fn key_mut(&mut self, place: Place) -> Option<&mut Key> {
        let Some(table) = self.tables.get_mut(place.table) else { return Some(&mut self.global) };
        table.slots.get_mut(usize::try_from(place.slot).ok()?)?.as_mut()
    }

    /// Does something with a key at `now`, and notes when it next has something to do.
    pub(crate) fn apply(
        &mut self,
        names: &Names,
        emit: &mut Emit<'_>,
        place: Place,
        now: i64,
        act: impl FnOnce(&mut Key, &mut Emit<'_>, About<'_>),
    ) {
        let Some(key) = self.key_mut(place) else { return };
        key.last = now;
        let about = about(place, names, key.name);
        act(key, emit, about);
        self.schedule(place, emit.in_force.settings());
    }

    /// Notes an earlier time only: a later one is found when the earlier one has come.
    fn schedule(&mut self, place: Place, settings: &Settings) {
        let Some(key) = self.key_mut(place) else { return };
        let due = key.due(settings);
        if due < key.scheduled {
            let before = std::mem::replace(&mut key.scheduled, due);
            self.timers.remove(&(before, place));
            self.timers.insert((due, place));
        }
    }

    /// When the first key has something to do, or may have.
    pub(crate) fn due(&self) -> i64 {
        self.timers.first().map_or(NEVER, |(at, _)| *at)
    }

    /// Lets all keys do what they have to do at `now`, which is [`Self::due`]: the global one first, then by name.
    pub(crate) fn tick(&mut self, names: &Names, emit: &mut Emit<'_>, now: i64) {
        let mut places = Vec::new();
        while let Some(&(at, place)) = self.timers.first()
            && at <= now
        {
            self.timers.pop_first();
            places.push(place);
        }
        places.sort_by_cached_key(|&place| {
            let name = self.key(place).map_or("", |key| names.text(key.name));
            (place.table != GLOBAL, place.table, name.to_owned())
        });
        for place in places {
            let Some(key) = self.key_mut(place) else { continue };
            key.scheduled = NEVER;
            let about = about(place, names, key.name);
            key.tick(emit, about, now);
            self.schedule(place, emit.in_force.settings());
        }
    }

    /// Settings changed: every key may have something to do earlier.
    pub(crate) fn reschedule(&mut self, settings: &Settings) {
        for place in self.places() {
            self.schedule(place, settings);
        }
    }

    fn places(&self) -> Vec<Place> {
        let mut places = vec![Place::GLOBAL];
        for (table, keys) in self.tables.iter().enumerate() {
            let used = (0_u32..).zip(&keys.slots).filter(|(_, key)| key.is_some());
            places.extend(used.map(|(slot, _)| Place { table, slot }));
        }
        places
    }

    /// Every key with its scope and name: the global one, then table by table in the order of names.
    pub(crate) fn each<'k>(&'k self, names: &'k Names) -> Vec<(Scope, &'k str, &'k Key)> {
        let mut keys = vec![(Scope::Global, "", &self.global)];
        for (table, scope) in self.tables.iter().zip(TABLES) {
            let mut named: Vec<_> =
                table.slots.iter().flatten().map(|key| (scope, names.text(key.name), key)).collect();
            named.sort_by_key(|(_, name, _)| *name);
            keys.extend(named);
        }
        keys
    }

    /// Keys in use, by table.
    pub(crate) fn used(&self) -> [usize; 3] {
        let [principals, namespaces, tickets] = &self.tables;
        [principals.used, namespaces.used, tickets.used]
    }

    pub(crate) fn encode(&self, w: &mut Writer, names: &Names) {
        self.global.encode(w);
        for table in &self.tables {
            w.signed(table.next_sweep);
            if let Some(other) = table.slots.first().and_then(Option::as_ref) {
                other.encode(w);
            }
            let mut named: Vec<(&str, &Key)> =
                table.slots.iter().skip(1).flatten().map(|key| (names.text(key.name), key)).collect();
            named.sort_by_key(|(name, _)| *name);
            w.count(named.len());
            for (name, key) in named {
                w.text(name);
                key.encode(w);
            }
        }
    }

    pub(crate) fn decode(
        r: &mut Reader<'_>,
        names: &mut Names,
        settings: &Settings,
    ) -> Result<Self, Malformed> {
        let mut keys = Self::new(names);
        keys.global = Key::decode(r, NameId::NONE)?;
        for table in 0..TABLES.len() {
            let next_sweep = r.time()?;
            let other = keys.key(Place { table, slot: 0 }).map_or(NameId::NONE, |key| key.name);
            let other = Key::decode(r, other)?;
            let count = r.count()?;
            if count > KEYS_MAX {
                return Err(Malformed);
            }
            let mut before = None;
            for _ in 0..count {
                let text = r.text()?;
                if before.is_some_and(|before| before >= text) {
                    return Err(Malformed);
                }
                before = Some(text);
                let name = names.take(text);
                let key = Key::decode(r, name)?;
                let (place, _) = keys.place(names, table, name, i64::MIN);
                names.release(name);
                *keys.key_mut(place).ok_or(Malformed)? = key;
            }
            if let Some(table) = keys.tables.get_mut(table) {
                table.next_sweep = next_sweep;
                if let Some(slot) = table.slots.first_mut() {
                    *slot = Some(other);
                }
            }
        }
        keys.reschedule(settings);
        Ok(keys)
    }
}

fn about<'n>(place: Place, names: &'n Names, name: NameId) -> About<'n> {
    match TABLES.get(place.table) {
        None => About::GLOBAL,
        Some(&scope) => About { scope, name: names.text(name) },
    }
}
