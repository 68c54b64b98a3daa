//! Verification: from the bytes of a file to a verdict.

use ztp_core::digest::{Digest, sha256};
use ztp_core::signature::verify_document;
use ztp_core::time::Timestamp;

use crate::envelope::{EnvelopeSignature, Layout, LayoutError, check_size};
use crate::licence::{BenchBinding, Licence, PAYLOAD_SCHEMA};
use crate::mint::totals;
use crate::trust::{PinnedKey, Trust};
use crate::verdict::{CheckKind, Checks, Verdict};
use crate::{LicenceError, Revocation};

/// Verifies an envelope against a trust document, at a time, for a bench.
///
/// A pure function: the same arguments give the same verdict, byte for byte, on every surface. The verdict reports
/// every check.
///
/// Nothing is read before it is verified. The file is first checked to be canonical as bytes; its payload is found by
/// its place, not by interpreting it; and only when enough trusted, unrevoked keys have signed exactly those bytes are
/// they read as a licence. `bench_id` is `None` when the caller is no bench; a licence that is bound to one is then
/// refused as not checkable.
pub fn verify(envelope: &[u8], trust: &Trust, now: Timestamp, bench_id: Option<&str>) -> Verdict {
    let mut run =
        Run { trust, now, bench_id, checks: Checks::default(), signatures: 0, signed_by: Vec::new() };
    let licence = run.envelope(envelope);
    Verdict {
        checks: run.checks.complete(run.signatures),
        licence,
        signed_by: run.signed_by,
        envelope_digest: sha256(envelope),
        checked_at: now,
        bench_id: bench_id.map(str::to_owned),
    }
}

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
}

impl<'a> Run<'a> {
    /// The checks of the file as a whole. Returns the licence if it could be read, whatever the checks of its content
    /// say.
    fn envelope(&mut self, envelope: &[u8]) -> Option<Licence> {
        let bytes_max = self.trust.envelope_bytes_max();
        self.checks.note(CheckKind::Size, check_size(envelope, bytes_max))?;
        let layout = match Layout::locate(envelope, bytes_max) {
            Err(LayoutError::Form(error)) => Err(error),
            Err(LayoutError::Schema(error)) => Ok(Err(error)),
            Ok(layout) => Ok(Ok(layout)),
        };
        let layout = self.checks.note(CheckKind::CanonicalForm, layout)?;
        let layout = self.checks.note(CheckKind::EnvelopeSchema, layout)?;
        let signatures = self.checks.note(CheckKind::SignatureList, layout.signatures())?;
        self.signatures = signatures.len();

        let signers = self.signers(&signatures, layout.payload);
        let required = self.trust.threshold();
        let found = signers.len();
        let enough =
            if found < required { Err(LicenceError::TooFewSignatures { required, found }) } else { Ok(()) };
        self.checks.note(CheckKind::Threshold, enough)?;
        if found < signatures.len() {
            return None;
        }
        let licence = self.checks.note(CheckKind::PayloadSchema, Licence::read(layout.payload))?;
        self.payload(&licence, &signers);
        Some(licence)
    }

    /// The checks of each signature. Returns the pinned, unrevoked keys whose signature holds.
    fn signers(&mut self, signatures: &[EnvelopeSignature], payload: &[u8]) -> Vec<(usize, &'a PinnedKey)> {
        let mut signers = Vec::with_capacity(signatures.len());
        for (index, EnvelopeSignature { key_id, signature }) in signatures.iter().enumerate() {
            let pinned = self.trust.key(key_id).ok_or(LicenceError::KeyUnpinned { key_id: *key_id });
            let Some(key) = self.checks.note_signature(CheckKind::KeyPinned, index, pinned) else { continue };
            let unrevoked = not_revoked(self.trust.revocation(), key);
            let unrevoked = self.checks.note_signature(CheckKind::KeyNotRevoked, index, unrevoked);
            self.checks.note_signature(CheckKind::KeyWindow, index, key_window(key, self.now));
            let holds = verify_document(&key.public_key, PAYLOAD_SCHEMA, payload, signature);
            let holds = self.checks.note_signature(CheckKind::Signature, index, holds.map_err(Into::into));
            if holds.is_some() {
                self.signed_by.push(*key_id);
            }
            if holds.and(unrevoked).is_some() {
                signers.push((index, key));
            }
        }
        signers
    }

    /// The checks of what the licence says.
    fn payload(&mut self, licence: &Licence, signers: &[(usize, &PinnedKey)]) {
        let Self { trust, now, bench_id, checks, .. } = self;
        checks.note(CheckKind::RevocationList, revocation_list(&licence.revocation, trust.revocation()));
        for &(index, key) in signers {
            let unrevoked = not_revoked(&licence.revocation, key);
            checks.note_signature(CheckKind::KeyNotRevokedByEnvelope, index, unrevoked);
            checks.note_signature(CheckKind::KeyProduct, index, key_product(key, licence));
            checks.note_signature(CheckKind::KeyMintLimit, index, key_mint_limit(key, licence));
        }
        checks.note(CheckKind::IssuedAt, issued_at(licence, *now, trust.clock_tolerance_ms()));
        let Licence { not_before, not_after, .. } = *licence;
        let begun = if *now < not_before { Err(LicenceError::NotYetValid { not_before }) } else { Ok(()) };
        checks.note(CheckKind::NotBefore, begun);
        let lasts = if *now > not_after { Err(LicenceError::Expired { not_after }) } else { Ok(()) };
        checks.note(CheckKind::NotAfter, lasts);
        checks.note(CheckKind::Bench, bench(&licence.bench, *bench_id));
    }
}

fn not_revoked(list: &Revocation, key: &PinnedKey) -> Result<(), LicenceError> {
    if list.contains(&key.key_id) { Err(LicenceError::KeyRevoked { key_id: key.key_id }) } else { Ok(()) }
}

fn key_window(key: &PinnedKey, now: Timestamp) -> Result<(), LicenceError> {
    match (key.not_before, key.not_after) {
        (Some(not_before), _) if now < not_before => Err(LicenceError::KeyNotYetValid { not_before }),
        (_, Some(not_after)) if now > not_after => Err(LicenceError::KeyExpired { not_after }),
        _ => Ok(()),
    }
}

fn revocation_list(found: &Revocation, seen: &Revocation) -> Result<(), LicenceError> {
    if found.version < seen.version {
        return Err(LicenceError::RevocationRollback { found: found.version, seen: seen.version });
    }
    if found.version == seen.version && found != seen {
        return Err(LicenceError::RevocationConflict { version: found.version });
    }
    Ok(())
}

fn key_product(key: &PinnedKey, licence: &Licence) -> Result<(), LicenceError> {
    if key.products.binary_search(&licence.product).is_ok() {
        return Ok(());
    }
    Err(LicenceError::OtherProduct { product: licence.product.clone() })
}

fn key_mint_limit(key: &PinnedKey, licence: &Licence) -> Result<(), LicenceError> {
    let Some(max) = key.mint_total_max else { return Ok(()) };
    for (class, total) in totals(&licence.mint) {
        if total.amount > max {
            return Err(LicenceError::KeyMintLimit { class: class.to_owned(), total: total.amount, max });
        }
    }
    Ok(())
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
