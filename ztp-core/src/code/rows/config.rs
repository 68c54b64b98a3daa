//! Codes about settings that people write.

use super::rows;

rows! {}
