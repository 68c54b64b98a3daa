//! Codes about notes and what was spent of them.

use super::rows;

rows! {}
