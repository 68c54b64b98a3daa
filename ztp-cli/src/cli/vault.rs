//! `ztp vault`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::WaitArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Make a vault in a new or empty directory
    Init(VaultInitArgs),
    /// Show what is left, for how long, and what to worry about
    Status(VaultStatusArgs),
    /// Verify an envelope and take its notes in
    Mint(VaultMintArgs),
    /// Spend notes; the same request id again gives the same receipt
    Spend(VaultSpendArgs),
    /// Try a spend: would it succeed, and what would be left? Nothing is written
    Simulate(VaultSimulateArgs),
    /// List transactions with their receipts
    History(VaultHistoryArgs),
    /// Verify a vault, and say how a rolled-back copy of it would show
    Verify(VaultVerifyArgs),
    /// Prove from two receipts that a device signed two histories, or check such a proof
    VerifyFork(VaultForkArgs),
    /// Write the file with which the bench asks its issuer for notes
    Request(VaultRequestArgs),
    /// At the issuer: compare a request with the receipts held of the device
    Reconcile(VaultReconcileArgs),
    /// Record that the vault is bound to an anchor, lost it, or runs on a restored machine
    Reanchor(VaultReanchorArgs),
}

/// What changes the vault needs: its directory, the device key, and the machine it runs on.
#[derive(Debug, Args)]
pub(crate) struct DeviceArgs {
    /// The vault's directory
    pub(crate) dir: PathBuf,
    /// The device key (PKCS#8 PEM): signs the receipts
    #[arg(long, value_name = "PEM")]
    pub(crate) key: PathBuf,
    /// The machine's generation (VMGenID), where the host has one
    #[arg(long, value_name = "ID")]
    pub(crate) generation: Option<String>,
    /// A file that stands for a TPM's memory. For tests: it protects nothing, and every verdict says so
    #[arg(long, value_name = "FILE")]
    pub(crate) anchor_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
}

#[derive(Debug, Args)]
pub(crate) struct VaultInitArgs {
    /// The vault's directory: new or empty
    pub(crate) dir: PathBuf,
    /// The device key (PKCS#8 PEM): signs the receipts
    #[arg(long, value_name = "PEM")]
    pub(crate) key: PathBuf,
    /// The bench whose vault it is: what envelopes name
    #[arg(long, value_name = "ID")]
    pub(crate) bench: String,
    /// Name of the vault's log in its checkpoints
    #[arg(long, value_name = "NAME", default_value = "ztp-vault")]
    pub(crate) origin: String,
    /// The machine's generation (VMGenID), where the host has one
    #[arg(long, value_name = "ID")]
    pub(crate) generation: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VaultStatusArgs {
    /// The vault's directory
    pub(crate) dir: PathBuf,
    /// Warn of what runs out or expires within this many days
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3660))]
    pub(crate) warn_days: u32,
    /// Judge at this time instead of now
    #[arg(long, value_name = "TS")]
    pub(crate) now: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VaultMintArgs {
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// The envelope
    #[arg(long, value_name = "FILE")]
    pub(crate) envelope: PathBuf,
    /// The keys you trust
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct VaultSpendArgs {
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    #[command(flatten)]
    pub(crate) asked: AskedArgs,
}

#[derive(Debug, Args)]
pub(crate) struct VaultSimulateArgs {
    /// The vault's directory
    pub(crate) dir: PathBuf,
    #[command(flatten)]
    pub(crate) asked: AskedArgs,
    /// Spend at this time instead of now
    #[arg(long, value_name = "TS")]
    pub(crate) now: Option<String>,
}

/// What is to be spent.
#[derive(Debug, Args)]
pub(crate) struct AskedArgs {
    /// Names the request: 1 to 64 characters of A-Z a-z 0-9 . _ -
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: String,
    /// What is paid for
    #[arg(long, value_name = "CLASS")]
    pub(crate) class: String,
    /// How much
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=9_007_199_254_740_991))]
    pub(crate) amount: u64,
    /// What for, for people
    #[arg(long, value_name = "TEXT")]
    pub(crate) purpose: String,
    /// A note to spend; may be given more than once. Those that expire first are spent otherwise
    #[arg(long, value_name = "NOTE")]
    pub(crate) input: Vec<String>,
    /// The amount of a note to give back; may be given more than once. One note of what is left over otherwise
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=9_007_199_254_740_991))]
    pub(crate) change: Vec<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct VaultHistoryArgs {
    /// The vault's directory
    pub(crate) dir: PathBuf,
    /// First transaction to list
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) from: u32,
    /// Transactions to list at most
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
}

/// What a vault's verdict must rest on for exit status 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TierArg {
    /// Nothing outside the copied state
    #[value(name = "T0")]
    T0,
    /// A TPM's memory
    #[value(name = "T1")]
    T1,
    /// A witness' cosignature
    #[value(name = "T2")]
    T2,
    /// Receipts that the issuer holds
    #[value(name = "T3")]
    T3,
}

impl TierArg {
    /// The word used in verdicts.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::T0 => "T0",
            Self::T1 => "T1",
            Self::T2 => "T2",
            Self::T3 => "T3",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct VaultVerifyArgs {
    /// The vault's directory
    pub(crate) dir: PathBuf,
    /// The bench's public device key (PEM), as you know it from outside the bench
    #[arg(long, value_name = "PEM")]
    pub(crate) device_key: Option<PathBuf>,
    /// The keys that may mint: each envelope in the log is verified again
    #[arg(long, value_name = "FILE")]
    pub(crate) trust: Option<PathBuf>,
    /// The key the vault's log must have started with: a verifier key or a file that holds one
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) vkey: Option<String>,
    /// A cosigned checkpoint of the vault's log
    #[arg(long, value_name = "FILE", requires = "witness")]
    pub(crate) cosigned: Option<PathBuf>,
    /// A witness who must have cosigned it: its verifier key or a file that holds one; may be given more than once
    #[arg(long, value_name = "VKEY|FILE", requires = "cosigned")]
    pub(crate) witness: Vec<String>,
    /// Receipts of this device that others hold: a receipt, history or request; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) receipts: Vec<PathBuf>,
    /// The file that stands for a TPM's memory, in tests
    #[arg(long, value_name = "FILE")]
    pub(crate) anchor_file: Option<PathBuf>,
    /// Exit with status 4 unless the verdict rests on this; may be given more than once. Without it, anything but T0 is enough
    #[arg(long, value_enum, value_name = "TIER")]
    pub(crate) require: Vec<TierArg>,
}

#[derive(Debug, Args)]
pub(crate) struct VaultForkArgs {
    /// Two receipts, or one proof
    #[arg(num_args = 1..=2, required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The device's public key (PEM), as you know it from outside the bench
    #[arg(long, value_name = "PEM")]
    pub(crate) device_key: PathBuf,
    /// Write the proof to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct VaultRequestArgs {
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// Names the request
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: String,
    /// First transaction whose receipt is sent: the one after the last that the issuer has
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) from: u32,
    /// The file to write for the issuer
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct VaultReconcileArgs {
    /// The request
    pub(crate) request: PathBuf,
    /// Receipts held of the device: a receipt, history or earlier request; may be given more than once
    #[arg(long, value_name = "FILE")]
    pub(crate) held: Vec<PathBuf>,
    /// The device's public key (PEM)
    #[arg(long, value_name = "PEM")]
    pub(crate) device_key: PathBuf,
    /// Write the proof of a fork to this file, if there is one
    #[arg(long, value_name = "FILE")]
    pub(crate) proof_out: Option<PathBuf>,
}

/// What a re-anchoring records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReanchorChange {
    /// The vault is bound to the anchor given
    Bind,
    /// The anchor is lost
    Release,
    /// The machine is a restored or cloned one
    Generation,
}

#[derive(Debug, Args)]
pub(crate) struct VaultReanchorArgs {
    #[command(flatten)]
    pub(crate) device: DeviceArgs,
    /// What changed
    #[arg(long, value_enum)]
    pub(crate) change: ReanchorChange,
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}
