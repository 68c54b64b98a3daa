//! Strict signatures: keys, signing, verification and the encoding that ties a signature to its purpose.
//!
//! # The rule
//! Ed25519 libraries disagree about hostile input, with each other and across their own versions. ZTP decides before it
//! asks a library. A signature over `message` by key `A` is accepted only if all of this holds:
//!
//! 1. `A` has 32 bytes and the signature 64, its halves being `R` and `S`;
//! 2. neither `A` nor `R` is one of the 14 encodings of points of order 1, 2, 4 or 8;
//! 3. the y coordinates of `A` and `R` are below p = 2^255 - 19, and `A` is a point of the curve;
//! 4. `S` is below the group order L;
//! 5. the cofactorless equation `[S]B = R + [SHA-512(R ‖ A ‖ message)]A` holds (RFC 8032 §5.1.7).
//!
//! Each step that fails has its own code. Steps 1 to 4 are computed here, so that no feature of a library somewhere in
//! a dependency graph can change them. Signatures are never verified in batches: a crafted batch can pass as a whole.
//!
//! # The other suites
//! A trusted key fixes its suite ([`Suite`]); nothing in a file does. `mldsa65-ed25519` is a composite of which both
//! halves must hold, the Ed25519 half under the rule above; a half that is missing, exchanged or taken from another
//! message has its own code each. `rsa4096-pss-sha384` pins hash, mask, salt length, modulus length and exponent.

mod document;
mod ed25519;
mod error;
mod hybrid;
#[cfg(feature = "signer")]
mod hybrid_key;
mod pkcs;
mod point;
mod public_key;
mod rsa_pss;
mod signer;
mod signing_key;
mod suite;

pub use document::{PURPOSE_BYTES_MAX, pae, sign_document, verify_document};
pub use error::{KeyError, SignatureError};
#[cfg(feature = "signer")]
pub use hybrid_key::{HybridSigningKey, signer_from_pkcs8_pem};
pub use public_key::{PublicKey, verify, verify_raw};
pub use signer::Signer;
pub use signing_key::SigningKey;
pub use suite::Suite;
