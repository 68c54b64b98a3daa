//! `ztp correlate` and `ztp anomaly`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::AnchorArgs;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("extent").args(["since", "full"]))]
pub(crate) struct CorrelateArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    /// The webhook's admission stream: its file of decisions, or a saved copy of its ring
    pub(crate) admission: PathBuf,
    /// Compare entries from here on only: 7d, 24h, a date, a timestamp
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Compare everything (the default)
    #[arg(long)]
    pub(crate) full: bool,
    /// Compare entries before this time. What has no partner is pending for 30 s before --now, then it is missing
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
    /// A pair further apart than this has drifted, in milliseconds
    #[arg(long, value_name = "N", default_value_t = 30_000)]
    pub(crate) threshold_ms: u32,
    /// Entries without a partner that are held in memory at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) waiting_max: Option<u32>,
    /// An earlier report: what it called pending is missing if it still has no partner
    #[arg(long, value_name = "FILE")]
    pub(crate) pending: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) anchors: AnchorArgs,
    /// Draw the drift over time into this file, an SVG image
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
    /// Seal the findings in the log, as events correlation.finding
    #[arg(long)]
    pub(crate) record: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AnomalyCommand {
    /// Run the detectors over a log and report what fired
    Report(AnomalyReportArgs),
    /// Compute every alert again and compare it with what is sealed
    Replay(AnomalyLogArgs),
    /// Show the numbers behind an alert, or behind there being none
    Explain(AnomalyExplainArgs),
    /// Try settings on history, as lines of events, before they are switched on; no log is needed
    Try(AnomalyTryArgs),
    /// Run the detectors over a log and seal what they give that is not sealed yet, and their state
    Run(AnomalyRunArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AnomalyLogArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    /// A settings file in force before the log's first change of settings: denial-flood.yaml, break-glass.yaml, business-hours.yaml,
    /// tier-b-reference.yaml; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Vec<PathBuf>,
    /// A key whose holder may let a looser setting count at once: a verifier key or a file that holds one; may be given more than
    /// once
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) approver: Vec<String>,
    #[command(flatten)]
    pub(crate) anchors: AnchorArgs,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("extent").args(["since", "full"]))]
pub(crate) struct AnomalyReportArgs {
    #[command(flatten)]
    pub(crate) log: AnomalyLogArgs,
    /// Report from here on: 7d, 24h, a date, a timestamp. What came before is still what windows and baselines rest on
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,
    /// Report on everything (the default)
    #[arg(long)]
    pub(crate) full: bool,
    /// Report up to this time
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,
    /// Draw the days into this file, an SVG image
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("place").args(["seq", "at"]).required(true))]
pub(crate) struct AnomalyExplainArgs {
    #[command(flatten)]
    pub(crate) log: AnomalyLogArgs,
    /// At this record
    #[arg(long, value_name = "N")]
    pub(crate) seq: Option<u64>,
    /// At this time
    #[arg(long, value_name = "WHEN")]
    pub(crate) at: Option<String>,
    /// This rule only, such as denial-flood
    #[arg(long, value_name = "NAME")]
    pub(crate) detector: Option<String>,
    /// This user, namespace or ticket only
    #[arg(long, value_name = "NAME")]
    pub(crate) key: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AnomalyTryArgs {
    /// Events, one a line, as ztp audit append takes them, each with its timestamp
    pub(crate) events: PathBuf,
    /// A settings file to try; what none names has the guide's default. May be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Vec<PathBuf>,
    /// Draw the days into this file, an SVG image
    #[arg(long, value_name = "FILE")]
    pub(crate) plot: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AnomalyRunArgs {
    /// The log's directory
    pub(crate) dir: PathBuf,
    /// A settings file in force before the log's first change of settings; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) settings: Vec<PathBuf>,
    /// A key whose holder may let a looser setting count at once; may be given more than once
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) approver: Vec<String>,
    /// Seal the detectors' state when this many records of others have come since the last time: 1000 if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) snapshot_every: Option<u32>,
    /// Remember the last state sealed by its hash in this file, and go on from there the next time. Without it everything is computed
    /// from the log's start, and each state in the log compared. Keep the file where the bench cannot write: who can change it
    /// can choose the state
    #[arg(long, value_name = "FILE")]
    pub(crate) keep: Option<PathBuf>,
    /// Go on until SIGINT or SIGTERM, and seal what comes
    #[arg(long)]
    pub(crate) follow: bool,
    /// With --follow, seconds between two looks at the log
    #[arg(long, value_name = "N", default_value_t = 5, requires = "follow", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) interval: u32,
}
