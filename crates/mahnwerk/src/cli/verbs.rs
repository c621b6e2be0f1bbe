//! The words that change something by hand: facts, holds, promises, pauses, inputs that wait.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::{Format, House, WhichDebtor};

/// Tasks that ask for a person, as the log names them.
const TASKS: [&str; 7] =
    ["answer", "review", "ladder_ended", "zone_missing", "rulebook_gap", "not_allowed", "quarantined"];
/// The channels.
const CHANNELS: [&str; 5] = ["call", "sms", "email", "social", "letter"];

/// `publish`
#[derive(Args)]
#[command(
    group = ArgGroup::new("facts").required(true).args(["file", "fact"]),
    after_help = "One object on each line, with the kinds and fields of a mapping (docs/mapping.md):\n  \
    {\"id\": \"4711\", \"kind\": \"payment_received\", \"claim\": \"R-9\", \"amount\": \"120.50\", \"currency\": \"CHF\"}\n\
    Amounts are text. Sent again, a fact is recognised by tenant, source, id and kind, and changes nothing.\n\
    Exit code 1 if any fact was refused; the others are in."
)]
pub(crate) struct PublishArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// A file with one JSON object on each line; `-` is standard input.
    pub(crate) file: Option<PathBuf>,
    /// One fact, as a JSON object.
    #[arg(long, value_name = "JSON")]
    pub(crate) fact: Option<String>,
    /// The tenant of facts that name none; may be left out where the rulebook has only one.
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Where facts come from that do not say: a short name such as erp.
    #[arg(long, default_value = "publish", value_name = "NAME")]
    pub(crate) source: String,
    /// How to write the receipts: text for people, json for programs, one on each line.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `debtor hold`
#[derive(Args)]
#[command(after_help = "Example: mahnwerk debtor hold K-17 --reason illness --for 14d")]
pub(crate) struct HoldArgs {
    #[command(flatten)]
    pub(crate) which: WhichDebtor,
    /// Why: a short name such as illness.
    #[arg(long, value_name = "NAME")]
    pub(crate) reason: String,
    /// Only this claim rests, by its reference; all do where none is named.
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) claim: Option<String>,
    /// It ends by itself when this day (in UTC) begins, or at this instant.
    #[arg(long, value_name = "DATE", conflicts_with = "span")]
    pub(crate) until: Option<String>,
    /// It ends by itself after this long: 14d, 36h.
    #[arg(long = "for", value_name = "SPAN")]
    pub(crate) span: Option<String>,
    /// A name to release it by; one is drawn where none is given.
    #[arg(long, value_name = "NAME")]
    pub(crate) hold: Option<String>,
    /// What is to be remembered of it; kept encrypted.
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) actor: Actor,
}

/// `debtor release`
#[derive(Args)]
pub(crate) struct ReleaseArgs {
    #[command(flatten)]
    pub(crate) which: WhichDebtor,
    /// Its name, its 32 digits as `debtor show` has them, or 8 or more of the first or last; not needed for the only one.
    #[arg(long, value_name = "NAME")]
    pub(crate) hold: Option<String>,
    /// What is to be remembered of it; kept encrypted.
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) actor: Actor,
}

/// `debtor promise`
#[derive(Args)]
#[command(after_help = "Example: mahnwerk debtor promise K-17 --claim R-9 --amount 120.50 --by 2026-04-01")]
pub(crate) struct PromiseArgs {
    #[command(flatten)]
    pub(crate) which: WhichDebtor,
    /// For which claim, by its reference.
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) claim: String,
    /// How much, such as 120.50.
    #[arg(long)]
    pub(crate) amount: String,
    /// By the end of which day (in UTC), or by which instant.
    #[arg(long, value_name = "DATE")]
    pub(crate) by: String,
    /// In which currency; the claim's own where none is named.
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<String>,
    /// What was said; kept encrypted.
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) actor: Actor,
}

/// `debtor done`
#[derive(Args)]
pub(crate) struct DoneArgs {
    #[command(flatten)]
    pub(crate) which: WhichDebtor,
    /// Which task.
    #[arg(long, value_parser = TASKS)]
    pub(crate) task: String,
    /// What is to be remembered of it; kept encrypted.
    #[arg(long, value_name = "TEXT")]
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) actor: Actor,
}

/// In whose name.
#[derive(Args, Clone)]
pub(crate) struct Actor {
    /// Who says so: a short name such as anna; local-operator where none is given.
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<String>,
}

/// Which contacts rest or go on.
#[derive(Args, Clone)]
pub(crate) struct ReachArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// Those of this tenant; of all where none is named.
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Those over this channel; over all where none is named.
    #[arg(long, value_parser = CHANNELS)]
    pub(crate) channel: Option<String>,
    #[command(flatten)]
    pub(crate) actor: Actor,
    /// How to write the answer: text for people, json for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `pause`
#[derive(Args)]
#[command(
    after_help = "From its answer on no permit is given; what was submitted before can't be called back.\n\
    `mahnwerk resume` with the same --tenant and --channel ends it, `mahnwerk pauses` lists what rests."
)]
pub(crate) struct PauseArgs {
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
    /// Why: a short name such as outage.
    #[arg(long, value_name = "NAME")]
    pub(crate) reason: String,
}

/// `pauses`, `parked ls`, `quarantine ls`
#[derive(Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// How to write the answer: text for people, json for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `parked …`
#[derive(Subcommand)]
pub(crate) enum ParkedCommand {
    /// Inputs that wait until they are addressed, oldest first: key, since when, what for, and what to do.
    ///
    /// A fact that names its debtor and waits for a claim of theirs stands in `debtor why`.
    Ls(ListArgs),
}

/// `quarantine …`
#[derive(Subcommand)]
pub(crate) enum QuarantineCommand {
    /// Inputs that could not be processed, oldest first: key, since when, and what to do.
    Ls {
        #[command(flatten)]
        list: ListArgs,
        /// What the input with this key says, decrypted; parked ones are shown, too.
        #[arg(long, value_name = "KEY")]
        show: Option<String>,
    },
    /// Try an input again, once what was wrong is mended.
    Retry(TreatArgs),
    /// Give an input up: it is never looked at again.
    Drop {
        #[command(flatten)]
        treat: TreatArgs,
        /// Why: a short name such as test_data.
        #[arg(long, value_name = "NAME")]
        reason: String,
    },
}

/// Which input, and in whose name.
#[derive(Args)]
pub(crate) struct TreatArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// The input's 32 digits, as `ls` shows them.
    pub(crate) key: String,
    #[command(flatten)]
    pub(crate) actor: Actor,
    /// How to write the answer: text for people, json for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
