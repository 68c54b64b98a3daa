//! Verification against pinned keys.

use ztp_core::signature::verify_document;
use ztp_core::time::Timestamp;

use super::{Known, Run};
use crate::check::CheckKind;
use crate::envelope::EnvelopeSignature;
use crate::format::PAYLOAD_SCHEMA;
use crate::licence::Licence;
use crate::mint::totals;
use crate::trust::{Anchor, Pinned, PinnedKey};
use crate::verdict::TrustState;
use crate::{LicenceError, Revocation};

/// The whole verification. The licence is returned if it could be read, whatever the checks of its content say.
pub(super) fn verify<'a>(
    mut run: Run<'a>,
    anchor: &Pinned,
    envelope: &[u8],
) -> (Run<'a>, Option<Licence>, Known) {
    let licence = checks(&mut run, anchor, envelope);
    let known = match &licence {
        Some(licence) if licence.revocation.version > anchor.revocation.version => {
            let revocation = licence.revocation.clone();
            let anchor = Anchor::Pinned(Pinned { revocation, ..anchor.clone() });
            (state(&licence.revocation), Some(run.trust.with_anchor(anchor)))
        }
        _ => (state(&anchor.revocation), None),
    };
    (run, licence, known)
}

/// What is known of pinned keys: the version of their revocation list.
pub(super) fn state(revocation: &Revocation) -> TrustState {
    TrustState { revocation_version: revocation.version, ..TrustState::default() }
}

fn checks(run: &mut Run<'_>, anchor: &Pinned, envelope: &[u8]) -> Option<Licence> {
    let (layout, signatures) = run.layout(envelope)?;
    let signers = signers(run, anchor, &signatures, layout.payload);
    run.threshold(signers.len())?;
    if signers.len() < signatures.len() {
        return None;
    }
    let licence = run.checks.note(CheckKind::PayloadSchema, layout.licence())?;
    payload(run, anchor, &licence, &signers);
    run.validity(&licence);
    Some(licence)
}

/// The checks of each signature. Returns the pinned, unrevoked keys whose signature holds.
fn signers<'a>(
    run: &mut Run<'a>,
    anchor: &Pinned,
    signatures: &[EnvelopeSignature],
    payload: &[u8],
) -> Vec<(usize, &'a PinnedKey)> {
    let mut signers = Vec::with_capacity(signatures.len());
    for (index, EnvelopeSignature { key_id, signature }) in signatures.iter().enumerate() {
        let pinned = run.trust.key(key_id).ok_or(LicenceError::KeyUnpinned { key_id: *key_id });
        let Some(key) = run.checks.note_signature(CheckKind::KeyPinned, index, pinned) else { continue };
        let unrevoked = not_revoked(&anchor.revocation, key);
        let unrevoked = run.checks.note_signature(CheckKind::KeyNotRevoked, index, unrevoked);
        run.checks.note_signature(CheckKind::KeyWindow, index, key_window(key, run.now));
        let holds = verify_document(&key.public_key, PAYLOAD_SCHEMA, payload, signature);
        let holds = run.checks.note_signature(CheckKind::Signature, index, holds.map_err(Into::into));
        if holds.is_some() {
            run.signed_by.push(*key_id);
        }
        if holds.and(unrevoked).is_some() {
            signers.push((index, key));
        }
    }
    signers
}

/// The checks of what the licence says about its keys.
fn payload(run: &mut Run<'_>, anchor: &Pinned, licence: &Licence, signers: &[(usize, &PinnedKey)]) {
    let checks = &mut run.checks;
    checks.note(CheckKind::RevocationList, revocation_list(&licence.revocation, anchor));
    for &(index, key) in signers {
        let unrevoked = not_revoked(&licence.revocation, key);
        checks.note_signature(CheckKind::KeyNotRevokedByEnvelope, index, unrevoked);
        checks.note_signature(CheckKind::KeyProduct, index, key_product(key, licence));
        checks.note_signature(CheckKind::KeyMintLimit, index, key_mint_limit(key, licence));
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

fn revocation_list(found: &Revocation, anchor: &Pinned) -> Result<(), LicenceError> {
    let Pinned { revocation: kept, seen_revocation, .. } = anchor;
    let seen = kept.version.max(*seen_revocation);
    if found.version < seen {
        return Err(LicenceError::RevocationRollback { found: found.version, seen });
    }
    if found.version == kept.version && found != kept {
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
