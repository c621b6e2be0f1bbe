//! Opening a folder: keys, log and rulebook that belong together, or a sentence that says why they don't.

pub(crate) mod store;

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use domain::event::Event;
use domain::ids::{RulebookHash, StreamId};
use domain::label::TenantId;
use domain::rulebook::Rulebook;
use event_log::keys::Keyring;
use event_log::record::Origin;
use event_log::store::EventLog;
use rulebook::Compiled;
use runtime::Random;

use crate::cli::ClockKind;
use crate::paths::Paths;
use crate::settings::{Settings, Store};

use self::store::{Opened, Shared, Use};

/// Everything that lies in a folder, opened.
pub(crate) struct House {
    pub(crate) paths: Paths,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) log: Arc<dyn EventLog>,
    /// What there is besides where processes share the log.
    pub(crate) shared: Option<Shared>,
    pub(crate) compiled: Arc<Compiled>,
    /// The compiled rules, with the scenarios of older rulebooks that claims may still be on.
    pub(crate) rules: Arc<Rulebook>,
}

/// Makes keys and an empty log in a folder that has neither.
///
/// A database may be made anew with keys that are there already: an earlier attempt may have come as far as the keys.
pub(crate) async fn make(paths: &Paths, settings: &Settings, random: &dyn Random) -> Result<()> {
    let (is_shared, partitions) = match settings.log.store {
        Store::Sqlite => (false, 1),
        Store::Postgres => (true, settings.log.partitions),
    };
    if !is_shared && paths.log().exists() {
        bail!("{} exists already: a log is never made anew; choose another folder", paths.log().display());
    }
    let has_keys = paths.keys().exists() || crate::environment::read(KEYS).is_some();
    let keyring = if is_shared && has_keys { read_keys(paths)? } else { Keyring::generate(random) };
    if !(is_shared && has_keys) {
        keyring.write_new(&paths.keys())?;
    }
    let mut history = [0; 16];
    random.fill(&mut history);
    let origin = Origin { history, partitions, key_check: keyring.check_value(history) };
    store::create(paths, settings, origin).await
}

/// Where the keys may stand instead of their file.
const KEYS: &str = "MAHNWERK_KEYS";

impl House {
    /// Opens it to write: as its owner where the log is a file, so that nobody else writes meanwhile.
    pub(crate) async fn own(paths: Paths, settings: &Settings, clock: ClockKind) -> Result<Self> {
        let opened = store::open(&paths, settings, Use::Write).await?;
        let house = Self::with(paths, settings, opened).await?;
        if house.shared.is_none() {
            keep_to_clock(&house.paths, clock)?;
        }
        Ok(house)
    }

    /// Opens it for reading, beside its owner.
    pub(crate) async fn read(paths: Paths, settings: &Settings) -> Result<Self> {
        let opened = store::open(&paths, settings, Use::Read).await?;
        Self::with(paths, settings, opened).await
    }

    /// The same of a log that processes share, with what there is besides because of that.
    pub(crate) async fn read_shared(paths: Paths, settings: &Settings) -> Result<(Self, Shared)> {
        let house = Self::read(paths, settings).await?;
        let shared = house.shared.clone().context("this log is a file, which one process owns")?;
        Ok((house, shared))
    }

    async fn with(paths: Paths, settings: &Settings, opened: Opened) -> Result<Self> {
        let Opened { log, origin, place, shared } = opened;
        let keyring = read_keys(&paths)?;
        if keyring.check_value(origin.history) != origin.key_check {
            bail!(
                "{} holds other keys than {place} was made with; put the right ones there, nothing was changed",
                paths.keys().display(),
            );
        }
        let compiled = Arc::new(load_rulebook(settings)?);
        let mut rules = compiled.rules.clone();
        for hash in activated(&*log).await? {
            if let Some(older) = compile_stored(&*log, hash).await? {
                rules.keep_scenarios_of(&older.rules);
            }
        }
        Ok(Self { paths, keyring: Arc::new(keyring), log, shared, compiled, rules: Arc::new(rules) })
    }

    /// The tenant of that name, or the only one.
    pub(crate) fn tenant(&self, name: Option<&str>) -> Result<TenantId> {
        let tenants = &self.rules.tenants;
        let names = || tenants.keys().map(TenantId::as_str).collect::<Vec<_>>().join(", ");
        match name {
            Some(name) => tenants
                .keys()
                .find(|tenant| tenant.as_str() == name)
                .cloned()
                .with_context(|| format!("there is no tenant {name}; the rulebook has {}", names())),
            None if tenants.len() > 1 => bail!("which tenant? name one with --tenant: {}", names()),
            None => tenants.keys().next().cloned().context("the rulebook has no tenant"),
        }
    }
}

/// A log is live or played from its first day on: its instants never decrease, so one event at the other clock's time
/// would skip whatever is yet to be played, or hold a live log's clock still.
fn keep_to_clock(paths: &Paths, clock: ClockKind) -> Result<()> {
    let (name, otherwise) = match clock {
        ClockKind::System => {
            ("system", "it was played on a virtual clock: take a new folder, or import while it is played")
        }
        ClockKind::Virtual => ("virtual", "it goes by the computer's clock: play feeds into a new folder"),
    };
    match std::fs::read_to_string(paths.clock()) {
        Ok(kept) if kept.trim() == name => Ok(()),
        Ok(_) => bail!("{} can't be written to like this; {otherwise}", paths.log().display()),
        Err(_) => std::fs::write(paths.clock(), format!("{name}\n"))
            .with_context(|| format!("{} can't be written", paths.clock().display())),
    }
}

/// The keys from the environment, if they are there, else from their file.
pub(crate) fn read_keys(paths: &Paths) -> Result<Keyring> {
    if let Some(text) = crate::environment::read(KEYS) {
        return Ok(Keyring::parse(&text)?);
    }
    if !paths.keys().exists() {
        bail!(
            "{} is missing, and without the keys nothing in the log can be read or written; \
             put the file back, or its text into {KEYS}",
            paths.keys().display(),
        );
    }
    Ok(Keyring::read(&paths.keys())?)
}

/// The rulebook of the settings, checked.
pub(crate) fn load_rulebook(settings: &Settings) -> Result<Compiled> {
    let path = &settings.rulebook.path;
    rulebook::load_dir(path).map_err(|problems| {
        anyhow::anyhow!("the rulebook in {} is not right:\n{}", path.display(), rulebook::Report(&problems))
    })
}

/// The rulebooks that were activated in this log: in each partition oldest first, and each once.
async fn activated(log: &dyn EventLog) -> Result<Vec<RulebookHash>> {
    let mut hashes = Vec::new();
    for partition in 0..log.partitions() {
        for recorded in log.read_stream(partition, StreamId::PARTITION).await? {
            let row = recorded.event;
            if let Event::RulebookActivated { rulebook } =
                contract::event::decode(row.kind, row.schema, &row.payload)?
                && !hashes.contains(&rulebook)
            {
                hashes.push(rulebook);
            }
        }
    }
    Ok(hashes)
}

/// A rulebook that the log keeps, compiled; none if the log does not have it.
pub(crate) async fn compile_stored(log: &dyn EventLog, hash: RulebookHash) -> Result<Option<Compiled>> {
    let Some(sources) = log.rulebook(hash).await? else { return Ok(None) };
    let compiled = rulebook::compile_sources(&sources).map_err(|problems| {
        anyhow::anyhow!(
            "the log's rulebook {hash} can't be compiled by this release:\n{}",
            rulebook::Report(&problems)
        )
    })?;
    Ok(Some(compiled))
}
