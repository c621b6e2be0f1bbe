//! `worker`: delivers over one channel; the call list is one.
//!
//! It needs the keys and the rulebook, and no way to the database: whom to contact and in which words a permit says.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bus::Bus;
use bus::nats::Role;
use channel::Drain;
use domain::channel::Channel;
use event_log::keys::Keyring;
use ingest::figures::Figures;
use ingest::gate::{Gate, Route};
use ingest::listener::Answers;
use runtime::Runtime;
use telemetry::metrics::Registry;
use worker_call::CallDesk;

use super::{Patience, Reaches, settings, within_deadline};
use crate::Ending;
use crate::alone::Alone;
use crate::cli::{WorkerArgs, WorkerChannel};
use crate::door::{Behind, Door};
use crate::lasting::lasting;
use crate::paths::{CALL_LIST, Paths};
use crate::roles::Crew;
use crate::settings::Settings;
use crate::{house, providers, signals, webhooks};

/// Short, so that a partition's new owner soon knows what workers can take.
const CREDIT_LIFETIME: Duration = Duration::from_secs(9);

/// Runs until told to end.
pub(crate) async fn run(args: &WorkerArgs) -> Result<Ending> {
    let settings = settings(&args.role)?;
    let paths = Paths::of(&args.role.house.dir);
    let _alone = only_call_list(&paths, args.channel)?;
    let keyring = Arc::new(house::read_keys(&paths).map_err(lasting)?);
    let compiled = house::load_rulebook(&settings).map_err(lasting)?;
    let (runtime, channel) = (runtime::system::runtime(), channel(args.channel));
    let name = format!("mahnwerk worker {channel}");
    let patience = Patience::of(&args.role, &runtime);
    let nats = patience.carrier(&settings, &keyring, &runtime, Role::Worker(channel), &name).await?;
    let crew = Crew {
        bus: Arc::clone(&nats) as Arc<dyn Bus>,
        keyring: Arc::clone(&keyring),
        runtime: runtime.clone(),
        tenants: compiled.rules.tenants.keys().cloned().collect(),
        partitions: settings.log.partitions,
        credit_lifetime: CREDIT_LIFETIME,
    };
    let readiness = Arc::new(Reaches { bus: nats, log: None });
    let (calls, drain) = start(&crew, &settings, channel).map_err(lasting)?;
    let (answers, noted_in) = match channel {
        Channel::Call => (Answers::CallList, paths.address_of(CALL_LIST)),
        Channel::Sms | Channel::Email | Channel::Social | Channel::Letter => {
            (Answers::Probes, paths.address_of(&format!("worker-{channel}")))
        }
    };
    let behind = behind(&crew, paths, calls, readiness);
    let door = Door::open(behind, &settings, answers, noted_in).await?;
    say!("The worker for {channel} works; requests reach it at {}.", door.address);
    signals::until_told_to_end().await;
    say!("Stopping: what has a permit is finished first.");
    within_deadline(&runtime, async {
        if let Some(drain) = &drain {
            drain.finish().await;
        }
        door.close().await;
    })
    .await;
    Ok(Ending::Well)
}

/// The tasks of a call list are in its process alone, so that commands of a folder reach one list of two, and agents would
/// wonder where the other's tasks are.
fn only_call_list(paths: &Paths, channel: WorkerChannel) -> Result<Option<Alone>> {
    match channel {
        WorkerChannel::Call => Alone::in_folder(
            paths,
            CALL_LIST,
            "`mahnwerk calls` would reach one list of the two; give this one a folder of its own, with the same keys, \
             settings and rulebook, or end the other",
        )
        .map(Some),
        // They answer no commands: whichever is noted there last answers its probes.
        WorkerChannel::Sms | WorkerChannel::Email | WorkerChannel::Social => Ok(None),
    }
}

const fn channel(named: WorkerChannel) -> Channel {
    match named {
        WorkerChannel::Sms => Channel::Sms,
        WorkerChannel::Email => Channel::Email,
        WorkerChannel::Social => Channel::Social,
        WorkerChannel::Call => Channel::Call,
    }
}

/// The call list, or the end of a worker: whichever the channel has.
fn start(
    crew: &Crew,
    settings: &Settings,
    channel: Channel,
) -> Result<(Option<Arc<CallDesk>>, Option<Drain>)> {
    if channel == Channel::Call {
        return Ok((Some(crew.start_desk(&settings.worker)?), None));
    }
    let status_callback = webhooks::status_callback(settings, &crew.tenants)?;
    let provider = providers::of(channel, settings, status_callback, &crew.runtime, false)?;
    let provider = provider.with_context(|| {
        format!("the settings have no section [{channel}], which says over whom this worker delivers")
    })?;
    Ok((None, Some(crew.start_worker(provider, &settings.worker)?.drain)))
}

fn behind(crew: &Crew, paths: Paths, calls: Option<Arc<CallDesk>>, readiness: Arc<Reaches>) -> Behind {
    let Crew { bus, keyring, runtime, partitions, .. } = crew;
    let route = Route::by_digest(Keyring::clone(keyring), *partitions);
    let runtime: Runtime = runtime.clone();
    Behind {
        paths,
        keyring: Arc::clone(keyring),
        house: None,
        gate: Gate::new(Arc::clone(bus), runtime.clone(), route),
        runtime,
        figures: Figures::new(&Registry::default()),
        calls,
        readiness,
    }
}
