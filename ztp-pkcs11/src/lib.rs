//! Signing keys that never leave their token: an issuer's root and signing keys through PKCS#11 (OASIS PKCS #11 2.40 and
//! later).
//!
//! A key is named by a [`TokenUri`] (RFC 7512). [`TokenSigner::open`] finds it, holds it to what a custody key must be
//! (sensitive, never extractable, made in the token) and signs a known message before it hands the key out: tokens and
//! their drivers spell public keys in several ways and ignore parameters they do not know, and the time to notice is not
//! at the customer's. A PIN is presented once: a wrong one is never tried again, and neither is one that the token says
//! would be the last.
//!
//! What is not done here: nothing decides whom to trust, no key is exported, and the crate is in no build that only
//! verifies. The module named in the URI is a shared library that runs in this process with all its rights: it is
//! chosen by whoever holds the ceremony, never by a file that came from outside.
//!
//! ```
//! use ztp_core::Coded as _;
//! use ztp_pkcs11::TokenUri;
//!
//! let key = "pkcs11:token=isk;object=isk?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/run/pin";
//! assert!(key.parse::<TokenUri>().is_ok());
//!
//! let misspelt = key.replace("object", "objekt").parse::<TokenUri>().unwrap_err();
//! assert_eq!(misspelt.code(), "token_uri_unknown");
//! ```

mod attributes;
mod error;
mod generate;
mod mechanism;
mod point;
mod self_test;
mod session;
mod signer;
mod uri;

pub use attributes::KeyAttributes;
pub use error::TokenError;
pub use generate::generate;
pub use point::ed25519_point;
pub use self_test::SelfTest;
pub use signer::{TokenReport, TokenSigner};
pub use uri::{PinSource, TokenUri, UriError};
