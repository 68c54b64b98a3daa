//! Codes about the detectors.

use super::rows;

rows! {}
