//! A desk, and an owner of partition 0 that grants permits unless told otherwise.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bus::in_process::{InProcessBus, Limits};
use bus::{Bus, OwnerLanes};
use contract::personal::Message;
use contract::wire::{EscalationNotice, Filed, OutcomeMessage, PermitAnswer};
use domain::channel::Channel;
use domain::ids::{EscalationId, StreamId};
use domain::label::{Label, TenantId};
use domain::outcome::{Disposition, Outcome, Reach, Said};
use domain::time::{Span, Timestamp};
use runtime::Runtime;
use runtime::simulated::Simulation;
use worker_call::{CallDesk, DeskConfig};

const START: Timestamp = Timestamp(1_700_000_000_000);

type Script = Box<dyn Fn(usize) -> Option<PermitAnswer> + Send>;

/// The owner of partition 0.
#[derive(Clone, Default)]
pub(crate) struct Owner {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    script: Option<Script>,
    delay: Duration,
    requests: usize,
    asked: Vec<EscalationId>,
    outcomes: Vec<OutcomeMessage>,
    credits: Vec<u32>,
}

/// A simulated office.
pub(crate) struct Office {
    simulation: Simulation,
    runtime: Runtime,
    bus: Arc<InProcessBus>,
    desk: Arc<CallDesk>,
    owner: Owner,
}

impl Office {
    pub(crate) fn new(config: DeskConfig) -> Self {
        let (simulation, runtime) = Simulation::new(1, START);
        let bus = bus(&runtime);
        let owner = Owner::start(&runtime, &*bus);
        let desk = CallDesk::new(runtime.clone(), Arc::clone(&bus) as Arc<dyn Bus>, config).unwrap();
        runtime.tasks.spawn("desk", Box::pin(Arc::clone(&desk).run()));
        simulation.run_ready();
        Self { simulation, runtime, bus, desk, owner }
    }

    pub(crate) fn desk(&self) -> Arc<CallDesk> {
        Arc::clone(&self.desk)
    }

    pub(crate) fn runtime(&self) -> Runtime {
        self.runtime.clone()
    }

    pub(crate) fn parts(&self) -> (Arc<dyn Bus>, Runtime) {
        (Arc::clone(&self.bus) as Arc<dyn Bus>, self.runtime.clone())
    }

    /// What the owner answers to each question of its n-th request; `None` loses the reply.
    pub(crate) fn answers(&self, script: impl Fn(usize) -> Option<PermitAnswer> + Send + 'static) {
        self.owner.seen.lock().unwrap().script = Some(Box::new(script));
    }

    pub(crate) fn replies_after(&self, delay: Duration) {
        self.owner.seen.lock().unwrap().delay = delay;
    }

    pub(crate) fn emit(&self, escalations: &[(u32, i32)]) {
        let end = START.plus(Span::days(30));
        let notices = escalations.iter().map(|(number, priority)| notice(*number, *priority, end)).collect();
        let bus = Arc::clone(&self.bus);
        self.run(async move { emit(&*bus, notices).await });
    }

    pub(crate) fn run(&self, script: impl Future<Output = ()> + Send + 'static) {
        assert_eq!(self.simulation.block_on(script), Some(()));
    }

    pub(crate) fn run_for(&self, length: Duration) {
        let length = Span(i64::try_from(length.as_millis()).unwrap());
        self.simulation.run_until(self.runtime.clock.now().plus(length));
    }

    pub(crate) fn asked(&self) -> Vec<EscalationId> {
        self.owner.seen.lock().unwrap().asked.clone()
    }

    pub(crate) fn outcomes(&self) -> Vec<OutcomeMessage> {
        self.owner.seen.lock().unwrap().outcomes.clone()
    }

    pub(crate) fn reported(&self) -> Vec<(EscalationId, Outcome)> {
        self.owner.reported()
    }

    pub(crate) fn credits(&self) -> Vec<u32> {
        self.owner.seen.lock().unwrap().credits.clone()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.runtime.activity.in_flight()
    }
}

impl Owner {
    pub(crate) fn start(runtime: &Runtime, bus: &dyn Bus) -> Self {
        let owner = Self::default();
        let OwnerLanes { mut outcomes, mut permits, mut credits, .. } = bus.own(0, 1);
        let (permit_owner, clock) = (owner.clone(), Arc::clone(&runtime.clock));
        let permit_desk = async move {
            while let Some(delivery) = permits.recv().await {
                let (questions, answer) = delivery.split();
                let (delay, answers) = permit_owner.decide(&questions.questions);
                if !delay.is_zero() {
                    clock.sleep(delay).await;
                }
                if let Some(answers) = answers {
                    drop(answer.give(answers));
                }
            }
        };
        let outcome_owner = owner.clone();
        let outcome_desk = async move {
            while let Some(delivery) = outcomes.recv().await {
                let (messages, answer) = delivery.split();
                let filed = vec![Filed::Recorded; messages.len()];
                outcome_owner.seen.lock().unwrap().outcomes.extend(messages);
                drop(answer.give(filed));
            }
        };
        let credit_owner = owner.clone();
        let credit_desk = async move {
            while let Some(delivery) = credits.recv().await {
                let (credit, answer) = delivery.split();
                credit_owner.seen.lock().unwrap().credits.push(credit.amount);
                drop(answer.give(()));
            }
        };
        runtime.tasks.spawn("permits", Box::pin(permit_desk));
        runtime.tasks.spawn("outcomes", Box::pin(outcome_desk));
        runtime.tasks.spawn("credits", Box::pin(credit_desk));
        owner
    }

    pub(crate) fn reported(&self) -> Vec<(EscalationId, Outcome)> {
        let seen = self.seen.lock().unwrap();
        seen.outcomes
            .iter()
            .filter_map(|message| Some((message.about.attempt()?, message.report.outcome)))
            .collect()
    }

    fn decide<R>(&self, questions: &[(EscalationId, R)]) -> (Duration, Option<Vec<PermitAnswer>>) {
        let mut seen = self.seen.lock().unwrap();
        let request = seen.requests;
        seen.requests += 1;
        seen.asked.extend(questions.iter().map(|(id, _)| *id));
        let answer = |id: &EscalationId| match &seen.script {
            Some(script) => script(request),
            None => Some(granted_to(id.number, Duration::from_secs(10))),
        };
        (seen.delay, questions.iter().map(|(id, _)| answer(id)).collect())
    }
}

pub(crate) fn bus(runtime: &Runtime) -> Arc<InProcessBus> {
    Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()))
}

pub(crate) async fn emit(bus: &dyn Bus, notices: Vec<EscalationNotice>) {
    assert_eq!(bus.emit(Channel::Call, notices).await, Ok(()));
}

pub(crate) fn granted(start_within: Duration) -> PermitAnswer {
    granted_to(1, start_within)
}

pub(crate) fn granted_first() -> PermitAnswer {
    granted(Duration::from_secs(10))
}

fn granted_to(number: u32, start_within: Duration) -> PermitAnswer {
    let message = Message {
        body: "Good day, this is the town.".into(),
        dossier: vec!["Owes since May.".into(), "Promised once.".into()],
        language: "en".into(),
        ..Message::default()
    };
    PermitAnswer::Granted { address: format!("+4179{number}"), message, start_within }
}

pub(crate) fn notice(number: u32, priority: i32, expires_at: Timestamp) -> EscalationNotice {
    EscalationNotice {
        id: id(number),
        tenant: TenantId::new("town").unwrap(),
        channel: Channel::Call,
        partition: 0,
        emission: 1,
        priority,
        expires_at,
        trace: None,
    }
}

pub(crate) const fn id(number: u32) -> EscalationId {
    EscalationId { stream: StreamId::new([3; 16]), number }
}

pub(crate) fn agent(name: &str) -> Label {
    Label::new(name).unwrap()
}

pub(crate) fn config() -> DeskConfig {
    DeskConfig::new(vec![TenantId::new("town").unwrap()], vec![0])
}

pub(crate) const fn nobody_there() -> Disposition {
    Disposition { reach: Reach::NoAnswer, said: Said::Nothing }
}
