//! What is known of a certification authority, and what to search for of it.

use ztp_core::digest::{Digest, sha256};

use super::name::Name;
use super::x509;

/// Least bytes of a needle.
const NEEDLE_BYTES_MIN: usize = 8;

/// What is known of one authority.
#[derive(Debug, Clone)]
pub(crate) struct Authority {
    pub(super) name: Name,
    /// The subject's Name element.
    pub(super) subject: Vec<u8>,
    pub(super) folded: Vec<(usize, Vec<u8>, String)>,
    pub(super) ski: Vec<u8>,
    pub(super) spki: Vec<u8>,
    pub(crate) spki_sha256: Digest,
    /// SHA-256 of the whole certificate, for the hash of the rule set.
    pub(crate) fingerprint: Digest,
}

/// One thing to search for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needle {
    pub(super) authority: usize,
    pub(super) part: Part,
    pub(super) bytes: Vec<u8>,
}

/// Which identity of the authority it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The Name element.
    Subject,
    /// The subject key identifier.
    Ski,
    /// The key.
    Spki,
    /// The key's SHA-256.
    SpkiHash,
    /// A value of the name as text.
    Text,
}

impl Authority {
    /// Reads the authority's certificate. `None` unless it is whole and has a name and a key.
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        let found = x509::certificate(der).filter(|found| found.whole && found.length == der.len())?;
        let name = Name::parse(found.subject).filter(|name| !name.attributes.is_empty())?;
        if found.spki.is_empty() {
            return None;
        }
        Some(Self {
            folded: name.folded(),
            name,
            subject: found.subject.to_vec(),
            ski: found.ski.to_vec(),
            spki: found.spki.to_vec(),
            spki_sha256: sha256(found.spki),
            fingerprint: sha256(der),
        })
    }

    /// What to search for.
    pub(super) fn needles(&self, authority: usize) -> Vec<Needle> {
        let mut all = Vec::new();
        let mut add = |part, bytes: &[u8]| {
            if bytes.len() >= NEEDLE_BYTES_MIN {
                all.push(Needle { authority, part, bytes: bytes.to_vec() });
            }
        };
        // A name of one attribute is searched for as bytes only when it is long; as text a common name alone never fires.
        if self.name.attributes.len() > 1 || self.subject.len() >= 24 {
            add(Part::Subject, &self.subject);
        }
        add(Part::Ski, &self.ski);
        add(Part::Spki, &self.spki);
        add(Part::SpkiHash, self.spki_sha256.as_bytes());
        if self.name.attributes.len() > 1
            && let Some(word) = self.longest_word()
        {
            all.push(Needle { authority, part: Part::Text, bytes: word.into_bytes() });
        }
        all
    }

    /// The longest word of ASCII letters and digits in any value of the name: where the search for the text begins.
    fn longest_word(&self) -> Option<String> {
        let words = self.name.attributes.iter().flat_map(|attribute| {
            attribute.value.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase)
        });
        words.max_by_key(String::len).filter(|word| word.len() >= 4)
    }
}
