//! All roles in one process, each with a connection of its own to the broker.

use std::sync::Arc;

use anyhow::Result;
use async_nats::jetstream::{self, Context};
use benches::house::{House, Shell};
use benches::people::{People, Person};
use benches::rules::TENANT;
use benches::servers::told;
use bus::Bus;
use bus::nats::{Envelope, EnvelopeError, NatsBus, Options, Role};
use contract::wire::FactMessage;
use domain::channel::Channel;
use domain::label::TenantId;
use event_log::keys::Keyring;
use event_log::seal::message::{Purpose, open_message, seal_message};
use ingest::gate::{Gate, Route};
use ingest::published::Intake;
use runtime::{Random, Runtime};
use scheduler::{Outside, Publishing, SchedulerConfig, watch_intake};
use tokio::sync::watch;

/// Debtors of one message.
const MESSAGE: usize = 250;

/// Seals what travels, as the binary does.
struct Sealed {
    keyring: Arc<Keyring>,
    random: Arc<dyn Random>,
}

impl Envelope for Sealed {
    fn seal(&self, context: &str, plain: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        seal_message(&self.keyring, Purpose::Travel, context.as_bytes(), plain, &*self.random)
            .map_err(|_not_told| EnvelopeError::Seal)
    }

    fn open(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        open_message(&self.keyring, Purpose::Travel, context.as_bytes(), sealed)
            .map_err(|_not_told| EnvelopeError::Open)
    }
}

/// The running whole.
pub(crate) struct Plant {
    pub(crate) house: House,
    pub(crate) people: People,
    pub(crate) worker: Arc<dyn Bus>,
    pub(crate) jetstream: Context,
    _intake: watch::Sender<bool>,
}

impl Plant {
    pub(crate) async fn start(partitions: u16, connections: u16) -> Result<Self> {
        let shell = Shell::make(partitions, connections).await?;
        let (runtime, keys, store) =
            (shell.runtime.clone(), Arc::clone(&shell.keys), Arc::clone(&shell.store));
        let scheduler = carrier(&runtime, &keys, Role::Scheduler).await?;
        let ingest = carrier(&runtime, &keys, Role::Ingest).await?;
        let worker = carrier(&runtime, &keys, Role::Worker(Channel::Sms)).await?;
        let outside = Outside {
            publishing: Some(Publishing {
                feed: Arc::<NatsBus>::clone(&scheduler),
                cursor: Arc::clone(&store) as _,
            }),
            intake: Some(watch_intake(&runtime, Arc::<NatsBus>::clone(&scheduler))),
        };
        let defaults = SchedulerConfig::default();
        let max_reply_bytes = defaults.max_reply_bytes.min(scheduler.answer_bytes());
        let house =
            shell.start_over(scheduler, outside, SchedulerConfig { max_reply_bytes, ..defaults }, 1).await?;
        let route = Route::of_log((*keys).clone(), Arc::clone(&store) as _);
        let gate = Gate::new(Arc::<NatsBus>::clone(&ingest), runtime.clone(), route);
        let intake = Intake {
            upstream: ingest,
            sink: Arc::new(gate),
            bodies: store,
            keyring: Arc::clone(&keys),
            tenants: [TenantId::new(TENANT)?].into(),
            runtime: runtime.clone(),
        };
        let (stop, stopped) = watch::channel(false);
        runtime.tasks.spawn("intake", Box::pin(async move { intake.run(stopped).await }));
        let client = async_nats::connect(told("MAHNWERK_TEST_NATS_NEW")?).await?;
        let people = People::new(&keys, partitions)?;
        Ok(Self { house, people, worker, jetstream: jetstream::new(client), _intake: stop })
    }

    /// Makes them known, with contact points and without a claim.
    pub(crate) async fn describe(&self, people: &[Person]) -> Result<()> {
        for part in people.chunks(MESSAGE) {
            let mut facts: Vec<Vec<FactMessage>> = vec![Vec::new(); usize::from(self.house.partitions())];
            for person in part {
                let facts = facts.get_mut(usize::from(person.partition));
                facts.into_iter().for_each(|facts| facts.extend(self.people.described(person)));
            }
            for (partition, facts) in (0..).zip(facts) {
                self.house.bus.send_facts(partition, facts).await?;
            }
        }
        Ok(())
    }
}

async fn carrier(runtime: &Runtime, keyring: &Arc<Keyring>, role: Role) -> Result<Arc<NatsBus>> {
    let options = Options::new(vec![told("MAHNWERK_TEST_NATS_NEW")?], "bench", role);
    let envelope = Sealed { keyring: Arc::clone(keyring), random: Arc::clone(&runtime.random) };
    let bus = NatsBus::connect(&options, runtime.clone(), Arc::new(envelope)).await?;
    bus.ensure_topology().await?;
    Ok(Arc::new(bus))
}
