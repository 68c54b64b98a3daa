//! Buffers of a scan.

use crate::segment::{Group, Runs};

/// Buffers that are used again from node to node.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) group: Group,
    pub(super) runs: Runs,
    pub(super) out: Vec<u8>,
}
