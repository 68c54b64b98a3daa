//! The incoming directory: what is taken in, what is refused, what a crash and a hostile hand can do.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod bench;
mod chained;
mod clock;
mod crash;
mod forgery;
mod hostile;
mod mounts;
mod rules;
mod seen;
#[path = "../support/mod.rs"]
mod support;
mod vaults;
