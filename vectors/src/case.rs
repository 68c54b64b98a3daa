//! One case and its arguments.

use std::path::Path;

use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::hex::{hex, hex_decode};
use crate::{SCHEMA, VectorError};

/// A vector file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    cases: Vec<Case>,
}

/// What one operation must answer to one set of arguments.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Name of the case, unique among all files: words of `a-z 0-9 -` joined by slashes.
    pub id: String,
    /// What the case is there for.
    pub why: String,
    /// The facade's operation, such as `canonical_check`.
    pub op: String,
    /// The operation's arguments in its order. A job is not one of them: every runner brings its own.
    pub args: Vec<Argument>,
    /// `ok`, or the name of the code it must end with.
    pub status: String,
    /// The document it must print.
    #[serde(flatten)]
    pub document: Document,
}

/// The document of an answer: its text, or its digest where the text is long.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Document {
    /// The bytes as text; all documents are ASCII or UTF-8.
    #[serde(rename = "document")]
    Text(String),
    /// Lower-case hexadecimal SHA-256 of the bytes.
    #[serde(rename = "document_sha256")]
    Sha256(String),
}

impl Document {
    /// Lower-case hexadecimal SHA-256 of the document.
    #[must_use]
    pub fn digest(&self) -> String {
        match self {
            Self::Text(text) => sha256_hex(text.as_bytes()),
            Self::Sha256(digest) => digest.clone(),
        }
    }
}

/// An argument, spelled so that a reader sees what matters about it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Argument {
    /// The UTF-8 bytes of a text.
    Text(String),
    /// Bytes in base64.
    Base64(String),
    /// Bytes in lower-case hexadecimal.
    Hex(String),
    /// A number, handed over as its decimal text.
    Int(i64),
    /// A folder below `vectors/`, handed over as a path relative to the root of the checkout.
    Dir(String),
    /// A text repeated.
    Repeat {
        /// The text.
        text: String,
        /// How often.
        count: usize,
    },
    /// A timeline (docs/formats/anomaly.md), handed over as the lines of its log.
    Timeline(serde_json::Value),
    /// Several arguments one after the other, as one.
    Join(Vec<Argument>),
}

impl Argument {
    /// The argument's bytes. Numbers are decimal text, folders are paths relative to the root of the checkout.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the base64 or the hexadecimal.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        Ok(match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Base64(text) => Base64::decode_vec(text).map_err(|e| format!("base64: {e}"))?,
            Self::Hex(text) => hex_decode(text).ok_or_else(|| format!("not hexadecimal: {text}"))?,
            Self::Int(number) => number.to_string().into_bytes(),
            Self::Dir(path) => format!("vectors/{path}").into_bytes(),
            Self::Repeat { text, count } => text.repeat(*count).into_bytes(),
            Self::Timeline(timeline) => crate::timeline::log(timeline)?.into_bytes(),
            Self::Join(parts) => parts.iter().map(Self::bytes).collect::<Result<Vec<_>, _>>()?.concat(),
        })
    }
}

pub(crate) fn load_file(path: &Path) -> Result<Vec<Case>, VectorError> {
    let bytes =
        std::fs::read(path).map_err(|source| VectorError::Unreadable { path: path.to_owned(), source })?;
    let malformed = |reason: String| VectorError::Malformed { path: path.to_owned(), reason };
    let file: File = serde_json::from_slice(&bytes).map_err(|e| malformed(e.to_string()))?;
    if file.schema != SCHEMA {
        return Err(malformed(format!("its schema is {}, not {SCHEMA}", file.schema)));
    }
    for case in &file.cases {
        if let Err(reason) = acceptable(case) {
            return Err(malformed(format!("case {}: {reason}", case.id)));
        }
    }
    Ok(file.cases)
}

fn acceptable(case: &Case) -> Result<(), String> {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if !case.id.split('/').all(word) {
        return Err("an id is words of a-z 0-9 - joined by slashes".to_owned());
    }
    if case.why.is_empty() {
        return Err("it does not say why it is there".to_owned());
    }
    if let Document::Sha256(digest) = &case.document
        && (digest.len() != 64 || hex_decode(digest).is_none())
    {
        return Err("document_sha256 is 64 lower-case hexadecimal digits".to_owned());
    }
    case.args.iter().try_for_each(|argument| argument.bytes().map(drop))
}

/// Lower-case hexadecimal SHA-256.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(document: &str) -> Result<Case, serde_json::Error> {
        serde_json::from_str(&format!(
            r#"{{"id":"a/b","why":"w","op":"o","args":[{{"text":"x"}},{{"int":-1}}],"status":"ok",{document}}}"#
        ))
    }

    #[test]
    fn document_is_a_text_or_a_digest() {
        assert_eq!(case(r#""document":"abc""#).unwrap().document, Document::Text("abc".to_owned()));
        assert_eq!(
            case(r#""document":"abc""#).unwrap().document.digest(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert!(case(r#""other":1"#).is_err());
    }

    #[test]
    fn unknown_members_and_arguments_are_refused() {
        assert!(case(r#""document":"","extra":1"#).is_err());
        assert!(serde_json::from_str::<Argument>(r#"{"txt":"x"}"#).is_err());
        assert!(serde_json::from_str::<Argument>(r#"{"repeat":{"text":"x","count":1,"more":2}}"#).is_err());
    }

    #[test]
    fn arguments_become_bytes() {
        let argument: Argument = serde_json::from_str(
            r#"{"join":[{"repeat":{"text":"[","count":3}},{"hex":"00ff"},{"base64":"AQ=="},{"int":-7},{"dir":"logs/x"}]}"#,
        )
        .unwrap();
        assert_eq!(argument.bytes().unwrap(), b"[[[\x00\xff\x01-7vectors/logs/x");
        assert!(Argument::Hex("0".to_owned()).bytes().is_err());
        assert!(Argument::Hex("0G".to_owned()).bytes().is_err());
        assert!(Argument::Base64("A".to_owned()).bytes().is_err());
    }

    #[test]
    fn a_case_that_says_too_little_is_refused() {
        let good = case(r#""document":"""#).unwrap();
        assert_eq!(acceptable(&good), Ok(()));
        assert!(acceptable(&Case { id: "A b".to_owned(), ..good.clone() }).is_err());
        assert!(acceptable(&Case { why: String::new(), ..good.clone() }).is_err());
        assert!(acceptable(&Case { document: Document::Sha256("0".repeat(63)), ..good }).is_err());
    }
}
