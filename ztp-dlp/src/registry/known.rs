//! The registry made ready: chain hashes and fingerprints, each behind a filter that costs a look at a table per byte.

use std::collections::BTreeMap;

use zeroize::Zeroizing;
use ztp_core::canonical::Value;
use ztp_core::digest::{Digest, sha256};

use super::shingle::{self, WIDTH};
use super::{Pending, Registry, RegistryError, RegistryErrorKind, refuse};
use crate::recognise::hit::{Context, Hit, Hits};
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
    shingles: Vec<Shingle>,
}

/// Rolling hash under the key's secret base, and tag, of some bytes.
type Mark = (u32, Tag);

/// One registered shingle, and what it looks like in disguises that leave no other trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shingle {
    plain: Mark,
    reversed: Mark,
    rot13: Mark,
    /// The differences between neighbours, which no single-byte key changes; none where they say too little.
    steps: Option<Mark>,
}

/// Distinct differences that a shingle has at least to be looked for under a key.
const STEPS_DISTINCT_MIN: usize = 7;

impl Shingle {
    fn of(key: &TagKey, base: u64, bytes: &[u8]) -> Option<Self> {
        let mark = |bytes: &[u8]| {
            let (_, hash) = shingle::hashes(bytes, base, bytes.len()).next()?;
            Some((hash, key.tag("shingle", &[bytes])))
        };
        let reversed: Zeroizing<Vec<u8>> = Zeroizing::new(bytes.iter().rev().copied().collect());
        let steps = shingle::steps(bytes);
        let telling = bytes.len() == WIDTH && shingle::distinct(&steps) >= STEPS_DISTINCT_MIN;
        Some(Self {
            plain: mark(bytes)?,
            reversed: mark(&reversed)?,
            rot13: mark(&rot13(bytes))?,
            steps: if telling { mark(&steps) } else { None },
        })
    }

    /// Forward, reversed and rotated, then the differences where there are any: 24 digits each.
    fn to_text(self) -> String {
        let marks = [Some(self.plain), Some(self.reversed), Some(self.rot13), self.steps];
        marks.into_iter().flatten().map(|(hash, tag)| format!("{hash:08x}{tag}")).collect()
    }

    fn from_text(text: &str) -> Option<Self> {
        let mark = |place: usize| {
            let (hash, tag) = text.get(place * 24..place * 24 + 24)?.split_at_checked(8)?;
            Some((u32::from_str_radix(hash, 16).ok()?, Tag::from_hex(tag)?))
        };
        let whole = matches!(text.len(), 72 | 96) && text.is_ascii();
        let steps = if text.len() == 96 { Some(mark(3)?) } else { None };
        whole.then_some(())?;
        Some(Self { plain: mark(0)?, reversed: mark(1)?, rot13: mark(2)?, steps })
    }
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
            .filter_map(|(at, _)| Shingle::of(key, base, bytes.get(at..at + width)?))
            .collect();
        if shingles.is_empty() {
            return refuse(RegistryErrorKind::Uniform);
        }
        Ok(Self { name: name.into(), width, shingles })
    }

    /// The fingerprint as a document of schema `ztp.dlp.fingerprint/1`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let shingles = self.shingles.iter().map(|shingle| Value::from(shingle.to_text()));
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
            let shingles = fields.array("shingles").ok()?;
            let shingles = shingles.iter().map(|item| Shingle::from_text(item.as_str()?));
            let shingles: Vec<_> = shingles.collect::<Option<_>>()?;
            fields.finish().ok()?;
            let valid = (super::SECRET_BYTES_MIN..WIDTH + shingle::WINNOW_WINDOW).contains(&width);
            (valid && !shingles.is_empty()).then_some(Self { name, width, shingles })
        };
        read().map_or_else(|| refuse(RegistryErrorKind::Fingerprint), Ok)
    }
}

/// All marks of one width.
#[derive(Debug)]
struct Table {
    width: usize,
    filter: Filter,
    /// Ascending by hash.
    entries: Vec<Entry>,
}

/// A mark to look for: its rolling hash and tag, the secret, and the tag of the shingle that it is a disguise of.
type Entry = (u32, Tag, usize, Tag);

impl Table {
    fn build(width: usize, mut entries: Vec<Entry>) -> Self {
        entries.sort_unstable();
        Self { width, filter: Filter::of(entries.iter().map(|entry| entry.0)), entries }
    }
}

/// Where a secret was seen, and which of its shingles.
type Seen = BTreeMap<usize, (usize, usize, Vec<Tag>)>;

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
    /// Over the differences between neighbouring bytes.
    steps: Table,
    names: Vec<(String, usize)>,
    hash: Digest,
    /// Whether a value may have spaces in it.
    pub(crate) spaced: bool,
}

impl Known {
    /// Takes chain hashes and secrets out of the registry; the secrets' bytes are erased.
    pub(crate) fn build(registry: &mut Registry, key: &TagKey) -> Self {
        let mut fingerprints = std::mem::take(&mut registry.fingerprints);
        // What only its marks are known of may have any.
        let spaced =
            !fingerprints.is_empty() || registry.pending.iter().any(|pending| pending.bytes.contains(&b' '));
        for Pending { name, bytes } in std::mem::take(&mut registry.pending) {
            // Length and uniformity were judged when it was added.
            fingerprints.extend(Fingerprint::of(key, name, &bytes));
        }
        let mut chain = std::mem::take(&mut registry.chain);
        chain.sort_unstable();
        chain.dedup();
        let mut by_width: BTreeMap<usize, Vec<Entry>> = BTreeMap::new();
        let mut steps = Vec::new();
        let mut names = Vec::new();
        for (secret, fingerprint) in fingerprints.iter().enumerate() {
            names.push((fingerprint.name.clone(), fingerprint.shingles.len()));
            let entries = by_width.entry(fingerprint.width).or_default();
            for shingle in &fingerprint.shingles {
                let entry = |(hash, tag): Mark| (hash, tag, secret, shingle.plain.1);
                entries.extend([shingle.plain, shingle.reversed, shingle.rot13].map(entry));
                steps.extend(shingle.steps.map(entry));
            }
        }
        let tables = by_width.into_iter().map(|(width, entries)| Table::build(width, entries));
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
            steps: Table::build(WIDTH - 1, steps),
            names,
            spaced,
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

    /// Looks for registered secrets and fragments of them: as they are, backwards, with their letters turned by 13, and under any
    /// single-byte key.
    pub(crate) fn secrets(&self, ctx: &Context, view: &[u8], out: &mut Hits) {
        let mut found = Seen::new();
        for table in &self.tables {
            self.search(ctx, table, view, &mut found);
        }
        if !self.steps.entries.is_empty() {
            self.search(ctx, &self.steps, &shingle::steps(view), &mut found);
        }
        for (secret, (start, end, shingles)) in found {
            self.hit(ctx, secret, (start, view.len().min(end)), shingles, out);
        }
    }

    fn search(&self, ctx: &Context, table: &Table, view: &[u8], found: &mut Seen) {
        for (at, hash) in shingle::hashes(view, self.base, table.width) {
            if !table.filter.may_hold(hash) {
                continue;
            }
            let first = table.entries.partition_point(|entry| entry.0 < hash);
            let mut seen = None;
            for &(_, mark, secret, tag) in
                table.entries.iter().skip(first).take_while(|entry| entry.0 == hash)
            {
                let bytes = view.get(at..at + table.width).unwrap_or_default();
                if *seen.get_or_insert_with(|| ctx.key.tag("shingle", &[bytes])) != mark {
                    continue;
                }
                let end = at + table.width;
                let (first, last, shingles) = found.entry(secret).or_insert((at, end, Vec::new()));
                *first = (*first).min(at);
                *last = (*last).max(end);
                if !shingles.contains(&tag) {
                    shingles.push(tag);
                }
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
        // The same after the registry was loaded again, so that a ledger outlives it.
        let tag = ctx.key.tag("secret", &[name.as_bytes()]);
        let id = u64::from_be_bytes(tag.0);
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

fn rot13(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let turn = |byte: &u8| match byte {
        b'a'..=b'm' | b'A'..=b'M' => byte + 13,
        b'n'..=b'z' | b'N'..=b'Z' => byte - 13,
        other => *other,
    };
    Zeroizing::new(bytes.iter().map(turn).collect())
}

fn upper(prefix: u64) -> u32 {
    u32::try_from(prefix >> 32).unwrap_or(0)
}
