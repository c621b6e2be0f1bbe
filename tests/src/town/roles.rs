//! The town's processes: how each is started, killed and stopped.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use channel::{Worker, WorkerConfig};
use domain::channel::Channel;
use domain::label::TenantId;
use event_log::store::EventLog;
use runtime::Runtime;
use scheduler::{Equipment, Outside, Scheduler, SchedulerConfig};
use worker_call::{CallDesk, DeskConfig};

use super::agent::Agent;
use super::provider::Moody;
use super::words::Words;
use super::{Town, tenant};
use crate::draw::Draw;

/// So that renewing credits is not most of what a simulated month does.
const CREDIT_LIFETIME: Duration = Duration::from_secs(3 * 3_600);

/// A process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Role {
    /// The one writer.
    Scheduler,
    /// The worker for text messages.
    Sms,
    /// The worker for e-mail.
    Email,
    /// The worker for messengers.
    Social,
    /// The call desk with its agent.
    Desk,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Scheduler, Self::Sms, Self::Email, Self::Social, Self::Desk];

    /// Its name in traces.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduler => "scheduler",
            Self::Sms => "sms",
            Self::Email => "email",
            Self::Social => "social",
            Self::Desk => "desk",
        }
    }
}

#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
impl Town {
    /// Starts a process.
    pub fn start(&mut self, role: Role) {
        match role {
            Role::Scheduler => self.start_scheduler(),
            Role::Sms => self.start_worker(role, Channel::Sms),
            Role::Email => self.start_worker(role, Channel::Email),
            Role::Social => self.start_worker(role, Channel::Social),
            Role::Desk => self.start_desk(),
        }
    }

    /// Kills a process: each of its tasks is dropped where it stands.
    pub fn kill(&mut self, role: Role) {
        let killed = self.processes.get(&role).map(|process| process.kill(&self.simulation));
        assert_ne!(killed, Some(0), "{role:?} had no task left: it had ended by itself");
        if role == Role::Scheduler {
            self.handle = None;
        }
    }

    /// Stops the scheduler in order: its checkpoint is complete afterwards.
    pub fn stop(&mut self) {
        let handle = self.handle.take().unwrap();
        self.simulation.block_on(handle.stop()).unwrap().unwrap();
    }

    fn runtime_of(&self, role: Role) -> Runtime {
        self.processes.get(&role).unwrap().runtime(&self.runtime)
    }

    fn start_scheduler(&mut self) {
        let (runtime, log, bus) =
            (self.runtime_of(Role::Scheduler), Arc::clone(&self.log), Arc::clone(&self.bus));
        let (keys, book) = (Arc::clone(&self.keys), Arc::clone(&self.book));
        let start = async move {
            let equipment = Equipment {
                runtime,
                log: log as Arc<dyn EventLog>,
                bus,
                keyring: keys,
                rulebook: Arc::new(book.rules.clone()),
                renderer: Arc::new(Words(Arc::clone(&book))),
                config: SchedulerConfig::default(),
                outside: Outside::default(),
            };
            Scheduler::start(equipment, &book.sources).await
        };
        self.handle = Some(self.simulation.block_on(start).unwrap().unwrap());
    }

    fn start_worker(&self, role: Role, channel: Channel) {
        let runtime = self.runtime_of(role);
        let provider = Moody {
            channel,
            runtime: runtime.clone(),
            record: self.record.clone(),
            pulse: self.pulse.clone(),
            draw: Arc::clone(&self.moods),
        };
        let keys = Arc::clone(&self.keys);
        let digest = Arc::new(move |tenant: &TenantId, id: &str| keys.provider_message_id(tenant, id));
        let config =
            WorkerConfig { credit_lifetime: CREDIT_LIFETIME, ..WorkerConfig::new(vec![tenant()], vec![0]) };
        let bus = Arc::clone(&self.bus);
        let worker = Worker::new(runtime.clone(), bus, Arc::new(provider), digest, config).unwrap();
        runtime.tasks.spawn("worker", Box::pin(worker.run()));
    }

    fn start_desk(&self) {
        let runtime = self.runtime_of(Role::Desk);
        let config =
            DeskConfig { credit_lifetime: CREDIT_LIFETIME, ..DeskConfig::new(vec![tenant()], vec![0]) };
        let desk = CallDesk::new(runtime.clone(), Arc::clone(&self.bus), config).unwrap();
        runtime.tasks.spawn("desk", Box::pin(Arc::clone(&desk).run()));
        let seed = self.moods.lock().unwrap_or_else(PoisonError::into_inner).between(0, i64::MAX);
        let draw = Arc::new(Mutex::new(Draw::new(seed.unsigned_abs(), 0)));
        let (record, pulse) = (self.record.clone(), self.pulse.clone());
        let agent = Agent { desk, runtime: runtime.clone(), record, pulse, draw };
        runtime.tasks.spawn("agent", Box::pin(agent.run()));
    }
}
