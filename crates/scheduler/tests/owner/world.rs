//! A scheduler on the simulated executor, over a log in memory and the bus of one process.

use std::sync::Arc;

use bus::in_process::{InProcessBus, Limits};
use bus::{Bus, BusError};
use contract::personal::{Message, Personal};
use contract::wire::{
    About, Addressee, Command, CommandAnswer, Credit, FactMessage, Filed, Order, OutcomeMessage,
    PermitAnswer, PermitQuestions, Receipt,
};
use domain::channel::{Channel, PointKind};
use domain::event::Event;
use domain::fact::{DebtorKind, Fact};
use domain::ids::{
    ClaimId, EscalationId, InputId, PointId, Position, ProviderMessageId, RequestId, StreamId,
};
use domain::inbound::InboundClass;
use domain::label::{CreditorId, Label, RuleName, ScenarioId, TenantId};
use domain::money::{Currency, Minor};
use domain::outcome::{Outcome, OutcomeReport};
use domain::time::{Span, Timestamp};
use event_log::keys::Keyring;
use event_log::memory::MemoryLog;
use event_log::record::{Origin, ParkedRow, Recorded};
use event_log::store::EventLog;
use runtime::Runtime;
use runtime::simulated::Simulation;
use scheduler::{
    Equipment, Handle, Outside, RenderRequest, Renderer, Scheduler, SchedulerConfig, SchedulerError,
};

use crate::faulty::FaultyLog;
use crate::rules;
use crate::worker::{self, Script};

/// 2026-03-02T00:00:00Z, a Monday.
pub(crate) const MONDAY: Timestamp = Timestamp(1_772_409_600_000);

/// Writes a line; refuses to write to somebody of this name.
pub(crate) struct PlainRenderer;

pub(crate) const UNSPEAKABLE: &str = "Unspeakable";

impl Renderer for PlainRenderer {
    fn render(&self, request: &RenderRequest<'_>) -> Result<Message, RuleName> {
        let name = request.name.unwrap_or("you");
        if name == UNSPEAKABLE {
            return Err(RuleName::new("content.name").unwrap());
        }
        let claims: Vec<String> = request.claims.iter().filter_map(|claim| claim.reference.clone()).collect();
        let body = format!("{name}: please call us about {}", claims.join(", "));
        Ok(Message { body, language: request.language.to_string(), ..Message::default() })
    }
}

pub(crate) struct World {
    pub(crate) sim: Simulation,
    pub(crate) runtime: Runtime,
    pub(crate) memory: Arc<MemoryLog>,
    pub(crate) log: Arc<FaultyLog>,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) keys: Arc<Keyring>,
    pub(crate) config: SchedulerConfig,
    pub(crate) outside: Outside,
    pub(crate) rulebook: u8,
    pub(crate) handle: Option<Handle>,
}

impl World {
    /// Nobody is started yet.
    pub(crate) fn new(seed: u64) -> Self {
        let (sim, runtime) = Simulation::new(seed, MONDAY);
        let keys = Arc::new(Keyring::generate(&*runtime.random));
        let origin = Origin { history: [5; 16], partitions: 1, key_check: keys.check_value([5; 16]) };
        let memory = Arc::new(MemoryLog::new(origin, domain::DECIDER_REVISION));
        let log = Arc::new(FaultyLog::new(Arc::clone(&memory), runtime.clone()));
        let bus: Arc<dyn Bus> = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
        let config = SchedulerConfig::default();
        let outside = Outside::default();
        Self { sim, runtime, memory, log, bus, keys, config, outside, rulebook: 1, handle: None }
    }

    /// With a running scheduler.
    pub(crate) fn started(seed: u64) -> Self {
        let mut world = Self::new(seed);
        world.start();
        world
    }

    pub(crate) fn start(&mut self) {
        self.start_and(async {});
    }

    pub(crate) fn try_start(&mut self) -> Result<(), SchedulerError> {
        let equipment = self.equipment();
        let start = async move { Scheduler::start(equipment, b"made in code").await };
        self.handle = Some(self.sim.block_on(start).unwrap()?);
        Ok(())
    }

    fn equipment(&self) -> Equipment {
        Equipment {
            runtime: self.runtime.clone(),
            log: Arc::clone(&self.log) as Arc<dyn EventLog>,
            bus: Arc::clone(&self.bus),
            keyring: Arc::clone(&self.keys),
            rulebook: Arc::new(rules::rulebook(self.rulebook)),
            renderer: Arc::new(PlainRenderer),
            config: self.config,
            outside: self.outside.clone(),
        }
    }

    /// Starts, and lets this happen before the owner has done anything but taken its partition over.
    pub(crate) fn start_and(&mut self, first: impl Future<Output = ()> + Send + 'static) {
        let equipment = self.equipment();
        let start = async move {
            let started = Scheduler::start(equipment, b"made in code").await;
            first.await;
            started
        };
        self.handle = Some(self.sim.block_on(start).unwrap().unwrap());
    }

    /// As a kill would: every task of the scheduler is dropped where it stands.
    pub(crate) fn crash(&mut self) {
        self.sim.kill("scheduler.owner");
        self.sim.kill("scheduler.emit");
        self.handle = None;
    }

    pub(crate) fn stop(&mut self) {
        let handle = self.handle.take().unwrap();
        self.sim.block_on(handle.stop()).unwrap().unwrap();
    }

    /// Waits until an owner stops by itself.
    pub(crate) fn ended(&mut self) -> Result<(), SchedulerError> {
        let mut handle = self.handle.take().unwrap();
        self.sim.block_on(async move { handle.ended().await }).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.runtime.clock.now()
    }

    pub(crate) fn run_for(&self, span: Span) {
        self.sim.run_until(self.now().plus(span));
    }

    pub(crate) fn run_for_days(&self, days: i64) {
        self.run_for(Span::days(days));
    }

    pub(crate) fn tell(&self, facts: Vec<FactMessage>) -> Vec<Receipt> {
        self.try_tell(facts).unwrap()
    }

    pub(crate) fn try_tell(&self, facts: Vec<FactMessage>) -> Result<Vec<Receipt>, BusError> {
        let bus = Arc::clone(&self.bus);
        self.sim.block_on(async move { bus.send_facts(0, facts).await }).unwrap()
    }

    pub(crate) fn stop_first(&self, facts: Vec<FactMessage>) -> Vec<Receipt> {
        let bus = Arc::clone(&self.bus);
        self.sim.block_on(async move { bus.send_stops(0, facts).await }).unwrap().unwrap()
    }

    pub(crate) fn command(&self, order: Order) -> CommandAnswer {
        let (bus, actor) = (Arc::clone(&self.bus), Label::new("op-1").unwrap());
        self.sim.block_on(async move { bus.command(0, Command { actor, order }).await }).unwrap().unwrap()
    }

    pub(crate) fn report(&self, about: About, outcome: Outcome, named: Option<ProviderMessageId>) -> Filed {
        self.report_as(None, about, outcome, named)
    }

    /// By somebody who speaks for this tenant.
    pub(crate) fn report_as(
        &self,
        tenant: Option<TenantId>,
        about: About,
        outcome: Outcome,
        named: Option<ProviderMessageId>,
    ) -> Filed {
        let number = about.attempt().map_or(0, |id| id.number);
        let report = OutcomeReport { number, outcome, at: self.now(), provider_message: named, late: false };
        let message = OutcomeMessage { about, tenant, report, personal: None, trace: None };
        let bus = Arc::clone(&self.bus);
        self.sim.block_on(async move { bus.report(0, vec![message]).await }).unwrap().unwrap()[0]
    }

    /// What waits beside the log.
    pub(crate) fn waiting(&self) -> Vec<ParkedRow> {
        let log = Arc::clone(&self.memory);
        self.sim.block_on(async move { log.parked(0, None, 1_000).await }).unwrap().unwrap()
    }

    /// A worker who can take some of each tenant's, for as long as the test lasts.
    pub(crate) fn works(&self, script: Script) -> worker::Shared {
        let record = worker::start(&self.runtime, &self.bus, script);
        for tenant in ["town", "village"] {
            self.grant(worker::credit(tenant, script.channel, 5));
        }
        record
    }

    pub(crate) fn grant(&self, credit: Credit) {
        let bus = Arc::clone(&self.bus);
        self.sim.block_on(async move { bus.grant(0, credit).await }).unwrap().unwrap();
    }

    pub(crate) fn ask(&self, questions: Vec<(EscalationId, RequestId)>) -> Vec<PermitAnswer> {
        let (bus, questions) = (Arc::clone(&self.bus), PermitQuestions { partition: 0, questions });
        self.sim.block_on(async move { bus.ask(questions).await }).unwrap().unwrap()
    }

    pub(crate) fn recorded(&self) -> Vec<Recorded> {
        let log = Arc::clone(&self.memory);
        self.sim.block_on(async move { log.read(0, Position(0), 100_000).await }).unwrap().unwrap()
    }

    /// The names of a debtor's events, in order.
    pub(crate) fn story(&self, person: &Person) -> Vec<&'static str> {
        let own = self.recorded().into_iter().filter(|r| r.event.stream == person.stream);
        own.map(|recorded| contract::event::kind_name(recorded.event.kind).unwrap()).collect()
    }

    pub(crate) fn events(&self, person: &Person) -> Vec<Event> {
        let own = self.recorded().into_iter().filter(|r| r.event.stream == person.stream);
        own.map(|r| contract::event::decode(r.event.kind, r.event.schema, &r.event.payload).unwrap())
            .collect()
    }

    pub(crate) fn person(&self, name: &str) -> Person {
        Person::new(&self.keys, "town", name)
    }
}

/// A debtor, and the facts about one.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) keys: Arc<Keyring>,
    pub(crate) tenant: TenantId,
    pub(crate) name: String,
    pub(crate) stream: StreamId,
    pub(crate) claim: ClaimId,
}

impl Person {
    pub(crate) fn new(keys: &Arc<Keyring>, tenant: &str, name: &str) -> Self {
        let tenant = TenantId::new(tenant).unwrap();
        let (stream, claim) =
            (keys.stream_id(&tenant, name), keys.claim_id(&tenant, &format!("claim of {name}")));
        Self { keys: Arc::clone(keys), tenant, name: name.to_owned(), stream, claim }
    }

    pub(crate) fn key(&self, id: &str) -> InputId {
        self.keys.input_id(&self.tenant, "test", &format!("{} {id}", self.name))
    }

    pub(crate) fn phone(&self, number: &str) -> PointId {
        self.keys.point_id(&self.tenant, PointKind::Phone, number)
    }

    /// A fact of this id; its content is the fact itself.
    pub(crate) fn fact(&self, id: &str, fact: Fact, personal: Option<Personal>) -> FactMessage {
        FactMessage {
            tenant: self.tenant.clone(),
            addressee: Addressee::Debtor(self.stream),
            key: self.key(id),
            content: self.keys.content_digest(format!("{fact:?}").as_bytes()),
            occurred_at: MONDAY,
            fact,
            personal,
            trace: None,
        }
    }

    pub(crate) fn described(&self) -> FactMessage {
        let (zones, kind) = (vec![rules::utc()], DebtorKind::Person);
        let fact = Fact::DebtorDescribed { zones, language: None, kind, country: None };
        let personal = Personal::Debtor { reference: format!("no. {}", self.name), name: self.name.clone() };
        self.fact("described", fact, Some(personal))
    }

    pub(crate) fn point(&self, kind: PointKind, value: &str) -> FactMessage {
        let point = self.keys.point_id(&self.tenant, kind, value);
        let source = Label::new("creditor").unwrap();
        let fact = Fact::ContactPointAdded { point, kind, source, confidence: 90, verified_at: None };
        self.fact(value, fact, Some(Personal::Point { value: value.to_owned() }))
    }

    pub(crate) fn registered(&self, scenario: &str) -> FactMessage {
        let fact = Fact::ClaimRegistered {
            claim: self.claim,
            creditor: CreditorId::new("town").unwrap(),
            currency: Currency::new("EUR").unwrap(),
            principal: Minor(10_000),
            interest: Minor::ZERO,
            costs: Minor::ZERO,
            due_at: MONDAY,
            scenario: Some(ScenarioId::new(scenario).unwrap()),
        };
        let (reference, description) = (format!("R-{}", self.name), "parking".to_owned());
        self.fact("registered", fact, Some(Personal::Claim { reference, description }))
    }

    pub(crate) fn paid(&self, id: &str, minor: i64) -> FactMessage {
        self.fact(
            id,
            Fact::PaymentReceived { claim: self.claim, amount: Minor(minor), currency: Currency::EUR },
            None,
        )
    }

    /// Somebody wrote from this number.
    pub(crate) fn wrote(&self, id: &str, number: &str, class: InboundClass) -> FactMessage {
        let point = self.phone(number);
        let fact = Fact::MessageReceived { channel: Channel::Sms, point, class };
        let text = Personal::Text { text: format!("{id} from {}", self.name) };
        FactMessage { addressee: Addressee::UsersOf(point), ..self.fact(id, fact, Some(text)) }
    }

    /// A bank statement: names the claim and no debtor.
    pub(crate) fn paid_by_claim(&self, id: &str, minor: i64) -> FactMessage {
        FactMessage { addressee: Addressee::OwnerOf(self.claim), ..self.paid(id, minor) }
    }

    /// All that is needed to owe and to be reached.
    pub(crate) fn owing(&self, scenario: &str) -> Vec<FactMessage> {
        let phone = format!("+39 {}", self.name);
        let mail = format!("{}@example.org", self.name);
        vec![
            self.described(),
            self.point(PointKind::Phone, &phone),
            self.point(PointKind::Email, &mail),
            self.registered(scenario),
        ]
    }
}
