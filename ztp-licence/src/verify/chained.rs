//! Verification against a pinned root: the chain from the root to the signing keys, then the licence.

use ztp_core::custody::{
    self, Certificate, CustodyError, CustodyErrorKind, RevocationList, Root, follows, verify_certificate,
    verify_revocation,
};
use ztp_core::signature::verify_document;

use super::{Known, Run};
use crate::LicenceError;
use crate::chain::Chain;
use crate::check::CheckKind;
use crate::envelope::EnvelopeSignature;
use crate::format::PAYLOAD_CHAINED_SCHEMA;
use crate::licence::Licence;
use crate::mint::totals;
use crate::trust::{Anchor, Rooted};
use crate::verdict::TrustState;

const ROOTS: &str = "envelope.chain.roots";
const REVOCATION: &str = "envelope.chain.revocation";
const CERTIFICATES: &str = "envelope.chain.certificates";

/// What the chain of an envelope led to.
struct Reached {
    root: Root,
    /// The newest revocation list, or that there is none; `Err` when none could be established.
    revocation: Result<Option<RevocationList>, ()>,
}

/// The whole verification. The licence is returned if it could be read, whatever the checks of its content say.
pub(super) fn verify<'a>(
    mut run: Run<'a>,
    anchor: &Rooted,
    envelope: &[u8],
) -> (Run<'a>, Option<Licence>, Known) {
    let (reached, licence) = checks(&mut run, anchor, envelope);
    let known = known(&run, anchor, reached);
    (run, licence, known)
}

/// What is known afterwards: never less than before.
fn known(run: &Run<'_>, anchor: &Rooted, reached: Option<Reached>) -> Known {
    let mut newest = anchor.clone();
    if let Some(Reached { root, revocation }) = reached {
        newest.root = root;
        if let Ok(Some(list)) = revocation {
            newest.revocation = Some(list);
        }
    }
    let Rooted { root, revocation, .. } = &newest;
    let state = TrustState {
        root_version: root.version,
        root_digest: Some(root.digest()),
        revocation_version: revocation.as_ref().map_or(0, |list| list.version),
        revocation_digest: revocation.as_ref().map(RevocationList::digest),
    };
    let changed = newest != *anchor;
    (state, changed.then(|| run.trust.with_anchor(Anchor::Rooted(newest))))
}

fn checks(run: &mut Run<'_>, anchor: &Rooted, envelope: &[u8]) -> (Option<Reached>, Option<Licence>) {
    let Some((layout, signatures)) = run.layout(envelope) else { return (None, None) };
    let Some(chain) = run.checks.note(CheckKind::Chain, layout.chain(signatures.len())) else {
        return (None, None);
    };
    let Some(reached) = reach(run, anchor, &chain) else { return (None, None) };
    let licence = licence(run, &reached, &chain, &signatures, layout.payload, || layout.licence());
    (Some(reached), licence)
}

/// The checks of roots and revocation list.
fn reach(run: &mut Run<'_>, anchor: &Rooted, chain: &Chain<'_>) -> Option<Reached> {
    let walked = custody::walk_roots(&anchor.root, &chain.roots);
    let walked = walked.map_err(|(index, error)| LicenceError::custody(&format!("{ROOTS}[{index}]"), error));
    let root = run.checks.note(CheckKind::RootChain, walked)?;
    let current = root_current(&root, anchor, run).map_err(|error| LicenceError::custody(ROOTS, error));
    run.checks.note(CheckKind::RootCurrent, current);
    let revocation = revocation_current(&root, anchor, chain);
    let revocation = revocation.map_err(|error| LicenceError::custody(REVOCATION, error));
    let revocation = run.checks.note(CheckKind::RevocationCurrent, revocation).ok_or(());
    Some(Reached { root, revocation })
}

fn root_current(root: &Root, anchor: &Rooted, run: &Run<'_>) -> Result<(), CustodyError> {
    let (found, seen) = (root.version, anchor.seen_root);
    if found < seen {
        return Err(error(CustodyErrorKind::RootRollback { found, seen }));
    }
    root.check_time(run.now)
}

/// The newest of the list kept and the list carried.
fn revocation_current(
    root: &Root,
    anchor: &Rooted,
    chain: &Chain<'_>,
) -> Result<Option<RevocationList>, CustodyError> {
    let kept = anchor.revocation.as_ref();
    let carried = chain.revocation.map(|document| verify_revocation(root, document)).transpose()?;
    if let (Some(kept), Some(carried)) = (kept, &carried) {
        follows(kept, carried)?;
    }
    let newest = carried.or_else(|| kept.cloned());
    let (found, seen) = (newest.as_ref().map_or(0, |list| list.version), anchor.seen_revocation);
    if found < seen {
        return Err(error(CustodyErrorKind::RevocationRollback { found, seen }));
    }
    Ok(newest)
}

fn error(kind: CustodyErrorKind) -> CustodyError {
    CustodyError { path: String::new(), kind }
}

/// The checks of signatures and licence, once it is known whose word counts.
fn licence(
    run: &mut Run<'_>,
    reached: &Reached,
    chain: &Chain<'_>,
    signatures: &[EnvelopeSignature],
    payload: &[u8],
    read: impl FnOnce() -> Result<Licence, LicenceError>,
) -> Option<Licence> {
    let signers = signers(run, reached, chain, signatures, payload);
    run.threshold(signers.len())?;
    if signers.len() < signatures.len() {
        return None;
    }
    let licence = run.checks.note(CheckKind::PayloadSchema, read())?;
    run.checks.note(CheckKind::ChainComplete, chain_complete(&licence, reached));
    for (index, certificate) in &signers {
        let place = format!("{CERTIFICATES}[{index}]");
        let mut note = |kind, result: Result<(), CustodyError>| {
            let result = result.map_err(|error| LicenceError::custody(&place, error));
            run.checks.note_signature(kind, *index, result);
        };
        note(CheckKind::CertificateIssued, certificate.check_issued(licence.issued_at));
        note(CheckKind::CertificateProduct, certificate.check_product(&licence.product));
        let totals = totals(&licence.mint).into_iter().map(|(class, total)| (class, total.amount));
        note(CheckKind::CertificateMint, certificate.check_mint(totals));
    }
    run.certificates = signers.into_iter().map(|(_, certificate)| certificate).collect();
    run.validity(&licence);
    Some(licence)
}

/// The checks of each signature. Returns the certificates, unrevoked, of the keys whose signature holds.
fn signers(
    run: &mut Run<'_>,
    reached: &Reached,
    chain: &Chain<'_>,
    signatures: &[EnvelopeSignature],
    payload: &[u8],
) -> Vec<(usize, Certificate)> {
    let mut signers = Vec::with_capacity(signatures.len());
    for (index, (signature, document)) in signatures.iter().zip(&chain.certificates).enumerate() {
        let place = format!("{CERTIFICATES}[{index}]");
        let custody = |error| LicenceError::custody(&place, error);
        let EnvelopeSignature { key_id, signature } = signature;
        let certificate = verify_certificate(&reached.root, document).map_err(custody);
        let certificate = certificate.and_then(|certificate| {
            if certificate.key_id == *key_id {
                return Ok(certificate);
            }
            Err(LicenceError::CertificateOtherKey { path: place.clone(), found: certificate.key_id })
        });
        let certificate = run.checks.note_signature(CheckKind::Certificate, index, certificate);
        let Some(certificate) = certificate else { continue };
        let unrevoked = reached.revocation.as_ref().ok().and_then(|list| {
            let unrevoked = list.as_ref().map_or(Ok(()), |list| certificate.check_revocation(list));
            run.checks.note_signature(CheckKind::CertificateNotRevoked, index, unrevoked.map_err(custody))
        });
        let valid = certificate.check_time(run.now).map_err(custody);
        run.checks.note_signature(CheckKind::CertificateWindow, index, valid);
        let holds = verify_document(&certificate.public_key, PAYLOAD_CHAINED_SCHEMA, payload, signature);
        let holds = run.checks.note_signature(CheckKind::Signature, index, holds.map_err(Into::into));
        if holds.is_some() {
            run.signed_by.push(*key_id);
        }
        if holds.and(unrevoked).is_some() {
            signers.push((index, certificate));
        }
    }
    signers
}

fn chain_complete(licence: &Licence, reached: &Reached) -> Result<(), LicenceError> {
    let (found, required) = (reached.root.version, licence.requires.root_version);
    if found < required {
        return Err(LicenceError::RootMissing { required, found });
    }
    let list = reached.revocation.as_ref().ok().and_then(Option::as_ref);
    let (found, required) = (list.map_or(0, |list| list.version), licence.requires.revocation_version);
    if found < required {
        return Err(LicenceError::RevocationMissing { required, found });
    }
    Ok(())
}
