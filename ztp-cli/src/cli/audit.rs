//! `ztp audit`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::AnchorArgs;
use crate::since;

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Start a log in a new or empty directory
    Init(InitArgs),
    /// Append events from standard input, one JSON object a line: {"event_class","payload","timestamp"?}. Each group is durable before the next is
    /// read; at the end it prints the last record's number and hash, and how many were acknowledged whatever ended it
    Append(AppendArgs),
    /// Close the open epoch now: seal record, signed checkpoint, next key
    Seal(SealArgs),
    /// Print the last checkpoint: the note an auditor keeps for the next visit
    Head(HeadArgs),
    /// Verify a log and say what the verdict rests on
    Verify(VerifyArgs),
    /// Copy a log, consistently although it is written to meanwhile, and verify the copy; run again to go on or to bring it up to date
    Copy(CopyArgs),
    /// Make a proof that others can check without the log
    Prove(ProveArgs),
    /// Check that a record is in the log whose checkpoint a proof carries
    CheckProof(CheckProofArgs),
    /// Check that one checkpoint continues another
    CheckConsistency(CheckConsistencyArgs),
    /// Print the hash of a record line on standard input, which must be the one that the line states
    RecordHash,
}

/// The name of a log that is given none.
pub(crate) const DEFAULT_ORIGIN: &str = "ztp-audit";

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The log's directory: new or empty
    pub(crate) dir: PathBuf,
    /// Name of the log in its checkpoints, such as bench-07.example.com/audit; give each log its own, so that keys and checkpoints of two are not
    /// mistaken for each other's
    #[arg(long, value_name = "NAME", default_value = DEFAULT_ORIGIN)]
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
    /// Seal when the input ends or a signal ends it, so that no record waits for the next run
    #[arg(long)]
    pub(crate) seal: bool,
    /// Take events of this class below anomaly., licence. or vault., which the commands that answer for it write; once for each
    #[arg(long = "allow-class", value_name = "CLASS")]
    pub(crate) allow_classes: Vec<String>,
    /// Refuse a payload that is none of its class (admission.decision, operator.*, correlation.finding) instead of warning of it
    #[arg(long)]
    pub(crate) strict: bool,
    /// Put lines that are refused into this file, which must be new, and go on: each becomes a record of class input.set-aside with its
    /// number, digest and reason
    #[arg(long, value_name = "FILE")]
    pub(crate) set_aside: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

/// How long to wait for another process.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct WaitArgs {
    /// Wait this long for another process that is writing: 500ms, 30s, 5m
    #[arg(long = "wait", value_name = "DURATION", value_parser = since::wait_ms)]
    pub(crate) ms: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct SealArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct CopyArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    /// The directory of the copy: new or empty, or a copy made earlier; not inside the log
    pub(crate) dest: PathBuf,
    /// Bring a copy up to date that holds this checkpoint: the copy is verified against it, and the log read from there on
    #[arg(long, value_name = "FILE")]
    pub(crate) from_head: Option<PathBuf>,
    /// The checkpoint you kept from your last visit: the copy must contain it
    #[arg(long, value_name = "FILE")]
    pub(crate) head: Option<PathBuf>,
    /// The key the log must have started with: a verifier key or a file that holds one
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) vkey: Option<String>,
    /// What the copy's verdict must rest on for exit status 0, as for `verify`; none asks for nothing
    #[arg(long, value_name = "GRADE")]
    pub(crate) require: Vec<Required>,
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
    /// Print the verifier key of the epoch that covers this record instead: the only one that vouches for it, with `check-proof --vkey`
    #[arg(long, value_name = "N", conflicts_with_all = ["vkey", "genesis_vkey", "size"])]
    pub(crate) seq: Option<u64>,
    /// With --vkey, of the checkpoint of this many records instead of the last one
    #[arg(long, value_name = "SIZE", requires = "vkey", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) size: Option<i64>,
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

/// What `verify --require` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Required {
    /// Nothing, on purpose.
    Nothing,
    /// An anchor.
    Grade(Grade),
    /// A seal that is at most this many milliseconds old.
    SealedWithin(i64),
}

impl FromStr for Required {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::Nothing);
        }
        if let Some(span) = text.strip_prefix("sealed-within=") {
            let read = since::span_ms(span).flatten();
            return read
                .map(Self::SealedWithin)
                .ok_or_else(|| format!("{span} is no duration such as 90s, 15m, 1h, 7d"));
        }
        Grade::from_str(text, false).map(Self::Grade).map_err(|_| {
            "one of none, evolved-key, pinned-key, auditor-head, sealed-within=DURATION".to_owned()
        })
    }
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("extent").args(["content_from_head", "full"]))]
pub(crate) struct VerifyArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    /// Report on records from here on: 7d, 24h, a date, a timestamp. Everything is checked all the same
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Leave the content of records below the checkpoint given with --head to that checkpoint: faster, and the verdict names it
    #[arg(long)]
    pub(crate) content_from_head: bool,
    /// Check the content of every record (the default)
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) anchors: AnchorArgs,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("subject").args(["seq", "consistency"]).required(true))]
pub(crate) struct ProveArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    /// Prove that this record is in the log
    #[arg(long, value_name = "N")]
    pub(crate) seq: Option<u64>,
    /// Prove it under the checkpoint of this many records instead of the first that covers it: the number, or a file that holds the
    /// checkpoint, such as the one an auditor kept
    #[arg(long, value_name = "FILE|SIZE", requires = "seq")]
    pub(crate) size: Option<String>,
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
    /// The key that signed the proof's checkpoint: a verifier key or a file that holds one. The log's first key has signed its first
    /// epoch only; for later records give --head
    #[arg(long, value_name = "VKEY|FILE", required_unless_present = "head", conflicts_with = "head")]
    pub(crate) vkey: Option<String>,
    /// A checkpoint that you kept after you verified the log from its first key: the record must be under it
    #[arg(long, value_name = "FILE")]
    pub(crate) head: Option<PathBuf>,
    /// Where the proof is under another checkpoint than the one you kept: what `audit prove --consistency` printed from the older of
    /// the two to the newer
    #[arg(long, value_name = "FILE", requires = "head")]
    pub(crate) consistency: Option<PathBuf>,
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
