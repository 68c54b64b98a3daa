//! Codes about devices that hold signing keys.

use super::rows;

rows! {}
