//! All roles in one process: scheduler, workers, call desk and the way in, wired over channels in memory.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bus::Bus;
use bus::in_process::{InProcessBus, Limits};
use channel::{Drain, Provider, Worker, WorkerConfig};
use domain::label::TenantId;
use event_log::keys::Keyring;
use ingest::figures::Figures;
use ingest::gate::{Gate, Route};
use runtime::{BoxFuture, Runtime};
use scheduler::{Equipment, Handle, Outside, Scheduler, SchedulerConfig};
use telemetry::metrics::Registry;
use worker_call::{CallDesk, DeskConfig};

use crate::house::House;
use crate::owners_figures;
use crate::providers;
use crate::renderer::TemplateRenderer;
use crate::settings::{Settings, WorkerSettings};
use crate::webhooks;

/// How long a credit counts within one process.
const CREDIT_LIFETIME: Duration = Duration::from_secs(30);

/// What runs.
pub(crate) struct Roles {
    pub(crate) desk: Arc<CallDesk>,
    pub(crate) gate: Gate,
    pub(crate) figures: Figures,
    pub(crate) scheduler: Handle,
}

/// Starts the scheduler alone: for commands that write while nobody runs.
pub(crate) async fn start_scheduler(
    house: &House,
    runtime: &Runtime,
) -> Result<(Arc<dyn Bus>, Gate, Handle)> {
    let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
    let equipment = equipment(house, runtime, &bus, Outside::default());
    let scheduler = Scheduler::start(equipment, &house.compiled.sources).await?;
    Ok((Arc::clone(&bus), gate(house, runtime, &bus), scheduler))
}

/// What the scheduler of this folder works with.
pub(crate) fn equipment(house: &House, runtime: &Runtime, bus: &Arc<dyn Bus>, outside: Outside) -> Equipment {
    let renderer = TemplateRenderer {
        rules: Arc::clone(&house.rules),
        templates: Arc::new(house.compiled.templates.clone()),
    };
    Equipment {
        runtime: runtime.clone(),
        log: Arc::clone(&house.log),
        bus: Arc::clone(bus),
        keyring: Arc::clone(&house.keyring),
        rulebook: Arc::clone(&house.rules),
        renderer: Arc::new(renderer),
        config: SchedulerConfig::default(),
        outside,
    }
}

/// The way to this folder's log.
pub(crate) fn gate(house: &House, runtime: &Runtime, bus: &Arc<dyn Bus>) -> Gate {
    let route = Route::of_log(house.keyring.as_ref().clone(), Arc::clone(&house.log));
    Gate::new(Arc::clone(bus), runtime.clone(), route)
}

/// Starts everything, and resolves when every worker's first credits are taken.
pub(crate) async fn start(
    house: &House,
    settings: &Settings,
    runtime: &Runtime,
    announce_clock: bool,
) -> Result<Roles> {
    let (bus, gate, scheduler) = start_scheduler(house, runtime).await?;
    let registry = Registry::default();
    owners_figures::show(&registry, scheduler.health());
    let figures = Figures::new(&registry);
    let gate = gate.counting(figures.clone());
    let tenants: Vec<TenantId> = house.rules.tenants.keys().cloned().collect();
    let crew = Crew {
        bus,
        keyring: Arc::clone(&house.keyring),
        runtime: runtime.clone(),
        tenants,
        partitions: 1,
        credit_lifetime: CREDIT_LIFETIME,
    };
    let desk = crew.start_desk(&settings.worker)?;
    desk.ready().await;
    let status_callback = webhooks::status_callback(settings, &crew.tenants)?;
    for provider in providers::make(settings, status_callback, runtime, announce_clock)? {
        crew.start_worker(provider, &settings.worker)?.ready.await;
    }
    Ok(Roles { desk, gate, figures, scheduler })
}

/// What workers have in common.
pub(crate) struct Crew {
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) runtime: Runtime,
    pub(crate) tenants: Vec<TenantId>,
    /// How many partitions the log has.
    pub(crate) partitions: u16,
    /// How long a credit counts; it is renewed at a third of it, and an owner that is new has none until then.
    pub(crate) credit_lifetime: Duration,
}

/// A worker that runs.
pub(crate) struct Working {
    /// Resolves when its first credits are taken in every partition.
    pub(crate) ready: BoxFuture<'static, ()>,
    /// Ends it.
    pub(crate) drain: Drain,
}

impl Crew {
    fn partitions(&self) -> Vec<u16> {
        (0..self.partitions).collect()
    }

    /// Starts the call list.
    pub(crate) fn start_desk(&self, settings: &WorkerSettings) -> Result<Arc<CallDesk>> {
        let made = DeskConfig::new(self.tenants.clone(), self.partitions());
        let (capacity, credit_lifetime) = (settings.call_capacity, self.credit_lifetime);
        let config = DeskConfig { capacity, credit_lifetime, ..made };
        let desk = CallDesk::new(self.runtime.clone(), Arc::clone(&self.bus), config);
        let desk = desk.context("the call list's settings")?;
        self.runtime.tasks.spawn("call list", Box::pin(Arc::clone(&desk).run()));
        Ok(desk)
    }

    /// Starts a worker.
    pub(crate) fn start_worker(
        &self,
        provider: Arc<dyn Provider>,
        settings: &WorkerSettings,
    ) -> Result<Working> {
        let WorkerSettings { rate_per_second, concurrency, capacity, .. } = *settings;
        let config = WorkerConfig {
            rate_per_second,
            burst: rate_per_second,
            concurrency,
            capacity,
            credit_lifetime: self.credit_lifetime,
            ..WorkerConfig::new(self.tenants.clone(), self.partitions())
        };
        let keyring = Arc::clone(&self.keyring);
        let digest = Arc::new(move |tenant: &TenantId, id: &str| keyring.provider_message_id(tenant, id));
        let channel = provider.channel();
        let worker = Worker::new(self.runtime.clone(), Arc::clone(&self.bus), provider, digest, config)
            .with_context(|| format!("the settings of the worker for {channel}"))?;
        let working = Working { ready: Box::pin(worker.ready()), drain: worker.drain() };
        self.runtime.tasks.spawn("worker", Box::pin(worker.run()));
        Ok(working)
    }
}
