//! The correlation of admission decisions with a sealed log: each fault gives its finding and no other, at the exact boundary.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first thing it did not expect"
)]

mod boundaries;
mod bounds;
mod clocked;
mod document;
mod faults;
mod hostile;
mod invariance;
mod pair;
mod ringed;
mod window;
