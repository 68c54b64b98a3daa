//! The two accounts of each decision, what the webhook wrote and what was sealed, and what a hostile hand does between them.

use std::collections::VecDeque;

use ztp_core::canonical::{self, Value};
use ztp_core::event::EventClass;
use ztp_core::time::Timestamp;

use crate::dice::Dice;
use crate::{Happening, Step};

/// What is done to one decision on its way into the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It is decided and never sealed.
    Suppress,
    /// It is sealed and never decided.
    Inject,
    /// It is sealed with another verdict.
    Alter,
    /// It is sealed twice.
    Repeat,
    /// It is sealed 45 seconds late.
    Delay,
    /// It is sealed after the decision that follows it.
    Reorder,
}

impl Fault {
    /// Every fault.
    pub const ALL: &'static [Self] =
        &[Self::Suppress, Self::Inject, Self::Alter, Self::Repeat, Self::Delay, Self::Reorder];

    /// The name on a command line and in a table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Suppress => "suppress",
            Self::Inject => "inject",
            Self::Alter => "alter",
            Self::Repeat => "repeat",
            Self::Delay => "delay",
            Self::Reorder => "reorder",
        }
    }

    /// The fault of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.as_str() == name)
    }
}

/// What one of the streams gets next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    clippy::large_enum_variant,
    reason = "a caller must decide about each; most are events"
)]
pub enum Told {
    /// A line for the admission stream.
    Admission(Happening),
    /// A record for the sealed log.
    Sealed(Happening),
    /// The log's writer is alive.
    Heartbeat {
        /// When, in milliseconds since 1970.
        at_ms: i64,
    },
}

/// Longest honest way from a decision to its record, in milliseconds.
const WAY_MS: i64 = 120;

/// Tells the steps of a bench in two accounts, each in the order of its own time.
#[derive(Debug)]
pub struct Accounts<I> {
    steps: I,
    dice: Dice,
    faults: Vec<(u64, Fault)>,
    decisions: u64,
    /// Records that wait for their time, in the order in which they will be sealed.
    sealing: VecDeque<Happening>,
    /// A record that waits for the next decision to be sealed before it.
    held: Option<Happening>,
    out: VecDeque<Told>,
}

impl<I: Iterator<Item = Step>> Accounts<I> {
    /// Both accounts of these steps; each fault is done at the decision of its number, from 0.
    #[must_use]
    pub fn new(steps: I, seed: u64, faults: &[(u64, Fault)]) -> Self {
        Self {
            steps,
            dice: Dice::of(seed, 1 << 42),
            faults: faults.to_vec(),
            decisions: 0,
            sealing: VecDeque::new(),
            held: None,
            out: VecDeque::new(),
        }
    }

    fn take(&mut self, step: Step) {
        let at_ms = step.at_ms();
        while let Some(due) = self.sealing.pop_front() {
            if due.at_ms > at_ms {
                self.sealing.push_front(due);
                break;
            }
            self.out.push_back(Told::Sealed(due));
        }
        match step {
            Step::Heartbeat { at_ms } => self.out.push_back(Told::Heartbeat { at_ms }),
            Step::Event(event) if event.class == EventClass::ADMISSION_DECISION => self.decision(event),
            Step::Event(event) => self.seal(event),
        }
    }

    fn decision(&mut self, decided: Happening) {
        let number = self.decisions;
        self.decisions += 1;
        let fault = self.faults.iter().find(|(at, _)| *at == number).map(|(_, fault)| *fault);
        let mut sealed = decided.clone();
        sealed.at_ms += 2 + self.dice.between(0, WAY_MS - 2);
        if fault != Some(Fault::Inject) {
            self.out.push_back(Told::Admission(decided));
        }
        match fault {
            Some(Fault::Suppress) => {}
            Some(Fault::Alter) => {
                let denied = sealed.payload.get("decision").and_then(Value::as_str) == Some("deny");
                if let Value::Object(members) = &mut sealed.payload {
                    members.insert("decision".to_owned(), if denied { "allow" } else { "deny" }.into());
                }
                self.seal(sealed);
            }
            Some(Fault::Repeat) => {
                self.seal(sealed.clone());
                self.seal(sealed);
            }
            Some(Fault::Delay) => {
                sealed.at_ms += 45_000;
                self.seal(sealed);
            }
            Some(Fault::Reorder) => self.held = Some(sealed),
            _ => {
                let after_ms = sealed.at_ms + 1;
                self.seal(sealed);
                if let Some(held) = self.held.take() {
                    self.seal(Happening { at_ms: after_ms, ..held });
                }
            }
        }
    }

    /// Puts a record among those that wait, by its time.
    fn seal(&mut self, event: Happening) {
        let later = self.sealing.iter().rev().take_while(|other| other.at_ms > event.at_ms).count();
        self.sealing.insert(self.sealing.len() - later, event);
    }
}

impl<I: Iterator<Item = Step>> Iterator for Accounts<I> {
    type Item = Told;

    fn next(&mut self) -> Option<Told> {
        while self.out.is_empty() {
            match self.steps.next() {
                Some(step) => self.take(step),
                None => {
                    let rest = self.sealing.pop_front().or_else(|| self.held.take())?;
                    self.out.push_back(Told::Sealed(rest));
                }
            }
        }
        self.out.pop_front()
    }
}

/// A happening as an event that `ztp audit append` takes, and as a line of an admission stream.
#[must_use]
pub fn line(happening: &Happening) -> Vec<u8> {
    let timestamp = Timestamp::from_millis(happening.at_ms).unwrap_or(Timestamp::MIN);
    let event = Value::object::<_, Value>([
        ("event_class", happening.class.as_str().into()),
        ("payload", happening.payload.clone()),
        ("timestamp", timestamp.to_string().into()),
    ]);
    let mut bytes = canonical::write(&event).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
