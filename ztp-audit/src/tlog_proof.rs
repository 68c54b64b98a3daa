//! Proofs as files that can be carried: the C2SP tlog-proof of one record, and the body of a C2SP witness' `add-checkpoint`
//! request, which is used as the proof that one checkpoint extends another.
//!
//! Both hold a whole signed checkpoint, so that with the log's verifier key each can be checked without the log. Neither is to
//! be believed in any part before its `verify` has accepted it.

use ztp_core::Coded;
use ztp_core::digest::Digest;
use ztp_core::encoding::{base64_decode, base64_encode};
use ztp_core::transfer::TransferDamage;
use ztp_core::vkey::VerifierKey;

use crate::checkpoint::{Checkpoint, CheckpointError, parse_hash, parse_number};
use crate::note::{Note, NoteError};
use crate::proof::{ProofError, verify_consistency, verify_inclusion};
use crate::tree::empty_root;

/// Largest proof file that is read, in bytes.
pub const PROOF_FILE_BYTES_MAX: usize = 1 << 20;

/// Most hashes of a path in a file; a witness is not sent more (C2SP tlog-witness).
pub const FILE_PATH_MAX: usize = 63;

/// First line of a tlog-proof.
const HEADER: &[u8] = b"c2sp.org/tlog-proof@v1";

/// Why a proof file was refused. Offsets count bytes from the start of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofFileError {
    /// The file is larger than [`PROOF_FILE_BYTES_MAX`].
    #[error("the proof file has {bytes} bytes, the limit is {PROOF_FILE_BYTES_MAX}")]
    TooLarge {
        /// Bytes given.
        bytes: usize,
    },
    /// An editor or a transfer changed the file.
    #[error("the proof file was changed on its way: {0}")]
    Transfer(#[from] TransferDamage),
    /// The first line is not that of a tlog-proof.
    #[error("the file does not begin with the line c2sp.org/tlog-proof@v1: it is no inclusion proof")]
    Header,
    /// The `extra` line does not carry strict base64 of at least one byte.
    #[error("the extra line at byte {offset} of the proof file is not strict base64 of some bytes")]
    Extra {
        /// Where the line starts.
        offset: usize,
    },
    /// The line that states the leaf (`index N`) or the older size (`old N`) is missing or not in its form.
    #[error(
        "no line `{keyword} N` at byte {offset} of the proof file: a decimal number below 2^63 without leading zeros is wanted"
    )]
    Number {
        /// `index` or `old`.
        keyword: &'static str,
        /// Where the line starts.
        offset: usize,
    },
    /// A line of the path is not the strict base64 of 32 bytes.
    #[error("no hash at byte {offset} of the proof file: the base64 of 32 bytes is wanted, 44 characters")]
    PathLine {
        /// Where the line starts.
        offset: usize,
    },
    /// The path has more than [`FILE_PATH_MAX`] hashes.
    #[error(
        "the path has more than {FILE_PATH_MAX} hashes: the one at byte {offset} of the proof file is too many"
    )]
    PathTooLong {
        /// Where the first line too many starts.
        offset: usize,
    },
    /// The file ends before the empty line after the path.
    #[error("the proof file ends at byte {offset} before its checkpoint: it is not whole")]
    NoCheckpoint {
        /// Where the file ends.
        offset: usize,
    },
    /// The checkpoint in the file was refused.
    #[error("the checkpoint at byte {start} of the proof file: {source}")]
    Checkpoint {
        /// Where the checkpoint starts; offsets in `source` count from there.
        start: usize,
        /// What is wrong with it.
        source: CheckpointError,
    },
    /// The proof does not start from the older checkpoint that it is held against.
    #[error(
        "the proof is from size {size} of {origin}, the older checkpoint is size {old_size} of {old_origin}: ask for the proof that fits"
    )]
    OtherCheckpoint {
        /// Origin that the file's checkpoint states.
        origin: String,
        /// Older size that the file states.
        size: u64,
        /// Origin of the older checkpoint.
        old_origin: String,
        /// Size of the older checkpoint.
        old_size: u64,
    },
    /// The path does not hold.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl Coded for ProofFileError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "proof_file_too_large",
            Self::Transfer(damage) => damage.code(),
            Self::Header => "proof_file_header",
            Self::Extra { .. } => "proof_file_extra",
            Self::Number { .. } => "proof_file_number",
            Self::PathLine { .. } => "proof_file_path_line",
            Self::PathTooLong { .. } => "proof_file_path_too_long",
            Self::NoCheckpoint { .. } => "proof_file_no_checkpoint",
            Self::Checkpoint { source, .. } => source.code(),
            Self::OtherCheckpoint { .. } => "proof_file_other_checkpoint",
            Self::Proof(error) => error.code(),
        }
    }

    fn offset(&self) -> Option<u64> {
        let offset = match *self {
            Self::TooLarge { .. } => PROOF_FILE_BYTES_MAX,
            Self::Transfer(damage) => return damage.offset(),
            Self::Header => 0,
            Self::Extra { offset }
            | Self::Number { offset, .. }
            | Self::PathLine { offset }
            | Self::PathTooLong { offset }
            | Self::NoCheckpoint { offset } => offset,
            Self::Checkpoint { start, ref source } => {
                return source.offset().and_then(|within| within.checked_add(u64::try_from(start).ok()?));
            }
            Self::OtherCheckpoint { .. } => return None,
            Self::Proof(ref error) => return error.offset(),
        };
        u64::try_from(offset).ok()
    }
}

/// A signed checkpoint as both files carry it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SignedCheckpoint {
    note: Note,
    checkpoint: Checkpoint,
    /// Where it starts in the file that it was read from.
    start: usize,
}

impl SignedCheckpoint {
    fn parse(bytes: &[u8], start: usize) -> Result<Self, ProofFileError> {
        let refused = |source| ProofFileError::Checkpoint { start, source };
        let note = Note::parse(bytes).map_err(|error: NoteError| refused(error.into()))?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(refused)?;
        Ok(Self { note, checkpoint, start })
    }

    fn verify(&self, known: &[VerifierKey]) -> Result<(), ProofFileError> {
        let refused = |source| ProofFileError::Checkpoint { start: self.start, source };
        self.checkpoint.verify(&self.note, known).map_err(refused)
    }

    /// What it states, whoever signed it.
    fn unverified(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

/// A C2SP tlog-proof (`c2sp.org/tlog-proof@v1`, file extension `.tlog-proof`): one leaf, its path and a signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlogProof {
    extra: Option<Vec<u8>>,
    index: u64,
    path: Vec<Digest>,
    signed: SignedCheckpoint,
}

impl TlogProof {
    /// Puts a proof together from a path ([`crate::proof::InclusionBuilder`]) and the note of the checkpoint it leads to.
    ///
    /// # Errors
    /// [`ProofFileError::Checkpoint`] if `note` is no checkpoint, [`ProofFileError::PathTooLong`].
    pub fn new(index: u64, path: Vec<Digest>, note: &[u8]) -> Result<Self, ProofFileError> {
        check_path(&path)?;
        Ok(Self { extra: None, index, path, signed: SignedCheckpoint::parse(note, 0)? })
    }

    /// Reads a proof file. Nothing in it is verified yet.
    ///
    /// # Errors
    /// The [`ProofFileError`] that says what is wrong with the form, and at which byte.
    pub fn parse(file: &[u8]) -> Result<Self, ProofFileError> {
        let mut lines = Lines::new(file)?;
        if lines.next()? != HEADER {
            return Err(ProofFileError::Header);
        }
        let extra = lines.extra()?;
        let index = lines.number("index")?;
        let path = lines.path()?;
        let signed = SignedCheckpoint::parse(lines.rest(), lines.at)?;
        Ok(Self { extra, index, path, signed })
    }

    /// The file's one byte form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = [HEADER, b"\n"].concat();
        if let Some(extra) = &self.extra {
            file.extend_from_slice(format!("extra {}\n", base64_encode(extra)).as_bytes());
        }
        push_file(&mut file, "index", self.index, &self.path, &self.signed.note);
        file
    }

    /// Number of the leaf that the proof is for, as the file states it.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The path, from the leaf's sibling to the child of the root.
    #[must_use]
    pub fn path(&self) -> &[Digest] {
        &self.path
    }

    /// Opaque bytes of the application, which no signature covers. ZTP writes none.
    #[must_use]
    pub fn extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// Checks that `leaf` is leaf [`TlogProof::index`] of the tree of the checkpoint, and that a known key of the log signed
    /// it; returns the checkpoint.
    ///
    /// `leaf` is [`crate::tree::leaf_hash`] of the record hash that the verifier computed from the record itself.
    ///
    /// # Errors
    /// [`ProofFileError::Checkpoint`] if the checkpoint is not signed as it must be, [`ProofFileError::Proof`] if the path
    /// does not hold.
    pub fn verify(&self, leaf: &Digest, known: &[VerifierKey]) -> Result<&Checkpoint, ProofFileError> {
        self.signed.verify(known)?;
        Ok(self.leads_from(leaf)?)
    }

    /// As [`TlogProof::verify`], but whoever signed the checkpoint: for a caller who holds it against one that he kept.
    pub(crate) fn leads_from(&self, leaf: &Digest) -> Result<&Checkpoint, ProofError> {
        let checkpoint = self.signed.unverified();
        verify_inclusion(self.index, checkpoint.size, leaf, &self.path, &checkpoint.root)?;
        Ok(checkpoint)
    }
}

/// The body of an `add-checkpoint` request (C2SP tlog-witness), used as a file: an older size, a consistency path and the signed
/// newer checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    old_size: u64,
    path: Vec<Digest>,
    signed: SignedCheckpoint,
}

impl AddCheckpoint {
    /// Puts a body together from a path ([`crate::proof::ConsistencyBuilder`]) and the note of the newer checkpoint.
    ///
    /// # Errors
    /// [`ProofFileError::Checkpoint`] if `note` is no checkpoint, [`ProofFileError::PathTooLong`].
    pub fn new(old_size: u64, path: Vec<Digest>, note: &[u8]) -> Result<Self, ProofFileError> {
        check_path(&path)?;
        Ok(Self { old_size, path, signed: SignedCheckpoint::parse(note, 0)? })
    }

    /// Reads a body. Nothing in it is verified yet.
    ///
    /// # Errors
    /// The [`ProofFileError`] that says what is wrong with the form, and at which byte.
    pub fn parse(file: &[u8]) -> Result<Self, ProofFileError> {
        let mut lines = Lines::new(file)?;
        let old_size = lines.number("old")?;
        let path = lines.path()?;
        let signed = SignedCheckpoint::parse(lines.rest(), lines.at)?;
        Ok(Self { old_size, path, signed })
    }

    /// The body's one byte form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = Vec::new();
        push_file(&mut file, "old", self.old_size, &self.path, &self.signed.note);
        file
    }

    /// Size of the older checkpoint that the proof starts from, as the file states it.
    #[must_use]
    pub fn old_size(&self) -> u64 {
        self.old_size
    }

    /// The path, in the order of RFC 6962 §2.1.2.
    #[must_use]
    pub fn path(&self) -> &[Digest] {
        &self.path
    }

    /// Checks that the newer checkpoint is signed by a known key of the log and extends `old`; returns the newer one.
    ///
    /// `old` is what the verifier kept from before, already verified ([`Checkpoint::open`]). From a tree without leaves the
    /// path is empty, since every tree extends it.
    ///
    /// # Errors
    /// [`ProofFileError::Checkpoint`] if the newer checkpoint is not signed as it must be, [`ProofFileError::OtherCheckpoint`]
    /// if the proof starts elsewhere than at `old`, [`ProofFileError::Proof`] if the path does not hold.
    pub fn verify(&self, old: &Checkpoint, known: &[VerifierKey]) -> Result<&Checkpoint, ProofFileError> {
        self.signed.verify(known)?;
        self.extends(old)
    }

    /// As [`AddCheckpoint::verify`], but whoever signed the newer checkpoint: for a caller who kept one of the two.
    pub(crate) fn extends(&self, old: &Checkpoint) -> Result<&Checkpoint, ProofFileError> {
        let new = self.signed.unverified();
        if new.origin != old.origin || self.old_size != old.size {
            return Err(ProofFileError::OtherCheckpoint {
                origin: new.origin.clone(),
                size: self.old_size,
                old_origin: old.origin.clone(),
                old_size: old.size,
            });
        }
        if old.size == 0 {
            verify_from_nothing(old, &self.path)?;
        } else {
            verify_consistency(old.size, new.size, &old.root, &new.root, &self.path)?;
        }
        Ok(new)
    }
}

fn verify_from_nothing(old: &Checkpoint, path: &[Digest]) -> Result<(), ProofError> {
    if !path.is_empty() {
        return Err(ProofError::PathLength { expected: 0, found: path.len() });
    }
    let found = empty_root();
    if old.root == found { Ok(()) } else { Err(ProofError::OldRootMismatch { expected: old.root, found }) }
}

fn check_path(path: &[Digest]) -> Result<(), ProofFileError> {
    if path.len() <= FILE_PATH_MAX { Ok(()) } else { Err(ProofFileError::PathTooLong { offset: 0 }) }
}

/// Writes what both files have in common: the number, the path, the empty line and the checkpoint.
fn push_file(file: &mut Vec<u8>, keyword: &str, number: u64, path: &[Digest], note: &Note) {
    file.extend_from_slice(format!("{keyword} {number}\n").as_bytes());
    for hash in path {
        file.extend_from_slice(base64_encode(hash.as_bytes()).as_bytes());
        file.push(b'\n');
    }
    file.push(b'\n');
    file.extend_from_slice(&note.to_bytes());
}

/// The lines before the checkpoint.
struct Lines<'a> {
    file: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    fn new(file: &'a [u8]) -> Result<Self, ProofFileError> {
        if file.len() > PROOF_FILE_BYTES_MAX {
            return Err(ProofFileError::TooLarge { bytes: file.len() });
        }
        // Neither can be in a proof, and each would be said to be something else further on.
        TransferDamage::check(file)?;
        Ok(Self { file, at: 0 })
    }

    /// What was not read yet.
    fn rest(&self) -> &'a [u8] {
        self.file.get(self.at..).unwrap_or_default()
    }

    /// The next line without its line feed.
    fn peek(&self) -> Result<&'a [u8], ProofFileError> {
        let rest = self.rest();
        let end =
            memchr::memchr(b'\n', rest).ok_or(ProofFileError::NoCheckpoint { offset: self.file.len() })?;
        Ok(rest.get(..end).unwrap_or_default())
    }

    fn next(&mut self) -> Result<&'a [u8], ProofFileError> {
        let line = self.peek()?;
        self.at += line.len() + 1;
        Ok(line)
    }

    fn extra(&mut self) -> Result<Option<Vec<u8>>, ProofFileError> {
        let offset = self.at;
        let Some(base64) = self.peek()?.strip_prefix(b"extra ") else { return Ok(None) };
        self.next()?;
        match base64_decode(base64) {
            Ok(bytes) if !bytes.is_empty() => Ok(Some(bytes)),
            _ => Err(ProofFileError::Extra { offset }),
        }
    }

    fn number(&mut self, keyword: &'static str) -> Result<u64, ProofFileError> {
        let offset = self.at;
        let value = self.next()?.strip_prefix(keyword.as_bytes()).and_then(|value| value.strip_prefix(b" "));
        value.and_then(parse_number).ok_or(ProofFileError::Number { keyword, offset })
    }

    /// The path and the empty line after it.
    fn path(&mut self) -> Result<Vec<Digest>, ProofFileError> {
        let mut path = Vec::new();
        loop {
            let offset = self.at;
            let line = self.next()?;
            if line.is_empty() {
                return Ok(path);
            }
            if path.len() == FILE_PATH_MAX {
                return Err(ProofFileError::PathTooLong { offset });
            }
            path.push(parse_hash(line).ok_or(ProofFileError::PathLine { offset })?);
        }
    }
}
