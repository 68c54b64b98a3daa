//! The mechanisms of PKCS#11 that make the suites' signatures.

use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};
use cryptoki::types::Ulong;
use ztp_core::signature::Suite;

use crate::TokenError;

/// Salt of RSASSA-PSS with SHA-384.
const SALT_BYTES: u64 = 48;

/// The mechanism of a suite, with every parameter said.
pub(crate) fn mechanism(suite: Suite) -> Result<Mechanism<'static>, TokenError> {
    match suite {
        Suite::Ed25519 => Ok(Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519))),
        Suite::Rsa4096PssSha384 => Ok(Mechanism::Sha384RsaPkcsPss(PkcsPssParams {
            hash_alg: MechanismType::SHA384,
            mgf: PkcsMgfType::MGF1_SHA384,
            s_len: Ulong::from(SALT_BYTES),
        })),
        other => Err(TokenError::KeyType { reason: format!("no mechanism of PKCS#11 2.40 makes {other}") }),
    }
}
