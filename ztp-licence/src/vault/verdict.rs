//! What a verification of a vault found, what it rests on, and what it could not check.

use ztp_core::anchor::AnchorKind;
use ztp_core::canonical::{self, Value};
use ztp_core::time::Timestamp;

use super::error::VaultError;
use super::fork::ForkProof;
use super::state::State;
use super::status::binding_value;
use crate::member::number;

/// The name of the verdict's format.
pub const VERDICT_SCHEMA: &str = "ztp.vault.verdict/1";

/// How much of a rollback would show. A tier names the kind of fact, not an order of goodness: T2 and T3 are by others, T1 is the
/// machine's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "callers must decide about each tier")]
pub enum Tier {
    /// Nothing outside the copied state.
    T0,
    /// A TPM's NV memory.
    T1,
    /// A witness' cosignature.
    T2,
    /// Receipts that the issuer holds.
    T3,
}

impl Tier {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::T0 => "T0",
            Self::T1 => "T1",
            Self::T2 => "T2",
            Self::T3 => "T3",
        }
    }

    /// The tier of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::T0, Self::T1, Self::T2, Self::T3].into_iter().find(|tier| tier.as_str() == word)
    }
}

/// What a verdict says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers must decide about each status")]
pub enum VaultStatus {
    /// The history holds, and a fact outside the copied state covers part of it.
    Anchored,
    /// The history holds, and nothing shows that it is the newest.
    Unanchored,
    /// A fact outside shows transactions that are not here.
    RolledBack,
    /// A fact outside shows another history.
    Forked,
    /// The history does not hold.
    Broken,
}

impl VaultStatus {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anchored => "anchored",
            Self::Unanchored => "unanchored",
            Self::RolledBack => "rolled_back",
            Self::Forked => "forked",
            Self::Broken => "broken",
        }
    }
}

/// One fact that a verdict was held against.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// Its tier.
    pub tier: Tier,
    /// Whose word it is: an anchor's name, a witness' name, `issuer`.
    pub source: String,
    /// What stands behind an anchor; `None` for others.
    pub kind: Option<AnchorKind>,
    /// Whether a verdict may rest on it.
    pub counts: bool,
    /// The last transaction that it covers.
    pub covers_seq: u64,
    /// When it was given, for a witness.
    pub time: Option<Timestamp>,
    /// How it stands: `in_step`, `counter_pending`, `transaction_pending`, `contained`, `rolled_back`, `forked`, `behind`.
    pub result: &'static str,
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Its code.
    pub code: &'static str,
    /// In words.
    pub message: String,
    /// The record of the log, where it is one.
    pub record: Option<u64>,
}

/// The outcome of a verification.
#[derive(Debug, Clone)]
#[non_exhaustive]
#[must_use = "a verdict can be negative"]
pub struct VaultVerdict {
    /// The vault as the replay gives it, up to the first record that does not hold.
    pub state: State,
    /// The facts it was held against.
    pub evidence: Vec<Evidence>,
    /// What does not hold.
    pub findings: Vec<Finding>,
    /// The proof that the device signed two histories, where receipts from elsewhere show it.
    pub fork: Option<Box<ForkProof>>,
    /// Verdict about the log under the vault.
    pub log: Value,
    /// A seal of that log verifies.
    pub log_sealed: bool,
    /// Seals at its end whose checkpoints are not there, where they are more than the one that a writer may be at.
    pub seals_without_checkpoints: u64,
    /// Envelopes whose signatures were verified again; `None` when no trust document was given.
    pub envelopes_verified: Option<u64>,
    /// Transactions whose receipts' signatures were verified.
    pub receipts_verified: u64,
    /// Refusals in the log.
    pub refused: u64,
    /// Whether the device key was given by the verifier instead of taken from the log.
    pub device_pinned: bool,
    /// What was not checked.
    pub unchecked: Vec<&'static str>,
}

impl VaultVerdict {
    /// The verdict in one word.
    #[must_use]
    pub fn status(&self) -> VaultStatus {
        let found = |code| self.findings.iter().any(|finding| finding.code == code);
        if self
            .findings
            .iter()
            .any(|f| !matches!(f.code, "vault_forked" | "vault_rolled_back" | "vault_anchor_behind"))
        {
            VaultStatus::Broken
        } else if found("vault_forked") || found("vault_anchor_behind") {
            VaultStatus::Forked
        } else if found("vault_rolled_back") {
            VaultStatus::RolledBack
        } else if self.tier() > Tier::T0 && self.seals_without_checkpoints == 0 {
            VaultStatus::Anchored
        } else {
            VaultStatus::Unanchored
        }
    }

    /// The highest tier whose fact covers a part of the history and does not contradict it.
    #[must_use]
    pub fn tier(&self) -> Tier {
        let counting = self.evidence.iter().filter(|evidence| evidence.counts && evidence.covers_seq > 0);
        counting.map(|evidence| evidence.tier).max().unwrap_or(Tier::T0)
    }

    /// Whether the verdict rests on a fact of this tier. Every verdict rests on T0.
    #[must_use]
    pub fn rests_on(&self, tier: Tier) -> bool {
        let counts =
            |evidence: &Evidence| evidence.counts && evidence.covers_seq > 0 && evidence.tier == tier;
        tier == Tier::T0 || self.evidence.iter().any(counts)
    }

    /// The code of the verdict: the first finding's, or `vault_unanchored` unless it rests on each tier of `required`; where none is
    /// required, it must rest on any but T0. `None` only for a verdict without a finding that rests on all that was asked for.
    #[must_use]
    pub fn code(&self, required: &[Tier]) -> Option<&'static str> {
        let enough = if required.is_empty() {
            self.tier() > Tier::T0
        } else {
            required.iter().all(|tier| self.rests_on(*tier))
        };
        match self.findings.first() {
            Some(finding) => Some(finding.code),
            // Whoever could take checkpoints away could put records at the end as well, whatever vouches for those before.
            None if enough && self.seals_without_checkpoints == 0 => None,
            None => Some("vault_unanchored"),
        }
    }

    /// The last transaction that some fact outside covers.
    #[must_use]
    pub fn covered_seq(&self) -> u64 {
        let counting = self.evidence.iter().filter(|evidence| evidence.counts);
        counting.map(|evidence| evidence.covers_seq).max().unwrap_or(0)
    }

    /// The document's canonical bytes. `required` are the tiers that were asked for.
    ///
    /// # Errors
    /// [`VaultError::Json`] for numbers outside the profile.
    pub fn to_json(&self, required: &[Tier]) -> Result<Vec<u8>, VaultError> {
        let identity = self.state.identity.as_ref();
        let text = |text: Option<String>| text.map_or(Value::Null, Value::from);
        let classes = self.state.class_names.keys().map(|class| {
            let (minted, consumed, held) = self.state.sums(class);
            Value::object([
                ("class", Value::from(class.as_str())),
                ("consumed", number(consumed)),
                ("held", number(held)),
                ("minted", number(minted)),
            ])
        });
        let findings = self.findings.iter().map(|finding| {
            let mut members =
                vec![("code", Value::from(finding.code)), ("message", finding.message.as_str().into())];
            members.extend(finding.record.map(|record| ("record", number(record))));
            Value::object(members)
        });
        let words = |words: &[&'static str]| -> Value {
            words.iter().map(|word| Value::from(*word)).collect::<Vec<_>>().into()
        };
        let code = self.code(required);
        let required: Vec<&str> = required.iter().map(|tier| tier.as_str()).collect();
        Ok(canonical::write(&Value::object([
            ("bench_id", text(identity.map(|identity| identity.bench_id.clone()))),
            ("bound_anchor", binding_value(&self.state)),
            ("classes", Value::from(classes.collect::<Vec<_>>())),
            ("code", code.map_or(Value::Null, Value::from)),
            ("covered_seq", number(self.covered_seq())),
            ("device_key_id", text(identity.map(|identity| identity.device.key_id().to_string()))),
            ("device_key_pinned", self.device_pinned.into()),
            ("envelopes_verified", self.envelopes_verified.map_or(Value::Null, number)),
            ("evidence", self.evidence.iter().map(Evidence::to_value).collect::<Vec<_>>().into()),
            ("findings", findings.collect::<Vec<_>>().into()),
            ("fork", self.fork.as_ref().map_or(Value::Null, |fork| fork.to_value())),
            ("head", self.state.head().to_string().into()),
            ("log", self.log.clone()),
            ("notes", number(u64::try_from(self.state.notes()).unwrap_or(u64::MAX))),
            ("reanchored", number(self.state.reanchored)),
            ("receipts_verified", number(self.receipts_verified)),
            ("refused", number(self.refused)),
            ("required", required.iter().map(|word| Value::from(*word)).collect::<Vec<_>>().into()),
            ("rests_on", words(&self.rests_on_words())),
            ("schema", VERDICT_SCHEMA.into()),
            ("seq", number(self.state.seq())),
            ("spent", number(u64::try_from(self.state.spent()).unwrap_or(u64::MAX))),
            ("status", self.status().as_str().into()),
            ("tier", self.tier().as_str().into()),
            ("unchecked", words(&self.unchecked)),
            ("vault_id", text(identity.map(|identity| identity.vault_id.to_string()))),
        ]))?)
    }

    fn rests_on_words(&self) -> Vec<&'static str> {
        let chain = if self.log_sealed { "hash_chain_and_seals" } else { "hash_chain" };
        let mut words = vec![chain, "replay", "device_signatures"];
        words.extend(self.device_pinned.then_some("pinned_device_key"));
        words.extend(self.envelopes_verified.is_some().then_some("issuer_signatures"));
        for (tier, word) in [(Tier::T1, "tpm"), (Tier::T2, "witness"), (Tier::T3, "issuer_receipts")] {
            words.extend(self.rests_on(tier).then_some(word));
        }
        words
    }
}

impl Evidence {
    fn to_value(&self) -> Value {
        Value::object([
            ("counts", self.counts.into()),
            ("covers_seq", number(self.covers_seq)),
            ("kind", self.kind.map_or(Value::Null, |kind| kind.as_str().into())),
            ("result", self.result.into()),
            ("source", self.source.as_str().into()),
            ("tier", self.tier.as_str().into()),
            ("time", self.time.map_or(Value::Null, |time| time.to_string().into())),
        ])
    }
}
