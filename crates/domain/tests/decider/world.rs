//! One debtor in a small world: a rulebook made in code, a clock that is moved by hand, and the log of what happened.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::{CivilDate, TimeOfDay, Weekday};
use domain::channel::{Channel, Disclosure, PointKind};
use domain::debtor::Debtor;
use domain::decide::{Decision, decide};
use domain::event::{Event, Refusal};
use domain::evolve::Place;
use domain::fact::{DebtorKind, Fact, Scope};
use domain::ids::{ClaimId, PointId, Position, RequestId, RulebookHash};
use domain::input::{CauseKind, Input, PermitRequest};
use domain::label::{CreditorId, Label, Language, RuleName, ScenarioId, StepId, TemplateId, TenantId};
use domain::money::{Currency, Minor};
use domain::next_due::next_due;
use domain::outcome::{Disposition, Outcome, OutcomeReport, Reach, Said};
use domain::rulebook::{CapRule, Policy, Rulebook, Scenario, Step, Template, TenantRules, WindowRule};
use domain::time::{Span, Timestamp};
use domain::zone::{Zone, ZoneName, ZoneTable};

pub(crate) const PHONE: PointId = PointId::new([1; 16]);
pub(crate) const MAIL: PointId = PointId::new([2; 16]);
pub(crate) const CHAT: PointId = PointId::new([3; 16]);
pub(crate) const CLAIM: ClaimId = ClaimId::new([10; 16]);
pub(crate) const OTHER: ClaimId = ClaimId::new([11; 16]);

/// 2026-03-02T00:00:00Z, a Monday.
pub(crate) const MONDAY: Timestamp = Timestamp(1_772_409_600_000);

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).unwrap()
}

pub(crate) fn zone_name(text: &str) -> ZoneName {
    ZoneName::new(text).unwrap()
}

/// Local times in Rome in spring 2026: UTC+1, from 29 March 01:00Z on UTC+2, from 25 October 01:00Z on UTC+1.
pub(crate) fn rome() -> Zone {
    let changes = vec![(Timestamp(1_774_746_000_000), 7200), (Timestamp(1_792_890_000_000), 3600)];
    Zone::new(3600, changes).unwrap()
}

/// A zone nine hours west of Rome.
pub(crate) fn west() -> Zone {
    Zone::new(-8 * 3600, Vec::new()).unwrap()
}

fn step(name: &str, channel: Channel, tries: u8) -> Step {
    Step {
        step: StepId::new(name).unwrap(),
        channel,
        template: TemplateId::new(name).unwrap(),
        priority: 10,
        tries,
        retry_after: Span::days(1),
        then_wait: Span::days(3),
        patience: Span::days(2),
        outcome_within: Span::hours(1),
        overflow: channel == Channel::Call,
        cost_micros: 100_000,
    }
}

fn window(name: &str, channels: &[Channel], from: i64, to: i64) -> WindowRule {
    let hours = (TimeOfDay::new(from, 0).unwrap(), TimeOfDay::new(to, 0).unwrap());
    let days = Weekday::ALL.into_iter().filter(|day| *day != Weekday::Sunday);
    WindowRule {
        name: RuleName::new(name).unwrap(),
        source: "test".into(),
        channels: channels.iter().copied().collect(),
        hours: days.map(|day| (day, hours)).collect(),
        closed_days: BTreeSet::from([CivilDate::new(2026, 3, 19).unwrap()]),
    }
}

fn cap(name: &str, max: u8, within: Span) -> CapRule {
    CapRule {
        name: RuleName::new(name).unwrap(),
        source: "test".into(),
        channels: Channel::ALL.into_iter().collect(),
        max,
        within,
    }
}

/// The seed's ladder (R1): call twice, then SMS, then e-mail, then social.
pub(crate) fn rulebook() -> Rulebook {
    let scenario = ScenarioId::new("ladder").unwrap();
    let steps = vec![
        step("call", Channel::Call, 2),
        step("sms", Channel::Sms, 1),
        step("email", Channel::Email, 1),
        step("social", Channel::Social, 1),
    ];
    let german = Language::new("de").unwrap();
    let template = |step: &Step| {
        let languages = BTreeSet::from([german]);
        let disclosure = Disclosure::Callback;
        (
            step.template.clone(),
            Template { channel: step.channel, disclosure, languages, tone: label("polite") },
        )
    };
    let tenant = TenantRules {
        default_scenario: scenario.clone(),
        current: BTreeMap::from([(scenario.clone(), [7; 8])]),
        default_language: german,
        policy: Policy {
            windows: vec![
                window("call-hours", &[Channel::Call], 17, 20),
                window("message-hours", &[Channel::Sms, Channel::Email, Channel::Social], 8, 20),
            ],
            caps: vec![cap("one-a-day", 1, Span::days(1)), cap("three-a-week", 3, Span::days(7))],
            consent: BTreeSet::from([Channel::Social]),
            min_confidence: 50,
        },
        templates: steps.iter().map(template).collect(),
        promise_grace: Span::days(2),
        rest_after_heard: Span::days(14),
        inbound: domain::inbound::InboundRules::strict(),
    };
    let built = Scenario { scenario: scenario.clone(), begins_after_due: Span::days(5), steps };
    Rulebook {
        hash: RulebookHash([9; 32]),
        zones: ZoneTable::new(BTreeMap::from([
            (zone_name("Europe/Rome"), rome()),
            (zone_name("America/Los_Angeles"), west()),
        ])),
        tenants: BTreeMap::from([(TenantId::new("town").unwrap(), tenant)]),
        scenarios: BTreeMap::from([((scenario, [7; 8]), built)]),
        start_within: Span::seconds(10),
        clock_bound: Span::seconds(2),
    }
}

/// One decided input, as the log would group it.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) kind: CauseKind,
    pub(crate) at: Timestamp,
    pub(crate) occurred_at: Timestamp,
    pub(crate) events: Vec<Event>,
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) rulebook: Rulebook,
    pub(crate) debtor: Debtor,
    pub(crate) now: Timestamp,
    pub(crate) log: Vec<Decided>,
    requests: u8,
}

impl World {
    pub(crate) fn empty() -> Self {
        let debtor = Debtor::new(TenantId::new("town").unwrap());
        Self { rulebook: rulebook(), debtor, now: MONDAY, log: Vec::new(), requests: 0 }
    }

    /// A person in Rome with a phone and a mailbox, and nothing owed yet.
    pub(crate) fn person() -> Self {
        let mut world = Self::empty();
        world.describe(&["Europe/Rome"]);
        world.point(PHONE, PointKind::Phone);
        world.point(MAIL, PointKind::Email);
        world
    }

    /// The same, owing 100.00 since today: the ladder begins in five days.
    pub(crate) fn owing() -> Self {
        let mut world = Self::person();
        world.register(CLAIM, 10_000);
        world
    }

    pub(crate) fn describe(&mut self, zones: &[&str]) {
        let zones = zones.iter().map(|name| zone_name(name)).collect();
        self.tell(Fact::DebtorDescribed { zones, language: None, kind: DebtorKind::Person, country: None });
    }

    pub(crate) fn point(&mut self, point: PointId, kind: PointKind) {
        let source = label("creditor");
        self.tell(Fact::ContactPointAdded { point, kind, source, confidence: 80, verified_at: None });
    }

    pub(crate) fn register(&mut self, claim: ClaimId, principal: i64) {
        self.tell(registration(claim, principal, self.now));
    }

    pub(crate) fn pay(&mut self, amount: i64) -> Vec<Event> {
        self.tell(Fact::PaymentReceived { claim: CLAIM, amount: Minor(amount), currency: Currency::EUR })
    }

    pub(crate) fn opt_out(&mut self, scope: Scope) -> Vec<Event> {
        self.tell(Fact::OptedOut { scope, source: label("letter") })
    }

    /// States a fact that must be taken in, and answers with what follows it.
    pub(crate) fn tell(&mut self, fact: Fact) -> Vec<Event> {
        let occurred_at = self.now;
        let decision = self.input(&Input::Fact { fact, occurred_at });
        assert_eq!(decision.refused, None);
        decision.events
    }

    pub(crate) fn input(&mut self, input: &Input) -> Decision {
        let decision = decide(&self.debtor, input, &self.rulebook, self.now);
        let before = self.log.iter().map(|d| d.events.len()).sum::<usize>();
        for (index, event) in decision.events.iter().enumerate() {
            let position = Position((before + index + 1) as u64);
            self.debtor.evolve(event, Place::of(input, index, position, self.now));
        }
        if !decision.events.is_empty() {
            let occurred_at = Place::of(input, 0, Position(1), self.now).occurred_at;
            let (kind, at, events) = (input.kind(), self.now, decision.events.clone());
            self.log.push(Decided { kind, at, occurred_at, events });
        }
        decision
    }

    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        next_due(&self.debtor, &self.rulebook)
    }

    /// Goes to the next due instant and decides until nothing more is due then.
    pub(crate) fn wake(&mut self) -> Vec<Event> {
        let due = self.next_due().unwrap();
        self.now = self.now.max(due);
        let mut all = Vec::new();
        for _ in 0..200 {
            let events = self.input(&Input::Due).events;
            assert!(!events.is_empty(), "a due input at {due} gives an event");
            let escalates = events.iter().any(|event| matches!(event, Event::Escalated(_)));
            assert!(!escalates || events.len() == 1, "an escalation stands alone: {events:?}");
            all.extend(events);
            if self.next_due().is_none_or(|next| next > self.now) {
                return all;
            }
        }
        panic!("due again and again at {due}: {all:?}");
    }

    /// Wakes until an escalation goes out, and answers with its number and channel.
    pub(crate) fn until_escalated(&mut self) -> (u32, Channel) {
        for _ in 0..50 {
            if let Some(Event::Escalated(escalation)) = self.wake().last() {
                return (escalation.number, escalation.channel);
            }
        }
        panic!("no escalation within fifty wakes: {:?}", self.log.last());
    }

    pub(crate) fn next_request(&mut self, number: u32) -> PermitRequest {
        self.requests += 1;
        PermitRequest { number, request: RequestId::new([self.requests; 16]) }
    }

    pub(crate) fn ask(&mut self, number: u32) -> Result<(), Refusal> {
        let request = self.next_request(number);
        self.ask_as(request)
    }

    pub(crate) fn ask_as(&mut self, request: PermitRequest) -> Result<(), Refusal> {
        let decision = self.input(&Input::Permit(request));
        if let Some(refusal) = decision.permit {
            return Err(refusal);
        }
        match decision.events.first() {
            Some(Event::DeliveryStarted(_)) | None => Ok(()),
            Some(Event::PermitRefused { reason, .. }) => Err(reason.clone()),
            Some(other) => panic!("a permit is no {other:?}"),
        }
    }

    pub(crate) fn report(&mut self, number: u32, outcome: Outcome) -> Vec<Event> {
        let report = OutcomeReport { number, outcome, at: self.now, provider_message: None, late: false };
        self.input(&Input::Outcome(report)).events
    }

    /// Escalates, is permitted, and nobody answers.
    pub(crate) fn contact_in_vain(&mut self) -> (Timestamp, Channel) {
        let (number, channel) = self.until_escalated();
        let started = self.now;
        self.ask(number).unwrap();
        let outcome =
            if channel == Channel::Call { called(Reach::NoAnswer, Said::Nothing) } else { Outcome::Accepted };
        self.report(number, outcome);
        (started, channel)
    }
}

pub(crate) fn registration(claim: ClaimId, principal: i64, due_at: Timestamp) -> Fact {
    Fact::ClaimRegistered {
        claim,
        creditor: CreditorId::new("town").unwrap(),
        currency: Currency::new("EUR").unwrap(),
        principal: Minor(principal),
        interest: Minor::ZERO,
        costs: Minor::ZERO,
        due_at,
        scenario: None,
    }
}

pub(crate) fn called(reach: Reach, said: Said) -> Outcome {
    Outcome::Called(Disposition { reach, said })
}
