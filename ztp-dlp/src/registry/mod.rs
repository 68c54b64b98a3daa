//! What the bench knows to be its own: authorities, issuer keys, chain hashes and secrets, as identities to look for.
//!
//! Secrets do not stay here. When the rules are made ready they become keyed tags of 16-byte shingles, and their bytes are
//! erased: whoever copies the registry without its key has numbers that match nothing.

pub(crate) mod known;
mod private;
mod public_ca;
mod shingle;

use std::collections::BTreeSet;

use zeroize::Zeroizing;
use ztp_core::canonical::Value;
use ztp_core::code::{self, Coded};
use ztp_core::digest::{Digest, sha256};
use ztp_core::signature::PublicKey;

pub use known::Fingerprint;

use crate::recognise::authority::Authority;
use crate::recognise::issuer::Isk;

/// Most authorities, and most issuer keys.
pub const IDENTITIES_MAX: usize = 256;
/// Most hashes of the audit chain: a month of a busy bench.
pub const CHAIN_HASHES_MAX: usize = 8_000_000;
/// Most registered values and secrets.
pub const SECRETS_MAX: usize = 10_000;
/// Least bytes of a registered value or secret: shorter ones are found everywhere.
pub const SECRET_BYTES_MIN: usize = 8;
/// Most bytes of a registered value or secret.
pub const SECRET_BYTES_MAX: usize = 64 * 1024;

/// An entry that the registry does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("registry: {kind}: {}", code::by_name(.kind.code()).map_or("see the error codes", |entry| entry.action))]
pub struct RegistryError {
    /// What is wrong.
    pub kind: RegistryErrorKind,
}

/// Why the registry does not take an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryErrorKind {
    /// Not one whole certificate in DER.
    #[error("the authority is not one whole X.509 certificate in DER")]
    Authority,
    /// Not an Ed25519 public key.
    #[error("the issuer key is not an Ed25519 key, raw or as SubjectPublicKeyInfo")]
    IssuerKey,
    /// Too short or too long to look for.
    #[error("the value has {bytes} bytes, expected 8 to 65536")]
    Length {
        /// Bytes found.
        bytes: usize,
    },
    /// The same few bytes over and over.
    #[error("the value is too uniform to tell from other data")]
    Uniform,
    /// One more than fits.
    #[error("there are more than {max} entries of one kind")]
    TooMany {
        /// Most entries.
        max: usize,
    },
    /// A stored fingerprint that is none.
    #[error("the stored fingerprint does not have the form of one")]
    Fingerprint,
}

impl RegistryErrorKind {
    const fn code(self) -> &'static str {
        match self {
            Self::Authority => "dlp_registry_authority",
            Self::IssuerKey => "dlp_registry_issuer_key",
            Self::Length { .. } => "dlp_registry_length",
            Self::Uniform => "dlp_registry_uniform",
            Self::TooMany { .. } => "dlp_registry_too_many",
            Self::Fingerprint => "dlp_registry_fingerprint",
        }
    }
}

impl Coded for RegistryError {
    fn code(&self) -> &'static str {
        self.kind.code()
    }
}

fn refuse<T>(kind: RegistryErrorKind) -> Result<T, RegistryError> {
    Err(RegistryError { kind })
}

/// A secret on its way to becoming a fingerprint.
struct Pending {
    name: String,
    bytes: Zeroizing<Vec<u8>>,
}

/// What the bench knows to be its own.
#[derive(Default)]
pub struct Registry {
    authorities: Vec<Authority>,
    leaves: BTreeSet<Digest>,
    public_cas: BTreeSet<Digest>,
    isks: Vec<Isk>,
    chain: Vec<u64>,
    issuers: Vec<String>,
    pending: Vec<Pending>,
    fingerprints: Vec<Fingerprint>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("authorities", &self.authorities.len())
            .field("leaves", &self.leaves.len())
            .field("isks", &self.isks.len())
            .field("chain_hashes", &self.chain.len())
            .field("issuers", &self.issuers.len())
            .field("secrets", &(self.pending.len() + self.fingerprints.len()))
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// Adds a certification authority by its certificate in DER: rule R3 looks for what belongs to it.
    ///
    /// # Errors
    /// [`RegistryErrorKind::Authority`], [`RegistryErrorKind::TooMany`].
    pub fn add_ca(&mut self, der: &[u8]) -> Result<(), RegistryError> {
        let Some(authority) = Authority::parse(der) else { return refuse(RegistryErrorKind::Authority) };
        room(self.authorities.len(), IDENTITIES_MAX)?;
        self.authorities.push(authority);
        Ok(())
    }

    /// Adds the SubjectPublicKeyInfo of a leaf whose private key would be TLS material of the authority.
    pub fn add_leaf_spki(&mut self, der: &[u8]) {
        self.leaves.insert(sha256(der));
    }

    /// Adds the SHA-256 of the SubjectPublicKeyInfo of a public authority: its certificate is information, not a finding. A list of
    /// common roots is built in.
    pub fn add_public_ca(&mut self, spki_sha256: Digest) {
        self.public_cas.insert(spki_sha256);
    }

    /// Adds an issuer signing key: 32 raw bytes of Ed25519, or the SubjectPublicKeyInfo of any suite in DER.
    ///
    /// # Errors
    /// [`RegistryErrorKind::IssuerKey`], [`RegistryErrorKind::TooMany`].
    pub fn add_isk(&mut self, key: &[u8]) -> Result<(), RegistryError> {
        let parsed = PublicKey::from_bytes(key).or_else(|_| PublicKey::from_spki_der(key));
        let Ok(parsed) = parsed else { return refuse(RegistryErrorKind::IssuerKey) };
        room(self.isks.len(), IDENTITIES_MAX)?;
        self.isks.push(Isk::of_key(parsed.as_bytes(), &parsed.to_spki_der()));
        Ok(())
    }

    /// Adds an issuer signing key of which only the fingerprint is known.
    ///
    /// # Errors
    /// [`RegistryErrorKind::TooMany`].
    pub fn add_isk_fingerprint(&mut self, fingerprint: Digest) -> Result<(), RegistryError> {
        room(self.isks.len(), IDENTITIES_MAX)?;
        self.isks.push(Isk::of_fingerprint(fingerprint));
        Ok(())
    }

    /// Adds a hash of the audit chain; eight bytes of it are kept.
    ///
    /// # Errors
    /// [`RegistryErrorKind::TooMany`].
    pub fn add_chain_hash(&mut self, hash: Digest) -> Result<(), RegistryError> {
        room(self.chain.len(), CHAIN_HASHES_MAX)?;
        let prefix = hash.as_bytes().first_chunk::<8>().copied().unwrap_or_default();
        self.chain.push(u64::from_be_bytes(prefix));
        Ok(())
    }

    /// Adds an issuer of service account tokens, as the `iss` claim says it.
    ///
    /// # Errors
    /// [`RegistryErrorKind::Length`] below 8 bytes, [`RegistryErrorKind::TooMany`].
    pub fn add_issuer(&mut self, issuer: impl Into<String>) -> Result<(), RegistryError> {
        let issuer = issuer.into();
        if !(SECRET_BYTES_MIN..=1024).contains(&issuer.len()) {
            return refuse(RegistryErrorKind::Length { bytes: issuer.len() });
        }
        room(self.issuers.len(), IDENTITIES_MAX)?;
        self.issuers.push(issuer);
        Ok(())
    }

    /// Adds a value that must not leave: a password, an address, a serial number. `name` appears in findings.
    ///
    /// # Errors
    /// [`RegistryErrorKind::Length`], [`RegistryErrorKind::Uniform`], [`RegistryErrorKind::TooMany`].
    pub fn add_value(&mut self, name: impl Into<String>, bytes: &[u8]) -> Result<(), RegistryError> {
        if !(SECRET_BYTES_MIN..=SECRET_BYTES_MAX).contains(&bytes.len()) {
            return refuse(RegistryErrorKind::Length { bytes: bytes.len() });
        }
        if shingle::is_uniform(bytes) {
            return refuse(RegistryErrorKind::Uniform);
        }
        room(self.pending.len() + self.fingerprints.len(), SECRETS_MAX)?;
        self.pending.push(Pending { name: name.into(), bytes: Zeroizing::new(bytes.to_vec()) });
        Ok(())
    }

    /// Adds a secret. Of a private key in DER only the private numbers are taken, so that its certificate, or another key of the
    /// same kind, shares nothing with it; anything else is taken whole, as by [`Registry::add_value`].
    ///
    /// # Errors
    /// Those of [`Registry::add_value`].
    pub fn add_secret(&mut self, name: impl Into<String>, bytes: &[u8]) -> Result<(), RegistryError> {
        match private::numbers(bytes) {
            Some(numbers) => self.add_value(name, &numbers),
            None => self.add_value(name, bytes),
        }
    }

    /// Adds a secret that was fingerprinted elsewhere under the same key.
    ///
    /// # Errors
    /// [`RegistryErrorKind::TooMany`].
    pub fn add_fingerprint(&mut self, fingerprint: Fingerprint) -> Result<(), RegistryError> {
        room(self.pending.len() + self.fingerprints.len(), SECRETS_MAX)?;
        self.fingerprints.push(fingerprint);
        Ok(())
    }

    pub(crate) fn authorities(&self) -> &[Authority] {
        &self.authorities
    }

    pub(crate) fn isks(&self) -> &[Isk] {
        &self.isks
    }

    pub(crate) fn issuers(&self) -> &[String] {
        &self.issuers
    }

    pub(crate) fn is_leaf(&self, spki_sha256: &Digest) -> bool {
        self.leaves.contains(spki_sha256)
    }

    pub(crate) fn is_public_ca(&self, spki_sha256: &Digest) -> bool {
        self.public_cas.contains(spki_sha256) || public_ca::contains(spki_sha256)
    }

    /// SHA-256 over the identities, without the secrets, which [`Known`] covers.
    pub(crate) fn hash(&self) -> Digest {
        let digests =
            |all: Vec<Digest>| Value::Array(all.iter().map(|one| Value::from(one.to_string())).collect());
        let document = Value::object([
            ("authorities", digests(self.authorities.iter().map(|one| one.fingerprint).collect())),
            ("isks", digests(self.isks.iter().map(|one| one.fingerprint).collect())),
            ("issuers", Value::Array(self.issuers.iter().map(|one| Value::from(one.as_str())).collect())),
            ("leaves", digests(self.leaves.iter().copied().collect())),
            ("public_cas", digests(self.public_cas.iter().copied().collect())),
        ]);
        sha256(&ztp_core::canonical::write(&document).unwrap_or_default())
    }
}

fn room(count: usize, max: usize) -> Result<(), RegistryError> {
    if count >= max { refuse(RegistryErrorKind::TooMany { max }) } else { Ok(()) }
}
