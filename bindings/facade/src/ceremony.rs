//! Ceremonies at an issuer's machine, and the check of their transcripts by whoever was not there. For Rust callers; the
//! operations of other languages are those of the table.

use std::collections::{BTreeMap, BTreeSet};

use ztp_core::canonical::Value;
use ztp_core::custody::{self, check_transcript};
use ztp_core::signature::PublicKey;
use ztp_licence::Trust;

use crate::outcome::{Outcome, failed, settle};

/// Checks the transcript of a ceremony (`ztp.signed/1` around `ztp.custody.transcript/1`) against the document that it says was
/// made. `outside_allowed` accepts keys that are not in custody, as in development; the outcome's document,
/// `ztp.custody.ceremony/1`, names them either way.
///
/// That the document itself holds is said by [`custody_verify`](crate::custody_verify), from a root that the caller trusts.
pub fn ceremony_check(transcript: &[u8], document: &[u8], outside_allowed: bool) -> Outcome {
    settle(|| {
        let checked = check_transcript(transcript, document).map_err(failed)?;
        if !outside_allowed {
            checked.check_custody().map_err(failed)?;
        }
        let keys: Vec<Value> = checked
            .keys
            .iter()
            .map(|key| {
                Value::object([
                    ("holder", Value::from(key.holder.as_str())),
                    ("in_custody", key.in_custody.into()),
                    ("key_id", key.key_id.to_string().into()),
                    ("signed", checked.signed_by.contains(&key.key_id).into()),
                    ("suite", key.public_key.suite().as_str().into()),
                ])
            })
            .collect();
        let witnesses: Vec<Value> = checked.witnesses.iter().map(|name| name.as_str().into()).collect();
        Ok(Outcome::object([
            ("began_at", checked.began_at.to_string().into()),
            ("document_digest", checked.document_digest.to_string().into()),
            ("ended_at", checked.ended_at.to_string().into()),
            ("head", checked.head.to_string().into()),
            ("keys", keys.into()),
            ("purpose", checked.purpose.as_str().into()),
            ("schema", "ztp.custody.ceremony/1".into()),
            ("witnesses", witnesses.into()),
        ]))
    })
}

/// Makes the trust document (`ztp.trust/2`) that begins with a root (`ztp.signed/1` around `ztp.custody.root/1`), taken by its own
/// word: the file must have come on a path that the operator of the bench does not control.
pub fn trust_from_root(root: &[u8]) -> Outcome {
    settle(|| {
        let trust = Trust::pin_root(root).map_err(failed)?;
        trust.to_json().map(Outcome::with_document).map_err(failed)
    })
}

/// Makes the trust document (`ztp.trust/1`) that pins Ed25519 keys, each as PEM or 64 hexadecimal digits, for these products. The keys
/// must have come on a path that the operator of the bench does not control.
pub fn trust_from_keys(keys: &[Vec<u8>], products: &[String]) -> Outcome {
    settle(|| {
        let mut pinned = BTreeMap::new();
        for bytes in keys {
            let text = crate::input::text("pin", bytes.trim_ascii()).map_err(failed)?;
            let key = if text.starts_with('-') {
                PublicKey::from_spki_pem(&format!("{text}\n"))
            } else {
                PublicKey::from_hex(text)
            };
            let key = key.map_err(failed)?;
            pinned.insert(key.key_id().to_string(), key);
        }
        let products: BTreeSet<&str> = products.iter().map(String::as_str).collect();
        let products: Vec<Value> = products.into_iter().map(Value::from).collect();
        let keys = pinned.iter().map(|(id, key)| {
            Value::object([
                ("key_id", Value::from(id.as_str())),
                ("products", products.clone().into()),
                ("public_key", key.to_string().into()),
                ("suite", key.suite().as_str().into()),
            ])
        });
        let document = Outcome::object([
            ("keys", keys.collect::<Vec<Value>>().into()),
            ("schema", "ztp.trust/1".into()),
        ]);
        // What no verifier would take is not made.
        Trust::from_json(&document.document).map_err(failed)?;
        Ok(document)
    })
}

/// What a signed custody document says, unverified: `ztp.custody.inspection/1`.
pub fn custody_inspect(document: &[u8]) -> Outcome {
    settle(|| {
        let payload = custody::payload_of(document).map_err(failed)?;
        let read = ztp_core::canonical::read(&payload, &ztp_core::canonical::Limits::default());
        let signers = custody::signer_ids(document).map_err(failed)?;
        let signers: Vec<Value> = signers.iter().map(|id| Value::from(id.to_string())).collect();
        Ok(Outcome::object([
            ("payload", read.map_err(failed)?),
            ("schema", "ztp.custody.inspection/1".into()),
            ("signers", signers.into()),
            ("verified", false.into()),
        ]))
    })
}

#[cfg(feature = "signer")]
pub use making::{Holder, Made, RootPlan, conduct, conduct_root, key_generate, key_report};

#[cfg(feature = "signer")]
mod making {
    use zeroize::Zeroizing;
    use ztp_core::canonical::{self, Value};
    use ztp_core::custody::{self, ROOT_SCHEMA, Recorder, certified_key_members};
    use ztp_core::signature::{HybridSigningKey, PublicKey, Signer, SigningKey, Suite};
    use ztp_core::time::Timestamp;

    use crate::error::FacadeError;
    use crate::outcome::{Outcome, failed, settle};
    use crate::signer::open_reported;
    use crate::{host, input};

    /// Someone who brings a key to a ceremony.
    #[derive(Debug, Clone)]
    pub struct Holder {
        /// What they are called: an identifier.
        pub name: String,
        /// The key: a private key (PKCS#8 PEM) or a `pkcs11:` URI.
        pub key: Vec<u8>,
    }

    /// What a ceremony made.
    #[derive(Debug, Clone)]
    pub struct Made {
        /// The signed document.
        pub document: Vec<u8>,
        /// The transcript, signed by the keys that signed the document.
        pub transcript: Vec<u8>,
    }

    /// What a root shall be, beside its keys.
    #[derive(Debug, Clone)]
    pub struct RootPlan {
        /// Number of the root.
        pub version: i64,
        /// How many of its keys must sign.
        pub threshold: i64,
        /// Last moment at which it may be the newest one.
        pub not_after: Timestamp,
    }

    /// A key that was opened.
    struct Opened<'h> {
        name: &'h str,
        signer: Box<dyn Signer>,
        token: Option<Value>,
    }

    fn open(holders: &[Holder]) -> Result<Vec<Opened<'_>>, Outcome> {
        let mut opened = Vec::with_capacity(holders.len());
        for holder in holders {
            let (signer, token) = open_reported(&holder.key)?;
            opened.push(Opened { name: &holder.name, signer, token });
        }
        Ok(opened)
    }

    /// Makes a root whose keys are those of `holders`, signed by all of them and by `leaving`, the keys of the root before that
    /// are not in it any more.
    ///
    /// # Errors
    /// The failure of the first key or step.
    pub fn conduct_root(
        plan: &RootPlan,
        holders: &[Holder],
        leaving: &[Holder],
        witnesses: &[String],
        clock: &dyn Fn() -> i64,
    ) -> Result<Made, Outcome> {
        let mut opened = open(holders)?;
        let mut keys: Vec<PublicKey> =
            opened.iter().map(|holder| holder.signer.public_key().clone()).collect();
        keys.sort_by_key(PublicKey::key_id);
        let keys: Vec<Value> = keys.iter().map(|key| Value::object(certified_key_members(key))).collect();
        let payload = Value::object([
            ("issued_at", Value::from(time(clock)?.to_string())),
            ("keys", keys.into()),
            ("not_after", plan.not_after.to_string().into()),
            ("schema", ROOT_SCHEMA.into()),
            ("threshold", plan.threshold.into()),
            ("version", plan.version.into()),
        ]);
        opened.extend(open(leaving)?);
        let payload = canonical::write(&payload).map_err(failed)?;
        sign(&payload, &opened, witnesses, clock)
    }

    /// Makes a certificate or revocation list from its payload, signed by all holders.
    ///
    /// # Errors
    /// The failure of the first key or step.
    pub fn conduct(
        payload: &[u8],
        holders: &[Holder],
        witnesses: &[String],
        clock: &dyn Fn() -> i64,
    ) -> Result<Made, Outcome> {
        sign(payload, &open(holders)?, witnesses, clock)
    }

    fn sign(
        payload: &[u8],
        holders: &[Opened<'_>],
        witnesses: &[String],
        clock: &dyn Fn() -> i64,
    ) -> Result<Made, Outcome> {
        let purpose = purpose(payload)?;
        let tool = concat!("ztp ", env!("CARGO_PKG_VERSION"));
        let mut recorder = Recorder::begin(time(clock)?, &purpose, tool, witnesses).map_err(failed)?;
        for Opened { name, signer, token } in holders {
            recorder.key(time(clock)?, name, signer.public_key(), token.clone()).map_err(failed)?;
        }
        let mut document: Option<Vec<u8>> = None;
        for Opened { signer, .. } in holders {
            let signed = match &document {
                None => custody::sign(payload, signer.as_ref()),
                Some(document) => custody::cosign(document, signer.as_ref()),
            };
            let signed = signed.map_err(failed)?;
            let signed_payload = custody::payload_of(&signed).map_err(failed)?;
            recorder.signed(time(clock)?, &signer.public_key().key_id(), &signed_payload).map_err(failed)?;
            document = Some(signed);
        }
        let nobody = || failed(FacadeError::Internal);
        let document = document.ok_or_else(nobody)?;
        let signed_payload = custody::payload_of(&document).map_err(failed)?;
        let account = recorder.end(time(clock)?, &signed_payload, &document).map_err(failed)?;
        let mut transcript: Option<Vec<u8>> = None;
        for Opened { signer, .. } in holders {
            let signed = match &transcript {
                None => custody::sign(&account, signer.as_ref()),
                Some(transcript) => custody::cosign(transcript, signer.as_ref()),
            };
            transcript = Some(signed.map_err(failed)?);
        }
        Ok(Made { document, transcript: transcript.ok_or_else(nobody)? })
    }

    /// What a payload is, by its own word.
    fn purpose(payload: &[u8]) -> Result<String, Outcome> {
        let value = canonical::read(payload, &canonical::Limits::default()).map_err(failed)?;
        Ok(value.get("schema").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    fn time(clock: &dyn Fn() -> i64) -> Result<Timestamp, Outcome> {
        Timestamp::from_millis(clock()).map_err(failed)
    }

    /// Opens a key and says what it is and, for one in a token, what the token says of it: `ztp.keys.report/1`.
    pub fn key_report(key: &[u8]) -> Outcome {
        settle(|| {
            let (signer, token) = open_reported(key)?;
            Ok(report(signer.public_key(), token))
        })
    }

    fn report(key: &PublicKey, token: Option<Value>) -> Outcome {
        Outcome::object([
            ("key_id", key.key_id().to_string().into()),
            ("public_key_pem", key.to_spki_pem().into()),
            ("schema", "ztp.keys.report/1".into()),
            ("suite", key.suite().as_str().into()),
            ("token", token.into()),
        ])
    }

    /// Makes a key: in the token that `place` names if it is a `pkcs11:` URI, which gives a report as [`key_report`] does; and
    /// otherwise in memory, which gives the private key too (`ztp.keys.made/1`).
    pub fn key_generate(suite: &[u8], place: &[u8]) -> Outcome {
        settle(|| {
            let suite: Suite = input::text("suite", suite).map_err(failed)?.parse().map_err(failed)?;
            let place = input::text("place", place).map_err(failed)?;
            if place.starts_with("pkcs11:") {
                let (signer, token) = crate::signer::generate(place, suite)?;
                return Ok(report(signer.public_key(), token));
            }
            let (key, pem) = match suite {
                Suite::Ed25519 => {
                    let key = SigningKey::from_seed(&*seed()?);
                    (key.public_key().clone(), key.to_pkcs8_pem())
                }
                Suite::MlDsa65Ed25519 => {
                    let mut seeds = Zeroizing::new([0; 64]);
                    let (first, second) = seeds.split_at_mut(32);
                    first.copy_from_slice(&*seed()?);
                    second.copy_from_slice(&*seed()?);
                    let key = HybridSigningKey::from_seeds(&seeds).map_err(failed)?;
                    (key.public_key().clone(), key.to_pkcs8_pem())
                }
                _ => {
                    let what = "a private key of this suite in a file";
                    return Err(failed(FacadeError::FeatureMissing { what, feature: "pkcs11" }));
                }
            };
            Ok(Outcome::object([
                ("key_id", key.key_id().to_string().into()),
                ("private_key_pem", pem.as_str().into()),
                ("public_key_pem", key.to_spki_pem().into()),
                ("schema", "ztp.keys.made/1".into()),
                ("suite", suite.as_str().into()),
            ]))
        })
    }

    fn seed() -> Result<Zeroizing<[u8; 32]>, Outcome> {
        let mut seed = Zeroizing::new([0; 32]);
        host::random_seed(&mut seed).map_err(failed)?;
        Ok(seed)
    }
}
