//! Changes of settings: each is a record of the log, tightening counts at once, and loosening waits for 24 hours or for two
//! approvers.

use std::collections::{BTreeMap, BTreeSet};

use ztp_core::canonical::{self, Limits, Value};
use ztp_core::digest::Digest;
use ztp_core::encoding::base64_decode;
use ztp_core::event::anomaly::ConfigChanged;
use ztp_core::signature::{PublicKey, verify_document};

use crate::codec::{Malformed, Reader, Writer};
use crate::detect::NEVER;
use crate::rule::DAY;
use crate::settings::{Settings, SettingsFile};

/// What an approver signs for (docs/formats/signatures.md).
pub const APPROVAL_PURPOSE: &str = "ztp.anomaly-settings/1";
/// Approvers whose signatures let a loosening count at once.
const APPROVALS_NEEDED: usize = 2;
/// How long a loosening waits otherwise.
const DELAY: i64 = DAY;

/// The bytes that an approver signs: the change, in canonical form.
#[must_use]
pub fn approval_payload(file: SettingsFile, old_hash: Digest, new_hash: Digest) -> Vec<u8> {
    let change = Value::object([
        ("file", file.name().to_owned()),
        ("new_hash", new_hash.to_string()),
        ("old_hash", old_hash.to_string()),
    ]);
    canonical::write(&change).unwrap_or_default()
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// In force from now on.
    Applied { loosened: Vec<&'static str>, approvals: usize },
    /// In force from then on.
    Delayed { loosened: Vec<&'static str>, until: i64, approvals: usize },
    /// Not taken: the code says why.
    Refused(&'static str),
}

/// Settings that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pending {
    at: i64,
    value: Value,
}

/// Changes that wait, and who may shorten the wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    approvers: Vec<PublicKey>,
    pending: BTreeMap<SettingsFile, Pending>,
}

impl Changes {
    pub(crate) fn new(approvers: Vec<PublicKey>) -> Self {
        Self { approvers, pending: BTreeMap::new() }
    }

    /// Judges a change at `now`. `settings` are replaced if it is in force at once.
    pub(crate) fn judge(&mut self, settings: &mut Settings, change: &ConfigChanged, now: i64) -> Outcome {
        let Ok(file) = SettingsFile::from_name(&change.file) else {
            return Outcome::Refused("settings_file");
        };
        if settings.file_hash(file) != change.old_hash {
            return Outcome::Refused("anomaly_settings_old_hash");
        }
        let new = match settings.with(file, &change.config) {
            Ok(new) => new,
            Err(error) => return Outcome::Refused(ztp_core::Coded::code(&error)),
        };
        if new.file_hash(file) != change.new_hash {
            return Outcome::Refused("anomaly_settings_new_hash");
        }
        let Some(approvals) = self.approvals(file, change) else {
            return Outcome::Refused("anomaly_settings_approval");
        };
        // A later change of the same file replaces one that still waits.
        self.pending.remove(&file);
        let loosened = settings.loosened(&new, file);
        if loosened.is_empty() || approvals >= APPROVALS_NEEDED {
            *settings = new;
            return Outcome::Applied { loosened, approvals };
        }
        let until = now.saturating_add(DELAY);
        self.pending.insert(file, Pending { at: until, value: new.file_value(file) });
        Outcome::Delayed { loosened, until, approvals }
    }

    /// How many different approvers signed the change; `None` if a signature is none of theirs.
    fn approvals(&self, file: SettingsFile, change: &ConfigChanged) -> Option<usize> {
        let payload = approval_payload(file, change.old_hash, change.new_hash);
        let mut signed = BTreeSet::new();
        for approval in &change.approvals {
            let key = self.approvers.iter().find(|key| key.key_id() == approval.key_id)?;
            let signature = base64_decode(&approval.signature).ok()?;
            verify_document(key, APPROVAL_PURPOSE, &payload, &signature).ok()?;
            signed.insert(approval.key_id);
        }
        Some(signed.len())
    }

    /// When a change that waits comes into force.
    pub(crate) fn due(&self) -> i64 {
        self.pending.values().map(|pending| pending.at).min().unwrap_or(NEVER)
    }

    /// Puts what waited until `now` into force; the files that changed.
    pub(crate) fn tick(&mut self, settings: &mut Settings, now: i64) -> Vec<SettingsFile> {
        let due: Vec<SettingsFile> =
            self.pending.iter().filter(|(_, pending)| pending.at <= now).map(|(file, _)| *file).collect();
        for file in &due {
            if let Some(pending) = self.pending.remove(file)
                && let Ok(new) = settings.with(*file, &pending.value)
            {
                *settings = new;
            }
        }
        due
    }

    /// What waits, for explanations: file, and when it comes into force.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (SettingsFile, i64)> {
        self.pending.iter().map(|(file, pending)| (*file, pending.at))
    }

    pub(crate) fn encode(&self, w: &mut Writer) {
        w.count(self.pending.len());
        for (file, pending) in &self.pending {
            w.text(file.name());
            w.signed(pending.at);
            w.bytes(&canonical::write(&pending.value).unwrap_or_default());
        }
    }

    /// Reads what waits; approvers are not part of a state.
    pub(crate) fn decode(
        r: &mut Reader<'_>,
        settings: &Settings,
        approvers: Vec<PublicKey>,
    ) -> Result<Self, Malformed> {
        let mut changes = Self::new(approvers);
        for _ in 0..r.count()? {
            let file = SettingsFile::from_name(r.text()?).map_err(|_| Malformed)?;
            let at = r.time()?;
            let value = canonical::read(r.bytes()?, &Limits::default()).map_err(|_| Malformed)?;
            settings.with(file, &value).map_err(|_| Malformed)?;
            changes.pending.insert(file, Pending { at, value });
        }
        Ok(changes)
    }
}
