use ztp_core::Coded;

use crate::Position;

/// Why a file is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{position}: {kind}")]
pub struct YamlError {
    /// The place of the first fault.
    pub position: Position,
    /// What is wrong there.
    pub kind: YamlErrorKind,
}

/// What is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum YamlErrorKind {
    /// The file is larger than the limit.
    #[error("the file has {bytes} bytes, the limit is {bytes_max}; split it")]
    TooLarge {
        /// Bytes found.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Bytes that are not UTF-8.
    #[error("the file is not utf-8 here; save it as utf-8")]
    NotUtf8,
    /// A byte order mark, a control character or one that reorders text on a screen.
    #[error(
        "the character U+{character:04X} is not allowed; remove it, or write it as an escape in double quotes"
    )]
    Character {
        /// The character's code point.
        character: u32,
    },
    /// The file begins with a byte order mark.
    #[error("the file begins with a byte order mark (U+FEFF); save it as utf-8 without one")]
    ByteOrderMark,
    /// A tab where a line is indented.
    #[error("not yaml: a tab cannot indent a line; use spaces")]
    Tab,
    /// The file is not YAML.
    #[error("not yaml: {reason}")]
    Syntax {
        /// What the reader expected.
        reason: String,
    },
    /// There is nothing in the file.
    #[error("the file holds no document")]
    Empty,
    /// A second document follows.
    #[error("a second document starts; keep one in a file")]
    SeveralDocuments,
    /// An anchor or an alias.
    #[error("anchors and aliases are not allowed; write the value out")]
    Anchor,
    /// A tag.
    #[error("tags are not allowed; remove it")]
    Tag,
    /// A number that is no decimal integer within ±(2^53 - 1), or has two readings.
    #[error("{}", number_words(*.whole))]
    Number {
        /// The whole number that it is, if it is one.
        whole: Option<i64>,
    },
    /// A key that is no text.
    #[error("a key must be a text; put it in quotes")]
    Key,
    /// A key that its mapping has already.
    #[error("the key is there already, at {first}; keep one")]
    DuplicateKey {
        /// Where it stands first.
        first: Position,
    },
    /// Too many mappings and sequences are open.
    #[error("nested more than {depth_max} deep; flatten it")]
    TooDeep {
        /// The limit.
        depth_max: usize,
    },
}

fn number_words(whole: Option<i64>) -> String {
    match whole {
        Some(whole) => format!("a number is written in plain decimal digits here; write {whole}"),
        None => "only whole numbers of at most 2^53 - 1 in plain decimal digits are numbers here; where a text is wanted, such as a \
                 version, put it in quotes"
            .to_owned(),
    }
}

impl Coded for YamlError {
    fn code(&self) -> &'static str {
        match self.kind {
            YamlErrorKind::TooLarge { .. } => "config_too_large",
            YamlErrorKind::NotUtf8 => "config_not_utf8",
            YamlErrorKind::Character { .. } | YamlErrorKind::ByteOrderMark => "config_character",
            YamlErrorKind::Syntax { .. } | YamlErrorKind::Tab => "config_syntax",
            YamlErrorKind::Empty => "config_empty",
            YamlErrorKind::SeveralDocuments => "config_several_documents",
            YamlErrorKind::Anchor => "config_anchor",
            YamlErrorKind::Tag => "config_tag",
            YamlErrorKind::Number { .. } => "config_number",
            YamlErrorKind::Key => "config_key",
            YamlErrorKind::DuplicateKey { .. } => "config_duplicate_key",
            YamlErrorKind::TooDeep { .. } => "config_too_deep",
        }
    }
}
