//! A small rulebook made in code: two ladders of an SMS and an e-mail, one of them more urgent; no window, no cap.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::{TimeOfDay, Weekday};
use domain::channel::{Channel, Disclosure};
use domain::ids::RulebookHash;
use domain::label::{Label, Language, RuleName, ScenarioId, StepId, TemplateId, TenantId};
use domain::rulebook::{Policy, Rulebook, Scenario, Step, Template, TenantRules, WindowRule};
use domain::time::{Span, Timestamp};
use domain::zone::{Zone, ZoneName, ZoneTable};

pub(crate) const START_WITHIN_S: i64 = 10;

fn step(name: &str, channel: Channel, priority: i32) -> Step {
    Step {
        step: StepId::new(name).unwrap(),
        channel,
        template: TemplateId::new(channel.as_str()).unwrap(),
        priority,
        tries: 1,
        retry_after: Span::days(1),
        then_wait: Span::days(1),
        patience: Span::hours(12),
        outcome_within: Span::hours(1),
        overflow: false,
        cost_micros: 100_000,
    }
}

fn scenario(name: &str, priority: i32) -> Scenario {
    Scenario {
        scenario: ScenarioId::new(name).unwrap(),
        begins_after_due: Span::hours(1),
        steps: vec![step("sms", Channel::Sms, priority), step("email", Channel::Email, priority)],
    }
}

fn template(channel: Channel) -> (TemplateId, Template) {
    let languages = BTreeSet::from([Language::new("de").unwrap()]);
    let tone = Label::new("polite").unwrap();
    let template = Template { channel, disclosure: Disclosure::Callback, languages, tone };
    (TemplateId::new(channel.as_str()).unwrap(), template)
}

fn tenant_rules() -> TenantRules {
    let all_day = (TimeOfDay::new(0, 0).unwrap(), TimeOfDay::new(24, 0).unwrap());
    let window = WindowRule {
        name: RuleName::new("any-hour").unwrap(),
        source: "test".into(),
        channels: Channel::ALL.into_iter().collect(),
        hours: Weekday::ALL.into_iter().map(|day| (day, all_day)).collect(),
        closed_days: BTreeSet::new(),
    };
    let names = ["calm", "urgent"].map(|name| (ScenarioId::new(name).unwrap(), [7; 8]));
    TenantRules {
        default_scenario: ScenarioId::new("calm").unwrap(),
        current: BTreeMap::from(names),
        default_language: Language::new("de").unwrap(),
        policy: Policy { windows: vec![window], caps: vec![], consent: BTreeSet::new(), min_confidence: 0 },
        templates: BTreeMap::from([template(Channel::Sms), template(Channel::Email)]),
        promise_grace: Span::days(2),
        rest_after_heard: Span::days(14),
        inbound: domain::inbound::InboundRules::strict(),
    }
}

pub(crate) fn utc() -> ZoneName {
    ZoneName::new("UTC").unwrap()
}

pub(crate) fn rulebook(hash: u8) -> Rulebook {
    let built = [scenario("calm", 10), scenario("urgent", 90)];
    Rulebook {
        hash: RulebookHash([hash; 32]),
        zones: ZoneTable::new(BTreeMap::from([(
            utc(),
            Zone::new(0, Vec::<(Timestamp, i64)>::new()).unwrap(),
        )])),
        tenants: ["town", "village"]
            .into_iter()
            .map(|name| (TenantId::new(name).unwrap(), tenant_rules()))
            .collect(),
        scenarios: built.into_iter().map(|s| ((s.scenario.clone(), [7; 8]), s)).collect(),
        start_within: Span::seconds(START_WITHIN_S),
        clock_bound: Span::seconds(2),
    }
}
