//! `pkcs11:` URIs (RFC 7512), as far as they name a private key, and nothing else.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use zeroize::Zeroizing;
use ztp_core::Coded;

const SCHEME: &str = "pkcs11:";

/// Longest URI read.
const BYTES_MAX: usize = 4096;

/// A text that names no key in a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UriError {
    /// The text does not begin with `pkcs11:` or is too long.
    #[error("not a pkcs11: uri of at most 4096 bytes (RFC 7512)")]
    Scheme,
    /// A character that must be percent-encoded, or a percent sign without two hexadecimal digits.
    #[error("character at offset {offset} is not allowed here; write it as % and two hexadecimal digits")]
    Character {
        /// Byte offset in the URI.
        offset: usize,
    },
    /// An attribute without `=`.
    #[error("attribute at offset {offset} has no value")]
    Value {
        /// Byte offset in the URI.
        offset: usize,
    },
    /// An attribute that is not known, or not known at this side of the question mark.
    #[error("attribute {name} at offset {offset} is not one that names a signing key")]
    Unknown {
        /// The attribute.
        name: String,
        /// Byte offset in the URI.
        offset: usize,
    },
    /// An attribute that is there twice.
    #[error("attribute {name} at offset {offset} is there already")]
    Repeated {
        /// The attribute.
        name: &'static str,
        /// Byte offset in the URI.
        offset: usize,
    },
    /// An attribute whose value is not one of its kind.
    #[error("attribute {name} at offset {offset}: {reason}")]
    Content {
        /// The attribute.
        name: &'static str,
        /// Byte offset in the URI.
        offset: usize,
        /// What it must be.
        reason: &'static str,
    },
    /// An attribute that is needed is not there.
    #[error("the uri lacks {name}")]
    Missing {
        /// The attribute, or what could stand for it.
        name: &'static str,
    },
}

impl Coded for UriError {
    fn code(&self) -> &'static str {
        match self {
            Self::Scheme => "token_uri_scheme",
            Self::Character { .. } => "token_uri_character",
            Self::Value { .. } => "token_uri_value",
            Self::Unknown { .. } => "token_uri_unknown",
            Self::Repeated { .. } => "token_uri_repeated",
            Self::Content { .. } => "token_uri_content",
            Self::Missing { .. } => "token_uri_missing",
        }
    }

    fn offset(&self) -> Option<u64> {
        match *self {
            Self::Scheme | Self::Missing { .. } => None,
            Self::Character { offset }
            | Self::Value { offset }
            | Self::Unknown { offset, .. }
            | Self::Repeated { offset, .. }
            | Self::Content { offset, .. } => u64::try_from(offset).ok(),
        }
    }
}

/// Where the PIN comes from.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PinSource {
    /// The URI itself. Other processes may see it in the list of processes.
    Value(Zeroizing<String>),
    /// A file.
    File(PathBuf),
}

impl fmt::Debug for PinSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => f.write_str("Value(..)"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// The name of one private key in one token.
///
/// Taken from the path: `token`, `manufacturer`, `model`, `serial`, `slot-id`, `object`, `id`, and `type` if it is
/// `private`. From the query: `module-path` (needed, absolute), `pin-source` (an absolute path, also as `file:` URI),
/// `pin-value`, and `x-ztp-allow=imported`, which lets a key be used that does not meet the demands on a custody key, for
/// development. Everything else is refused: an attribute that is not understood could be the one that tells two keys
/// apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenUri {
    /// Label of the token.
    pub token: Option<String>,
    /// Manufacturer of the token.
    pub manufacturer: Option<String>,
    /// Model of the token.
    pub model: Option<String>,
    /// Serial number of the token.
    pub serial: Option<String>,
    /// Number of the slot.
    pub slot_id: Option<u64>,
    /// Label of the key.
    pub object: Option<String>,
    /// CKA_ID of the key.
    pub id: Option<Vec<u8>>,
    /// The PKCS#11 module.
    pub module_path: PathBuf,
    /// Where the PIN comes from; none for tokens that ask for it themselves.
    pub pin: Option<PinSource>,
    /// Whether a key that does not meet the demands on a custody key may be used.
    pub allow_imported: bool,
}

impl FromStr for TokenUri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix(SCHEME).filter(|_| text.len() <= BYTES_MAX).ok_or(UriError::Scheme)?;
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let mut uri = Self::default();
        let mut seen = Vec::new();
        let mut module = None;
        for attribute in attributes(path, ';', SCHEME.len(), b"&") {
            let Attribute { name, value, offset } = attribute?;
            let name = known(PATH, name, offset, &mut seen)?;
            let text = || utf8(name, &value, offset);
            match name {
                "token" => uri.token = Some(text()?),
                "manufacturer" => uri.manufacturer = Some(text()?),
                "model" => uri.model = Some(text()?),
                "serial" => uri.serial = Some(text()?),
                "object" => uri.object = Some(text()?),
                "id" => uri.id = Some(value.to_vec()),
                "slot-id" => uri.slot_id = Some(number(name, &text()?, offset)?),
                _ if value.as_slice() == b"private" => {}
                _ => return Err(UriError::Content { name, offset, reason: "must be private" }),
            }
        }
        let query_at = SCHEME.len() + path.len() + 1;
        for attribute in query.into_iter().flat_map(|query| attributes(query, '&', query_at, b"/?|")) {
            let Attribute { name, value, offset } = attribute?;
            let name = known(QUERY, name, offset, &mut seen)?;
            let text = utf8(name, &value, offset)?;
            match name {
                "module-path" => module = Some(absolute(name, &text, offset)?),
                "pin-source" => uri.pin = Some(PinSource::File(absolute(name, file(&text), offset)?)),
                "pin-value" => uri.pin = Some(PinSource::Value(Zeroizing::new(text))),
                _ if text == "imported" => uri.allow_imported = true,
                _ => return Err(UriError::Content { name, offset, reason: "must be imported" }),
            }
        }
        if seen.contains(&"pin-source") && seen.contains(&"pin-value") {
            return Err(UriError::Missing { name: "one of pin-source and pin-value, not both" });
        }
        if uri.object.is_none() && uri.id.is_none() {
            return Err(UriError::Missing { name: "object or id, which name the key" });
        }
        uri.module_path = module.ok_or(UriError::Missing { name: "module-path, the pkcs#11 library" })?;
        Ok(uri)
    }
}

/// The attributes of the path that are known (RFC 7512 §2.3).
const PATH: &[&str] = &["id", "manufacturer", "model", "object", "serial", "slot-id", "token", "type"];

/// The attributes of the query that are known (RFC 7512 §2.4), and our own.
const QUERY: &[&str] = &["module-path", "pin-source", "pin-value", "x-ztp-allow"];

/// One attribute, its value decoded.
struct Attribute<'u> {
    name: &'u str,
    value: Zeroizing<Vec<u8>>,
    /// Where it stands in the URI.
    offset: usize,
}

/// The attributes of one side of the question mark; `at` is where that side begins, `also` what may stand there
/// unencoded beside the characters of RFC 7512's `pk11-res-avail`.
fn attributes<'u>(
    part: &'u str,
    separator: char,
    at: usize,
    also: &'static [u8],
) -> impl Iterator<Item = Result<Attribute<'u>, UriError>> {
    let mut offset = at;
    let parts = if part.is_empty() { None } else { Some(part.split(separator)) };
    parts.into_iter().flatten().map(move |attribute| {
        let here = offset;
        offset += attribute.len() + 1;
        let (name, value) = attribute.split_once('=').ok_or(UriError::Value { offset: here })?;
        let value = decode(value, here + name.len() + 1, also)?;
        Ok(Attribute { name, value, offset: here })
    })
}

/// Percent-decodes a value.
fn decode(value: &str, at: usize, also: &[u8]) -> Result<Zeroizing<Vec<u8>>, UriError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        let offset = at + value.len() - rest.len();
        rest = after;
        match *first {
            b'%' => {
                let digits = after.split_first_chunk::<2>();
                let decoded = digits.and_then(|(digits, _)| hex(digits));
                bytes.push(decoded.ok_or(UriError::Character { offset })?);
                rest = after.get(2..).unwrap_or_default();
            }
            byte if byte.is_ascii_alphanumeric() || b"-._~:[]@!$'()*+,=".contains(&byte) => bytes.push(byte),
            byte if also.contains(&byte) => bytes.push(byte),
            _ => return Err(UriError::Character { offset }),
        }
    }
    Ok(bytes)
}

/// Two hexadecimal digits of either case.
fn hex(digits: &[u8; 2]) -> Option<u8> {
    let [high, low] =
        digits.map(|digit| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok()));
    Some(high? << 4 | low?)
}

/// The known name of an attribute that was not there yet.
fn known(
    names: &[&'static str],
    name: &str,
    offset: usize,
    seen: &mut Vec<&'static str>,
) -> Result<&'static str, UriError> {
    let found = names.iter().copied().find(|known| *known == name);
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '?' };
    let shown = || name.chars().take(32).map(plain).collect();
    let found = found.ok_or_else(|| UriError::Unknown { name: shown(), offset })?;
    if seen.contains(&found) {
        return Err(UriError::Repeated { name: found, offset });
    }
    seen.push(found);
    Ok(found)
}

fn utf8(name: &'static str, value: &[u8], offset: usize) -> Result<String, UriError> {
    let text = std::str::from_utf8(value).ok().filter(|text| !text.contains('\0'));
    text.map(str::to_owned).ok_or(UriError::Content { name, offset, reason: "must be text" })
}

fn number(name: &'static str, text: &str, offset: usize) -> Result<u64, UriError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number.ok_or(UriError::Content { name, offset, reason: "must be a number" })
}

/// The path in a `file:` URI, or the text itself.
fn file(text: &str) -> &str {
    let path = text.strip_prefix("file:").unwrap_or(text);
    path.strip_prefix("//").filter(|path| path.starts_with('/')).unwrap_or(path)
}

fn absolute(name: &'static str, text: &str, offset: usize) -> Result<PathBuf, UriError> {
    let path = PathBuf::from(text);
    if path.is_absolute() {
        return Ok(path);
    }
    Err(UriError::Content { name, offset, reason: "must be an absolute path; commands are not run" })
}
