//! Codes about the incoming directory of envelopes.

use super::rows;

rows! {}
