//! The words that look at the event log, and the partition that they may name.

use clap::{Args, Subcommand};

use super::House;

/// Names one partition of a log that has many.
#[derive(Args, Clone)]
pub(crate) struct OnePartition {
    /// Only this partition, from 0 on; a log in a file has one.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) partition: Option<u16>,
}

/// `events …`
#[derive(Subcommand)]
pub(crate) enum EventsCommand {
    /// The last events as JSON lines, and with --follow the new ones as they come; of several partitions in the order
    /// of their instants.
    Tail {
        #[command(flatten)]
        house: House,
        #[command(flatten)]
        partition: OnePartition,
        /// How many, 100000 at most; `replay` gives all.
        #[arg(short = 'n', long, default_value_t = 20, value_name = "NUMBER",
            value_parser = clap::value_parser!(u32).range(0..=100_000))]
        count: u32,
        /// Go on with new events as they come, until interrupted.
        #[arg(short, long)]
        follow: bool,
    },
    /// One event, whole, as JSON.
    Show {
        #[command(flatten)]
        house: House,
        #[command(flatten)]
        partition: OnePartition,
        /// Its position in the log; where there are several partitions, in the one that --partition names.
        position: u64,
    },
}
