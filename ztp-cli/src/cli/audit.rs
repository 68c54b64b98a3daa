//! `ztp audit`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Start a log in a new or empty directory
    Init(InitArgs),
    /// Append events from standard input, one JSON object a line: {"event_class","payload","timestamp"?}
    Append(AppendArgs),
    /// Close the open epoch now: seal record, signed checkpoint, next key
    Seal {
        /// The log's directory
        dir: PathBuf,
    },
    /// Print the last checkpoint: the note an auditor keeps for the next visit
    Head(HeadArgs),
    /// Verify a log and say what the verdict rests on
    Verify(VerifyArgs),
    /// Make a proof that others can check without the log
    Prove(ProveArgs),
    /// Check that a record is in the log whose checkpoint a proof carries
    CheckProof(CheckProofArgs),
    /// Check that one checkpoint continues another
    CheckConsistency(CheckConsistencyArgs),
    /// Print the hash that a record line on standard input must have
    RecordHash,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The log's directory: new or empty
    pub(crate) dir: PathBuf,
    /// Name of the log in its checkpoints, such as bench-07.example.com/audit
    #[arg(long, value_name = "NAME", default_value = "ztp-audit")]
    pub(crate) origin: String,
    /// Seal after this many records
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) records_max: Option<u32>,
    /// Seal this long after the first unsealed record, in milliseconds
    #[arg(long, value_name = "T", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) interval_ms: Option<u32>,
    /// Seal this long after the last seal even if nothing happened, in milliseconds
    #[arg(long, value_name = "H", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) heartbeat_ms: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct AppendArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    /// Seal when the input ends, so that no record waits for the next run
    #[arg(long)]
    pub(crate) seal: bool,
    /// Take events of this class below anomaly., licence. or vault., which the commands that answer for it write; once for each
    #[arg(long = "allow-class", value_name = "CLASS")]
    pub(crate) allow_classes: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HeadArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    /// Print the verifier key of the epoch that signed the checkpoint instead
    #[arg(long, conflicts_with = "genesis_vkey")]
    pub(crate) vkey: bool,
    /// Print the verifier key the log started with instead: the one to pin with `verify --vkey`
    #[arg(long)]
    pub(crate) genesis_vkey: bool,
}

/// What a verdict must rest on for exit status 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Grade {
    /// Seals by evolved keys, from the first epoch on
    EvolvedKey,
    /// The first key is the one given with --vkey
    PinnedKey,
    /// The log contains the checkpoint given with --head
    AuditorHead,
}

impl Grade {
    /// The word used in verdicts.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::EvolvedKey => "evolved_key",
            Self::PinnedKey => "pinned_key",
            Self::AuditorHead => "auditor_head",
        }
    }
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("extent").args(["since", "full"]))]
pub(crate) struct VerifyArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    /// Check the content of records from here on only: 7d, 24h, a date, a timestamp. Chain, seals and checkpoints are always checked
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Check the content of every record (the default)
    #[arg(long)]
    pub(crate) full: bool,
    /// The checkpoint you kept from your last visit: the log must contain it
    #[arg(long, value_name = "FILE")]
    pub(crate) head: Option<PathBuf>,
    /// The key the log must have started with: a verifier key or a file that holds one
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) vkey: Option<String>,
    /// Exit with status 4 unless the verdict rests on this; may be given more than once
    #[arg(long, value_enum, value_name = "GRADE")]
    pub(crate) require: Vec<Grade>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("subject").args(["seq", "consistency"]).required(true))]
pub(crate) struct ProveArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    /// Prove that this record is in the log
    #[arg(long, value_name = "N")]
    pub(crate) seq: Option<u64>,
    /// Prove it under the checkpoint of this many records instead of the first that covers it
    #[arg(long, value_name = "M", requires = "seq")]
    pub(crate) size: Option<u64>,
    /// Prove that the last checkpoint continues an older one
    #[arg(long, requires = "from")]
    pub(crate) consistency: bool,
    /// The older checkpoint: a file that holds it, or its size
    #[arg(long, value_name = "FILE|SIZE", requires = "consistency")]
    pub(crate) from: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CheckProofArgs {
    /// The proof: what `audit prove --seq` printed
    pub(crate) proof: PathBuf,
    /// The record: its line of the log
    #[arg(long, value_name = "FILE")]
    pub(crate) record: PathBuf,
    /// The key that signed the proof's checkpoint: a verifier key or a file that holds one
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) vkey: String,
}

#[derive(Debug, Args)]
pub(crate) struct CheckConsistencyArgs {
    /// The proof: what `audit prove --consistency` printed
    pub(crate) proof: PathBuf,
    /// The older checkpoint
    #[arg(long, value_name = "FILE")]
    pub(crate) old: PathBuf,
    /// The key that signed the older checkpoint: a verifier key or a file that holds one
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) vkey_old: String,
    /// The key that signed the newer checkpoint, which the proof carries
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) vkey_new: String,
}
