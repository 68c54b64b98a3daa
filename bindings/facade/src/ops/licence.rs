use ztp_core::Coded as _;
#[cfg(feature = "signer")]
use ztp_core::canonical::{self, Limits};
#[cfg(feature = "signer")]
use ztp_core::schema::Fields;
use ztp_core::time::Timestamp;
use ztp_licence::{Status, Trust};

use crate::error::FacadeError;
use crate::input;
use crate::outcome::{Outcome, failed, settle};

/// Signs a licence payload (`ztp.licence/1`, any spelling) with `key`: a private key (PKCS#8 PEM) or a `pkcs11:` URI (RFC 7512).
///
/// The outcome's document is the envelope file, `ztp.licence.envelope/1`. A payload that [`licence_verify`] would refuse for its
/// content is not signed.
#[cfg(feature = "signer")]
pub fn licence_sign(payload: &[u8], key: &[u8]) -> Outcome {
    settle(|| {
        let signer = crate::signer::open(key)?;
        ztp_licence::sign(payload, signer.as_ref()).map(Outcome::with_document).map_err(failed)
    })
}

/// Signs a licence payload (`ztp.licence/2`, any spelling) with `key`, as [`licence_sign`] does, and puts beside it what shows who
/// the key's holder is.
///
/// `chain` is JSON: `{"certificate":…,"revocation":…|null,"roots":[…]}`, each a signed document (`ztp.signed/1`). The outcome's
/// document is the envelope file, `ztp.licence.envelope/2`.
#[cfg(feature = "signer")]
pub fn licence_sign_chained(payload: &[u8], key: &[u8], chain: &[u8]) -> Outcome {
    settle(|| {
        let chain = SigningChain::read(chain)?;
        let roots: Vec<&[u8]> = chain.roots.iter().map(Vec::as_slice).collect();
        let documents = ztp_licence::ChainDocuments {
            certificate: &chain.certificate,
            revocation: chain.revocation.as_deref(),
            roots: &roots,
        };
        let signer = crate::signer::open(key)?;
        let envelope = ztp_licence::sign_chained(payload, signer.as_ref(), &documents);
        envelope.map(Outcome::with_document).map_err(failed)
    })
}

/// The documents that go with an envelope, in canonical form.
#[cfg(feature = "signer")]
struct SigningChain {
    certificate: Vec<u8>,
    revocation: Option<Vec<u8>>,
    roots: Vec<Vec<u8>>,
}

#[cfg(feature = "signer")]
impl SigningChain {
    fn read(document: &[u8]) -> Result<Self, Outcome> {
        let limits = Limits { bytes_max: ztp_licence::ENVELOPE_BYTES_MAX, ..Limits::default() };
        let value = canonical::read(document, &limits).map_err(failed)?;
        let mut fields = Fields::open(&value, "chain").map_err(failed)?;
        let certificate = fields.value("certificate").map_err(failed)?;
        let revocation = fields.nullable("revocation").map_err(failed)?;
        let roots = fields.array("roots").map_err(failed)?;
        fields.finish().map_err(failed)?;
        let bytes = |value| canonical::write(value).map_err(failed);
        Ok(Self {
            certificate: bytes(certificate)?,
            revocation: revocation.map(bytes).transpose()?,
            roots: roots.iter().map(bytes).collect::<Result<_, _>>()?,
        })
    }
}

/// Verifies a licence envelope against a trust document (`ztp.trust/1`), at the time `now_ms`, for a bench.
///
/// `bench_id` is empty when the caller is no bench. The outcome's document is the verdict (`ztp.licence.verdict/1`) with every
/// check's result, whether it is negative or not; a refusal has the status of the first check that fails.
pub fn licence_verify(envelope: &[u8], trust: &[u8], now_ms: i64, bench_id: &[u8]) -> Outcome {
    settle(|| {
        let trust = Trust::from_json(trust).map_err(failed)?;
        let now = Timestamp::from_millis(now_ms).map_err(failed)?;
        let bench = Some(input::text("bench_id", bench_id).map_err(failed)?).filter(|id| !id.is_empty());
        let verdict = ztp_licence::verify(envelope, &trust, now, bench);
        let code = match verdict.status() {
            Status::Valid => None,
            Status::Refused => Some(verdict.failure().map_or(FacadeError::Internal.code(), |e| e.code())),
        };
        Ok(Outcome::verdict(code, verdict.to_json().map_err(failed)?))
    })
}

/// Shows what a licence envelope says (`ztp.licence.inspection/1`). Nothing is verified, and the document says so.
pub fn licence_inspect(envelope: &[u8]) -> Outcome {
    settle(|| ztp_licence::inspect(envelope).map(Outcome::with_document).map_err(failed))
}
