//! The command line: every command, flag and help text.

mod anchors;
mod audit;
mod dlp;
mod help;
mod keys;
mod licence;
mod vault;
mod watch;

use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

pub(crate) use anchors::AnchorArgs;
pub(crate) use audit::{
    AppendArgs, AuditCommand, CheckConsistencyArgs, CheckProofArgs, CopyArgs, DEFAULT_ORIGIN, HeadArgs,
    InitArgs, ProveArgs, Required, SealArgs, VerifyArgs, WaitArgs,
};
#[cfg(feature = "signer")]
pub(crate) use dlp::DlpBaselineArgs;
pub(crate) use dlp::{DlpCommand, DlpConfigArgs, DlpScanArgs};
#[cfg(feature = "signer")]
pub(crate) use keys::{CeremonyArgs, CertifyArgs, CosignArgs, PartArgs, RevokeArgs, RotateArgs};
pub(crate) use keys::{KeysAuditArgs, KeysCommand, KeysGenerateArgs, KeysTrustArgs, KeysVerifyArgs};
#[cfg(feature = "signer")]
pub(crate) use licence::SignArgs;
pub(crate) use licence::{DecideArgs, IngestArgs, LicenceCommand, LicenceVerifyArgs, SeenArgs};
pub(crate) use vault::{
    AskedArgs, DeviceArgs, ReanchorChange, VaultCommand, VaultForkArgs, VaultHistoryArgs, VaultInitArgs,
    VaultMintArgs, VaultReanchorArgs, VaultReconcileArgs, VaultRequestArgs, VaultSimulateArgs,
    VaultSpendArgs, VaultStatusArgs, VaultVerifyArgs,
};
pub(crate) use watch::{
    AnomalyCommand, AnomalyExplainArgs, AnomalyLogArgs, AnomalyReportArgs, AnomalyRunArgs, AnomalyTryArgs,
    CorrelateArgs,
};

/// Check what a bench logged, licensed and signed: offline, with your own eyes, trusting nobody on the bench.
#[derive(Debug, Parser)]
#[command(name = "ztp", version, propagate_version = true, max_term_width = 100, after_help = EXIT_HELP)]
pub(crate) struct Cli {
    /// Print one canonical JSON document on standard output instead of words
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Colour the words
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The exit statuses, shown below every help text that lists commands.
const EXIT_HELP: &str = "Exit status: 0 holds; 1 a break, denial or finding; 2 wrong usage; 3 could not check; \
4 holds, but nothing outside the copy vouches for it, or less than --require asked for.";

impl Cli {
    /// The command line with all its help texts.
    pub(crate) fn described() -> clap::Command {
        help::described(Self::command())
    }

    /// The arguments of this run.
    ///
    /// # Errors
    /// What is wrong with them, or the help or version that they ask for.
    pub(crate) fn of_this_run() -> Result<Self, clap::Error> {
        Self::from_arg_matches(&Self::described().try_get_matches()?)
    }
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sealed audit logs: write, seal, verify, prove
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Compare what the webhook says it decided with what was sealed
    Correlate(CorrelateArgs),
    /// Behavioural detectors over a sealed log: report, replay, explain, try, run
    #[command(subcommand)]
    Anomaly(AnomalyCommand),
    /// Licence envelopes: sign, verify, ingest
    #[command(subcommand)]
    Licence(LicenceCommand),
    /// Notes that licences mint: spend them offline, and say how a rolled-back copy would show
    #[command(subcommand)]
    Vault(VaultCommand),
    /// What leaves the bench: look for its secrets, check rules
    #[command(subcommand)]
    Dlp(DlpCommand),
    /// Keys for signing licences
    #[command(subcommand)]
    Keys(KeysCommand),
    /// The canonical form of JSON that everything signed or hashed is in
    #[command(subcommand)]
    Canonical(CanonicalCommand),
    /// Bare signatures
    #[command(subcommand)]
    Signature(SignatureCommand),
    #[cfg(feature = "signer")]
    /// Write a plausible day of a bench, verify it, change one byte, verify again
    Demo(DemoArgs),
    /// Explain a code or any word of a verdict: what it says and what to do; without one, list all
    Explain {
        /// As printed, such as signature_mismatch, unanchored, denial-flood or T2; or a code's number
        #[arg(value_name = "WORD")]
        code: Option<String>,
    },
    /// Print a shell completion script
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a directory
    Man {
        /// The directory; made if it is not there
        dir: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum CanonicalCommand {
    /// Read JSON on standard input, print its canonical bytes (no line feed is added in a pipe)
    Encode,
    /// Say whether standard input is canonical and, if not, at which byte and why
    Check,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SignatureCommand {
    /// Verify one signature by the strict rule
    Verify(SignatureVerifyArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SignatureVerifyArgs {
    /// The signature suite
    #[arg(long, default_value = "ed25519")]
    pub(crate) suite: String,
    /// The public key: 64 lower-case hexadecimal digits
    #[arg(long, value_name = "HEX")]
    pub(crate) public_key: String,
    /// The signed bytes in lower-case hexadecimal
    #[arg(long, value_name = "HEX", allow_hyphen_values = false)]
    pub(crate) message: String,
    /// The signature: 128 lower-case hexadecimal digits
    #[arg(long, value_name = "HEX")]
    pub(crate) signature: String,
}

#[cfg(feature = "signer")]
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Records to write
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(100..=10_000_000))]
    pub(crate) records: u32,
    /// Keep keys, log, licence and verdicts in this directory, which must not exist or be empty
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Which day to write: the same number gives the same events
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}
