//! What is left, and for how long: the status document and the runway of each class.

use std::collections::BTreeMap;

use ztp_core::canonical::{self, Value};
use ztp_core::time::Timestamp;

use super::error::VaultError;
use super::state::{DAY_MS, SPENDING_DAYS, State};
use crate::member::number;

/// The name of the status' format.
pub const STATUS_SCHEMA: &str = "ztp.vault.status/1";

/// Days ahead of which a shortage is warned of, unless the caller says otherwise.
pub const WARN_DAYS_DEFAULT: u32 = 30;

/// Days that a runway is looked ahead at most.
pub const RUNWAY_DAYS_MAX: i64 = 3660;

/// How a class stands at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassStatus {
    /// The class.
    pub class: String,
    /// Everything that was ever minted.
    pub minted: u64,
    /// Everything that was ever consumed.
    pub consumed: u64,
    /// What can be spent now.
    pub spendable: u64,
    /// What can be spent later.
    pub not_yet_valid: u64,
    /// What can no longer be spent.
    pub expired: u64,
    /// What can be spent now and expires within the days of warning.
    pub expiring: u64,
    /// Consumed within the last 28 days, today included.
    pub recent: u64,
    /// Days of those that count: since the first spending, 28 at most.
    pub recent_days: i64,
    /// Whole days that the notes last at that rate, windows of validity taken into account; `None` when nothing was spent.
    pub runway_days: Option<i64>,
    /// When the last note that is not expired expires.
    pub last_expiry: Option<Timestamp>,
}

/// A warning about a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "callers show each")]
pub enum Warning {
    /// Nothing can be spent now.
    Exhausted,
    /// The runway ends within the days of warning.
    RunwayShort,
    /// All notes expire within the days of warning.
    AllExpire,
    /// Some notes will expire within the days of warning and at the present rate not be spent before.
    WillExpireUnspent,
}

impl Warning {
    /// The word in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exhausted => "exhausted",
            Self::RunwayShort => "runway_short",
            Self::AllExpire => "all_expire",
            Self::WillExpireUnspent => "will_expire_unspent",
        }
    }
}

impl ClassStatus {
    /// What to warn of, `warn_days` ahead of `now`.
    #[must_use]
    pub fn warnings(&self, now: Timestamp, warn_days: u32) -> Vec<Warning> {
        let days = i64::from(warn_days);
        let horizon = now.as_millis().saturating_add(days.saturating_mul(DAY_MS));
        let mut warnings = Vec::new();
        if self.spendable == 0 {
            warnings.push(Warning::Exhausted);
        } else if self.runway_days.is_some_and(|runway| runway < days) {
            warnings.push(Warning::RunwayShort);
        }
        if self.last_expiry.is_some_and(|last| last.as_millis() <= horizon) {
            warnings.push(Warning::AllExpire);
        }
        let needed = u128::from(self.recent) * u128::from(warn_days);
        let left = u128::from(self.expiring) * u128::from(self.recent_days.max(1).unsigned_abs());
        if self.expiring > 0 && needed < left {
            warnings.push(Warning::WillExpireUnspent);
        }
        warnings
    }
}

/// The status of each class that was ever minted, by name.
#[must_use]
pub fn classes(state: &State, now: Timestamp, warn_days: u32) -> Vec<ClassStatus> {
    state.class_names.iter().map(|(name, &index)| class_status(state, name, index, now, warn_days)).collect()
}

fn class_status(state: &State, name: &str, index: u16, now: Timestamp, warn_days: u32) -> ClassStatus {
    let horizon = now.as_millis().saturating_add(i64::from(warn_days).saturating_mul(DAY_MS));
    let today = now.as_millis().div_euclid(DAY_MS);
    let book = state.classes.get(usize::from(index));
    let days = book.map(|book| &book.days);
    let first_day = today - SPENDING_DAYS + 1;
    let recent = days.map_or(0, |days| days.range(first_day..=today).map(|(_, amount)| amount).sum());
    let first_spent = days.and_then(|days| days.range(first_day..=today).next()).map(|(day, _)| *day);
    let mut status = ClassStatus {
        class: name.to_owned(),
        minted: book.map_or(0, |book| book.minted),
        consumed: book.map_or(0, |book| book.consumed),
        spendable: 0,
        not_yet_valid: 0,
        expired: 0,
        expiring: 0,
        recent,
        recent_days: first_spent.map_or(0, |first| today - first + 1),
        runway_days: None,
        last_expiry: None,
    };
    // All notes of one window are one amount to the runway.
    let mut windows: BTreeMap<(Timestamp, Timestamp), u64> = BTreeMap::new();
    for (_, held) in state.class_notes(index) {
        if held.not_after < now {
            status.expired += held.amount;
            continue;
        }
        *windows.entry((held.not_after, held.not_before)).or_default() += held.amount;
        status.last_expiry = status.last_expiry.max(Some(held.not_after));
        if held.not_before > now {
            status.not_yet_valid += held.amount;
        } else {
            status.spendable += held.amount;
            if held.not_after.as_millis() <= horizon {
                status.expiring += held.amount;
            }
        }
    }
    if recent > 0 {
        status.runway_days = Some(runway(windows, recent, status.recent_days, now));
    }
    status
}

/// Whole days for which a constant rate can be paid, each day from the notes then valid, those that expire first in front.
///
/// Amounts are scaled by the days of the rate, so that everything stays in whole numbers.
fn runway(
    windows: BTreeMap<(Timestamp, Timestamp), u64>,
    recent: u64,
    recent_days: i64,
    now: Timestamp,
) -> i64 {
    let scale = u128::from(recent_days.max(1).unsigned_abs());
    let daily = u128::from(recent);
    let mut windows: Vec<(Timestamp, Timestamp, u128)> = windows
        .into_iter()
        .map(|((not_after, not_before), amount)| (not_after, not_before, u128::from(amount) * scale))
        .collect();
    for day in 0..RUNWAY_DAYS_MAX {
        let at = now.as_millis().saturating_add(day.saturating_mul(DAY_MS));
        windows.retain(|(not_after, _, left)| not_after.as_millis() >= at && *left > 0);
        let mut needed = daily;
        for (_, not_before, left) in &mut windows {
            if not_before.as_millis() <= at {
                let taken = needed.min(*left);
                *left -= taken;
                needed -= taken;
            }
        }
        if needed > 0 {
            return day;
        }
    }
    RUNWAY_DAYS_MAX
}

/// The classes as a value.
pub(crate) fn classes_value(classes: &[ClassStatus], now: Timestamp, warn_days: u32) -> Value {
    let class = |class: &ClassStatus| {
        let warnings = class.warnings(now, warn_days);
        Value::object([
            ("class", Value::from(class.class.as_str())),
            ("consumed", number(class.consumed)),
            ("expired", number(class.expired)),
            ("expiring", number(class.expiring)),
            ("last_expiry", class.last_expiry.map_or(Value::Null, |time| time.to_string().into())),
            ("minted", number(class.minted)),
            ("not_yet_valid", number(class.not_yet_valid)),
            ("recent", number(class.recent)),
            ("recent_days", class.recent_days.into()),
            ("runway_days", class.runway_days.map_or(Value::Null, Value::from)),
            ("spendable", number(class.spendable)),
            (
                "warnings",
                warnings.iter().map(|warning| warning.as_str().into()).collect::<Vec<Value>>().into(),
            ),
        ])
    };
    classes.iter().map(class).collect::<Vec<Value>>().into()
}

/// The anchor that a vault is bound to, as a value, or null.
pub(crate) fn binding_value(state: &State) -> Value {
    state.binding().map_or(Value::Null, |binding| {
        Value::object([
            ("counter", number(binding.expected.counter)),
            ("digest", binding.expected.digest.to_string().into()),
            ("id", binding.id.as_str().into()),
            ("kind", binding.kind.as_str().into()),
        ])
    })
}

/// The status document, `ztp.vault.status/1`. It shows what the vault says of itself; whether that is the newest state is for a
/// verdict.
///
/// # Errors
/// [`VaultError::NotOpen`].
pub fn status_json(state: &State, now: Timestamp, warn_days: u32) -> Result<Vec<u8>, VaultError> {
    let identity = state.identity()?;
    let classes = classes(state, now, warn_days);
    let warned = classes.iter().any(|class| !class.warnings(now, warn_days).is_empty());
    let count = |count: usize| number(u64::try_from(count).unwrap_or(u64::MAX));
    Ok(canonical::write(&Value::object([
        ("anchor", binding_value(state)),
        ("as_of", now.to_string().into()),
        ("bench_id", identity.bench_id.as_str().into()),
        ("classes", classes_value(&classes, now, warn_days)),
        ("clock_behind", (now < state.floor()).into()),
        ("device_key_id", identity.device.key_id().to_string().into()),
        ("envelopes", count(state.envelopes().len())),
        ("floor", state.floor().to_string().into()),
        ("generation", state.generation().map_or(Value::Null, Value::from)),
        ("head", state.head().to_string().into()),
        ("notes", count(state.notes())),
        ("open_requests", count(state.open_requests.len())),
        ("reanchored", number(state.reanchored)),
        ("schema", STATUS_SCHEMA.into()),
        ("seq", number(state.seq())),
        ("spent", count(state.spent())),
        ("vault_id", identity.vault_id.to_string().into()),
        ("verified", false.into()),
        ("warn_days", warn_days.into()),
        ("warned", warned.into()),
    ]))?)
}
