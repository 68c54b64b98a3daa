//! A request or file that is scanned while it comes, in windows that are cut at the same places of it whatever pieces it comes in.

pub use crate::request::Stream;
pub use crate::window::{AFTER, BEFORE, STRIDE};
