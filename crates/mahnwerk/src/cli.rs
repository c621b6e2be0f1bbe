//! The command line: words, options and their help.

mod calls;
mod config;
mod roles;
mod token;
mod verbs;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

pub(crate) use calls::{CallsArgs, CallsCommand};
pub(crate) use config::{ConfigCommand, DoctorArgs};
pub(crate) use roles::{MigrateArgs, RecoverArgs, RoleArgs, WorkerArgs, WorkerChannel};
pub(crate) use token::{AddToken, TokenCommand};
pub(crate) use verbs::{
    DoneArgs, HoldArgs, ListArgs, ParkedCommand, PauseArgs, PromiseArgs, PublishArgs, QuarantineCommand,
    ReachArgs, ReleaseArgs, TreatArgs,
};

/// Decides who is contacted about an unpaid claim, when, over which channel and in which words, and can prove why.
#[derive(Parser)]
#[command(name = "mahnwerk", version, about, max_term_width = 100)]
#[command(
    after_help = "Begin with `mahnwerk demo`: it needs nothing, and shows the whole way of a claim in a minute."
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,

    /// How much to log on standard error: error, warn, info, debug, or a filter such as `scheduler=debug`.
    #[arg(long, global = true, default_value = "warn", value_name = "FILTER")]
    pub(crate) log: String,

    /// Write log lines as JSON.
    #[arg(long, global = true)]
    pub(crate) log_json: bool,
}

/// Where the log, the keys and the settings lie.
#[derive(Args, Clone)]
pub(crate) struct House {
    /// The folder with log, keys, settings and rulebook; `init` makes it.
    #[arg(long, default_value = "mahnwerk-data", value_name = "FOLDER")]
    pub(crate) dir: PathBuf,
}

/// How to write results.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    // For people. No doc comment: clap would give each command that has this option the long form of help.
    Text,
    // For programs.
    Json,
}

/// The words.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Show the whole job on made-up people: 90 days in under a minute, with stand-in providers.
    Demo(DemoArgs),
    /// Make a new folder with keys, an empty log, settings and an example rulebook.
    Init(InitArgs),
    /// Run everything in one process: take facts in, decide, deliver, take outcomes back.
    Run(RunArgs),
    /// Decide, on a log that processes share: own the partitions that fall to this process among all schedulers.
    Scheduler(RoleArgs),
    /// Take in what comes, on a log that processes share: over HTTP, from providers, from the broker.
    Ingest(RoleArgs),
    /// Deliver over one channel, on a log that processes share.
    Worker(WorkerArgs),
    /// Bring the database of a shared log up to this release.
    Migrate(MigrateArgs),
    /// Open a shared log again whose database was set back: by a restore, or an asynchronous failover.
    Recover(RecoverArgs),
    /// Take facts in from a CSV file, now.
    Import(ImportArgs),
    /// Take facts in as JSON, one or many, now, with a receipt for each.
    Publish(PublishArgs),
    /// Start stand-in providers that speak SMTP and the SMS and WhatsApp HTTP APIs, and keep a record.
    Loopback(LoopbackArgs),
    /// Look at one debtor, put contact on hold, note a promise, end a task.
    #[command(subcommand)]
    Debtor(DebtorCommand),
    /// Look at the event log.
    #[command(subcommand)]
    Events(EventsCommand),
    /// Read events out of the log as JSON lines, or decide them again.
    Replay(ReplayArgs),
    /// Work the call list of a running Mahnwerk.
    #[command(subcommand)]
    Calls(CallsCommand),
    /// Let contacts rest: all, those of a tenant, those over a channel.
    Pause(PauseArgs),
    /// Let contacts go on that rest.
    Resume(ReachArgs),
    /// Which contacts rest, since when and why.
    Pauses(ListArgs),
    /// Look at inputs that wait until they are addressed.
    #[command(subcommand)]
    Parked(ParkedCommand),
    /// Look at inputs that could not be processed, try them again, or give them up.
    #[command(subcommand)]
    Quarantine(QuarantineCommand),
    /// Say who else may ask a running Mahnwerk: make, list and revoke tokens.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Check the settings, or show which are in force.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check what a run relies on: settings, keys, log, database, broker, rulebook; and say what to do.
    Doctor(DoctorArgs),
    /// Write the description of the listener: OpenAPI 3.1, as it also serves it at /v1/openapi.json.
    Openapi,
    /// Check that the log is whole: hash chain, positions, links, and snapshots against a refold.
    Verify(VerifyArgs),
    /// Look at rulebooks.
    #[command(subcommand)]
    Rulebook(RulebookCommand),
}

/// `demo`
#[derive(Args)]
pub(crate) struct DemoArgs {
    /// Where to write the log, the mails and the messages; must be new, empty, or an earlier demo.
    #[arg(long, default_value = "mahnwerk-demo", value_name = "FOLDER")]
    pub(crate) dir: PathBuf,
    /// How many debtors.
    #[arg(long, default_value_t = 1000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) debtors: u32,
    /// How many days.
    #[arg(long, default_value_t = 90, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// The same seed makes the same people.
    #[arg(long, default_value_t = 7, value_name = "NUMBER")]
    pub(crate) seed: u64,
}

/// `init`
#[derive(Args)]
pub(crate) struct InitArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// Which example rulebook to begin with: municipality or fines.
    #[arg(long, default_value = "municipality", value_name = "NAME")]
    pub(crate) rulebook: String,
}

/// Which clock `run` goes by.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockKind {
    // The computer's.
    System,
    // One that stands still while there is work and jumps to the next instant when there is none.
    Virtual,
}

/// `run`
#[derive(Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// Which clock to go by: the computer's, or one that stands still while there is work and then jumps on.
    #[arg(long, value_enum, default_value_t = ClockKind::System)]
    pub(crate) clock: ClockKind,
    /// With the virtual clock: stop at this day (2014-01-01) or instant.
    #[arg(long, value_name = "DATE", requires = "feed")]
    pub(crate) until: Option<String>,
    /// With the virtual clock: a CSV file (plain or gzip) whose facts happen at their own instants; repeatable.
    #[arg(long, value_name = "FILE", requires = "mapping")]
    pub(crate) feed: Vec<PathBuf>,
    /// How the feed's rows become facts; one for each feed, in the same order.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Vec<PathBuf>,
    /// Providers to use in place of those in the settings, such as the file that `loopback` writes; webhook tokens of the
    /// settings stay in force.
    #[arg(long, value_name = "FILE")]
    pub(crate) providers: Option<PathBuf>,
    /// With the virtual clock: wait at the start until a scripted agent goes on shift at the listener.
    #[arg(long)]
    pub(crate) wait_for_agent: bool,
}

/// `import`
#[derive(Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// The CSV file, plain or gzip.
    pub(crate) file: PathBuf,
    /// A TOML file that says how its rows become facts; a wrong word in it is answered with its line.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: PathBuf,
    /// How to write the report: text for people, json for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `loopback`
#[derive(Args)]
pub(crate) struct LoopbackArgs {
    /// Where to write the record, the messages and `providers.toml`.
    #[arg(long, default_value = "mahnwerk-loopback", value_name = "FOLDER")]
    pub(crate) dir: PathBuf,
    /// A TOML file that says how the stand-ins behave; without it they take everything.
    #[arg(long, value_name = "FILE")]
    pub(crate) behaviour: Option<PathBuf>,
    /// Tell what becomes of messages, and what people write back, to the Mahnwerk with this public address.
    #[arg(long, value_name = "URL", requires = "tenant")]
    pub(crate) webhooks: Option<String>,
    /// The tenant whose webhooks they are.
    #[arg(long, value_name = "NAME")]
    pub(crate) tenant: Option<String>,
    /// Post to this socket in place of what the address names, as a TLS proxy would.
    #[arg(long, value_name = "ADDRESS", requires = "webhooks")]
    pub(crate) via: Option<std::net::SocketAddr>,
    /// Write each message as a file of its own, too: mails as .eml, the others as .json.
    #[arg(long)]
    pub(crate) files: bool,
}

/// Names one debtor.
#[derive(Args, Clone)]
pub(crate) struct WhichDebtor {
    #[command(flatten)]
    pub(crate) house: House,
    /// The debtor's reference in the tenant's own books, or the 32 digits of the debtor's stream.
    pub(crate) debtor: String,
    /// The tenant; may be left out where the rulebook has only one.
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// How to write the answer: text for people, json for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `debtor …`
#[derive(Subcommand)]
pub(crate) enum DebtorCommand {
    /// Who it is, what is owed, what was said: with personal data in clear.
    Show(WhichDebtor),
    /// Why the debtor was contacted or not, and what comes next: without personal data.
    Why {
        #[command(flatten)]
        which: WhichDebtor,
        /// As things stood at this instant or day.
        #[arg(long, value_name = "INSTANT")]
        at: Option<String>,
    },
    /// Let contact rest, with the debtor or about one claim, until it is released or ends by itself.
    Hold(HoldArgs),
    /// Release a hold, whoever placed it.
    Release(ReleaseArgs),
    /// Note that the debtor promised to pay: contact about the claim rests until then.
    Promise(PromiseArgs),
    /// End a task that asked for a person, such as a question that was answered.
    Done(DoneArgs),
}

/// `events …`
#[derive(Subcommand)]
pub(crate) enum EventsCommand {
    /// The last events as JSON lines, and with --follow the new ones as they come.
    Tail {
        #[command(flatten)]
        house: House,
        /// How many.
        #[arg(short = 'n', long, default_value_t = 20, value_name = "NUMBER")]
        count: u32,
        /// Go on with new events as they come, until interrupted.
        #[arg(short, long)]
        follow: bool,
    },
    /// One event, whole, as JSON.
    Show {
        #[command(flatten)]
        house: House,
        /// Its position in the log.
        position: u64,
    },
}

/// `replay`
#[derive(Args)]
pub(crate) struct ReplayArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// Only this tenant.
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Only this debtor, by reference or stream.
    #[arg(long)]
    pub(crate) debtor: Option<String>,
    /// Only events of this kind, such as delivery_started; repeatable.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kinds: Vec<String>,
    /// From this instant or day on.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) since: Option<String>,
    /// Before this instant or day.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) before: Option<String>,
    /// From this position on.
    #[arg(long, value_name = "POSITION")]
    pub(crate) from: Option<u64>,
    /// Up to this position.
    #[arg(long, value_name = "POSITION")]
    pub(crate) to: Option<u64>,
    /// Decide everything again and compare; exit code 1 if anything differs.
    #[arg(long)]
    pub(crate) check: bool,
    /// Write the claims as they stand at the end, one JSON line each, in place of events.
    #[arg(long, conflicts_with = "check")]
    pub(crate) claims: bool,
}

/// `verify`
#[derive(Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) house: House,
    /// How to write the report: text for people, json for programs.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// `rulebook …`
#[derive(Subcommand)]
pub(crate) enum RulebookCommand {
    /// Check a rulebook's files, and say what it holds or what is wrong, where, and what would be right.
    Check {
        /// The folder with the rulebook's files.
        #[arg(value_name = "FOLDER")]
        path: PathBuf,
        /// How to write the answer: text for people, json for programs.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show into which class a reply is put, and which phrase decided: to try words before people write them.
    Classify(ClassifyArgs),
}

/// `rulebook classify`
#[derive(Args)]
#[command(
    group = ArgGroup::new("replies").required(true).args(["texts", "stdin"]),
    override_usage = "mahnwerk rulebook classify [OPTIONS] <FOLDER> <TEXT>...\n       \
        mahnwerk rulebook classify [OPTIONS] <FOLDER> --stdin"
)]
pub(crate) struct ClassifyArgs {
    /// The folder with the rulebook's files.
    #[arg(value_name = "FOLDER")]
    pub(crate) path: PathBuf,
    /// The replies, each in quotes.
    #[arg(value_name = "TEXT")]
    pub(crate) texts: Vec<String>,
    /// The tenant whose words hold; may be left out where the rulebook has only one.
    #[arg(long)]
    pub(crate) tenant: Option<String>,
    /// Read the replies from standard input, one on each line.
    #[arg(long)]
    pub(crate) stdin: bool,
    /// How to write the answer: text for people, json for programs (a line for each reply).
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}
