//! Bounds on what a document may cost.

/// Default for [`Limits::bytes_max`]: 1 MiB, several thousand times a usual record.
pub const BYTES_MAX_DEFAULT: usize = 1 << 20;

/// Default for [`Limits::depth_max`]: the formats of this workspace nest at most six deep.
pub const DEPTH_MAX_DEFAULT: usize = 32;

/// Nesting that no setting exceeds. It keeps the state of the checker in a fixed array, and stays below the depths at
/// which other JSON readers give up (`serde_json` at 128, Python at about 1,000), so that what is written here can be
/// read elsewhere.
pub const DEPTH_MAX: usize = 128;

/// The largest magnitude of an integer, 2^53 - 1: the range in which a reader that knows only IEEE 754 doubles
/// (JavaScript, many others) still reads the same number (RFC 8259 §6).
pub const INTEGER_MAX: i64 = (1 << 53) - 1;

/// Bounds for reading and checking one document. Input at the bound is accepted, one more is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of one document, white space around it included.
    pub bytes_max: usize,
    /// Most arrays and objects open at once. A scalar has depth 0, `[]` has depth 1. Values above [`DEPTH_MAX`] mean
    /// [`DEPTH_MAX`].
    pub depth_max: usize,
}

impl Limits {
    /// The nesting that is enforced: [`Limits::depth_max`], at most [`DEPTH_MAX`].
    pub(super) fn depth(&self) -> usize {
        self.depth_max.min(DEPTH_MAX)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes_max: BYTES_MAX_DEFAULT, depth_max: DEPTH_MAX_DEFAULT }
    }
}
