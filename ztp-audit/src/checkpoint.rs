//! C2SP checkpoints (`c2sp.org/tlog-checkpoint`): the text of a signed note that fixes a log's origin, size and root.
//!
//! Three lines and no more: extension lines, which C2SP allows and advises against, are refused. What they say is outside the
//! tree, so no proof and no witness covers it, and a verifier that skips them accepts a text it has not understood.

use ztp_core::Coded;
use ztp_core::digest::Digest;
use ztp_core::encoding::{base64_decode, base64_encode};
use ztp_core::vkey::VerifierKey;

use crate::note::{Note, NoteError};
use crate::tree::{TREE_SIZE_MAX, empty_root};

/// Why a checkpoint was refused. Offsets count bytes from the start of the text, which is the start of its note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// The text has fewer than three lines, or the third is not ended.
    #[error(
        "the checkpoint ends at byte {offset}: it has an origin, a size and a root line, each ended by a line feed"
    )]
    TooFewLines {
        /// Where the text ends.
        offset: usize,
    },
    /// The origin line is empty or holds a control character.
    #[error(
        "the checkpoint's origin is not acceptable at byte {offset}: it is a non-empty line without control characters"
    )]
    Origin {
        /// Where it goes wrong.
        offset: usize,
    },
    /// The size line is not a decimal number in its shortest form, or too large.
    #[error(
        "no tree size at byte {offset} of the checkpoint: a decimal number below 2^63 without leading zeros is wanted"
    )]
    Size {
        /// Where the size line starts.
        offset: usize,
    },
    /// The root line is not the strict base64 of 32 bytes.
    #[error(
        "no root hash at byte {offset} of the checkpoint: the base64 of 32 bytes is wanted, 44 characters"
    )]
    Root {
        /// Where the root line starts.
        offset: usize,
    },
    /// The checkpoint claims a tree without leaves but not the root of that tree.
    #[error(
        "the root at byte {offset} of the checkpoint is not that of a tree without leaves, which is its size"
    )]
    EmptyTreeRoot {
        /// Where the root line starts.
        offset: usize,
    },
    /// There are lines after the root.
    #[error(
        "the checkpoint goes on at byte {offset} after its root: extension lines are not accepted, no proof covers them"
    )]
    ExtensionLine {
        /// Where the first such line starts.
        offset: usize,
    },
    /// The note is signed by a known key, but not by one that has the log's name.
    #[error(
        "the checkpoint of {origin} is not signed by a known key of that name: a log's key is named like its origin"
    )]
    KeyName {
        /// The origin that the checkpoint states.
        origin: String,
    },
    /// The note around it was refused.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl Coded for CheckpointError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooFewLines { .. } => "checkpoint_too_few_lines",
            Self::Origin { .. } => "checkpoint_origin",
            Self::Size { .. } => "checkpoint_size",
            Self::Root { .. } => "checkpoint_root_encoding",
            Self::EmptyTreeRoot { .. } => "checkpoint_empty_tree_root",
            Self::ExtensionLine { .. } => "checkpoint_extension_line",
            Self::KeyName { .. } => "checkpoint_key_name",
            Self::Note(error) => error.code(),
        }
    }

    fn offset(&self) -> Option<u64> {
        match *self {
            Self::TooFewLines { offset }
            | Self::Origin { offset }
            | Self::Size { offset }
            | Self::Root { offset }
            | Self::EmptyTreeRoot { offset }
            | Self::ExtensionLine { offset } => u64::try_from(offset).ok(),
            Self::KeyName { .. } => None,
            Self::Note(ref error) => error.offset(),
        }
    }
}

/// What a log says of itself at one moment: these are the first `size` records' hashes, and this is their tree's root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Identity of the log: a non-empty line without control characters. An audit log's origin is also its keys' name.
    pub origin: String,
    /// Leaves of the tree.
    pub size: u64,
    /// Root of the tree (RFC 6962 §2.1).
    pub root: Digest,
}

impl Checkpoint {
    /// Reads the text of a checkpoint's note: exactly three lines, each in its one form.
    ///
    /// # Errors
    /// The [`CheckpointError`] that names the first line that is wrong, and its place.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let short = CheckpointError::TooFewLines { offset: text.len() };
        let (origin, rest) = text.split_once('\n').ok_or(short.clone())?;
        let (size, rest) = rest.split_once('\n').ok_or(short.clone())?;
        let (root, extensions) = rest.split_once('\n').ok_or(short)?;
        let size_offset = origin.len() + 1;
        let root_offset = size_offset + size.len() + 1;
        match origin.find(|c: char| c < ' ') {
            Some(offset) => return Err(CheckpointError::Origin { offset }),
            None if origin.is_empty() => return Err(CheckpointError::Origin { offset: 0 }),
            None => {}
        }
        let size = parse_number(size.as_bytes()).ok_or(CheckpointError::Size { offset: size_offset })?;
        let root = parse_hash(root.as_bytes()).ok_or(CheckpointError::Root { offset: root_offset })?;
        if size == 0 && root != empty_root() {
            return Err(CheckpointError::EmptyTreeRoot { offset: root_offset });
        }
        if !extensions.is_empty() {
            return Err(CheckpointError::ExtensionLine { offset: text.len() - extensions.len() });
        }
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// The three lines, as they are signed. [`Checkpoint::parse`] reads them back if the origin is as its field demands.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, base64_encode(self.root.as_bytes()))
    }

    /// Reads a signed checkpoint, verifies it with the known keys and demands that one that signed bears the origin's name.
    ///
    /// # Errors
    /// Any [`CheckpointError`]; those of the note, its signatures included, come as [`CheckpointError::Note`].
    pub fn open(note: &[u8], known: &[VerifierKey]) -> Result<Self, CheckpointError> {
        let note = Note::parse(note)?;
        let checkpoint = Self::parse(note.text())?;
        checkpoint.verify(&note, known)?;
        Ok(checkpoint)
    }

    /// The second half of [`Checkpoint::open`]: `note` is the one whose text was read.
    pub(crate) fn verify(&self, note: &Note, known: &[VerifierKey]) -> Result<(), CheckpointError> {
        let signed = note.verify(known)?;
        if signed.iter().any(|key| key.name() == self.origin) {
            Ok(())
        } else {
            Err(CheckpointError::KeyName { origin: self.origin.clone() })
        }
    }
}

/// A number that a tree size can be, in its one decimal form.
pub(crate) fn parse_number(digits: &[u8]) -> Option<u64> {
    if digits.len() > 1 && digits.first() == Some(&b'0') || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|number| *number <= TREE_SIZE_MAX)
}

/// A hash in strict base64.
pub(crate) fn parse_hash(base64: &[u8]) -> Option<Digest> {
    let bytes = base64_decode(base64).ok()?;
    <[u8; 32]>::try_from(bytes).ok().map(Digest::from_bytes)
}
