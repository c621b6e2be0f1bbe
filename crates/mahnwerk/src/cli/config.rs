//! `config`: whether the settings are right, and which are in force; `doctor`: whether all else is.

use clap::{Args, Subcommand};

use super::{Format, House};

/// `config …`
#[derive(Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check the settings: file, environment, and the files that they name; every problem at once, with its remedy.
    #[command(
        after_help = "Exit code 1 if anything is not right. Whether anybody answers is `doctor`'s to say."
    )]
    Check {
        #[command(flatten)]
        house: House,
        /// How to write the problems: text for people, json for programs.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show the settings in force as TOML, and where each is from; secrets as (set) or (missing) alone.
    #[command(after_help = "\
Each key K of a section S is also read from the environment variable MAHNWERK_S_K, such as
MAHNWERK_POSTGRES_URL, which goes before the file.
A list is separated by commas; an empty variable counts as not set.")]
    Show {
        #[command(flatten)]
        house: House,
    },
}

/// `doctor`
#[derive(Args)]
#[command(after_help = "\
Each line is ok, warn or fail, what was found, and what to do. Exit code 1 if anything fails.
Changes nothing, and asks no provider.")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// How to write the findings: text for people, json for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
