//! What a caller asks a verdict to rest on, and whether it does.

use std::collections::BTreeSet;

use ztp_core::time::Timestamp;

use super::VerifyOptions;
use crate::control::CLOCK_TOLERANCE_MS;
use crate::error::VerifyError;
use crate::verdict::{Anchor, Status, Verdict};

/// Something that a verdict must rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Requirement {
    /// Seals by evolved keys, from the first epoch on. They stand in the copy: this alone vouches for nothing that the copy's maker could
    /// not have made.
    EvolvedKey,
    /// The first key is the one given, and a seal verifies under it.
    PinnedKey,
    /// The log contains the head given.
    AuditorHead,
    /// The last seal that verifies is at most this old by the caller's clock ([`VerifyOptions::now`]), and not dated after it.
    SealedWithin {
        /// Milliseconds.
        ms: u64,
    },
}

impl Requirement {
    /// The word used in documents and by `--require`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EvolvedKey => "evolved_key",
            Self::PinnedKey => "pinned_key",
            Self::AuditorHead => "auditor_head",
            Self::SealedWithin { .. } => "sealed_within",
        }
    }

    /// Whether it names what the log must rest on, as against how old it may be.
    fn is_anchor(self) -> bool {
        !matches!(self, Self::SealedWithin { .. })
    }

    fn is_met(self, verdict: &Verdict, now: Option<Timestamp>) -> bool {
        let Self::SealedWithin { ms } = self else { return verdict.rests_on(self.as_str()) };
        let Some(age) = seal_age_ms(verdict, now) else { return false };
        age >= -CLOCK_TOLERANCE_MS && u64::try_from(age).unwrap_or(0) <= ms
    }
}

/// Milliseconds from the last seal that verifies to the caller's now.
fn seal_age_ms(verdict: &Verdict, now: Option<Timestamp>) -> Option<i64> {
    let sealed = verdict.head.as_ref()?.timestamp.parse::<Timestamp>().ok()?;
    Some(now?.as_millis().saturating_sub(sealed.as_millis()))
}

/// Whether the last seal that verifies is dated after the caller's now: the clock of one of the two is wrong, or the time was made up.
pub(super) fn is_dated_after(verdict: &Verdict, now: Option<Timestamp>) -> bool {
    seal_age_ms(verdict, now).is_some_and(|age| age < -CLOCK_TOLERANCE_MS)
}

/// Whether the options say what they need to be answered at all.
pub(super) fn answerable(options: &VerifyOptions) -> Result<(), VerifyError> {
    let needs = |option, needs| Err(VerifyError::OptionNeeds { option, needs });
    let aged = |r: &Requirement| matches!(r, Requirement::SealedWithin { .. });
    if options.content_from_head && options.head.is_none() {
        return needs("content_from_head", "head");
    }
    if options.now.is_none() && options.require.iter().flatten().any(aged) {
        return needs("sealed_within", "now");
    }
    Ok(())
}

/// The status of a log that holds, by what it rests on, and what was asked for and is not there.
pub(super) fn grade(verdict: &Verdict, options: &VerifyOptions) -> (Status, Vec<&'static str>) {
    let required = options.require.as_deref().unwrap_or_default();
    let unmet = required.iter().filter(|r| !r.is_met(verdict, options.now)).map(|r| r.as_str());
    let missing: Vec<&'static str> = unmet.collect::<BTreeSet<_>>().into_iter().collect();
    // Only an empty list, or an anchor by name, takes the place of "something outside": an age is asked for on top of it.
    let named = options.require.is_some() && (required.is_empty() || required.iter().any(|r| r.is_anchor()));
    let vouched = named || verdict.anchors.iter().any(Anchor::is_outside);
    match (missing.is_empty(), vouched) {
        (false, _) => (Status::BelowRequired, missing),
        (true, false) => (Status::Unanchored, missing),
        (true, true) => (Status::Intact, missing),
    }
}
