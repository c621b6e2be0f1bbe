//! `recover`: opens a log again whose database was set back, under a new history (takeover, 6).
//!
//! What was lost is known by what left the database before: where each partition's log had ended, and the public feed, which
//! names the contacts that were begun. Whoever was contacted in the lost span is held until a person has looked, and all
//! contacts rest until an operator lets them go on; what upstream stated meanwhile has to be sent again.
//! A crash half-way leaves partitions that are still frozen; the command goes on where it stopped.

mod lost;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bus::Bus;
use bus::feed::{Feed, PublishedHead};
use bus::in_process::{InProcessBus, Limits};
use bus::nats::{NatsBus, Role};
use domain::ids::Position;
use domain::label::Label;
use domain::time::Timestamp;
use event_log::membership::Membership;
use event_log::postgres::PgLog;
use event_log::record::Origin;
use runtime::Runtime;
use runtime::clock::Clock;
use scheduler::{Equipment, Outside, Reopened, reopen};

use self::lost::{Contacted, Left};
use crate::cli::RecoverArgs;
use crate::house::House;
use crate::house::store::Shared;
use crate::paths::Paths;
use crate::settings::{Settings, Store};
use crate::{Ending, carrier, roles};

/// Under which name the command acts, and why contacts rest.
const NAME: &str = "recover";
const REASON: &str = "log-was-set-back";

/// How often a partition is tried whose lease has not lapsed yet, and how long after each.
const MAX_TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);

/// Looks, says what it found, and does something about it if it is told to.
pub(crate) async fn run(args: &RecoverArgs) -> Result<Ending> {
    let settings = Settings::read(&args.house.dir)?;
    if settings.log.store == Store::Sqlite {
        bail!("a log in a file has no head outside of it yet; there is nothing to compare it with");
    }
    let paths = Paths::of(&args.house.dir);
    let runtime = runtime::system::runtime();
    let (house, shared) = open(&paths, &settings).await?;
    let nats =
        carrier::connect(&settings.nats, &house.keyring, &runtime, Role::Scheduler, "mahnwerk recover")
            .await?;
    let standings = lost::standings(&shared.log, &nats).await?;
    let frozen: Vec<&Left> = standings.iter().filter(|standing| standing.is_frozen()).collect();
    if frozen.is_empty() {
        say!("No partition is frozen: each log ends where its owner last said, or behind it.");
        return Ok(Ending::Well);
    }
    let contacted = lost::contacted(&nats, &frozen).await?;
    tell(&frozen, &contacted);
    if !args.yes {
        say!("Nothing was changed. Stop every scheduler, then run this again with --yes.");
        return Ok(Ending::Findings);
    }
    alone(&shared).await?;
    let history = begin_history(&house, &shared, &settings, &standings, &runtime).await?;
    // Opened anew: what is appended from now on belongs to the new history.
    let (house, shared) = open(&paths, &settings).await?;
    for standing in &standings {
        let facts = lost::facts(&house.keyring, standing, &contacted);
        let reopened = reopen_one(&house, &shared, &runtime, standing.partition, facts).await?;
        keep(&nats, &shared, standing.partition, history, &reopened).await?;
    }
    what_next(&frozen);
    Ok(Ending::Well)
}

async fn open(paths: &Paths, settings: &Settings) -> Result<(House, Shared)> {
    let (house, shared) = House::read_shared(paths.clone(), settings).await?;
    let asked = shared.clock.monotonic();
    let now = shared.log.durability().await?.now;
    shared.clock.take_sample(now, asked, shared.clock.monotonic());
    Ok((house, shared))
}

/// A scheduler that runs would go on under the old history.
async fn alone(shared: &Shared) -> Result<()> {
    match shared.log.members().await?.len() {
        0 => Ok(()),
        others => bail!(
            "schedulers take part in this log ({others}), or did so until a moment ago: stop every one, wait a few \
             seconds, and run this again"
        ),
    }
}

/// The new history; that of an earlier attempt, where there was one.
async fn begin_history(
    house: &House,
    shared: &Shared,
    settings: &Settings,
    standings: &[Left],
    runtime: &Runtime,
) -> Result<[u8; 16]> {
    let present = shared.log.origin();
    if standings.iter().all(|standing| standing.published.is_none_or(|head| head.history != present.history))
    {
        return Ok(present.history);
    }
    let mut history = [0; 16];
    runtime.random.fill(&mut history);
    let origin = Origin { history, key_check: house.keyring.check_value(history), ..present };
    let (url, password) = settings.postgres.owner()?;
    PgLog::begin_history(&url, password.as_deref(), origin).await?;
    Ok(history)
}

async fn reopen_one(
    house: &House,
    shared: &Shared,
    runtime: &Runtime,
    partition: u16,
    facts: Vec<contract::wire::FactMessage>,
) -> Result<Reopened> {
    let runtime = Runtime { clock: Arc::new(shared.clock.clone()), ..runtime.clone() };
    let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
    let equipment: Equipment = roles::equipment(house, &runtime, &bus, Outside::default());
    let (actor, reason) = (label(NAME)?, label(REASON)?);
    for _ in 1..MAX_TRIES {
        match reopen(&equipment, partition, facts.clone(), &actor, &reason).await {
            // A lease that was in force when the backup was made: whoever held it is gone, and it lapses.
            Err(error) if error.is_lost_ownership() => runtime.clock.sleep(PAUSE).await,
            reopened => return Ok(reopened?),
        }
    }
    Ok(reopen(&equipment, partition, facts, &actor, &reason).await?)
}

/// Kept last: until then the partition stays frozen, and this can be run again.
async fn keep(
    nats: &NatsBus,
    shared: &Shared,
    partition: u16,
    history: [u8; 16],
    reopened: &Reopened,
) -> Result<()> {
    let (position, chain) = (reopened.lease.head.position, reopened.lease.head.chain);
    nats.keep_head(PublishedHead { partition, history, position, chain }).await?;
    shared.log.release(partition, reopened.lease.epoch).await?;
    Ok(())
}

fn tell(frozen: &[&Left], contacted: &[Contacted]) {
    for standing in frozen {
        let Left { partition, ends_at, since, .. } = standing;
        let published = standing.published.map_or(Position(0), |head| head.position);
        say!(
            "Partition {partition} ends at position {}, of {since}; its owner had published position {}.",
            ends_at.0,
            published.0
        );
    }
    say!("In what is lost {} contacts were begun, as the public feed shows.", contacted.len());
}

fn what_next(frozen: &[&Left]) {
    // The database was set back as a whole: what was recorded before the newest of what is left is left as well.
    let since = frozen.iter().map(|standing| standing.since).max().unwrap_or(Timestamp(0));
    say!("The log is open under a new history, and all contacts rest.");
    say!("1. Start the schedulers.");
    say!("2. Have every upstream system send again what it stated since {since}, and a few minutes before:");
    say!("   payments and stops first. What the log has already is recognised and changes nothing.");
    say!("   Webhooks of that span come again only if their providers repeat them.");
    say!(
        "3. Whoever was contacted in the lost span is on hold, for the reason {REASON}: look at each, and release."
    );
    say!("4. `mahnwerk resume` lets contacts go on.");
}

fn label(text: &str) -> Result<Label> {
    Label::new(text).ok().context("a label of ours is none")
}
