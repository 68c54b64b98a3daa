//! Why a document was refused, and at which byte.

use crate::code::{self, Coded};

/// A refusal: what is wrong, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{} at byte {offset}: {}", .kind.meaning(), .kind.action())]
pub struct CanonicalError {
    /// What is wrong.
    pub kind: CanonicalErrorKind,
    /// Offset in bytes from the start of the input; for [`write`](fn@super::write), from the start of the output.
    /// Which byte of a faulty token it is, is said at each [`CanonicalErrorKind`].
    pub offset: usize,
}

impl CanonicalError {
    pub(super) fn new(kind: CanonicalErrorKind, offset: usize) -> Self {
        Self { kind, offset }
    }
}

impl Coded for CanonicalError {
    fn code(&self) -> &'static str {
        self.kind.code()
    }

    fn offset(&self) -> Option<u64> {
        u64::try_from(self.offset).ok()
    }
}

/// Declares the kinds with their codes.
macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal;)+) => {
        /// What is wrong with a document. Each kind has one stable code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum CanonicalErrorKind {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl CanonicalErrorKind {
            /// Every kind, in the order of the registry.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code, as registered in [`crate::code::REGISTRY`].
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }
        }
    };
}

kinds! {
    /// No bytes at all. Offset 0.
    Empty = "canonical_empty";
    /// More bytes than [`Limits::bytes_max`](super::Limits::bytes_max). The offset is the limit: the first byte too many.
    TooLarge = "canonical_too_large";
    /// More arrays and objects open at once than [`Limits::depth_max`](super::Limits::depth_max). The offset is that of
    /// the bracket that goes too deep.
    TooDeep = "canonical_too_deep";
    /// A UTF-8 byte order mark at the start. Offset 0.
    ByteOrderMark = "canonical_byte_order_mark";
    /// The input starts as UTF-16 or UTF-32 text does. Offset 0.
    Utf16 = "canonical_utf16";
    /// The input ends inside the document. The offset is the length of the input.
    UnexpectedEnd = "canonical_unexpected_end";
    /// A byte that no JSON document has at this place. The offset is that byte.
    UnexpectedByte = "canonical_unexpected_byte";
    /// Bytes other than white space after the document. The offset is the first of them.
    TrailingBytes = "canonical_trailing_bytes";
    /// A string holds bytes that are not UTF-8 (RFC 3629): truncated, overlong, surrogates, or above U+10FFFF. The offset
    /// is the first byte of the bad sequence.
    InvalidUtf8 = "canonical_invalid_utf8";
    /// A string holds a raw byte below 0x20. The offset is that byte.
    ControlCharacter = "canonical_control_character";
    /// An escape that JSON does not know, or `\u` without four hexadecimal digits. The offset is the backslash.
    InvalidEscape = "canonical_invalid_escape";
    /// An escape of one half of a surrogate pair without the other. The offset is the backslash of that half.
    LoneSurrogate = "canonical_lone_surrogate";
    /// An object has two members of one name, however spelled. The offset is the opening quote of the second name.
    DuplicateMember = "canonical_duplicate_member";
    /// A number with a fraction. The offset is the point.
    Fraction = "canonical_fraction";
    /// A number with an exponent. The offset is the letter.
    Exponent = "canonical_exponent";
    /// An integer that starts with a zero and goes on. The offset is the zero.
    LeadingZero = "canonical_leading_zero";
    /// The integer `-0`. The offset is the sign.
    NegativeZero = "canonical_negative_zero";
    /// An integer above 2^53 - 1 or below -(2^53 - 1). The offset is its first byte.
    IntegerOutOfRange = "canonical_integer_out_of_range";
    /// White space outside strings. The offset is its first byte. Only [`check`](super::check) refuses it.
    WhiteSpace = "canonical_white_space";
    /// A member whose name sorts before that of the member before it. The offset is the first byte in which the two names
    /// differ, or the closing quote when the second is the beginning of the first. Only [`check`](super::check) refuses it.
    UnsortedMember = "canonical_unsorted_member";
    /// A character written with an escape other than its canonical one, or with one it needs not. The offset is the first
    /// byte that differs from the canonical spelling. Only [`check`](super::check) refuses it.
    EscapeSpelling = "canonical_escape_spelling";
    /// A character that the canonical form escapes stands for itself. The offset is its first byte. Only
    /// [`check`](super::check) refuses it.
    UnescapedCharacter = "canonical_unescaped_character";
}

impl CanonicalErrorKind {
    /// What is wrong, in one clause, as the registry says it.
    fn meaning(self) -> &'static str {
        code::by_name(self.code()).map_or(self.code(), |entry| entry.meaning)
    }

    /// What to do about it, in one clause, as the registry says it.
    fn action(self) -> &'static str {
        code::by_name(self.code()).map_or("see the error codes", |entry| entry.action)
    }

    /// Whether the fault is one of spelling: the document is fine and [`read`](super::read) takes it, but these are not its
    /// canonical bytes.
    #[must_use]
    pub const fn is_spelling(self) -> bool {
        matches!(
            self,
            Self::WhiteSpace | Self::UnsortedMember | Self::EscapeSpelling | Self::UnescapedCharacter
        )
    }
}
