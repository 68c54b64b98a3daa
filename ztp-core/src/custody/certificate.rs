//! The certificate of an intermediate signing key (ISK).

use super::signed::Parts;
use super::{CustodyError, CustodyErrorKind as Kind, RevocationList, Root, member};
use crate::canonical::Value;
use crate::digest::Digest;
use crate::schema::Fields;
use crate::signature::PublicKey;
use crate::time::Timestamp;

/// The name of the certificate's format, and the purpose of the signatures over it.
pub const CERTIFICATE_SCHEMA: &str = "ztp.custody.certificate/1";

/// Most products of one certificate.
pub const PRODUCTS_MAX: usize = 64;

/// Most classes of notes of one certificate.
pub const CLASSES_MAX: usize = 64;

const NAME: &str = "certificate";

/// What a certified key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Usage {
    /// Licences.
    Licence,
    /// Licences that mint notes.
    Mint,
}

impl Usage {
    /// Every usage of this build.
    pub const ALL: &[Self] = &[Self::Licence, Self::Mint];

    /// The name used in certificates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Licence => "licence",
            Self::Mint => "mint",
        }
    }
}

/// A certificate that the root's keys signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificate {
    /// Number of the certificate; the root's holders use it once.
    pub serial: u64,
    /// A name for people and file names.
    pub name: String,
    /// SHA-256 of the key's SubjectPublicKeyInfo.
    pub key_id: Digest,
    /// The key; it fixes the suite of its signatures.
    pub public_key: PublicKey,
    /// What the key may sign, ascending.
    pub usages: Vec<Usage>,
    /// Up to where.
    pub limits: Limits,
    /// When the certificate was made.
    pub issued_at: Timestamp,
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
}

/// Up to where a certified key may sign. Amounts are those of one envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Products that the key may license, ascending.
    pub products: Vec<String>,
    /// Classes of notes that the key may mint, ascending; no other class.
    pub classes: Vec<ClassLimit>,
    /// Most that one envelope may mint over all classes.
    pub total_max: u64,
}

/// The most of one class of notes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassLimit {
    /// The class.
    pub class: String,
    /// Most that one envelope may mint of it.
    pub amount_max: u64,
}

/// Takes a certificate that a threshold of the root's keys signed, and nobody else.
///
/// The signatures are verified before the payload is read. Time, usage, limits and revocation are checked by the methods
/// of [`Certificate`].
///
/// # Errors
/// The [`CustodyError`] of the first thing wrong.
pub fn verify_certificate(root: &Root, document: &[u8]) -> Result<Certificate, CustodyError> {
    let parts = Parts::locate(document, NAME)?;
    parts.require(CERTIFICATE_SCHEMA, &root.keys, root.threshold)?;
    let certificate = read(parts.payload, &parts.read()?)?;
    if root.shares(&certificate.public_key) {
        return Err(Kind::CertificateOfRootKey.at("certificate.public_key"));
    }
    Ok(certificate)
}

/// Reads a signed certificate without verifying anything: for an issuer who wants to see what it says.
///
/// # Errors
/// The [`CustodyError`] of the first thing wrong with its form.
pub fn inspect_certificate(document: &[u8]) -> Result<Certificate, CustodyError> {
    let parts = Parts::locate(document, NAME)?;
    read(parts.payload, &parts.read()?)
}

impl Certificate {
    /// Refuses a certificate outside its validity.
    ///
    /// # Errors
    /// [`CustodyErrorKind::CertificateNotYetValid`](Kind::CertificateNotYetValid) or
    /// [`CustodyErrorKind::CertificateExpired`](Kind::CertificateExpired).
    pub fn check_time(&self, now: Timestamp) -> Result<(), CustodyError> {
        let Self { not_before, not_after, .. } = *self;
        if now < not_before {
            return Err(Kind::CertificateNotYetValid { not_before }.at(NAME));
        }
        if now > not_after {
            return Err(Kind::CertificateExpired { not_after }.at(NAME));
        }
        Ok(())
    }

    /// Refuses what was issued while the certificate was not valid.
    ///
    /// # Errors
    /// [`CustodyErrorKind::CertificateIssuedOutside`](Kind::CertificateIssuedOutside).
    pub fn check_issued(&self, issued_at: Timestamp) -> Result<(), CustodyError> {
        if issued_at < self.not_before || issued_at > self.not_after {
            return Err(Kind::CertificateIssuedOutside { issued_at }.at(NAME));
        }
        Ok(())
    }

    /// Refuses a certificate that the list revokes, by its serial number or its key.
    ///
    /// # Errors
    /// [`CustodyErrorKind::CertificateRevoked`](Kind::CertificateRevoked).
    pub fn check_revocation(&self, list: &RevocationList) -> Result<(), CustodyError> {
        if list.revokes(self.serial, &self.key_id) {
            return Err(Kind::CertificateRevoked { serial: self.serial, version: list.version }.at(NAME));
        }
        Ok(())
    }

    /// Refuses a licence for a product that the certificate does not cover.
    ///
    /// # Errors
    /// [`CustodyErrorKind::CertificateProduct`](Kind::CertificateProduct).
    pub fn check_product(&self, product: &str) -> Result<(), CustodyError> {
        if self.limits.products.iter().any(|covered| covered == product) {
            return Ok(());
        }
        Err(Kind::CertificateProduct { product: product.to_owned() }.at(NAME))
    }

    /// Refuses a licence whose notes, given as total of each class, the certificate does not cover. A certificate without
    /// the usage `mint` covers no notes at all.
    ///
    /// # Errors
    /// [`CustodyErrorKind::CertificateUsage`](Kind::CertificateUsage),
    /// [`CustodyErrorKind::CertificateClass`](Kind::CertificateClass),
    /// [`CustodyErrorKind::CertificateClassLimit`](Kind::CertificateClassLimit) or
    /// [`CustodyErrorKind::CertificateTotalLimit`](Kind::CertificateTotalLimit).
    pub fn check_mint<'c>(
        &self,
        totals: impl IntoIterator<Item = (&'c str, u64)>,
    ) -> Result<(), CustodyError> {
        let mut sum = 0_u64;
        for (class, total) in totals {
            if !self.usages.contains(&Usage::Mint) {
                return Err(Kind::CertificateUsage.at(NAME));
            }
            let limit = self.limits.classes.iter().find(|limit| limit.class == class);
            let limit = limit.ok_or_else(|| Kind::CertificateClass { class: class.to_owned() }.at(NAME))?;
            if total > limit.amount_max {
                let (class, max) = (class.to_owned(), limit.amount_max);
                return Err(Kind::CertificateClassLimit { class, total, max }.at(NAME));
            }
            sum = sum.saturating_add(total);
        }
        let max = self.limits.total_max;
        if sum > max {
            return Err(Kind::CertificateTotalLimit { total: sum, max }.at(NAME));
        }
        Ok(())
    }
}

/// Reads a certificate from its canonical bytes and the value they hold.
pub(super) fn read(_payload: &[u8], value: &Value) -> Result<Certificate, CustodyError> {
    let mut fields = Fields::open(value, NAME)?;
    member::schema_name(&mut fields, CERTIFICATE_SCHEMA)?;
    let issued_at = member::timestamp(&mut fields, "issued_at")?;
    let mut key = fields.object("key")?;
    let (key_id, public_key) = member::public_key(&mut key)?;
    key.finish()?;
    let mut limits = fields.object("limits")?;
    let classes = member::list(&mut limits, "classes", (0, CLASSES_MAX), ClassLimit::read, |limit| {
        limit.class.clone()
    })?;
    let products =
        member::list(&mut limits, "products", (1, PRODUCTS_MAX), member::identifier_item, String::clone)?;
    let total_max = member::integer(&mut limits, "total_max", 0, member::INTEGER_LIMIT)?;
    limits.finish()?;
    let name = member::identifier(&mut fields, "name")?;
    let not_after = member::timestamp(&mut fields, "not_after")?;
    let not_before = member::timestamp(&mut fields, "not_before")?;
    let serial = member::integer(&mut fields, "serial", 1, member::INTEGER_LIMIT)?;
    let usages = member::list(&mut fields, "usages", (1, Usage::ALL.len()), usage, |usage| *usage)?;
    fields.finish()?;
    if not_after < not_before {
        return Err(Kind::WindowReversed.at(NAME));
    }
    let limits = Limits { products, classes, total_max };
    Ok(Certificate { serial, name, key_id, public_key, usages, limits, issued_at, not_before, not_after })
}

fn usage(value: &Value, path: String) -> Result<Usage, CustodyError> {
    let name = member::text(value, &path)?;
    let found = Usage::ALL.iter().copied().find(|usage| usage.as_str() == name);
    found.ok_or_else(|| Kind::Usage.at(path))
}

impl ClassLimit {
    fn read(value: &Value, path: String) -> Result<Self, CustodyError> {
        let mut fields = Fields::open(value, path)?;
        let amount_max = member::integer(&mut fields, "amount_max", 0, member::INTEGER_LIMIT)?;
        let class = member::identifier(&mut fields, "class")?;
        fields.finish()?;
        Ok(Self { class, amount_max })
    }
}
