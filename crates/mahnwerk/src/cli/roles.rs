//! The words of a log that processes share: its roles, and what an operator does to its database.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::House;

/// Longest wait at the start, in seconds: whoever starts roles again when they end does so by then.
const MAX_WAIT_S: u64 = 3_600;

/// `scheduler`, `ingest`
#[derive(Args)]
pub(crate) struct RoleArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// Providers to use in place of those in the settings, such as the file that `loopback` writes; webhook tokens of the
    /// settings stay in force.
    #[arg(long, value_name = "FILE")]
    pub(crate) providers: Option<PathBuf>,
    /// How long to wait at the start for a database or a broker that is away, in seconds; 0 tries once.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=MAX_WAIT_S))]
    pub(crate) wait: u64,
}

/// `worker`
#[derive(Args)]
pub(crate) struct WorkerArgs {
    /// Which channel: sms, email, social, or call for the call list.
    #[arg(value_enum)]
    pub(crate) channel: WorkerChannel,
    #[command(flatten)]
    pub(crate) role: RoleArgs,
}

/// What a worker delivers over.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorkerChannel {
    // Text messages.
    Sms,
    // E-mail.
    Email,
    // Messages in social messengers.
    Social,
    // Calls, which agents make.
    Call,
}

/// `migrate`
#[derive(Args)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    pub(crate) house: House,
}

/// `recover`
#[derive(Args)]
pub(crate) struct RecoverArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// Do it; without this, only what would be done is said.
    #[arg(long)]
    pub(crate) yes: bool,
}
