//! `demo`: the whole job on made-up people, with stand-in providers, on a virtual clock.

mod agent;
mod draw;
mod facts;
mod life;
mod people;
mod report;
mod stage;
pub(crate) mod summary;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::time::{Span, Timestamp};
use indicatif::{ProgressBar, ProgressStyle};
use ingest::feed::Player;
use loopback::{Config, Loopback};
use runtime::Runtime;
use runtime::virtual_clock::{self, VirtualClock};

use crate::cli::{ClockKind, DemoArgs};
use crate::commands;
use crate::demo::facts::FactMaker;
use crate::demo::people::people;
use crate::demo::stage::Stage;
use crate::house::{self, House};
use crate::paths::Paths;
use crate::roles::{self, Roles};
use crate::settings::Settings;

/// 2026-03-02T05:00:00Z, a Monday.
const START: Timestamp = Timestamp(1_772_427_600_000);

/// Says that a folder was made by a demo, so that the next one may replace it.
const MARK: &str = "made-by-mahnwerk-demo";

/// Runs it.
pub(crate) async fn run(args: &DemoArgs) -> Result<()> {
    clear(&args.dir)?;
    let until = START.plus(Span::days(i64::from(args.days)));
    let (clock, runtime) = virtual_clock::runtime(START, Some(until));
    let paths = Paths::of(&args.dir);
    house::make(&paths, &Settings::default(), runtime.random.as_ref()).await?;
    commands::init::write_files(&paths, "municipality")?;
    let config = Config { folder: args.dir.clone(), write_messages: true, ..Config::default() };
    let people = people(args.seed, args.debtors, START);
    let keyring = Arc::new(event_log::keys::Keyring::read(&paths.keys())?);
    let house_settings = Settings::of_file_alone(&args.dir)?;
    let compiled = rulebook::load_dir(&house_settings.rulebook.path).ok().context("the demo's rulebook")?;
    let (tenant, identity) = compiled.tenants.iter().next().context("the demo's rulebook has a tenant")?;
    let creditor = identity.creditors.keys().next().context("the demo's tenant has a creditor")?;
    let facts = FactMaker::new(keyring, tenant.clone(), creditor.clone())?;
    let (stage, woken) = Stage::new(people, facts, args.seed, runtime.activity.clone());
    let listener = stage.clone();
    let heard = move |received: &loopback::Received| {
        if received.taken {
            listener.message(&received.to, received.channel, received.received_at);
        }
    };
    let providers = Loopback::start_with(&config, runtime.clone(), heard).await?;
    let providers_file = commands::loopback::write_providers(&args.dir, &providers.addresses(), None)?;
    let settings = demo_pace(house_settings).with_providers(&providers_file)?;
    let house = House::own(paths, &settings, ClockKind::Virtual).await?;
    let roles = roles::start(&house, &settings, &runtime, true).await?;
    let player =
        Player::new(runtime.clone(), roles.gate.clone(), vec![Box::new(stage.clone())], None, Some(until));
    play(&clock, &runtime, &roles, &stage, player.woken_by(woken), args.days).await;
    let Roles { scheduler, .. } = roles;
    scheduler.stop().await?;
    report::print(&house, &stage, args, until).await
}

/// Stand-in providers take whatever comes: nothing is gained by sparing them.
fn demo_pace(mut settings: Settings) -> Settings {
    settings.worker.rate_per_second = 100_000;
    settings
}

/// Lets the clock run to its end, and shows how far it has come.
async fn play(
    clock: &VirtualClock,
    runtime: &Runtime,
    roles: &Roles,
    stage: &Stage,
    player: Player,
    days: u32,
) {
    let progress = player.progress();
    let played = async move {
        if let Err(error) = player.run().await {
            tracing::error!(%error, "the made-up facts could not be played");
        }
    };
    runtime.tasks.spawn("demo facts", Box::pin(played));
    let (desk, on_stage, dialling) = (Arc::clone(&roles.desk), stage.clone(), runtime.clone());
    let calls = async move {
        if let Err(error) = agent::work(desk, on_stage, dialling).await {
            tracing::error!(%error, "the made-up agent stopped");
        }
    };
    runtime.tasks.spawn("demo agent", Box::pin(calls));
    let bar = ProgressBar::new(u64::from(days)).with_style(style());
    let finished = clock.finished();
    tokio::pin!(finished);
    clock.start();
    loop {
        bar.set_position(days_since_start(runtime));
        bar.set_message(format!("{} facts", progress.facts()));
        tokio::select! {
            biased;
            () = &mut finished => break,
            () = runtime.clock.sleep(Duration::from_millis(100)) => {}
        }
    }
    bar.set_position(u64::from(days));
    bar.finish_and_clear();
}

fn days_since_start(runtime: &Runtime) -> u64 {
    let passed = runtime.clock.now().since(START).0 / Span::days(1).0;
    u64::try_from(passed).unwrap_or(0)
}

fn style() -> ProgressStyle {
    let shape = "  day {pos:>3} of {len}  {bar:40}  {msg}";
    ProgressStyle::with_template(shape).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Makes room: a folder that is new, empty, or an earlier demo's.
fn clear(dir: &Path) -> Result<()> {
    if dir.exists() {
        let empty = std::fs::read_dir(dir)?.next().is_none();
        if !empty && !dir.join(MARK).exists() {
            bail!(
                "{} holds something else than an earlier demo; name another folder with --dir",
                dir.display()
            );
        }
        std::fs::remove_dir_all(dir).with_context(|| format!("{} can't be cleared", dir.display()))?;
    }
    std::fs::create_dir_all(dir).with_context(|| format!("{} can't be made", dir.display()))?;
    std::fs::write(dir.join(MARK), "The next demo may replace this folder.\n")?;
    Ok(())
}
