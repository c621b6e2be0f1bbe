//! The binary: reads the command line, wires the crates, and answers with an exit code.
//!
//! 0: done, or whoever read the output went away; 1: something was found (a broken rulebook, a log that does not verify, rows or facts that were refused,
//! a call that must not be made);
//! 2: the command line is not right, or a role can't work as things are and no new start mends that; 3: it failed.

#[macro_use]
mod out;

mod alone;
mod archive;
mod carrier;
mod cli;
mod client;
mod commands;
mod demo;
mod door;
mod environment;
mod house;
mod instant;
mod lasting;
mod owners_figures;
mod paths;
mod portfolio;
mod providers;
mod readiness;
mod renderer;
mod roles;
mod settings;
mod show;
mod signals;
mod way;
mod webhooks;
mod why;

use std::io::ErrorKind;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::cli::{Cli, Command, RoleArgs, WorkerArgs};
use crate::lasting::{Lasting, lasting};

/// States and rows are many small pieces, made on one thread and dropped on another: the system's allocator took about a
/// third of an owner's time in a profile of `bench-append`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How a command ended that did not fail.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Nothing to complain about.
    Well,
    /// Something was found that a program must notice.
    Findings,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match (start(&cli), out::lost()) {
        (Ok(_), Some(kind)) if kind != ErrorKind::BrokenPipe => {
            remark!("mahnwerk: standard output can't be written: {kind}");
            ExitCode::from(3)
        }
        // Where the reader went away, it has seen enough; what was found stays found.
        (Ok(Ending::Well), _) => ExitCode::SUCCESS,
        (Ok(Ending::Findings), _) => ExitCode::from(1),
        (Err(error), _) => {
            remark!("mahnwerk: {error:#}");
            ExitCode::from(if error.is::<Lasting>() { 2 } else { 3 })
        }
    }
}

fn start(cli: &Cli) -> Result<Ending> {
    // The one crypto provider of the tree; a second call, which there is not, would change nothing.
    let _installed_once = rustls::crypto::ring::default_provider().install_default();
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    threads.context("the operating system gives no threads")?.block_on(async {
        let _telemetry = telemetry::install(&telemetry_config(cli)?)?;
        dispatch(&cli.command).await
    })
}

fn telemetry_config(cli: &Cli) -> Result<telemetry::Config> {
    let format = if cli.log_json { telemetry::Format::Json } else { telemetry::Format::Text };
    let set = match &cli.command {
        Command::Scheduler(RoleArgs { house, .. })
        | Command::Ingest(RoleArgs { house, .. })
        | Command::Worker(WorkerArgs { role: RoleArgs { house, .. }, .. }) => {
            settings::Settings::read(&house.dir).map_err(lasting)?.otlp.endpoint
        }
        Command::Run(args) => settings::Settings::read(&args.house.dir)?.otlp.endpoint,
        Command::Demo(_)
        | Command::Init(_)
        | Command::Migrate(_)
        | Command::Recover(_)
        | Command::Import(_)
        | Command::Publish(_)
        | Command::Pause(_)
        | Command::Resume(_)
        | Command::Pauses(_)
        | Command::Parked(_)
        | Command::Quarantine(_)
        | Command::Config(_)
        | Command::Doctor(_)
        | Command::Openapi
        | Command::Loopback(_)
        | Command::Debtor(_)
        | Command::Events(_)
        | Command::Replay(_)
        | Command::Calls(_)
        | Command::Token(_)
        | Command::Verify(_)
        | Command::Rulebook(_) => None,
    };
    let otlp = environment::read("MAHNWERK_OTLP_ENDPOINT").or(set).map(|at| telemetry::Otlp::at(&at));
    Ok(telemetry::Config { filter: cli.log.clone(), format, otlp, ..telemetry::Config::default() })
}

async fn dispatch(command: &Command) -> Result<Ending> {
    match command {
        Command::Demo(args) => demo::run(args).await.map(well),
        Command::Init(args) => commands::init::run(args).await.map(well),
        Command::Run(args) => commands::run::run(args).await,
        Command::Scheduler(args) => commands::role::run_scheduler(args).await,
        Command::Ingest(args) => commands::role::run_ingest(args).await,
        Command::Worker(args) => commands::role::run_worker(args).await,
        Command::Recover(args) => commands::recover::run(args).await,
        Command::Migrate(args) => commands::migrate::run(args).await.map(well),
        Command::Import(args) => commands::import::run(args).await,
        Command::Publish(args) => commands::publish::run(args).await,
        Command::Pause(args) => commands::pause::pause(args).await,
        Command::Resume(args) => commands::pause::resume(args).await,
        Command::Pauses(args) => commands::pause::list(args).await.map(well),
        Command::Parked(command) => commands::waiting::parked(command).await.map(well),
        Command::Quarantine(command) => commands::waiting::quarantine(command).await,
        Command::Config(command) => commands::config::run(command),
        Command::Doctor(args) => commands::doctor::run(args).await,
        Command::Openapi => {
            out::text(format_args!("{}", ingest::listener::openapi::document()));
            Ok(Ending::Well)
        }
        Command::Loopback(args) => commands::loopback::run(args).await.map(well),
        Command::Debtor(command) => commands::debtor::run(command).await,
        Command::Events(command) => commands::events::run(command).await.map(well),
        Command::Replay(args) => commands::replay::run(args).await,
        Command::Calls(command) => commands::calls::run(command).await,
        Command::Token(command) => commands::token::run(command).map(well),
        Command::Verify(args) => commands::verify::run(args).await,
        Command::Rulebook(command) => commands::rulebook::run(command),
    }
}

const fn well((): ()) -> Ending {
    Ending::Well
}
