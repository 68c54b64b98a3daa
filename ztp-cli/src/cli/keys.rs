//! `ztp keys`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key pair; the private half goes into a new file only its owner can read, or stays in a token
    Generate(KeysGenerateArgs),
    #[cfg(feature = "signer")]
    /// Hold the ceremony of a first root: its keys, its threshold, and a transcript an auditor can check
    Ceremony(CeremonyArgs),
    #[cfg(feature = "signer")]
    /// Hold the ceremony of the next root, which the keys of the root before must agree to
    Rotate(RotateArgs),
    #[cfg(feature = "signer")]
    /// Certify a signing key, within limits
    Certify(CertifyArgs),
    #[cfg(feature = "signer")]
    /// Make the next revocation list
    Revoke(RevokeArgs),
    #[cfg(feature = "signer")]
    /// Add the signature of another holder to a root, certificate or revocation list
    Cosign(CosignArgs),
    #[cfg(feature = "signer")]
    /// Open a signing key and say what it is and how its token keeps it
    Inspect {
        /// The key: a PEM file or a pkcs11: URI
        key: String,
    },
    /// Verify a root, certificate or revocation list from a root you trust
    Verify(KeysVerifyArgs),
    /// Check the transcript of a ceremony against what it made
    Audit(KeysAuditArgs),
    /// Make a trust document: one that begins with a root, or one that pins signing keys themselves
    Trust(KeysTrustArgs),
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("start").args(["root", "pin"]).required(true))]
pub(crate) struct KeysTrustArgs {
    /// The signed root, which came on a path of its own
    pub(crate) root: Option<PathBuf>,
    /// A signing key to trust itself: its public key, as a PEM file or 64 hexadecimal digits; once for each
    #[arg(long, value_name = "FILE|HEX", requires = "products")]
    pub(crate) pin: Vec<String>,
    /// With --pin, a product that the keys may license; once for each
    #[arg(long = "product", value_name = "ID", requires = "pin")]
    pub(crate) products: Vec<String>,
    /// The trust document to write; an existing one is replaced as a whole
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct KeysGenerateArgs {
    /// File for the private key (PKCS#8 PEM, mode 0600), which must not exist; or the pkcs11: URI of a new key in a token
    #[arg(long, value_name = "FILE|URI")]
    pub(crate) out: String,
    /// File for the public key (PEM), which must not exist: OUT.pub.pem if it is not given, for OUT.pem too. Of a key in a token none is
    /// written unless it is given
    #[arg(long, value_name = "FILE")]
    pub(crate) public_out: Option<PathBuf>,
    /// Name in the printed verifier key, such as licence.example.com
    #[arg(long, default_value = "ztp-key")]
    pub(crate) name: String,
    /// ed25519, mldsa65-ed25519, or rsa4096-pss-sha384 (in tokens only)
    #[arg(long, default_value = "ed25519")]
    pub(crate) suite: String,
}

#[derive(Debug, Args)]
pub(crate) struct KeysVerifyArgs {
    /// The signed document
    pub(crate) file: PathBuf,
    /// The root that decides: for a new root the one before it; without it, a root is taken by its own word
    #[arg(long, value_name = "FILE")]
    pub(crate) root: Option<PathBuf>,
    /// The newest revocation list known
    #[arg(long, value_name = "FILE")]
    pub(crate) seen: Option<PathBuf>,
    /// Judge validity at this time instead of now
    #[arg(long, value_name = "TS")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct KeysAuditArgs {
    /// The transcript
    pub(crate) transcript: PathBuf,
    /// What the ceremony made
    #[arg(long, value_name = "FILE")]
    pub(crate) document: PathBuf,
    /// The root that decides about the document, as in ztp keys verify
    #[arg(long, value_name = "FILE")]
    pub(crate) root: Option<PathBuf>,
    /// Accept keys that are not in custody, as in development; they are named
    #[arg(long)]
    pub(crate) allow_outside: bool,
    /// Judge validity at this time instead of now
    #[arg(long, value_name = "TS")]
    pub(crate) now: Option<String>,
}

/// What every ceremony needs.
#[cfg(feature = "signer")]
#[derive(Debug, Args)]
pub(crate) struct PartArgs {
    /// A holder and their key: a name, an equals sign, and a PEM file or pkcs11: URI; once for each holder
    #[arg(long = "holder", value_name = "NAME=KEY", required = true)]
    pub(crate) holders: Vec<String>,
    /// Somebody who watches; once for each
    #[arg(long = "witness", value_name = "NAME")]
    pub(crate) witnesses: Vec<String>,
    /// What is made; an existing file is replaced as a whole
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// The transcript to write
    #[arg(long, value_name = "FILE")]
    pub(crate) transcript: PathBuf,
}

#[cfg(feature = "signer")]
#[derive(Debug, Args)]
pub(crate) struct CeremonyArgs {
    #[command(flatten)]
    pub(crate) part: PartArgs,
    /// How many holders must sign whatever the root decides
    #[arg(long, value_name = "K")]
    pub(crate) threshold: u8,
    /// Last moment at which this root may be the newest one
    #[arg(long, value_name = "TS")]
    pub(crate) not_after: String,
}

#[cfg(feature = "signer")]
#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    #[command(flatten)]
    pub(crate) ceremony: CeremonyArgs,
    /// The signed root before
    #[arg(long, value_name = "FILE")]
    pub(crate) previous: PathBuf,
    /// A holder of the root before who is not in the new one, and their key; once for each
    #[arg(long = "leaving", value_name = "NAME=KEY")]
    pub(crate) leaving: Vec<String>,
}

#[cfg(feature = "signer")]
#[derive(Debug, Args)]
pub(crate) struct CertifyArgs {
    #[command(flatten)]
    pub(crate) part: PartArgs,
    /// The public key to certify: a PEM file (PUBLIC KEY), or a private key or pkcs11: URI whose public half is meant
    #[arg(long, value_name = "KEY")]
    pub(crate) key: String,
    /// Name of the certificate, such as isk-2026-q3
    #[arg(long)]
    pub(crate) name: String,
    /// Number of the certificate; never used twice
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) serial: i64,
    /// A product that the key may license; once for each
    #[arg(long = "product", value_name = "ID", required = true)]
    pub(crate) products: Vec<String>,
    /// A class of notes that the key may mint, and the most of it in one envelope; once for each. None: it mints nothing
    #[arg(long = "class", value_name = "CLASS=MAX")]
    pub(crate) classes: Vec<String>,
    /// The most over all classes in one envelope; the sum of the classes if it is not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) total_max: Option<i64>,
    /// First moment of validity
    #[arg(long, value_name = "TS")]
    pub(crate) not_before: String,
    /// Last moment of validity
    #[arg(long, value_name = "TS")]
    pub(crate) not_after: String,
}

#[cfg(feature = "signer")]
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    #[command(flatten)]
    pub(crate) part: PartArgs,
    /// The newest list so far, whose entries stay
    #[arg(long, value_name = "FILE")]
    pub(crate) previous: Option<PathBuf>,
    /// The number of a certificate to revoke; once for each
    #[arg(long = "serial", value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) serials: Vec<i64>,
    /// The id of a key whose certificates are all revoked; once for each
    #[arg(long = "key-id", value_name = "HEX")]
    pub(crate) key_ids: Vec<String>,
}

#[cfg(feature = "signer")]
#[derive(Debug, Args)]
pub(crate) struct CosignArgs {
    /// The signed document
    pub(crate) file: PathBuf,
    /// The key: a PEM file or a pkcs11: URI
    #[arg(long, value_name = "KEY")]
    pub(crate) key: String,
    /// The document with the signature added; an existing file is replaced as a whole
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}
