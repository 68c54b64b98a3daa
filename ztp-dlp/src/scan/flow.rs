//! A compressed stream while it is followed.

use std::sync::Arc;

use crate::decode::inflate::{Inflater, Wrapping};
use crate::trail::Trail;
use crate::window::Windower;

/// A compressed stream that is being followed.
pub(super) struct Flow {
    pub(super) wrapping: Wrapping,
    /// None until its first input: many may wait.
    pub(super) inflater: Option<Box<Inflater>>,
    pub(super) windower: Windower,
    pub(super) trail: Arc<Trail>,
    /// Offset in `within` up to which it has been given input.
    pub(super) fed: u64,
    pub(super) over: bool,
    /// All its input is there, and it is no chance: if its end is not, and the text it was decoded from ends with a window,
    /// input is missing.
    pub(super) whole: bool,
}
