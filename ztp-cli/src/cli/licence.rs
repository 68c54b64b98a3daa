//! `ztp licence`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{AnchorArgs, WaitArgs};

#[derive(Debug, Subcommand)]
pub(crate) enum LicenceCommand {
    #[cfg(feature = "signer")]
    /// Sign a licence: JSON in, signed envelope out
    Sign(SignArgs),
    /// Verify an envelope and report every check
    Verify(LicenceVerifyArgs),
    /// Show what an envelope claims, without verifying it
    Inspect {
        /// The envelope
        file: PathBuf,
    },
    /// Take in an envelope, or whatever lies in DIR/incoming, and record each decision in the sealed log
    Ingest(IngestArgs),
    /// Say what ingest would decide about an envelope; nothing is recorded or moved
    Decide(DecideArgs),
    /// Say which envelopes a bench has taken in, and the newest root and revocation list it knows, from its sealed log
    Seen(SeenArgs),
}

#[cfg(feature = "signer")]
#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The private key (PKCS#8 PEM), or the pkcs11: URI of one in a token
    #[arg(long, value_name = "PEM|URI")]
    pub(crate) key: String,
    /// The certificate of the key, for a licence by the schema ztp.licence/2
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// The newest revocation list, to carry to benches
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) revocation: Option<PathBuf>,
    /// A root that benches may lack, to carry to them, oldest first; once for each
    #[arg(long = "root", value_name = "FILE", requires = "certificate")]
    pub(crate) roots: Vec<PathBuf>,
    /// The licence to sign: JSON by the schema ztp.licence/1, or ztp.licence/2 with a certificate
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// The envelope to write; an existing one is replaced as a whole
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct LicenceVerifyArgs {
    /// The envelope
    pub(crate) file: PathBuf,
    /// The keys you trust
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
    /// Judge validity at this time instead of now
    #[arg(long, value_name = "TS")]
    pub(crate) now: Option<String>,
    /// The bench the licence must be for
    #[arg(long, value_name = "ID")]
    pub(crate) bench: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct IngestArgs {
    /// An envelope, or the directory that holds incoming/
    pub(crate) path: PathBuf,
    /// The keys or the root you trust
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
    /// The sealed log's directory
    #[arg(long, value_name = "DIR")]
    pub(crate) log: PathBuf,
    /// The id of this bench
    #[arg(long, value_name = "ID")]
    pub(crate) bench: String,
    /// Judge validity at this time instead of now
    #[arg(long, value_name = "TS")]
    pub(crate) now: Option<String>,
    /// Mint the notes into this vault
    #[arg(long, value_name = "DIR", requires = "device_key")]
    pub(crate) vault: Option<PathBuf>,
    /// The vault's device key (PKCS#8 PEM)
    #[arg(long, value_name = "PEM", requires = "vault")]
    pub(crate) device_key: Option<PathBuf>,
    /// Judge a file that is not a whole document once it was left alone this long, in milliseconds
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(..=3_600_000))]
    pub(crate) quiet_ms: Option<u32>,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct SeenArgs {
    /// The sealed log's directory
    pub(crate) log: PathBuf,
    /// The keys or the root you trust: what the envelopes in the log do not prove from there is listed, and changes nothing
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
    /// The bench whose log it is
    #[arg(long, value_name = "ID")]
    pub(crate) bench: Option<String>,
    #[command(flatten)]
    pub(crate) anchors: AnchorArgs,
}

#[derive(Debug, Args)]
pub(crate) struct DecideArgs {
    #[command(flatten)]
    pub(crate) verify: LicenceVerifyArgs,
    /// What the bench has seen: what `licence seen --json` printed; nothing if it is not given
    #[arg(long, value_name = "FILE")]
    pub(crate) seen: Option<PathBuf>,
}
