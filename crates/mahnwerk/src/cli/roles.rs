//! The words of a log that processes share: its roles, and what an operator does to its database.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::House;

/// `scheduler`, `ingest`
#[derive(Args)]
pub(crate) struct RoleArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// Providers to use in place of those in the settings, such as the file that `loopback` writes; webhook tokens of the
    /// settings stay in force.
    #[arg(long, value_name = "FILE")]
    pub(crate) providers: Option<PathBuf>,
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
