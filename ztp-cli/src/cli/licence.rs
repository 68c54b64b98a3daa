//! `ztp licence`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum LicenceCommand {
    /// Sign a licence: JSON in, signed envelope out
    Sign(SignArgs),
    /// Verify an envelope and report every check
    Verify(LicenceVerifyArgs),
    /// Show what an envelope claims, without verifying it
    Inspect {
        /// The envelope
        file: PathBuf,
    },
    /// Verify an envelope and record in the sealed log that it was ingested or refused
    Ingest(IngestArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SignArgs {
    /// The private key (PKCS#8 PEM)
    #[arg(long, value_name = "PEM")]
    pub(crate) key: PathBuf,
    /// The licence to sign: JSON by the schema ztp.licence/1
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
    #[command(flatten)]
    pub(crate) verify: LicenceVerifyArgs,
    /// The sealed log's directory
    #[arg(long, value_name = "DIR")]
    pub(crate) log: PathBuf,
}
