//! A known message, signed before anything else is: what a token does with it says whether it can be used.

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use ztp_core::signature::{PublicKey, Suite, verify};

use crate::TokenError;
use crate::mechanism::mechanism;

/// What is signed: nobody's document, since no purpose's encoding begins like it.
const MESSAGE: &[u8] = b"ztp-token-self-test-v1\n";

/// What the token did with a known message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SelfTest {
    /// Whether two signatures over the message were the same: so for Ed25519, not for RSASSA-PSS.
    pub deterministic: bool,
    /// For Ed25519: whether the token gave the pure signature when asked for Ed25519ph or Ed25519ctx, that is, ignores the
    /// parameters of the mechanism. `None` when it refused or the suite has no such parameters.
    pub ignores_parameters: Option<bool>,
}

/// Signs the known message and verifies it by the strict rule. The signature that counts is that of the suite as it is
/// used later, so a token that ignores a salt length or signs a digest instead of the message fails here.
pub(crate) fn run(session: &Session, key: ObjectHandle, public: &PublicKey) -> Result<SelfTest, TokenError> {
    let suite = public.suite();
    let sign = |mechanism: &Mechanism<'_>| session.sign(mechanism, key, MESSAGE);
    let (first, second) = (sign(&mechanism(suite)?)?, sign(&mechanism(suite)?)?);
    for signature in [&first, &second] {
        verify(public, MESSAGE, signature).map_err(TokenError::SelfTest)?;
    }
    let ignores_parameters = match suite {
        Suite::Ed25519 => {
            let schemes = [EddsaSignatureScheme::Ed25519ph(b""), EddsaSignatureScheme::Ed25519ctx(b"ztp")];
            let others = schemes.map(|scheme| sign(&Mechanism::Eddsa(EddsaParams::new(scheme))));
            // Refusing them is right, and so is following them; giving the pure signature is neither.
            let made: Vec<_> = others.into_iter().flatten().collect();
            if made.is_empty() { None } else { Some(made.contains(&first)) }
        }
        _ => None,
    };
    Ok(SelfTest { deterministic: first == second, ignores_parameters })
}
