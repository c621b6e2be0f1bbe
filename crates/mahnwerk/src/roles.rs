//! All roles in one process: scheduler, workers, call desk and the way in, wired over channels in memory.

use std::sync::Arc;

use anyhow::{Context, Result};
use bus::Bus;
use bus::in_process::{InProcessBus, Limits};
use channel::{Provider, Worker, WorkerConfig};
use domain::label::TenantId;
use event_log::keys::Keyring;
use event_log::store::EventLog;
use ingest::figures::Figures;
use ingest::gate::{Gate, Route};
use runtime::Runtime;
use scheduler::{Equipment, Handle, Outside, Scheduler, SchedulerConfig};
use telemetry::metrics::Registry;
use worker_call::{CallDesk, DeskConfig};

use crate::house::House;
use crate::owners_figures;
use crate::providers;
use crate::renderer::TemplateRenderer;
use crate::settings::{Settings, WorkerSettings};
use crate::webhooks;

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
    let log: Arc<dyn EventLog> = Arc::clone(&house.log) as Arc<dyn EventLog>;
    let renderer = TemplateRenderer {
        rules: Arc::clone(&house.rules),
        templates: Arc::new(house.compiled.templates.clone()),
    };
    let equipment = Equipment {
        runtime: runtime.clone(),
        log,
        bus: Arc::clone(&bus),
        keyring: Arc::clone(&house.keyring),
        rulebook: Arc::clone(&house.rules),
        renderer: Arc::new(renderer),
        config: SchedulerConfig::default(),
        outside: Outside::default(),
    };
    let scheduler = Scheduler::start(equipment, &house.compiled.sources).await?;
    let gate = Gate::new(
        Arc::clone(&bus),
        runtime.clone(),
        Route::of_log(house.keyring.as_ref().clone(), Arc::clone(&house.log) as Arc<dyn EventLog>),
    );
    Ok((bus, gate, scheduler))
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
    let desk = start_desk(&bus, &settings.worker, runtime, &tenants).await?;
    let status_callback = webhooks::status_callback(settings, &tenants)?;
    for provider in providers::make(settings, status_callback, runtime, announce_clock)? {
        start_worker(&bus, provider, &house.keyring, settings, runtime, &tenants).await?;
    }
    Ok(Roles { desk, gate, figures, scheduler })
}

async fn start_desk(
    bus: &Arc<dyn Bus>,
    settings: &WorkerSettings,
    runtime: &Runtime,
    tenants: &[TenantId],
) -> Result<Arc<CallDesk>> {
    let config =
        DeskConfig { capacity: settings.call_capacity, ..DeskConfig::new(tenants.to_vec(), vec![0]) };
    let desk = CallDesk::new(runtime.clone(), Arc::clone(bus), config).context("the call list's settings")?;
    let ready = desk.ready();
    runtime.tasks.spawn("call list", Box::pin(Arc::clone(&desk).run()));
    ready.await;
    Ok(desk)
}

async fn start_worker(
    bus: &Arc<dyn Bus>,
    provider: Arc<dyn Provider>,
    keyring: &Arc<Keyring>,
    settings: &Settings,
    runtime: &Runtime,
    tenants: &[TenantId],
) -> Result<()> {
    let WorkerSettings { rate_per_second, concurrency, capacity, .. } = settings.worker;
    let config = WorkerConfig {
        rate_per_second,
        burst: rate_per_second,
        concurrency,
        capacity,
        ..WorkerConfig::new(tenants.to_vec(), vec![0])
    };
    let keyring = Arc::clone(keyring);
    let digest = Arc::new(move |tenant: &TenantId, id: &str| keyring.provider_message_id(tenant, id));
    let channel = provider.channel();
    let worker = Worker::new(runtime.clone(), Arc::clone(bus), provider, digest, config)
        .with_context(|| format!("the settings of the worker for {channel}"))?;
    let ready = worker.ready();
    runtime.tasks.spawn("worker", Box::pin(worker.run()));
    ready.await;
    Ok(())
}
