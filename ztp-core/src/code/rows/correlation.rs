//! Codes about the comparison of two streams.

use super::rows;

rows! {}
