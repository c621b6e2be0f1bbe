//! The way into a folder's log: over the process that owns it, or as its owner while nobody runs.

use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use bus::Bus;
use bus::nats::Role;
use domain::label::{Label, TenantId};
use ingest::acts::{Act, ActError, Acted, Acting};
use ingest::gate::Gate;
use ingest::listener::Caller;
use ingest::sink::FactSink;
use reqwest::Method;
use runtime::Runtime;
use scheduler::Handle;

use crate::archive::HouseArchive;
use crate::cli::{self, ClockKind};
use crate::client::{Client, Refused};
use crate::house::House;
use crate::paths::Paths;
use crate::settings::{Settings, Store};
use crate::{carrier, roles};

/// A way that is open; [`Way::close`] it.
pub(crate) struct Way {
    pub(crate) house: Arc<House>,
    pub(crate) runtime: Runtime,
    door: Door,
}

enum Door {
    /// Somebody runs.
    Running(Client),
    /// Nobody does.
    Own(Box<Own>),
}

/// What the folder's owner runs to write.
struct Own {
    gate: Gate,
    /// None where schedulers run elsewhere, and this speaks to them over the broker.
    scheduler: Option<Handle>,
    /// Lives as long as what speaks over it.
    _bus: Arc<dyn Bus>,
}

/// Members of a request, as sentences about it write them, and what they are on the command line.
const OPTIONS: [(&str, &str); 8] = [
    ("`until_after`", "--for"),
    ("`until`", "--until"),
    ("`due_at`", "--by"),
    ("`reason`", "--reason"),
    ("`claim`", "--claim"),
    ("`amount`", "--amount"),
    ("`currency`", "--currency"),
    ("`hold`", "--hold"),
];

/// What is told to the log's owner: an answer, or why it was refused.
pub(crate) type Told<T> = Result<T, String>;

impl Way {
    /// Opens it.
    pub(crate) async fn open(folder: &cli::House) -> Result<Self> {
        let (paths, settings) = (Paths::of(&folder.dir), Settings::read(&folder.dir)?);
        let runtime = runtime::system::runtime();
        if settings.log.store == Store::Postgres {
            return Self::over_broker(paths, &settings, runtime).await;
        }
        if let Some(client) = Client::of_running(&paths).await? {
            let house = Arc::new(House::read(paths, &settings).await?);
            return Ok(Self { house, runtime, door: Door::Running(client) });
        }
        let house = Arc::new(House::own(paths, &settings, ClockKind::System).await?);
        let (bus, gate, scheduler) = roles::start_scheduler(&house, &runtime).await?;
        let own = Own { gate, scheduler: Some(scheduler), _bus: bus };
        Ok(Self { house, runtime, door: Door::Own(Box::new(own)) })
    }

    /// To the schedulers that share the log.
    async fn over_broker(paths: Paths, settings: &Settings, runtime: Runtime) -> Result<Self> {
        let house = Arc::new(House::read(paths, settings).await?);
        let keyring = &house.keyring;
        let nats =
            carrier::connect(&settings.nats, keyring, &runtime, Role::Ingest, "mahnwerk command").await?;
        let bus = nats as Arc<dyn Bus>;
        let own = Own { gate: roles::gate(&house, &runtime, &bus), scheduler: None, _bus: bus };
        Ok(Self { house, runtime, door: Door::Own(Box::new(own)) })
    }

    /// Ends what was begun.
    pub(crate) async fn close(self) -> Result<()> {
        match self.door {
            Door::Running(_) => Ok(()),
            Door::Own(own) => match own.scheduler {
                Some(scheduler) => Ok(scheduler.stop().await?),
                None => Ok(()),
            },
        }
    }

    /// Where facts go.
    pub(crate) fn sink(&self) -> &dyn FactSink {
        match &self.door {
            Door::Running(client) => client,
            Door::Own(own) => &own.gate,
        }
    }

    /// The process that runs, or the owner's own gate.
    pub(crate) fn either(&self) -> std::result::Result<&Client, &Gate> {
        match &self.door {
            Door::Running(client) => Ok(client),
            Door::Own(own) => Err(&own.gate),
        }
    }

    /// The tenant of that name, or the only one.
    pub(crate) fn tenant(&self, name: Option<&str>) -> Result<TenantId> {
        self.house.tenant(name)
    }

    /// Does something to a debtor.
    pub(crate) async fn act(&self, act: &Act, actor: Option<&str>) -> Result<Told<Acted>> {
        match self.either() {
            Ok(client) => {
                let answer = client.json(Method::POST, act.path(), Some(&act.body())).await;
                let told = refused(answer.and_then(|value| Ok(serde_json::from_value(value)?)));
                match told {
                    Ok(told) => Ok(told.map_err(|said| options(&said))),
                    Err(error) => Err(anyhow!(options(&format!("{error:#}")))),
                }
            }
            Err(gate) => {
                let archive = HouseArchive::new(Arc::clone(&self.house));
                let acting = Acting {
                    actor: &self::actor(actor)?,
                    now: self.runtime.clock.now(),
                    digests: self.house.keyring.as_ref(),
                    random: self.runtime.random.as_ref(),
                    archive: &archive,
                    sink: gate,
                };
                match acting.perform(act).await {
                    Ok(acted) => Ok(Ok(acted)),
                    Err(ActError::Refused { reason, detail }) => {
                        Ok(Err(options(&format!("{detail} ({reason})"))))
                    }
                    Err(error) => Err(anyhow!(options(&error.to_string()))),
                }
            }
        }
    }
}

/// A sentence about a request, with the options of the command line in place of the request's members.
fn options(said: &str) -> String {
    OPTIONS.iter().fold(said.to_owned(), |said, (member, option)| said.replace(member, option))
}

/// A conflict with how things stand is an answer; anything else is a failure.
fn refused<T>(answer: Result<T>) -> Result<Told<T>> {
    answer.map(Ok).or_else(|error| match error.downcast_ref::<Refused>() {
        Some(refused) if refused.is_conflict() => Ok(Err(refused.to_string())),
        Some(_) | None => Err(error),
    })
}

/// In whose name the owner of the folder does something.
pub(crate) fn actor(stated: Option<&str>) -> Result<Label> {
    let name = stated.unwrap_or(Caller::LOCAL);
    match Label::new(name) {
        Ok(label) => Ok(label),
        Err(_) => bail!("--actor is no short name: it has 1 to 64 of a-z, 0-9, _, - and ."),
    }
}

/// A short name.
pub(crate) fn label(option: &str, text: &str) -> Result<Label> {
    Label::new(text)
        .ok()
        .with_context(|| format!("--{option} is no short name: it has 1 to 64 of a-z, 0-9, _, - and ."))
}
