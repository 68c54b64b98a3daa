//! Logs made to exhaust the verifier: in every dimension in which a log can grow, work is linear, memory is bounded, whoever cancels is
//! heard, and there is always a verdict.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::panic,
    reason = "test code: a panic is a failed test"
)]

mod arguments;
mod dimensions;
mod forge;
mod maxima;
mod process;
mod work;
