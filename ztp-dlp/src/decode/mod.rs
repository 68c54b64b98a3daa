//! The decoders: each a plain function of bytes, lenient where receivers are, bounded by the length of its input.
//!
//! A decoder never decides whether what it gives is worth a look; that is the graph's part.

pub(crate) mod ascii85;
pub(crate) mod base85;
pub(crate) mod dump;
pub(crate) mod escapes;
pub(crate) mod fold;
pub(crate) mod inflate;
pub(crate) mod latin;
pub(crate) mod likely;
pub(crate) mod packed;
pub(crate) mod pdf;
pub(crate) mod plain;
pub(crate) mod png;
pub(crate) mod radix;
pub(crate) mod spaces;
pub(crate) mod unread;
pub(crate) mod uu;
pub(crate) mod zip;
