//! `ztp dlp`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum DlpCommand {
    /// Look for the bench's secrets in files, directories or standard input, however they are dressed
    ///
    /// Links are not followed: one that leads out of what is scanned counts as not looked at. Nothing that is found is printed: a finding names its rule, its place and a keyed tag. The names of files
    /// and links are looked at too, and where links lead.
    Scan(DlpScanArgs),
    /// Sign what a scan of files found as the baseline of later scans: an allow-list of these findings, each for its file and a time
    ///
    /// What is found is named by its keyed tag, so that the scan must have been under a configuration with tag_key, and later ones under the
    /// same key. Something else in the same file, or the same thing in another file, is found as before.
    #[cfg(feature = "signer")]
    Baseline(DlpBaselineArgs),
    /// List the rules in force, with the hash that reports and events name them by
    Rules(DlpConfigArgs),
    /// Check a rule file: its form, the bounds of its patterns, and each rule against its own examples
    Test {
        /// The rule file, YAML
        rules: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DlpScanArgs {
    /// Files and directories; - alone is standard input
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) config: DlpConfigArgs,
    /// Standard input is the body of the request whose head, JSON, is in this file
    #[arg(long, value_name = "FILE")]
    pub(crate) request: Option<PathBuf>,
    /// Scan the request as at this time instead of now
    #[arg(long, value_name = "TS", requires = "request")]
    pub(crate) now: Option<String>,
    /// Write the findings into this file as well, as SARIF 2.1.0; an existing one is replaced as a whole
    #[arg(long, value_name = "FILE", conflicts_with = "request")]
    pub(crate) sarif: Option<PathBuf>,
    /// A signed baseline: what it names is excepted, and recorded as such. The configuration must have the tag_key it was made under
    #[arg(long, value_name = "FILE", requires_all = ["baseline_key", "config"], conflicts_with = "request")]
    pub(crate) baseline: Option<PathBuf>,
    /// The public key of who may sign the baseline, PEM: one that the operator of what is scanned does not hold
    #[arg(long, value_name = "PEM", requires = "baseline")]
    pub(crate) baseline_key: Option<PathBuf>,
    /// The least severity for which the exit status is 1; what is below is reported all the same
    #[arg(long, value_name = "SEVERITY", default_value = "info", value_parser = ["info", "low", "medium", "high", "critical"])]
    pub(crate) fail_on: String,
}

#[cfg(feature = "signer")]
#[derive(Debug, Args)]
pub(crate) struct DlpBaselineArgs {
    /// What a scan printed with --json; - is standard input
    pub(crate) found: PathBuf,
    /// The private key (Ed25519, PKCS#8 PEM), or the pkcs11: URI of one in a token
    #[arg(long, value_name = "PEM|URI")]
    pub(crate) key: String,
    /// Why: recorded with everything that is excepted
    #[arg(long, value_name = "TEXT")]
    pub(crate) ticket: String,
    /// When the exceptions end, at most 400 days from now
    #[arg(long, value_name = "TS")]
    pub(crate) expires: String,
    /// The version of the list: higher than that of the one before
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) list_version: i64,
    /// The baseline to write; an existing one is replaced as a whole
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DlpConfigArgs {
    /// The scanner's configuration, ztp.dlp.config/1
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rules", "ca", "isk"])]
    pub(crate) config: Option<PathBuf>,
    /// Customer rules, YAML
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// Certificates of the authority whose TLS material is looked for, PEM; can be given several times
    #[arg(long, value_name = "PEM")]
    pub(crate) ca: Vec<PathBuf>,
    /// A public issuer signing key that is looked for, PEM; can be given several times
    #[arg(long, value_name = "PEM")]
    pub(crate) isk: Vec<PathBuf>,
}
