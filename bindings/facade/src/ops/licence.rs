use ztp_core::Coded as _;
use ztp_core::signature::SigningKey;
use ztp_core::time::Timestamp;
use ztp_licence::{Status, Trust};

use crate::error::FacadeError;
use crate::input;
use crate::outcome::{Outcome, failed, settle};

/// Signs a licence payload (`ztp.licence/1`, any spelling) with a private key (PKCS#8 PEM).
///
/// The outcome's document is the envelope file, `ztp.licence.envelope/1`. A payload that [`licence_verify`] would refuse for its
/// content is not signed.
pub fn licence_sign(payload: &[u8], key_pem: &[u8]) -> Outcome {
    settle(|| {
        let pem = input::text("key_pem", key_pem).map_err(failed)?;
        let key = SigningKey::from_pkcs8_pem(pem).map_err(failed)?;
        ztp_licence::sign(payload, &key).map(Outcome::with_document).map_err(failed)
    })
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
