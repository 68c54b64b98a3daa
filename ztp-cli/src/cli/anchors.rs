//! What is brought from outside a sealed log: the same options, and the same meaning, for every command that reads one for an answer.

use std::path::PathBuf;

use clap::Args;

use super::audit::Required;

#[derive(Debug, Args)]
pub(crate) struct AnchorArgs {
    /// The checkpoint you kept from your last visit: the log must contain it
    #[arg(long, value_name = "FILE")]
    pub(crate) head: Option<PathBuf>,
    /// The key the log must have started with: a verifier key or a file that holds one
    #[arg(long, value_name = "VKEY|FILE", visible_alias = "genesis-vkey")]
    pub(crate) vkey: Option<String>,
    /// Exit with status 4 unless the log's verdict rests on this: evolved-key, pinned-key, auditor-head, sealed-within=DURATION; may be
    /// given more than once. Without it, something outside the copy must vouch for the log; none asks for nothing
    #[arg(long, value_name = "GRADE")]
    pub(crate) require: Vec<Required>,
    /// The time to hold ages against, instead of this machine's clock: of the tail, of the last seal, of what is still pending. For
    /// a copy, when it was made; none holds against none
    #[arg(long, value_name = "TIME|none")]
    pub(crate) now: Option<String>,
}
