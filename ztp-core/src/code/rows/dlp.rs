//! Codes about what leaves the bench.

use super::rows;

rows! {}
