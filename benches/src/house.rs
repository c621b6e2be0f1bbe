//! One process with all of a log's owners, over whatever carrier it is given.

use std::sync::Arc;

use anyhow::Result;
use bus::Bus;
use bus::in_process::{InProcessBus, Limits};
use event_log::keys::Keyring;
use event_log::postgres::PgLog;
use event_log::store::EventLog;
use runtime::Runtime;
use scheduler::{Equipment, Handle, Outside, Scheduler, SchedulerConfig};

use crate::rules::{self, PlainRenderer};
use crate::servers::Database;
use crate::timed::TimedLog;

/// A running scheduler with what it runs on.
pub struct House {
    /// Time, randomness, tasks.
    pub runtime: Runtime,
    /// The keys.
    pub keys: Arc<Keyring>,
    /// The log's database.
    pub database: Database,
    /// The log itself.
    pub store: Arc<PgLog>,
    /// The log as the owners see it: how long they wait for it is counted.
    pub log: Arc<TimedLog>,
    /// The bus.
    pub bus: Arc<dyn Bus>,
    handle: Handle,
}

/// A log without owners yet.
pub struct Shell {
    /// Time, randomness, tasks.
    pub runtime: Runtime,
    /// The keys.
    pub keys: Arc<Keyring>,
    database: Database,
    /// The log.
    pub store: Arc<PgLog>,
}

impl Shell {
    /// Makes a log in a database of its own.
    ///
    /// # Errors
    /// When the server can't be reached, or is not durable.
    pub async fn make(partitions: u16, connections: u16) -> Result<Self> {
        let runtime = runtime::system::runtime();
        let keys = Arc::new(Keyring::generate(&*runtime.random));
        let database = Database::make(&runtime, &keys, partitions).await?;
        let store = Arc::new(database.open(&runtime, connections).await?);
        Ok(Self { runtime, keys, database, store })
    }

    /// Starts the owners over the bus of one process, with a rulebook by which who is due gets so many messages.
    ///
    /// # Errors
    /// When a partition can't be taken over.
    pub async fn start(self, messages: usize) -> Result<House> {
        let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new(self.runtime.activity.clone(), Limits::default()));
        self.start_over(bus, Outside::default(), SchedulerConfig::default(), messages).await
    }

    /// Starts the owners over this bus.
    ///
    /// # Errors
    /// When a partition can't be taken over.
    pub async fn start_over(
        self,
        bus: Arc<dyn Bus>,
        outside: Outside,
        config: SchedulerConfig,
        messages: usize,
    ) -> Result<House> {
        let Self { runtime, keys, database, store } = self;
        let inner: Arc<dyn EventLog> = Arc::<PgLog>::clone(&store);
        let log = Arc::new(TimedLog::new(inner, Arc::clone(&runtime.clock)));
        let equipment = Equipment {
            runtime: runtime.clone(),
            log: Arc::<TimedLog>::clone(&log),
            bus: Arc::clone(&bus),
            keyring: Arc::clone(&keys),
            rulebook: Arc::new(rules::rulebook(messages)?),
            renderer: Arc::new(PlainRenderer),
            config,
            outside,
        };
        let handle = Scheduler::start(equipment, b"made in code").await?;
        Ok(House { runtime, keys, database, store, log, bus, handle })
    }
}

impl House {
    /// How many partitions the log has.
    pub fn partitions(&self) -> u16 {
        self.store.partitions()
    }

    /// Where each partition's log ends, by its owner.
    ///
    /// # Errors
    /// When the server can't be reached.
    pub async fn heads(&self) -> Result<Vec<u64>> {
        let mut heads = Vec::new();
        for partition in 0..self.store.partitions() {
            heads.push(self.store.head(partition).await?.position.0);
        }
        Ok(heads)
    }

    /// Stops the owners and takes the database away.
    ///
    /// # Errors
    /// When an owner had stopped by itself.
    pub async fn end(self) -> Result<()> {
        self.handle.stop().await?;
        drop((self.log, self.store));
        self.database.drop().await
    }
}
