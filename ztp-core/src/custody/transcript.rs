//! The transcript of a ceremony: what was done, step after step, each bound to the one before, signed by the keys that
//! took part.

use std::collections::BTreeSet;

use super::member::{self, INTEGER_LIMIT};
use super::root_key::RootKey;
use super::signed::Parts;
use super::{CustodyError, CustodyErrorKind as Kind, payload_schema, read_signed_root, signer_ids};
use crate::canonical::{self, Value};
use crate::digest::{Digest, sha256};
use crate::schema::Fields;
use crate::signature::PublicKey;
use crate::time::Timestamp;

/// The name of the transcript's format, and the purpose of the signatures over it.
pub const TRANSCRIPT_SCHEMA: &str = "ztp.custody.transcript/1";

/// Most steps of one transcript.
pub const STEPS_MAX: usize = 128;

const NAME: &str = "transcript";

/// What a transcript says, once its own chain and signatures hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transcript {
    /// What was to be made: the schema of its payload.
    pub purpose: String,
    /// Who watched, as they were named.
    pub witnesses: Vec<String>,
    /// The keys, in the order in which they were brought.
    pub keys: Vec<TranscriptKey>,
    /// Ids of the keys that signed what was made.
    pub signed_by: BTreeSet<Digest>,
    /// SHA-256 of the file that was made.
    pub document_digest: Digest,
    /// First and last moment, by the clock of the machine of the ceremony.
    pub began_at: Timestamp,
    /// The last step's time.
    pub ended_at: Timestamp,
    /// SHA-256 of the last step, which names the whole transcript.
    pub head: Digest,
}

/// A key that was brought to a ceremony.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TranscriptKey {
    /// Whose it is, as they were named.
    pub holder: String,
    /// SHA-256 of the key's SubjectPublicKeyInfo.
    pub key_id: Digest,
    /// The key.
    pub public_key: PublicKey,
    /// Whether the token says that the key was made in it and never was outside. A key in a file never is.
    pub in_custody: bool,
}

impl Transcript {
    /// Refuses a ceremony in which some key was not one that never left its token.
    ///
    /// # Errors
    /// [`CustodyErrorKind::TranscriptKeyOutside`](Kind::TranscriptKeyOutside) for the first.
    pub fn check_custody(&self) -> Result<(), CustodyError> {
        match self.keys.iter().find(|key| !key.in_custody) {
            Some(key) => Err(Kind::TranscriptKeyOutside { holder: key.holder.clone() }.at(NAME)),
            None => Ok(()),
        }
    }
}

/// Checks a transcript against the document that it says was made: every step is bound to the one before, every key that
/// signed the document signed the transcript, the document is that one, and each key of a root was shown.
///
/// The keys are those that the transcript names. Whether they count is said by the root: verify the document too, from
/// the root that you trust.
///
/// # Errors
/// The [`CustodyError`] of the first thing wrong.
pub fn check_transcript(transcript: &[u8], document: &[u8]) -> Result<Transcript, CustodyError> {
    let parts = Parts::locate(transcript, NAME)?;
    let read = read(parts.payload, &parts.read()?)?;
    let keys: Vec<RootKey> = read
        .keys
        .iter()
        .map(|key| RootKey { key_id: key.key_id, public_key: key.public_key.clone() })
        .collect();
    let signers: BTreeSet<Digest> = parts.signers(TRANSCRIPT_SCHEMA, &keys)?.into_iter().collect();
    parts.all_known(&[&keys])?;
    if let Some(key_id) = read.signed_by.difference(&signers).next() {
        return Err(Kind::TranscriptUnsigned { key_id: *key_id }.at("transcript.signatures"));
    }
    if sha256(document) != read.document_digest {
        return Err(Kind::TranscriptDocument.at(NAME));
    }
    let document_signers: BTreeSet<Digest> = signer_ids(document)?.into_iter().collect();
    if document_signers != read.signed_by || payload_schema(document)? != read.purpose {
        return Err(Kind::TranscriptDocument.at(NAME));
    }
    if read.purpose == super::ROOT_SCHEMA {
        let root = read_signed_root(document)?;
        for key in &root.keys {
            if !keys.contains(key) {
                return Err(Kind::TranscriptKeyMissing { key_id: key.key_id }.at(NAME));
            }
        }
    }
    Ok(read)
}

/// Reads a transcript from its canonical bytes and the value they hold, and follows its chain.
pub(super) fn read(_payload: &[u8], value: &Value) -> Result<Transcript, CustodyError> {
    let mut fields = Fields::open(value, NAME)?;
    member::schema_name(&mut fields, TRANSCRIPT_SCHEMA)?;
    let steps = fields.array("steps")?;
    let path = fields.path_of("steps");
    fields.finish()?;
    if steps.is_empty() || steps.len() > STEPS_MAX {
        return Err(Kind::ListLength { min: 1, max: STEPS_MAX }.at(path));
    }
    let mut reading = Reading::default();
    for (index, step) in steps.iter().enumerate() {
        reading.step(index, step, format!("{path}[{index}]"))?;
    }
    reading.complete(path)
}

/// A transcript half read.
#[derive(Default)]
struct Reading {
    previous: Option<Digest>,
    began_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    purpose: Option<String>,
    witnesses: Vec<String>,
    keys: Vec<TranscriptKey>,
    signed_by: BTreeSet<Digest>,
    document_digest: Option<Digest>,
    ended: bool,
}

impl Reading {
    fn step(&mut self, index: usize, value: &Value, path: String) -> Result<(), CustodyError> {
        let mut fields = Fields::open(value, path.clone())?;
        let at = member::timestamp(&mut fields, "at")?;
        let kind = fields.string("kind")?;
        let previous = member::digest(&mut fields, "previous")?;
        let number = member::integer(&mut fields, "step", 0, INTEGER_LIMIT)?;
        let detail = fields.object("detail")?;
        let broken = |reason| Kind::TranscriptStep { reason }.at(path.clone());
        if previous != self.previous.unwrap_or(Digest::ZERO) || usize::try_from(number) != Ok(index) {
            return Err(broken("it is not bound to the step before"));
        }
        if self.ended_at.is_some_and(|before| at < before) {
            return Err(broken("it is earlier than the step before"));
        }
        if self.ended || (index == 0) != (kind == "begun") {
            return Err(broken("it does not belong at this place"));
        }
        self.detail(kind, detail, broken)?;
        fields.finish()?;
        self.began_at = self.began_at.or(Some(at));
        self.ended_at = Some(at);
        let bytes = canonical::write(value).map_err(|error| Kind::Canonical(error).at(path))?;
        self.previous = Some(sha256(&bytes));
        Ok(())
    }

    fn detail(
        &mut self,
        kind: &str,
        mut detail: Fields<'_>,
        broken: impl Fn(&'static str) -> CustodyError,
    ) -> Result<(), CustodyError> {
        match kind {
            "begun" => {
                self.purpose = Some(detail.string("purpose")?.to_owned());
                detail.string("tool")?;
                let witness = |value: &Value, path: String| member::text(value, &path);
                self.witnesses = member::list(&mut detail, "witnesses", (0, 32), witness, String::clone)?;
            }
            "key" => self.keys.push(key(&mut detail)?),
            "signed" => {
                let key_id = member::digest(&mut detail, "key_id")?;
                member::digest(&mut detail, "payload_digest")?;
                if !self.keys.iter().any(|key| key.key_id == key_id) {
                    return Err(broken("a key signs that was not shown before"));
                }
                if self.document_digest.is_some() || !self.signed_by.insert(key_id) {
                    return Err(broken("a key signs twice, or after the document was made"));
                }
            }
            "made" => {
                let digest = member::digest(&mut detail, "document_digest")?;
                member::digest(&mut detail, "payload_digest")?;
                if self.signed_by.is_empty() || self.document_digest.replace(digest).is_some() {
                    return Err(broken("something is made that nobody signed, or a second time"));
                }
            }
            "ended" => {
                self.ended = true;
            }
            _ => return Err(broken("its kind is unknown")),
        }
        Ok(detail.finish()?)
    }

    fn complete(self, path: String) -> Result<Transcript, CustodyError> {
        let whole = Kind::TranscriptStep { reason: "the ceremony did not come to its end" }.at(path);
        let parts = (self.purpose, self.document_digest, self.began_at, self.ended_at, self.previous);
        let (Some(purpose), Some(document_digest), Some(began_at), Some(ended_at), Some(head)) = parts else {
            return Err(whole);
        };
        if !self.ended {
            return Err(whole);
        }
        let Self { witnesses, keys, signed_by, .. } = self;
        Ok(Transcript { purpose, witnesses, keys, signed_by, document_digest, began_at, ended_at, head })
    }
}

/// Reads the step in which a key was brought.
fn key(detail: &mut Fields<'_>) -> Result<TranscriptKey, CustodyError> {
    let holder = member::identifier(detail, "holder")?;
    let mut key = detail.object("key")?;
    let (key_id, public_key) = member::public_key(&mut key)?;
    key.finish()?;
    let in_custody = match detail.nullable("token")? {
        None => false,
        Some(token) => token_in_custody(token, detail.path_of("token"))?,
    };
    Ok(TranscriptKey { holder, key_id, public_key, in_custody })
}

/// Reads what a token said of a key, and whether that is what custody asks for.
fn token_in_custody(token: &Value, path: String) -> Result<bool, CustodyError> {
    let mut fields = Fields::open(token, path)?;
    for name in ["id", "manufacturer", "model", "object", "serial", "token"] {
        fields.string(name)?;
    }
    let mut demanded = true;
    for name in ["always_sensitive", "local", "never_extractable", "self_test", "sensitive", "sign"] {
        demanded &= fields.boolean(name)?;
    }
    demanded &= !fields.boolean("extractable")?;
    for name in ["deterministic", "other_uses"] {
        fields.boolean(name)?;
    }
    if let Some(value) = fields.nullable("ignores_parameters")?
        && value.as_bool().is_none()
    {
        let path = fields.path_of("ignores_parameters");
        let kind = crate::schema::SchemaErrorKind::WrongType {
            expected: "boolean or null",
            found: value.type_name(),
        };
        return Err(Kind::Schema(kind).at(path));
    }
    fields.finish()?;
    Ok(demanded)
}

/// Writes a transcript, step after step.
#[cfg(feature = "signer")]
#[derive(Debug)]
pub struct Recorder {
    steps: Vec<Value>,
    previous: Digest,
}

#[cfg(feature = "signer")]
impl Recorder {
    /// Begins a transcript of the making of a document of this schema.
    ///
    /// # Errors
    /// [`CustodyErrorKind::Canonical`](Kind::Canonical) for texts outside of the profile.
    pub fn begin(
        at: Timestamp,
        purpose: &str,
        tool: &str,
        witnesses: &[String],
    ) -> Result<Self, CustodyError> {
        let mut witnesses: Vec<Value> = witnesses.iter().map(|name| name.as_str().into()).collect();
        witnesses.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        let mut recorder = Self { steps: Vec::new(), previous: Digest::ZERO };
        let detail =
            [("purpose", Value::from(purpose)), ("tool", tool.into()), ("witnesses", witnesses.into())];
        recorder.step(at, "begun", Value::object(detail))?;
        Ok(recorder)
    }

    /// Records that a key was brought; `token` is what its token said, `None` for a key in a file.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn key(
        &mut self,
        at: Timestamp,
        holder: &str,
        key: &PublicKey,
        token: Option<Value>,
    ) -> Result<(), CustodyError> {
        let key = Value::object(member::certified_key_members(key));
        let detail = [("holder", Value::from(holder)), ("key", key), ("token", token.into())];
        self.step(at, "key", Value::object(detail))
    }

    /// Records that a key signed the payload.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn signed(&mut self, at: Timestamp, key_id: &Digest, payload: &[u8]) -> Result<(), CustodyError> {
        let detail = [("key_id", key_id.to_string()), ("payload_digest", sha256(payload).to_string())];
        self.step(at, "signed", Value::object(detail))
    }

    /// Records what was made, ends the transcript and gives back its payload, for the same keys to sign.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn end(mut self, at: Timestamp, payload: &[u8], document: &[u8]) -> Result<Vec<u8>, CustodyError> {
        let detail = [
            ("document_digest", sha256(document).to_string()),
            ("payload_digest", sha256(payload).to_string()),
        ];
        self.step(at, "made", Value::object(detail))?;
        self.step(at, "ended", Value::object::<&str, Value>([]))?;
        let payload = [("schema", Value::from(TRANSCRIPT_SCHEMA)), ("steps", self.steps.into())];
        canonical::write(&Value::object(payload)).map_err(|error| Kind::Canonical(error).at(NAME))
    }

    fn step(&mut self, at: Timestamp, kind: &str, detail: Value) -> Result<(), CustodyError> {
        let number = i64::try_from(self.steps.len()).unwrap_or(i64::MAX);
        let step = Value::object([
            ("at", Value::from(at.to_string())),
            ("detail", detail),
            ("kind", kind.into()),
            ("previous", self.previous.to_string().into()),
            ("step", number.into()),
        ]);
        let bytes = canonical::write(&step).map_err(|error| Kind::Canonical(error).at(NAME))?;
        self.previous = sha256(&bytes);
        self.steps.push(step);
        Ok(())
    }
}

/// The payload of a signed document, in its exact bytes. Nothing is verified.
///
/// # Errors
/// The [`CustodyError`] of a document that has not the shape of a signed one.
pub fn payload_of(document: &[u8]) -> Result<Vec<u8>, CustodyError> {
    Ok(Parts::locate(document, "document")?.payload.to_vec())
}
