//! What seals say of the bench's clocks: within one boot a wall clock that was set moves against the clock that cannot be set.

use std::collections::VecDeque;

use ztp_core::time::Timestamp;

use super::Merger;
use crate::control::CLOCK_STEP_MS;
use crate::verdict::{ClockStep, ClockStepKind};
use crate::verify::block::{STEPS_MAX, SealSeen};

/// Boots that are remembered, those that sealed last. A bench goes on from its last boot; more than one is for a log that was written from
/// several machines.
const BOOTS_MAX: usize = 64;

/// A boot's clocks at one of its seals.
#[derive(Debug)]
struct Reading {
    boot: String,
    /// The seal that the wall clock is compared with: the boot's first, or the last one that showed a step. Small steps add up against it.
    wall_ms: i64,
    mono_ms: i64,
    timestamp: String,
    /// The monotonic clock at the boot's last seal, and when that was.
    last_mono_ms: i64,
    last_timestamp: String,
}

/// The boots of the seals read so far, the one that sealed last at the end.
#[derive(Debug, Default)]
pub(super) struct Boots(VecDeque<Reading>);

impl Boots {
    /// Takes the next seal's clocks; says what step they show.
    fn read(
        &mut self,
        boot: &str,
        mono_ms: i64,
        (wall_ms, timestamp): (i64, &str),
        seq: u64,
    ) -> Option<ClockStep> {
        let known = self.0.iter().position(|reading| reading.boot == boot).and_then(|at| self.0.remove(at));
        let anew = || Reading {
            boot: boot.to_owned(),
            wall_ms,
            mono_ms,
            timestamp: timestamp.to_owned(),
            last_mono_ms: mono_ms,
            last_timestamp: timestamp.to_owned(),
        };
        let Some(mut known) = known else {
            if self.0.len() >= BOOTS_MAX {
                self.0.pop_front();
            }
            self.0.push_back(anew());
            return None;
        };
        let step =
            |kind, moved_ms, from| Some(ClockStep { seq, kind, moved_ms, from, to: timestamp.to_owned() });
        let moved_ms =
            wall_ms.saturating_sub(known.wall_ms).saturating_sub(mono_ms.saturating_sub(known.mono_ms));
        if mono_ms < known.last_mono_ms {
            self.0.push_back(anew());
            let behind_ms = mono_ms.saturating_sub(known.last_mono_ms);
            return step(ClockStepKind::MonotonicBack, behind_ms, known.last_timestamp);
        }
        if moved_ms.unsigned_abs() > CLOCK_STEP_MS {
            self.0.push_back(anew());
            return step(ClockStepKind::WallMoved, moved_ms, known.timestamp);
        }
        known.last_mono_ms = mono_ms;
        timestamp.clone_into(&mut known.last_timestamp);
        self.0.push_back(known);
        None
    }
}

impl Merger<'_> {
    /// Holds a seal's clocks against those of its boot. Only a record whose hash holds says anything.
    pub(super) fn seal_clocks(&mut self, seal: &SealSeen) {
        let Some(payload) = seal.payload.as_ref().ok().filter(|_| seal.sound) else { return };
        let (Some(boot), Some(mono_ms)) = (&payload.boot_id, payload.monotonic_ms) else { return };
        let Ok(wall) = Timestamp::from_bytes(seal.timestamp.as_bytes()) else { return };
        let mono_ms = i64::try_from(mono_ms).unwrap_or(i64::MAX);
        let step = self.boots.read(boot, mono_ms, (wall.as_millis(), &seal.timestamp), seal.seq);
        let Some(step) = step else { return };
        if self.verdict.reported.from_seq.is_some_and(|from| from <= seal.seq) {
            self.clock_step(step);
        }
    }

    /// Keeps the steps that come first in the log, in order.
    pub(super) fn clock_step(&mut self, step: ClockStep) {
        self.verdict.clock_steps_total += 1;
        let steps = &mut self.verdict.clock_steps;
        let at = steps.partition_point(|other| *other <= step);
        if at < STEPS_MAX {
            steps.insert(at, step);
            steps.truncate(STEPS_MAX);
        }
    }
}
