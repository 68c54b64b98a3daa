//! Roots, certificates and revocation lists: verified on every build, made on those of an issuer.

use ztp_core::canonical::Value;
use ztp_core::custody::{
    self, CERTIFICATE_SCHEMA, Certificate, CustodyError, CustodyErrorKind, REVOCATION_SCHEMA, ROOT_SCHEMA,
    RevocationList, Root,
};
use ztp_core::digest::Digest;
use ztp_core::time::Timestamp;

use crate::ops::audit::count;
use crate::options;
use crate::outcome::{Outcome, failed, settle};

/// Schema of what [`custody_verify`] returns.
const VERDICT: &str = "ztp.custody.verdict/1";

/// Verifies a root, a certificate or a revocation list at the time `now_ms`.
///
/// `root` is the root that decides: for a new root the one before it, for the others the newest one. It is taken as it is given,
/// so it must be one that the caller pinned or verified. Where it is empty, `document` must be a root, and is taken by its own
/// word: as a first root that came on a path of its own. `seen` is the newest revocation list known, or empty: a certificate must
/// not be on it, a list must follow it.
///
/// The outcome's document says what was verified: `{"digest","kind","schema":"ztp.custody.verdict/1",…}` with the members of the
/// kind. What does not hold is a failure whose message names the member.
pub fn custody_verify(document: &[u8], root: &[u8], seen: &[u8], now_ms: i64) -> Outcome {
    settle(|| {
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let kind = custody::payload_schema(document).map_err(failed)?;
        if root.is_empty() {
            let anchored = custody::anchor_root(document).map_err(failed)?;
            anchored.check_time(now).map_err(failed)?;
            return Ok(root_verdict(&anchored, None));
        }
        let root = custody::anchor_root(root).map_err(failed)?;
        if kind == ROOT_SCHEMA {
            let updated = custody::update_root(&root, document).map_err(failed)?;
            updated.check_time(now).map_err(failed)?;
            return Ok(root_verdict(&updated, Some(root.version)));
        }
        let seen = if seen.is_empty() {
            None
        } else {
            Some(custody::verify_revocation(&root, seen).map_err(failed)?)
        };
        match kind.as_str() {
            CERTIFICATE_SCHEMA => {
                let certificate = custody::verify_certificate(&root, document).map_err(failed)?;
                certificate.check_time(now).map_err(failed)?;
                seen.iter().try_for_each(|list| certificate.check_revocation(list)).map_err(failed)?;
                Ok(certificate_verdict(&certificate, seen.as_ref(), &root))
            }
            REVOCATION_SCHEMA => {
                let list = custody::verify_revocation(&root, document).map_err(failed)?;
                seen.iter().try_for_each(|seen| custody::follows(seen, &list)).map_err(failed)?;
                Ok(revocation_verdict(&list, &root))
            }
            _ => Err(failed(CustodyError {
                path: "document.schema".to_owned(),
                kind: CustodyErrorKind::SchemaName { expected: CERTIFICATE_SCHEMA },
            })),
        }
    })
}

/// Checks the transcript of a ceremony (`ztp.signed/1` around `ztp.custody.transcript/1`) against the document that it says was
/// made: every step bound to the one before, signed by every key that signed the document, each key in custody.
///
/// `options` is JSON, or empty for none: `outside_allowed` (a boolean: accept keys that are not in custody, as in development). The
/// outcome's document (`ztp.custody.ceremony/1`) names each key, its holder and whether it is in custody. That the document itself
/// holds is said by [`custody_verify`].
pub fn custody_transcript(transcript: &[u8], document: &[u8], options: &[u8]) -> Outcome {
    settle(|| {
        let value = options::parse(options)?;
        let mut fields = options::open(&value)?;
        let outside_allowed = match fields.optional("outside_allowed").map_err(failed)? {
            Some(_) => fields.boolean("outside_allowed").map_err(failed)?,
            None => false,
        };
        fields.finish().map_err(failed)?;
        Ok(crate::ceremony::ceremony_check(transcript, document, outside_allowed))
    })
}

fn root_verdict(root: &Root, follows: Option<u64>) -> Outcome {
    Outcome::object([
        ("digest", root.digest().to_string().into()),
        ("follows_version", follows.map_or(Value::Null, count)),
        ("issued_at", root.issued_at.to_string().into()),
        ("key_ids", key_ids(root.keys.iter().map(|key| &key.key_id))),
        ("kind", "root".into()),
        ("not_after", root.not_after.to_string().into()),
        ("schema", VERDICT.into()),
        ("threshold", count(u64::try_from(root.threshold).unwrap_or(u64::MAX))),
        ("version", count(root.version)),
    ])
}

fn certificate_verdict(certificate: &Certificate, seen: Option<&RevocationList>, root: &Root) -> Outcome {
    let limits = &certificate.limits;
    let classes: Vec<Value> = limits
        .classes
        .iter()
        .map(|limit| {
            Value::object([
                ("amount_max", count(limit.amount_max)),
                ("class", Value::from(limit.class.as_str())),
            ])
        })
        .collect();
    let products: Vec<Value> = limits.products.iter().map(|product| product.as_str().into()).collect();
    let usages: Vec<Value> = certificate.usages.iter().map(|usage| usage.as_str().into()).collect();
    Outcome::object([
        ("classes", classes.into()),
        ("key_id", certificate.key_id.to_string().into()),
        ("kind", "certificate".into()),
        ("name", certificate.name.as_str().into()),
        ("not_after", certificate.not_after.to_string().into()),
        ("not_before", certificate.not_before.to_string().into()),
        ("products", products.into()),
        // Without a list, whether it is revoked was not checked, and this says so.
        ("revocation_version", seen.map_or(Value::Null, |list| count(list.version))),
        ("root_version", count(root.version)),
        ("schema", VERDICT.into()),
        ("serial", count(certificate.serial)),
        ("suite", certificate.public_key.suite().as_str().into()),
        ("total_max", count(limits.total_max)),
        ("usages", usages.into()),
    ])
}

fn revocation_verdict(list: &RevocationList, root: &Root) -> Outcome {
    let serials: Vec<Value> = list.certificate_serials.iter().map(|&serial| count(serial)).collect();
    Outcome::object([
        ("certificate_serials", serials.into()),
        ("digest", list.digest().to_string().into()),
        ("issued_at", list.issued_at.to_string().into()),
        ("key_ids", key_ids(list.key_ids.iter())),
        ("kind", "revocation".into()),
        ("root_version", count(root.version)),
        ("schema", VERDICT.into()),
        ("version", count(list.version)),
    ])
}

fn key_ids<'d>(ids: impl Iterator<Item = &'d Digest>) -> Value {
    ids.map(|id| Value::from(id.to_string())).collect::<Vec<_>>().into()
}

/// Signs a root, certificate or revocation list (its payload, any spelling) with `key`: a private key (PKCS#8 PEM) or a `pkcs11:`
/// URI. The outcome's document is the signed document, `ztp.signed/1`, with one signature; [`custody_cosign`] adds the others.
#[cfg(feature = "signer")]
pub fn custody_sign(payload: &[u8], key: &[u8]) -> Outcome {
    settle(|| {
        let signer = crate::signer::open(key)?;
        custody::sign(payload, signer.as_ref()).map(Outcome::with_document).map_err(failed)
    })
}

/// Adds the signature of another key to a signed root, certificate or revocation list. `key` is as for [`custody_sign`].
#[cfg(feature = "signer")]
pub fn custody_cosign(document: &[u8], key: &[u8]) -> Outcome {
    settle(|| {
        let signer = crate::signer::open(key)?;
        custody::cosign(document, signer.as_ref()).map(Outcome::with_document).map_err(failed)
    })
}
