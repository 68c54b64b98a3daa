//! Distinguished names, compared by the rules of RFC 5280 §7.1: what kind of string an attribute was written as, its case and
//! its spaces make no difference.

use unicode_normalization::UnicodeNormalization as _;

use super::der::{OID, Reader, SEQUENCE, SET};

/// Most attributes of one name.
const ATTRIBUTES_MAX: usize = 32;

/// One attribute: its type, and its value as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    /// Content of the OID.
    pub(super) oid: Vec<u8>,
    /// The value as text.
    pub(super) value: String,
    /// Which relative distinguished name it belongs to.
    rdn: usize,
}

/// A distinguished name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(super) attributes: Vec<Attribute>,
}

/// Attribute types with the short and long words that tools print for them.
const WORDS: &[(&[u8], &[&str])] = &[
    (b"\x55\x04\x03", &["cn", "commonname", "2.5.4.3"]),
    (b"\x55\x04\x06", &["c", "countryname", "country", "2.5.4.6"]),
    (b"\x55\x04\x07", &["l", "localityname", "locality", "2.5.4.7"]),
    (b"\x55\x04\x08", &["st", "s", "stateorprovincename", "2.5.4.8"]),
    (b"\x55\x04\x0a", &["o", "organizationname", "organization", "2.5.4.10"]),
    (b"\x55\x04\x0b", &["ou", "organizationalunitname", "organizationalunit", "2.5.4.11"]),
    (b"\x55\x04\x05", &["serialnumber", "2.5.4.5"]),
    (b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", &["dc", "domaincomponent"]),
    (b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", &["uid", "userid"]),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", &["emailaddress", "e", "email"]),
];

/// The words for an attribute type, the shortest first; empty for one that has none here.
pub(super) fn words(oid: &[u8]) -> &'static [&'static str] {
    WORDS.iter().find(|(known, _)| *known == oid).map_or(&[], |(_, words)| words)
}

impl Name {
    /// Reads a Name element. `None` if it is cut or holds anything but attributes with string values.
    pub(super) fn parse(element: &[u8]) -> Option<Self> {
        let outer = Reader::open_ended(element).whole(SEQUENCE).ok()?;
        let mut sets = Reader::within(&outer);
        let mut attributes = Vec::new();
        let mut rdn = 0;
        while !sets.is_empty() {
            let mut members = Reader::within(&sets.whole(SET).ok()?);
            while !members.is_empty() {
                if attributes.len() == ATTRIBUTES_MAX {
                    return None;
                }
                let pair = members.whole(SEQUENCE).ok()?;
                let mut parts = Reader::within(&pair);
                let oid = parts.whole(OID).ok()?.value.to_vec();
                let value = parts.any().ok()?;
                attributes.push(Attribute { oid, value: string(value.tag, value.value)?, rdn });
            }
            rdn += 1;
        }
        Some(Self { attributes })
    }

    /// The name in the order and letters in which equal names are equal: attributes of one set sorted, values folded.
    pub(super) fn folded(&self) -> Vec<(usize, Vec<u8>, String)> {
        let mut all: Vec<_> = self
            .attributes
            .iter()
            .map(|attribute| (attribute.rdn, attribute.oid.clone(), fold(&attribute.value)))
            .collect();
        all.sort();
        all
    }

    /// Short words and values, for reports: `CN=…,O=…`.
    pub(super) fn shown(&self) -> String {
        let pairs = self.attributes.iter().map(|attribute| {
            let word = words(&attribute.oid).first().copied().unwrap_or("oid");
            format!("{}={}", word.to_ascii_uppercase(), attribute.value)
        });
        pairs.collect::<Vec<_>>().join(",")
    }
}

/// A directory string as text, whichever of its kinds it is.
fn string(tag: u8, value: &[u8]) -> Option<String> {
    match tag {
        // UTF8String, PrintableString, IA5String, NumericString, VisibleString.
        0x0c | 0x13 | 0x16 | 0x12 | 0x1a => std::str::from_utf8(value).ok().map(str::to_owned),
        // TeletexString: what is in use is Latin-1.
        0x14 => Some(value.iter().copied().map(char::from).collect()),
        // BMPString.
        0x1e => {
            let (units, rest) = value.as_chunks::<2>();
            let text: Option<String> = char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)))
                .map(Result::ok)
                .collect();
            text.filter(|_| rest.is_empty())
        }
        // UniversalString.
        0x1c => {
            let (units, rest) = value.as_chunks::<4>();
            let text: Option<String> =
                units.iter().map(|unit| char::from_u32(u32::from_be_bytes(*unit))).collect();
            text.filter(|_| rest.is_empty())
        }
        _ => None,
    }
}

/// RFC 4518's preparation as far as it bears on names: compatibility forms, case, and insignificant spaces.
pub(super) fn fold(value: &str) -> String {
    let mapped: String = value.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    mapped.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(tag: u8, value: &[u8]) -> Vec<u8> {
        let length = u8::try_from(value.len()).unwrap();
        let pair = [&[0x06, 3, 0x55, 4, 10, tag, length], value].concat();
        let wrap = |tag: u8, inner: &[u8]| [&[tag, u8::try_from(inner.len()).unwrap()], inner].concat();
        wrap(SEQUENCE, &wrap(SET, &wrap(SEQUENCE, &pair)))
    }

    #[test]
    fn kinds_of_string_case_and_spaces_make_no_difference() {
        let expected = Name::parse(&name(0x0c, b"Persona Lab")).unwrap().folded();
        let wide: Vec<u8> = "persona LAB".encode_utf16().flat_map(u16::to_be_bytes).collect();
        for other in [name(0x13, b"PERSONA  lab"), name(0x16, b" persona lab "), name(0x1e, &wide)] {
            assert_eq!(Name::parse(&other).unwrap().folded(), expected);
        }
        assert_ne!(Name::parse(&name(0x0c, b"Personal Lab")).unwrap().folded(), expected);
    }

    #[test]
    fn cut_name_is_none() {
        let whole = name(0x0c, b"Persona Lab");
        assert!((0..whole.len()).all(|length| Name::parse(&whole[..length]).is_none()));
    }
}
