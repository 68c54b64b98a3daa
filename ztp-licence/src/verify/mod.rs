//! Verification: from the bytes of a file to a verdict.

mod chained;
mod pinned;

use ztp_core::custody::Certificate;
use ztp_core::digest::{Digest, sha256};
use ztp_core::time::Timestamp;

use crate::LicenceError;
use crate::check::CheckKind;
use crate::envelope::{EnvelopeSignature, Layout, LayoutError, check_size};
use crate::licence::{BenchBinding, Licence};
use crate::trust::{Anchor, Trust};
use crate::verdict::{Checks, TrustState, Verdict};

/// Verifies an envelope against a trust document, at a time, for a bench.
///
/// A pure function: the same arguments give the same verdict, byte for byte, on every surface. The verdict reports
/// every check.
///
/// Nothing is read before it is verified. The file is first checked to be canonical as bytes; its payload is found by
/// its place, not by interpreting it; and only when enough trusted, unrevoked keys have signed exactly those bytes are
/// they read as a licence. What vouches for the keys of an envelope that carries certificates is verified in the same
/// way, from the pinned root on. `bench_id` is `None` when the caller is no bench; a licence that is bound to one is then
/// refused as not checkable.
///
/// The trust document decides which generation of envelopes is accepted: pinned keys go with `ztp.licence.envelope/1`, a
/// pinned root with `ztp.licence.envelope/2`.
pub fn verify(envelope: &[u8], trust: &Trust, now: Timestamp, bench_id: Option<&str>) -> Verdict {
    let run = Run {
        trust,
        now,
        bench_id,
        checks: Checks::default(),
        signatures: 0,
        signed_by: Vec::new(),
        certificates: Vec::new(),
    };
    let (run, licence, (state, update)) = match trust.anchor() {
        Anchor::Pinned(anchor) => pinned::verify(run, anchor, envelope),
        Anchor::Rooted(anchor) => chained::verify(run, anchor, envelope),
    };
    let mut verdict = Verdict {
        format: trust.format(),
        checks: run.checks.complete(trust.format(), run.signatures),
        licence,
        signed_by: run.signed_by,
        envelope_digest: sha256(envelope),
        checked_at: now,
        bench_id: bench_id.map(str::to_owned),
        certificates: run.certificates,
        trust: state,
        trust_update: update,
    };
    if matches!(trust.anchor(), Anchor::Pinned(_)) && verdict.licence().is_none() {
        verdict.trust = pinned::state(trust.revocation());
        verdict.trust_update = None;
    }
    verdict
}

/// What is known of root and revocations afterwards, and the trust document to keep if that is more than before.
type Known = (TrustState, Option<Trust>);

/// One verification under way.
struct Run<'a> {
    trust: &'a Trust,
    now: Timestamp,
    bench_id: Option<&'a str>,
    checks: Checks,
    /// Signatures in the envelope, once they are known.
    signatures: usize,
    /// Keys whose signature holds.
    signed_by: Vec<Digest>,
    /// Their certificates, where keys have some.
    certificates: Vec<Certificate>,
}

impl Run<'_> {
    /// The checks of the file as a whole: where its parts lie, and which signatures it has.
    fn layout<'e>(&mut self, envelope: &'e [u8]) -> Option<(Layout<'e>, Vec<EnvelopeSignature>)> {
        let bytes_max = self.trust.envelope_bytes_max();
        self.checks.note(CheckKind::Size, check_size(envelope, bytes_max))?;
        let layout = match Layout::locate(envelope, bytes_max, self.trust.format()) {
            Err(LayoutError::Form(error)) => Err(error),
            Err(LayoutError::Schema(error)) => Ok(Err(error)),
            Ok(layout) => Ok(Ok(layout)),
        };
        let layout = self.checks.note(CheckKind::CanonicalForm, layout)?;
        let layout = self.checks.note(CheckKind::EnvelopeSchema, layout)?;
        let signatures = self.checks.note(CheckKind::SignatureList, layout.signatures())?;
        self.signatures = signatures.len();
        Some((layout, signatures))
    }

    /// The check that enough keys signed.
    fn threshold(&mut self, found: usize) -> Option<()> {
        let required = self.trust.threshold();
        let enough =
            if found < required { Err(LicenceError::TooFewSignatures { required, found }) } else { Ok(()) };
        self.checks.note(CheckKind::Threshold, enough)
    }

    /// The checks of what the licence says about time and bench.
    fn validity(&mut self, licence: &Licence) {
        let Self { trust, now, bench_id, checks, .. } = self;
        checks.note(CheckKind::IssuedAt, issued_at(licence, *now, trust.clock_tolerance_ms()));
        let Licence { not_before, not_after, .. } = *licence;
        let begun = if *now < not_before { Err(LicenceError::NotYetValid { not_before }) } else { Ok(()) };
        checks.note(CheckKind::NotBefore, begun);
        let lasts = if *now > not_after { Err(LicenceError::Expired { not_after }) } else { Ok(()) };
        checks.note(CheckKind::NotAfter, lasts);
        checks.note(CheckKind::Bench, bench(&licence.bench, *bench_id));
    }
}

fn issued_at(licence: &Licence, now: Timestamp, tolerance_ms: u64) -> Result<(), LicenceError> {
    let ahead = licence.issued_at.as_millis().saturating_sub(now.as_millis());
    if u64::try_from(ahead).is_ok_and(|ahead| ahead > tolerance_ms) {
        return Err(LicenceError::IssuedInFuture { issued_at: licence.issued_at });
    }
    Ok(())
}

fn bench(binding: &BenchBinding, bench_id: Option<&str>) -> Result<(), LicenceError> {
    match (binding, bench_id) {
        (BenchBinding::Any, _) => Ok(()),
        (BenchBinding::Bench(expected), Some(id)) if expected == id => Ok(()),
        (BenchBinding::Bench(expected), Some(_)) => {
            Err(LicenceError::OtherBench { expected: expected.clone() })
        }
        (BenchBinding::Bench(expected), None) => {
            Err(LicenceError::BenchNotGiven { expected: expected.clone() })
        }
    }
}
