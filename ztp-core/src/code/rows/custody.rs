//! Codes about roots, certificates and revocation lists.

use super::rows;

rows! {}
