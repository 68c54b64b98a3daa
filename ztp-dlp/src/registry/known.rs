//! The registry made ready: chain hashes and fingerprints, each behind a filter that costs a look at a table per byte.

use std::collections::BTreeMap;

use ztp_core::canonical::Value;
use ztp_core::digest::{Digest, sha256};

use super::shingle::{self, WIDTH};
use super::{Pending, Registry, RegistryError, RegistryErrorKind, refuse};
use crate::recognise::{Context, Hit, Hits};
use crate::rule::{Fact, RuleId, Severity, Tag, TagKey};

/// Bits of a filter's index.
const FILTER_BITS: u32 = 16;
/// Distinct shingles from which a part counts as most of the secret.
const MANY_SHINGLES: usize = 4;

/// A secret as keyed numbers: to be stored, carried and searched for without being known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    name: String,
    width: usize,
    /// Rolling hash under the key's secret base, and tag, of each registered shingle.
    shingles: Vec<(u32, Tag)>,
}

impl Fingerprint {
    /// Fingerprints a secret under `key`.
    ///
    /// # Errors
    /// [`RegistryErrorKind::Length`], [`RegistryErrorKind::Uniform`].
    pub fn of(key: &TagKey, name: impl Into<String>, bytes: &[u8]) -> Result<Self, RegistryError> {
        if !(super::SECRET_BYTES_MIN..=super::SECRET_BYTES_MAX).contains(&bytes.len()) {
            return refuse(RegistryErrorKind::Length { bytes: bytes.len() });
        }
        let base = key.derive("rolling");
        // A short value is one shingle, of its own width.
        let width = if bytes.len() < WIDTH + shingle::WINNOW_WINDOW { bytes.len() } else { WIDTH };
        let places = if width == WIDTH && bytes.len() > WIDTH {
            shingle::winnow(bytes, base)
        } else {
            shingle::hashes(bytes, base, width).collect()
        };
        let shingles: Vec<_> = places
            .into_iter()
            .filter_map(|(at, hash)| Some((hash, key.tag("shingle", &[bytes.get(at..at + width)?]))))
            .collect();
        if shingles.is_empty() {
            return refuse(RegistryErrorKind::Uniform);
        }
        Ok(Self { name: name.into(), width, shingles })
    }

    /// The fingerprint as a document of schema `ztp.dlp.fingerprint/1`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let shingles = self.shingles.iter().map(|(hash, tag)| Value::from(format!("{hash:08x}{tag}")));
        Value::object([
            ("schema", Value::from("ztp.dlp.fingerprint/1")),
            ("name", Value::from(self.name.as_str())),
            ("width", Fact::count(self.width).to_value()),
            ("shingles", Value::Array(shingles.collect())),
        ])
    }

    /// Reads what [`Fingerprint::to_value`] wrote.
    ///
    /// # Errors
    /// [`RegistryErrorKind::Fingerprint`].
    pub fn from_value(value: &Value) -> Result<Self, RegistryError> {
        let read = || {
            let mut fields = ztp_core::schema::Fields::open(value, "fingerprint").ok()?;
            (fields.string("schema").ok()? == "ztp.dlp.fingerprint/1").then_some(())?;
            let name = fields.string("name").ok()?.to_owned();
            let width = usize::try_from(fields.integer("width").ok()?).ok()?;
            let shingles = fields.array("shingles").ok()?.iter().map(|item| {
                let (hash, tag) = item.as_str().filter(|text| text.is_ascii())?.split_at_checked(8)?;
                Some((u32::from_str_radix(hash, 16).ok()?, Tag::from_hex(tag)?))
            });
            let shingles: Vec<_> = shingles.collect::<Option<_>>()?;
            fields.finish().ok()?;
            let valid = (super::SECRET_BYTES_MIN..WIDTH + shingle::WINNOW_WINDOW).contains(&width);
            (valid && !shingles.is_empty()).then_some(Self { name, width, shingles })
        };
        read().map_or_else(|| refuse(RegistryErrorKind::Fingerprint), Ok)
    }
}

/// All shingles of one width.
#[derive(Debug)]
struct Table {
    width: usize,
    filter: Filter,
    /// Rolling hash, secret and tag, ascending by hash.
    entries: Vec<(u32, usize, Tag)>,
}

/// One bit for each value of the upper bits of a hash.
#[derive(Debug)]
struct Filter(Vec<u64>);

impl Filter {
    fn of(hashes: impl Iterator<Item = u32>) -> Self {
        let mut words = vec![0u64; 1 << (FILTER_BITS - 6)];
        for hash in hashes {
            let (word, bit) = Self::place(hash);
            if let Some(word) = words.get_mut(word) {
                *word |= bit;
            }
        }
        Self(words)
    }

    fn place(hash: u32) -> (usize, u64) {
        let index = hash >> (32 - FILTER_BITS);
        (usize::try_from(index >> 6).unwrap_or(0), 1u64 << (index & 63))
    }

    fn may_hold(&self, hash: u32) -> bool {
        let (word, bit) = Self::place(hash);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }
}

/// The registry made ready.
#[derive(Debug)]
pub(crate) struct Known {
    base: u64,
    chain: Vec<u64>,
    chain_filter: Filter,
    tables: Vec<Table>,
    names: Vec<(String, usize)>,
    hash: Digest,
}

impl Known {
    /// Takes chain hashes and secrets out of the registry; the secrets' bytes are erased.
    pub(crate) fn build(registry: &mut Registry, key: &TagKey) -> Self {
        let mut fingerprints = std::mem::take(&mut registry.fingerprints);
        for Pending { name, bytes } in std::mem::take(&mut registry.pending) {
            // Length and uniformity were judged when it was added.
            fingerprints.extend(Fingerprint::of(key, name, &bytes));
        }
        let mut chain = std::mem::take(&mut registry.chain);
        chain.sort_unstable();
        chain.dedup();
        let mut by_width: BTreeMap<usize, Vec<(u32, usize, Tag)>> = BTreeMap::new();
        let mut names = Vec::new();
        for (secret, fingerprint) in fingerprints.iter().enumerate() {
            names.push((fingerprint.name.clone(), fingerprint.shingles.len()));
            let entries = by_width.entry(fingerprint.width).or_default();
            entries.extend(fingerprint.shingles.iter().map(|&(hash, tag)| (hash, secret, tag)));
        }
        let tables = by_width.into_iter().map(|(width, mut entries)| {
            entries.sort_unstable();
            Table { width, filter: Filter::of(entries.iter().map(|entry| entry.0)), entries }
        });
        let chain_bytes: Vec<u8> = chain.iter().flat_map(|prefix| prefix.to_be_bytes()).collect();
        let document = Value::object([
            ("chain", Value::from(sha256(&chain_bytes).to_string())),
            ("secrets", Value::Array(fingerprints.iter().map(Fingerprint::to_value).collect())),
        ]);
        Self {
            base: key.derive("rolling"),
            chain_filter: Filter::of(chain.iter().map(|&prefix| upper(prefix))),
            chain,
            tables: tables.collect(),
            names,
            hash: sha256(&ztp_core::canonical::write(&document).unwrap_or_default()),
        }
    }

    /// SHA-256 over all that is known.
    pub(crate) fn hash(&self) -> Digest {
        self.hash
    }

    /// Looks for hashes of the audit chain: eight bytes of one, at any place.
    pub(crate) fn chain_hashes(&self, ctx: &Context, view: &[u8], out: &mut Hits) {
        if self.chain.is_empty() {
            return;
        }
        for (at, window) in view.windows(8).enumerate() {
            let Some(prefix) = window.first_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes)) else {
                continue;
            };
            if self.chain_filter.may_hold(upper(prefix)) && self.chain.binary_search(&prefix).is_ok() {
                let tag = ctx.key.tag("chain", &[&prefix.to_be_bytes()]);
                let span = (at, view.len().min(at + 32));
                let kind = if span.1 - at == 32 { "audit-chain-hash" } else { "audit-chain-hash-prefix" };
                out.push(Hit::new(ctx, RuleId::SealedAudit, kind, Severity::Medium, span, tag));
            }
        }
    }

    /// Looks for registered secrets and fragments of them.
    pub(crate) fn secrets(&self, ctx: &Context, view: &[u8], out: &mut Hits) {
        for table in &self.tables {
            let mut found: BTreeMap<usize, (usize, usize, Vec<Tag>)> = BTreeMap::new();
            for (at, hash) in shingle::hashes(view, self.base, table.width) {
                if table.filter.may_hold(hash) {
                    self.confirm(ctx, table, view, at, hash, &mut found);
                }
            }
            for (secret, (start, end, shingles)) in found {
                self.hit(ctx, secret, (start, end), shingles, out);
            }
        }
    }

    fn confirm(
        &self,
        ctx: &Context,
        table: &Table,
        view: &[u8],
        at: usize,
        hash: u32,
        found: &mut BTreeMap<usize, (usize, usize, Vec<Tag>)>,
    ) {
        let first = table.entries.partition_point(|entry| entry.0 < hash);
        let entries = table.entries.iter().skip(first).take_while(|entry| entry.0 == hash);
        let mut seen = None;
        for &(_, secret, tag) in entries {
            let bytes = view.get(at..at + table.width).unwrap_or_default();
            if *seen.get_or_insert_with(|| ctx.key.tag("shingle", &[bytes])) != tag {
                continue;
            }
            let (start, end, shingles) = found.entry(secret).or_insert((at, at, Vec::new()));
            *start = (*start).min(at);
            *end = (*end).max(at + table.width);
            if !shingles.contains(&tag) {
                shingles.push(tag);
            }
        }
    }

    fn hit(&self, ctx: &Context, secret: usize, span: (usize, usize), shingles: Vec<Tag>, out: &mut Hits) {
        let Some((name, of)) = self.names.get(secret) else { return };
        let share = shingles.len() * 100 / (*of).max(1);
        let (kind, severity) = match (share, shingles.len()) {
            (80.., _) => ("registered-secret", Severity::Critical),
            (20.., _) | (_, MANY_SHINGLES..) => ("registered-secret-part", Severity::High),
            _ => ("registered-secret-fragment", Severity::Medium),
        };
        let id = u64::try_from(secret).unwrap_or(u64::MAX);
        let tag = ctx.key.tag("secret", &[name.as_bytes(), &id.to_be_bytes()]);
        let facts = vec![
            ("name", Fact::text(name)),
            ("share_percent", Fact::count(share)),
            ("shingles", Fact::count(shingles.len())),
        ];
        let mut hit = Hit::new(ctx, RuleId::RegisteredSecret, kind, severity, span, tag).with(facts);
        (hit.shingles, hit.secret, hit.of) = (shingles, Some(id), *of);
        out.push(hit);
    }
}

fn upper(prefix: u64) -> u32 {
    u32::try_from(prefix >> 32).unwrap_or(0)
}
