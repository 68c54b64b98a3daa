//! Names of users, namespaces, tickets and verbs, each kept once and let go when nothing refers to it.

use std::collections::HashMap;

use ztp_core::digest::sha256;

/// A name in a [`Names`]; the number is of no meaning outside it and never written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NameId(u32);

impl NameId {
    /// No name.
    pub(crate) const NONE: Self = Self(u32::MAX);

    fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Longest name that is kept as it is; a longer one is kept as its digest.
const NAME_BYTES_MAX: usize = 256;

#[derive(Debug, Clone)]
struct Entry {
    name: Box<str>,
    uses: u32,
    /// Verbs that this principal was seen with, a bit for each of [`crate::order::VERBS`].
    verbs_seen: u8,
    slots: [u32; 3],
}

/// No slot in a key table.
pub(crate) const NO_SLOT: u32 = u32::MAX;

/// The names in use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    ids: HashMap<Box<str>, u32>,
    entries: Vec<Entry>,
    free: Vec<u32>,
    /// Ids looked up lately, by a cheap hash of their names: nearly every record names somebody who was just named.
    recent: Vec<u32>,
}

/// Places in [`Names::recent`].
const RECENT: usize = 512;

/// A place for a name: whoever chooses names that share one gets the lookup that is always right.
fn recent_place(name: &str) -> usize {
    let bytes = name.as_bytes();
    let word = |eight: Option<&[u8; 8]>| eight.map_or(0, |eight| u64::from_le_bytes(*eight));
    let (first, last) = (word(bytes.first_chunk()), word(bytes.last_chunk()));
    let short = bytes
        .iter()
        .take(if first == 0 { 8 } else { 0 })
        .fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    let mixed = (first.rotate_left(23) ^ last ^ short ^ u64::try_from(bytes.len()).unwrap_or(0))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 55).unwrap_or(0) % RECENT
}

impl Names {
    /// The id of a name, which is then in use once more.
    pub(crate) fn take(&mut self, name: &str) -> NameId {
        let place = recent_place(name);
        if let Some(&id) = self.recent.get(place)
            && let Some(entry) = self.entries.get_mut(NameId(id).index())
            && entry.uses > 0
            && *entry.name == *name
        {
            entry.uses = entry.uses.saturating_add(1);
            return NameId(id);
        }
        let id = self.look_up(name);
        if self.recent.is_empty() {
            self.recent.resize(RECENT, NameId::NONE.0);
        }
        if let Some(recent) = self.recent.get_mut(place) {
            *recent = id.0;
        }
        id
    }

    fn look_up(&mut self, name: &str) -> NameId {
        if let Some(&id) = self.ids.get(name) {
            if let Some(entry) = self.entries.get_mut(NameId(id).index()) {
                entry.uses = entry.uses.saturating_add(1);
            }
            return NameId(id);
        }
        if name.len() > NAME_BYTES_MAX {
            return self.take(&format!("sha256:{}", sha256(name.as_bytes())));
        }
        let entry = Entry { name: name.into(), uses: 1, verbs_seen: 0, slots: [NO_SLOT; 3] };
        let id = match self.free.pop() {
            Some(id) => {
                if let Some(place) = self.entries.get_mut(NameId(id).index()) {
                    *place = entry;
                }
                id
            }
            None => {
                self.entries.push(entry);
                u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX - 1)
            }
        };
        self.ids.insert(name.into(), id);
        NameId(id)
    }

    /// One use more of a name.
    pub(crate) fn hold(&mut self, id: NameId) {
        if let Some(entry) = self.entries.get_mut(id.index()) {
            entry.uses = entry.uses.saturating_add(1);
        }
    }

    /// One use less of a name; the last one lets it go.
    pub(crate) fn release(&mut self, id: NameId) {
        if id == NameId::NONE {
            return;
        }
        let Some(entry) = self.entries.get_mut(id.index()) else { return };
        entry.uses = entry.uses.saturating_sub(1);
        if entry.uses == 0 {
            let name = std::mem::take(&mut entry.name);
            self.ids.remove(&name);
            self.free.push(id.0);
        }
    }

    /// The text; empty for [`NameId::NONE`].
    pub(crate) fn text(&self, id: NameId) -> &str {
        self.entries.get(id.index()).map_or("", |entry| &entry.name)
    }

    pub(crate) fn slot(&self, id: NameId, table: usize) -> u32 {
        self.entries.get(id.index()).and_then(|entry| entry.slots.get(table)).copied().unwrap_or(NO_SLOT)
    }

    pub(crate) fn set_slot(&mut self, id: NameId, table: usize, slot: u32) {
        if let Some(place) = self.entries.get_mut(id.index()).and_then(|entry| entry.slots.get_mut(table)) {
            *place = slot;
        }
    }

    pub(crate) fn verbs_seen(&self, id: NameId) -> u8 {
        self.entries.get(id.index()).map_or(0, |entry| entry.verbs_seen)
    }

    pub(crate) fn see_verb(&mut self, id: NameId, bit: u8) {
        if let Some(entry) = self.entries.get_mut(id.index()) {
            entry.verbs_seen |= bit;
        }
    }

    /// Names in use.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }
}
