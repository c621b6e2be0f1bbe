//! A worker, the owners of its partitions and its provider, all told what to do.
//!
//! The owners follow the permit rules: the first request for an escalation gets the permit, a repeat of the same id is
//! answered again, any other is refused as taken.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bus::in_process::{InProcessBus, Limits};
use bus::{Bus, OwnerLanes};
use channel::{Deadline, Provider, Submission, UnsentReason, Worker, WorkerConfig};
use contract::personal::Message;
use contract::wire::{Credit, EscalationNotice, Filed, OutcomeMessage, PermitAnswer, PermitQuestions};
use domain::channel::Channel;
use domain::event::Refusal;
use domain::ids::{EscalationId, ProviderMessageId, RequestId, StreamId};
use domain::label::{Label, TenantId};
use domain::outcome::Outcome;
use domain::time::{Span, Timestamp};
use runtime::Runtime;
use runtime::simulated::{Simulation, Trace};

const START: Timestamp = Timestamp(1_700_000_000_000);

/// What the owner does with the n-th request that it gets.
#[derive(Clone, Copy)]
pub(crate) enum Reply {
    AtOnce,
    After(Duration),
    /// Decides, and the reply is lost.
    Lose,
    AskAgainFor(u32),
    Refuse,
}

/// What the provider client does with a submission.
#[derive(Clone)]
pub(crate) struct Plan {
    pub(crate) before_check: Duration,
    pub(crate) frozen_after_check: Duration,
    pub(crate) after: Duration,
    pub(crate) result: Submission,
}

/// One question as an owner saw it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Asked {
    pub(crate) at: Duration,
    pub(crate) partition: u16,
    pub(crate) number: u32,
    pub(crate) request: RequestId,
    pub(crate) first_of_its_request: bool,
}

type Rule<A, B> = Box<dyn Fn(A) -> B + Send>;

struct Script {
    reply: Rule<usize, Reply>,
    acknowledge: Rule<usize, bool>,
    submit: Rule<Duration, Plan>,
}

#[derive(Default)]
struct Seen {
    requests: usize,
    reports: usize,
    permits: BTreeMap<EscalationId, RequestId>,
    asked: Vec<Asked>,
    submitted: Vec<(u32, Duration)>,
    under_way: usize,
    most_under_way: usize,
    reported: Vec<OutcomeMessage>,
    acknowledged: Vec<u32>,
    credits: BTreeMap<u16, Vec<(Duration, Credit)>>,
    ready: bool,
}

#[derive(Clone)]
struct Stage {
    runtime: Runtime,
    script: Arc<Mutex<Script>>,
    seen: Arc<Mutex<Seen>>,
}

pub(crate) struct World {
    simulation: Simulation,
    bus: Arc<InProcessBus>,
    stage: Stage,
}

/// The provider takes it at once.
pub(crate) fn accepted() -> Plan {
    Plan {
        before_check: Duration::ZERO,
        frozen_after_check: Duration::ZERO,
        after: Duration::ZERO,
        result: Submission::Accepted { provider_message: Some("provider-1".into()) },
    }
}

pub(crate) fn config() -> WorkerConfig {
    WorkerConfig::new(vec![TenantId::new("town").unwrap()], vec![0])
}

/// Not keyed, but a digest enough.
pub(crate) fn digest(id: &str) -> ProviderMessageId {
    ProviderMessageId::new([u8::try_from(id.len()).unwrap(); 16])
}

impl World {
    pub(crate) fn new(seed: u64, config: WorkerConfig) -> Self {
        let (simulation, runtime) = Simulation::new(seed, START);
        let script = Script {
            reply: Box::new(|_| Reply::AtOnce),
            acknowledge: Box::new(|_| true),
            submit: Box::new(|_| accepted()),
        };
        let stage =
            Stage { runtime: runtime.clone(), script: Arc::new(Mutex::new(script)), seen: Arc::default() };
        let bus = Arc::new(InProcessBus::new(runtime.activity.clone(), Limits::default()));
        let world = Self { simulation, bus: Arc::clone(&bus), stage: stage.clone() };
        config.partitions.iter().filter(|partition| **partition < 9).for_each(|p| world.own(*p));
        let digest = Arc::new(|_: &TenantId, id: &str| digest(id));
        let worker =
            Worker::new(runtime.clone(), bus, Arc::new(FakeProvider(stage.clone())), digest, config).unwrap();
        let ready = worker.ready();
        runtime.tasks.spawn("worker", Box::pin(worker.run()));
        runtime.tasks.spawn(
            "ready",
            Box::pin(async move {
                ready.await;
                stage.seen.lock().unwrap().ready = true;
            }),
        );
        world.simulation.run_ready();
        world
    }

    /// Becomes the owner of a partition.
    pub(crate) fn own(&self, partition: u16) {
        let OwnerLanes { mut outcomes, mut permits, mut credits, .. } = self.bus.own(partition, 1);
        let stage = self.stage.clone();
        let tasks = &self.stage.runtime.tasks;
        tasks.spawn(
            "permits",
            Box::pin(async move {
                while let Some(delivery) = permits.recv().await {
                    let (questions, answer) = delivery.split();
                    let (reply, answers) = stage.decide(questions);
                    match reply {
                        Reply::Lose => drop(answer),
                        Reply::After(wait) => {
                            let over = stage.runtime.clock.sleep(wait);
                            let late = async move {
                                over.await;
                                drop(answer.give(answers));
                            };
                            stage.runtime.tasks.spawn("late reply", Box::pin(late));
                        }
                        Reply::AtOnce | Reply::AskAgainFor(_) | Reply::Refuse => drop(answer.give(answers)),
                    }
                }
            }),
        );
        let stage = self.stage.clone();
        tasks.spawn(
            "outcomes",
            Box::pin(async move {
                while let Some(delivery) = outcomes.recv().await {
                    let (messages, answer) = delivery.split();
                    let filed = vec![Filed::Recorded; messages.len()];
                    if stage.record(messages) {
                        drop(answer.give(filed));
                    }
                }
            }),
        );
        let stage = self.stage.clone();
        tasks.spawn(
            "credits",
            Box::pin(async move {
                while let Some(delivery) = credits.recv().await {
                    let (credit, answer) = delivery.split();
                    let at = stage.runtime.clock.monotonic();
                    stage.seen.lock().unwrap().credits.entry(partition).or_default().push((at, credit));
                    drop(answer.give(()));
                }
            }),
        );
    }

    pub(crate) fn owner_replies(&self, rule: impl Fn(usize) -> Reply + Send + 'static) {
        self.stage.script.lock().unwrap().reply = Box::new(rule);
    }

    pub(crate) fn log_acknowledges(&self, rule: impl Fn(usize) -> bool + Send + 'static) {
        self.stage.script.lock().unwrap().acknowledge = Box::new(rule);
    }

    pub(crate) fn provider_does(&self, rule: impl Fn(Duration) -> Plan + Send + 'static) {
        self.stage.script.lock().unwrap().submit = Box::new(rule);
    }

    /// Emits escalations by number and priority.
    pub(crate) fn emit(&self, escalations: &[(u32, i32)]) {
        self.emit_to(0, escalations);
    }

    pub(crate) fn emit_to(&self, partition: u16, escalations: &[(u32, i32)]) {
        self.send(partition, escalations, Duration::from_secs(86_400));
    }

    pub(crate) fn emit_expiring(&self, escalations: &[(u32, i32)], lifetime: Duration) {
        self.send(0, escalations, lifetime);
    }

    fn send(&self, partition: u16, escalations: &[(u32, i32)], lifetime: Duration) {
        let lifetime = Span(i64::try_from(lifetime.as_millis()).unwrap());
        let notice = |(number, priority): &(u32, i32)| EscalationNotice {
            id: EscalationId { stream: StreamId::new([1; 16]), number: *number },
            tenant: TenantId::new("town").unwrap(),
            channel: Channel::Sms,
            partition,
            emission: 1,
            priority: *priority,
            expires_at: self.stage.runtime.clock.now().plus(lifetime),
            trace: None,
        };
        let notices = escalations.iter().map(notice).collect();
        let bus = Arc::clone(&self.bus);
        let emitted = self.simulation.block_on(async move { bus.emit(Channel::Sms, notices).await });
        assert_eq!(emitted, Some(Ok(())));
    }

    pub(crate) fn run_for(&self, length: Duration) {
        let length = Span(i64::try_from(length.as_millis()).unwrap());
        self.simulation.run_until(self.stage.runtime.clock.now().plus(length));
    }

    pub(crate) fn submitted(&self) -> Vec<u32> {
        self.stage.seen.lock().unwrap().submitted.iter().map(|(number, _)| *number).collect()
    }

    pub(crate) fn submission_times_ms(&self) -> Vec<u128> {
        self.stage.seen.lock().unwrap().submitted.iter().map(|(_, at)| at.as_millis()).collect()
    }

    pub(crate) fn began_after_first_asking(&self, number: u32) -> Duration {
        let seen = self.stage.seen.lock().unwrap();
        let asked = seen.asked.iter().find(|asked| asked.number == number).unwrap();
        seen.submitted.iter().find(|(submitted, _)| *submitted == number).unwrap().1 - asked.at
    }

    pub(crate) fn now_at_submission(&self, number: u32) -> Timestamp {
        let seen = self.stage.seen.lock().unwrap();
        let at = seen.submitted.iter().find(|(submitted, _)| *submitted == number).unwrap().1;
        START.plus(Span(i64::try_from(at.as_millis()).unwrap()))
    }

    pub(crate) fn most_under_way(&self) -> usize {
        self.stage.seen.lock().unwrap().most_under_way
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.stage.seen.lock().unwrap().asked.clone()
    }

    pub(crate) fn reported(&self) -> Vec<OutcomeMessage> {
        self.stage.seen.lock().unwrap().reported.clone()
    }

    pub(crate) fn outcomes(&self) -> Vec<(u32, Outcome)> {
        self.reported().iter().map(|message| (message.report.number, message.report.outcome)).collect()
    }

    pub(crate) fn outcomes_acknowledged(&self) -> Vec<u32> {
        self.stage.seen.lock().unwrap().acknowledged.clone()
    }

    pub(crate) fn credits(&self, partition: u16) -> Vec<(Duration, Credit)> {
        self.stage.seen.lock().unwrap().credits.get(&partition).cloned().unwrap_or_default()
    }

    pub(crate) fn last_credit(&self, partition: u16) -> (u32, bool) {
        let (_, credit) = self.credits(partition).pop().unwrap();
        (credit.amount, credit.outage)
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.stage.seen.lock().unwrap().ready
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.stage.runtime.activity.in_flight()
    }

    pub(crate) fn trace(&self) -> Trace {
        self.simulation.trace()
    }
}

impl Stage {
    fn decide(&self, questions: PermitQuestions) -> (Reply, Vec<PermitAnswer>) {
        let mut seen = self.seen.lock().unwrap();
        let reply = (self.script.lock().unwrap().reply)(seen.requests);
        seen.requests += 1;
        let mut answers = Vec::new();
        for (index, (id, request)) in questions.questions.into_iter().enumerate() {
            seen.asked.push(Asked {
                at: self.runtime.clock.monotonic(),
                partition: questions.partition,
                number: id.number,
                request,
                first_of_its_request: index == 0,
            });
            answers.push(match reply {
                Reply::Refuse => PermitAnswer::Refused(Refusal::Replanned),
                Reply::AskAgainFor(number) if number == id.number => {
                    PermitAnswer::AskAgain { reason: Label::new("batch_full").unwrap() }
                }
                Reply::AtOnce | Reply::After(_) | Reply::Lose | Reply::AskAgainFor(_) => {
                    if *seen.permits.entry(id).or_insert(request) == request { granted(id) } else { taken() }
                }
            });
        }
        (reply, answers)
    }

    fn record(&self, messages: Vec<OutcomeMessage>) -> bool {
        let mut seen = self.seen.lock().unwrap();
        let acknowledges = (self.script.lock().unwrap().acknowledge)(seen.reports);
        seen.reports += 1;
        if acknowledges {
            seen.acknowledged.extend(messages.iter().map(|message| message.report.number));
        }
        seen.reported.extend(messages);
        acknowledges
    }
}

fn granted(id: EscalationId) -> PermitAnswer {
    let message = Message { body: "please call back".into(), ..Message::default() };
    PermitAnswer::Granted {
        address: format!("+4100{}", id.number),
        message,
        start_within: Duration::from_secs(10),
    }
}

const fn taken() -> PermitAnswer {
    PermitAnswer::Refused(Refusal::Taken)
}

struct FakeProvider(Stage);

#[async_trait]
impl Provider for FakeProvider {
    fn channel(&self) -> Channel {
        Channel::Sms
    }

    async fn submit(
        &self,
        address: &str,
        _message: &Message,
        attempt: EscalationId,
        deadline: &Deadline,
    ) -> Submission {
        assert_eq!(address, format!("+4100{}", attempt.number));
        let clock = &self.0.runtime.clock;
        let plan = (self.0.script.lock().unwrap().submit)(clock.monotonic());
        clock.sleep(plan.before_check).await;
        if deadline.check().is_err() {
            return Submission::Unsent { reason: UnsentReason::TooLate };
        }
        clock.sleep(plan.frozen_after_check).await;
        {
            let mut seen = self.0.seen.lock().unwrap();
            seen.submitted.push((attempt.number, clock.monotonic()));
            seen.under_way += 1;
            seen.most_under_way = seen.most_under_way.max(seen.under_way);
        }
        deadline.begun();
        clock.sleep(plan.after).await;
        self.0.seen.lock().unwrap().under_way -= 1;
        plan.result
    }
}
