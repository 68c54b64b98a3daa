//! Joining against a ring: what it holds is known before the log is read, so what it does not hold is judged as it comes.

use super::{Correlator, Kept, Seen, State};
use crate::correlate::entry::{Entry, Uid};
use crate::correlate::finding::{Kind, Stream};
use crate::correlate::report::WitnessKind;
use crate::correlate::ring::{Evictions, Ring};
use crate::correlate::settings::Settings;

impl Correlator {
    /// All that the admission ring holds was given, and this is what it says of itself: of the sealed decisions that follow, those that it
    /// does not hold may have left it.
    pub fn ring(&mut self, ring: Ring) {
        let Settings { order_tolerance_ms, threshold_ms, .. } = self.settings;
        self.evictions = Some(Evictions::new(ring, order_tolerance_ms, threshold_ms));
    }

    /// What a ring holds is needed whatever the window: where it stands in the log says what may have left it.
    pub(super) fn is_ring(&self, stream: Stream) -> bool {
        let [admission, _] = &self.witnesses;
        stream == Stream::Admission && admission.kind == WitnessKind::Ring
    }

    /// A sealed decision that is too far outside the window to be judged tells all the same what left the ring before it.
    pub(super) fn passed(&mut self, stream: Stream, entry: &Entry) {
        let Some(evictions) = self.evictions.as_mut().filter(|_| stream == Stream::Sealed) else { return };
        match self.states.get(&entry.uid) {
            Some(State::Waiting { stream: Stream::Admission, kept, .. }) => evictions.held(kept.at_ms),
            Some(_) => {}
            None => {
                evictions.excuses(entry.at_ms);
            }
        }
    }

    pub(super) fn excused(&mut self, at_ms: i64) -> bool {
        self.evictions.as_mut().is_some_and(|evictions| evictions.excuses(at_ms))
    }

    /// A sealed decision that left the ring: all that the ring holds was given, so no partner comes.
    pub(super) fn evicted(&mut self, uid: Uid, kept: &Kept) {
        self.order.out(kept.order);
        if !self.settings.outside(kept.at_ms) {
            self.without_partner(Kind::RingEvicted, Stream::Sealed, &uid, kept);
        }
        self.remember(uid, None, Seen::of(kept));
    }
}
