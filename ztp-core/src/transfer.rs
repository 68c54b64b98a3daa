//! What an editor or a transfer does to a text that is read byte for byte: it puts a byte order mark before it, or converts its line ends.
//!
//! Who signed such a text, kept it or wrote it down did nothing wrong, so that this is no word about what it says: it cannot be used
//! as it is, and is to be had again as it was. Readers of signed notes, proofs, verifier keys and single records ask here first.

use crate::Coded;

/// U+FEFF in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What was done to a text on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransferDamage {
    /// U+FEFF stands before it.
    #[error("a byte order mark was put before it: remove its first three bytes, or take it again as it was")]
    ByteOrderMark,
    /// Its line feeds were made carriage return and line feed.
    #[error(
        "its line ends were converted: byte {offset} is a carriage return, and it has line feeds only; take it again as it was"
    )]
    LineEnds {
        /// The first carriage return that ends a line, in bytes from the start.
        offset: usize,
    },
}

impl TransferDamage {
    /// Looks for what a transfer does to `text`; linear, and no judgement of anything else in it.
    ///
    /// ```
    /// use ztp_core::transfer::TransferDamage;
    ///
    /// assert_eq!(TransferDamage::check(b"as it was\n"), Ok(()));
    /// assert_eq!(TransferDamage::check(b"\xef\xbb\xbfsaved\n"), Err(TransferDamage::ByteOrderMark));
    /// assert_eq!(TransferDamage::check(b"mailed\r\n"), Err(TransferDamage::LineEnds { offset: 6 }));
    /// ```
    ///
    /// # Errors
    /// What was found; the mark where both are.
    pub fn check(text: &[u8]) -> Result<(), Self> {
        if text.starts_with(BYTE_ORDER_MARK) {
            return Err(Self::ByteOrderMark);
        }
        // The last line may have lost its line feed to whoever handed it over.
        let at_end = || text.ends_with(b"\r").then(|| text.len().saturating_sub(1));
        match text.windows(2).position(|two| two == b"\r\n").or_else(at_end) {
            Some(offset) => Err(Self::LineEnds { offset }),
            None => Ok(()),
        }
    }
}

impl Coded for TransferDamage {
    fn code(&self) -> &'static str {
        match self {
            Self::ByteOrderMark => "byte_order_mark",
            Self::LineEnds { .. } => "line_ends_converted",
        }
    }

    fn offset(&self) -> Option<u64> {
        match *self {
            Self::ByteOrderMark => Some(0),
            Self::LineEnds { offset } => u64::try_from(offset).ok(),
        }
    }
}
