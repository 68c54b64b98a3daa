//! Counting what a run of the model did, so that it cannot drift into testing one thing only.

use std::cell::Cell;

/// What was done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) all: u64,
    pub(crate) taken: u64,
    pub(crate) repeated: u64,
    pub(crate) refused: u64,
}

thread_local! {
    static DONE: Cell<Tally> = Cell::new(Tally::default());
}

pub(crate) fn count(outcome: impl FnOnce(&mut Tally)) {
    let mut done = DONE.get();
    done.all += 1;
    outcome(&mut done);
    DONE.set(done);
}

pub(crate) fn done() -> Tally {
    DONE.get()
}
