//! C2SP signed notes (`c2sp.org/signed-note@v1`): a text that ends in a line feed, an empty line, and signature lines
//! `— <key name> <base64>`.
//!
//! Reading is strict and bounded. Each accepted note has exactly one byte form, the one it was read from: base64 carries no
//! spare bits, and nothing precedes or follows the note. The text is not to be acted on before [`Note::verify`] has accepted it.

use ztp_core::Coded;
use ztp_core::encoding::{base64_decode, base64_encode};
use ztp_core::signature::{self, SignatureError, Signer};
use ztp_core::transfer::TransferDamage;
use ztp_core::vkey::{VerifierKey, VerifierKeyError, is_name};

/// Largest note that is read or made, in bytes.
pub const NOTE_BYTES_MAX: usize = 1_000_000;

/// Most signature lines of a note. C2SP asks verifiers to take 16 at least.
pub const SIGNATURES_MAX: usize = 100;

/// What a signature line starts with: an em dash and a space.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// Bytes before the signature proper: the key ID.
const KEY_ID_BYTES: usize = 4;

/// Why a note was refused or not made. Offsets count bytes from the start of the note.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// The note is larger than [`NOTE_BYTES_MAX`].
    #[error("the note has {bytes} bytes, the limit is {NOTE_BYTES_MAX}")]
    TooLarge {
        /// Bytes given.
        bytes: usize,
    },
    /// The note is not UTF-8.
    #[error("byte {offset} of the note does not continue UTF-8 text: the file was damaged or is no note")]
    NotUtf8 {
        /// First byte that is wrong.
        offset: usize,
    },
    /// The note holds an ASCII control character other than the line feed.
    #[error(
        "byte {offset} of the note is a control character: notes have line feeds only, no tabs or carriage returns"
    )]
    ControlCharacter {
        /// Its place.
        offset: usize,
    },
    /// An editor or a transfer changed the note.
    #[error("the note was changed on its way: {0}")]
    Transfer(#[from] TransferDamage),
    /// There is no empty line between a text and its signatures.
    #[error("no empty line separates text and signatures before byte {offset}: the note is not whole")]
    SeparatorMissing {
        /// Where the input ends.
        offset: usize,
    },
    /// The text to be signed does not end in a line feed.
    #[error("the text of a note ends in a line feed: add one")]
    TextUnterminated,
    /// A line after the last empty line is no signature line, or there is none.
    #[error("no signature line `— name base64` at byte {offset} of the note")]
    SignatureLine {
        /// Where the line starts.
        offset: usize,
    },
    /// The key name of a signature line breaks the rules for names.
    #[error(
        "the key name at byte {offset} of the note is empty, longer than 255 bytes or has a space, control character or plus"
    )]
    KeyName {
        /// Where the name starts.
        offset: usize,
    },
    /// A signature is not strict base64 of a key ID and at least one byte.
    #[error("the signature at byte {offset} of the note is not strict base64 of a key ID and a signature")]
    SignatureEncoding {
        /// Where the base64 text starts.
        offset: usize,
    },
    /// The note has more than [`SIGNATURES_MAX`] signature lines.
    #[error("the note has more than {SIGNATURES_MAX} signatures: the one at byte {offset} is too many")]
    TooManySignatures {
        /// Where the first line too many starts.
        offset: usize,
    },
    /// A signature that claims to be by a known key is not.
    #[error("the signature by {name} at byte {offset} of the note does not hold: {source}; refuse the note")]
    SignatureInvalid {
        /// Name of the known key.
        name: String,
        /// Where the signature line starts.
        offset: usize,
        /// What is wrong with it.
        source: SignatureError,
    },
    /// No signature is by a known key.
    #[error(
        "none of the note's {signatures} signatures is by a known key: check that the verifier key is the one meant"
    )]
    Unverified {
        /// Signatures of the note.
        signatures: usize,
    },
    /// Two known keys share name and key ID, so a signature cannot be told apart.
    #[error("two different known keys are named {name} and have the same key ID: remove the wrong one")]
    AmbiguousKey {
        /// The name.
        name: String,
    },
    /// The signer did not sign.
    #[error(transparent)]
    Signer(#[from] SignatureError),
    /// The signer's name cannot be a key name.
    #[error(transparent)]
    Name(#[from] VerifierKeyError),
}

impl Coded for NoteError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "note_too_large",
            Self::NotUtf8 { .. } => "note_not_utf8",
            Self::ControlCharacter { .. } => "note_control_character",
            Self::Transfer(damage) => damage.code(),
            Self::SeparatorMissing { .. } => "note_separator_missing",
            Self::TextUnterminated => "note_text_unterminated",
            Self::SignatureLine { .. } => "note_signature_line",
            Self::KeyName { .. } => "note_key_name",
            Self::SignatureEncoding { .. } => "note_signature_encoding",
            Self::TooManySignatures { .. } => "note_too_many_signatures",
            Self::SignatureInvalid { .. } => "note_signature_invalid",
            Self::Unverified { .. } => "note_unverified",
            Self::AmbiguousKey { .. } => "note_ambiguous_key",
            Self::Signer(error) => error.code(),
            Self::Name(error) => error.code(),
        }
    }

    fn offset(&self) -> Option<u64> {
        match *self {
            Self::TooLarge { .. } => u64::try_from(NOTE_BYTES_MAX).ok(),
            Self::Transfer(damage) => damage.offset(),
            Self::NotUtf8 { offset }
            | Self::ControlCharacter { offset }
            | Self::SeparatorMissing { offset }
            | Self::SignatureLine { offset }
            | Self::KeyName { offset }
            | Self::SignatureEncoding { offset }
            | Self::TooManySignatures { offset }
            | Self::SignatureInvalid { offset, .. } => u64::try_from(offset).ok(),
            _ => None,
        }
    }
}

/// One signature line of a note. Its key may be unknown and its algorithm one that is not implemented here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    key_id: u32,
    signature: Vec<u8>,
    offset: usize,
}

impl NoteSignature {
    /// Name of the key that is said to have signed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Key ID: with the name it selects the key, and proves nothing.
    #[must_use]
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// The signature without the key ID.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.key_id == key.key_hash() && self.name == key.name()
    }
}

/// A signed note that has the right form. Its signatures are not verified: see [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads a note; the input must be the note and nothing else.
    ///
    /// # Limits
    /// [`NOTE_BYTES_MAX`] bytes, [`SIGNATURES_MAX`] signatures, names of 255 bytes.
    ///
    /// # Errors
    /// The [`NoteError`] that says what is wrong with the form, and at which byte.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLarge { bytes: bytes.len() });
        }
        // Neither can be in a note, and each would be said to be something else further on.
        TransferDamage::check(bytes)?;
        let note = std::str::from_utf8(bytes).map_err(|e| NoteError::NotUtf8 { offset: e.valid_up_to() })?;
        check_characters(note)?;
        // The text may hold empty lines: the last one is the separator. Its line feed follows the one that ends the text.
        let missing = NoteError::SeparatorMissing { offset: note.len() };
        let (body, lines) = note.rsplit_once("\n\n").ok_or(missing)?;
        let text = format!("{body}\n");
        let mut signatures = Vec::new();
        let mut offset = text.len() + 1;
        for line in lines.split_inclusive('\n') {
            if signatures.len() == SIGNATURES_MAX {
                return Err(NoteError::TooManySignatures { offset });
            }
            signatures.push(parse_signature(line, offset)?);
            offset += line.len();
        }
        if signatures.is_empty() {
            return Err(NoteError::SignatureLine { offset });
        }
        Ok(Self { text, signatures })
    }

    /// The text that is signed, its final line feed included.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures in their order, of known and unknown keys.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The note's one byte form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut note = format!("{}\n", self.text);
        for line in &self.signatures {
            push_signature(&mut note, &line.name, line.key_id, &line.signature);
        }
        note.into_bytes()
    }

    /// Verifies the note with the keys that the verifier knows, and returns those that signed it, each once.
    ///
    /// Signatures by unknown keys are ignored. A signature that names a known key must hold, or the whole note is refused,
    /// whatever else it carries. Every such line is checked, so a second signature by the same key cannot hide a bad one.
    ///
    /// # Errors
    /// [`NoteError::SignatureInvalid`], [`NoteError::Unverified`] if no known key signed, [`NoteError::AmbiguousKey`].
    pub fn verify<'k>(&self, known: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, NoteError> {
        let mut signed: Vec<&VerifierKey> = Vec::new();
        for line in &self.signatures {
            let mut candidates = known.iter().filter(|key| line.is_by(key));
            let Some(key) = candidates.next() else { continue };
            if candidates.any(|other| other != key) {
                return Err(NoteError::AmbiguousKey { name: line.name.clone() });
            }
            signature::verify(key.key(), self.text.as_bytes(), &line.signature).map_err(|source| {
                NoteError::SignatureInvalid { name: line.name.clone(), offset: line.offset, source }
            })?;
            if !signed.contains(&key) {
                signed.push(key);
            }
        }
        if signed.is_empty() {
            return Err(NoteError::Unverified { signatures: self.signatures.len() });
        }
        Ok(signed)
    }
}

/// Makes a note of `text` with one Ed25519 signature by the key called `name`.
///
/// The signature is verified before the note is returned, so a faulty signer cannot publish one that does not hold.
///
/// # Errors
/// [`NoteError::TextUnterminated`], [`NoteError::ControlCharacter`], [`NoteError::TooLarge`], [`NoteError::Name`], or
/// [`NoteError::Signer`].
pub fn sign(text: &str, name: &str, signer: &dyn Signer) -> Result<Vec<u8>, NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::TextUnterminated);
    }
    check_characters(text)?;
    let key = VerifierKey::new(name, signer.public_key().clone())?;
    let signature = signer.sign(text.as_bytes())?;
    signature::verify(key.key(), text.as_bytes(), &signature).map_err(|_| SignatureError::SelfCheck)?;
    let mut note = format!("{text}\n");
    push_signature(&mut note, key.name(), key.key_hash(), &signature);
    if note.len() > NOTE_BYTES_MAX {
        return Err(NoteError::TooLarge { bytes: note.len() });
    }
    Ok(note.into_bytes())
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    match text.bytes().position(|byte| byte < 0x20 && byte != b'\n') {
        Some(offset) => Err(NoteError::ControlCharacter { offset }),
        None => Ok(()),
    }
}

/// Reads one signature line, its line feed included; `offset` is where it starts.
fn parse_signature(line: &str, offset: usize) -> Result<NoteSignature, NoteError> {
    let malformed = NoteError::SignatureLine { offset };
    let content = line.strip_suffix('\n').and_then(|line| line.strip_prefix(SIGNATURE_PREFIX));
    let (name, base64) = content.and_then(|content| content.split_once(' ')).ok_or(malformed)?;
    let name_offset = offset + SIGNATURE_PREFIX.len();
    if !is_name(name) {
        return Err(NoteError::KeyName { offset: name_offset });
    }
    let undecodable = NoteError::SignatureEncoding { offset: name_offset + name.len() + 1 };
    let decoded = base64_decode(base64).map_err(|_| undecodable.clone())?;
    match decoded.split_first_chunk::<KEY_ID_BYTES>() {
        Some((id, signature)) if !signature.is_empty() => Ok(NoteSignature {
            name: name.to_owned(),
            key_id: u32::from_be_bytes(*id),
            signature: signature.to_vec(),
            offset,
        }),
        _ => Err(undecodable),
    }
}

fn push_signature(note: &mut String, name: &str, key_id: u32, signature: &[u8]) {
    let base64 = base64_encode(&[&key_id.to_be_bytes(), signature].concat());
    note.extend([SIGNATURE_PREFIX, name, " ", &base64, "\n"]);
}
