//! The words with which an agent works the call list.

use clap::{Args, Subcommand};

use super::{Format, House};

/// What `calls done` takes: the closed sets of the call desk, as it writes them.
const REACH: [&str; 6] = ["no_answer", "busy", "voicemail", "wrong_number", "third_party", "right_party"];
const SAID: [&str; 8] =
    ["nothing", "promise", "disputes", "claims_paid", "hardship", "question", "refuses", "opts_out"];

/// `calls …`
#[derive(Subcommand)]
pub(crate) enum CallsCommand {
    /// The calls that wait, best first.
    List(CallsArgs),
    /// Take the most important calls: they are yours for a while.
    Take {
        #[command(flatten)]
        calls: CallsArgs,
        /// Who takes it: a short name such as anna.
        #[arg(long, value_name = "NAME")]
        agent: String,
        /// How many.
        #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
        count: u32,
    },
    /// Open a call that you took: asks for the permit, then shows number, dossier and script, or why not to call.
    Open {
        #[command(flatten)]
        calls: CallsArgs,
        /// Who took it.
        #[arg(long, value_name = "NAME")]
        agent: String,
        /// Which call, as `take` named it.
        call: String,
    },
    /// Say what came of a call.
    Done {
        #[command(flatten)]
        calls: CallsArgs,
        /// Who called.
        #[arg(long, value_name = "NAME")]
        agent: String,
        /// Which call, as `take` named it.
        call: String,
        /// Who was reached?
        #[arg(long, value_parser = REACH)]
        reach: String,
        /// What did they say?
        #[arg(long, default_value = "nothing", value_parser = SAID)]
        said: String,
        /// With `--said promise`: how much, in minor units (cents, Rappen).
        #[arg(long, value_name = "AMOUNT")]
        amount_minor: Option<i64>,
        /// With `--said promise`: by which day.
        #[arg(long, value_name = "DATE")]
        by: Option<String>,
    },
}

/// Where the call list is, and how to write it.
#[derive(Args, Clone)]
pub(crate) struct CallsArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// How to write the answer: text for people, json for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
