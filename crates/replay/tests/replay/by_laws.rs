//! The town's rulebook, made in code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::calendar::{TimeOfDay, Weekday};
use domain::channel::{Channel, Disclosure};
use domain::ids::RulebookHash;
use domain::label::{Language, RuleName, ScenarioId, StepId, TemplateId};
use domain::rulebook::{CapRule, Policy, Rulebook, Scenario, Step, Template, TenantRules, WindowRule};
use domain::time::Span;
use domain::zone::{Zone, ZoneName, ZoneTable};

use crate::town::{HASH, label, town};

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
        overflow: false,
        cost_micros: 100_000,
    }
}

fn tenant() -> TenantRules {
    let hours = (TimeOfDay::new(9, 0).unwrap(), TimeOfDay::new(20, 0).unwrap());
    let weekdays = Weekday::ALL.into_iter().filter(|day| *day != Weekday::Sunday);
    let all: BTreeSet<Channel> = Channel::ALL.into_iter().collect();
    let german = Language::new("de").unwrap();
    let template = |name: &str, channel: Channel| {
        let languages = BTreeSet::from([german]);
        let disclosure = Disclosure::Callback;
        (TemplateId::new(name).unwrap(), Template { channel, disclosure, languages, tone: label("polite") })
    };
    TenantRules {
        default_scenario: ScenarioId::new("ladder").unwrap(),
        current: BTreeMap::from([(ScenarioId::new("ladder").unwrap(), [7; 8])]),
        default_language: german,
        policy: Policy {
            windows: vec![WindowRule {
                name: RuleName::new("day-hours").unwrap(),
                source: "Town by-law 12: contact by day only".into(),
                channels: all.clone(),
                hours: weekdays.map(|day| (day, hours)).collect(),
                closed_days: BTreeSet::new(),
            }],
            caps: vec![CapRule {
                name: RuleName::new("one-a-day").unwrap(),
                source: "Town by-law 13: one contact a day".into(),
                channels: all,
                max: 1,
                within: Span::days(1),
            }],
            consent: BTreeSet::new(),
            min_confidence: 50,
        },
        templates: BTreeMap::from([template("call", Channel::Call), template("sms", Channel::Sms)]),
        promise_grace: Span::days(2),
        rest_after_heard: Span::days(14),
        inbound: domain::inbound::InboundRules::strict(),
    }
}

/// Call once, then SMS once, then e-mail.
pub(crate) fn rulebook() -> Rulebook {
    let scenario = ScenarioId::new("ladder").unwrap();
    let steps =
        vec![step("call", Channel::Call, 1), step("sms", Channel::Sms, 1), step("email", Channel::Email, 1)];
    let ladder = Scenario { scenario: scenario.clone(), begins_after_due: Span::ZERO, steps };
    let zone = Zone::new(3600, Vec::new()).unwrap();
    Rulebook {
        hash: HASH,
        zones: ZoneTable::new(BTreeMap::from([(ZoneName::new("Europe/Zurich").unwrap(), zone)])),
        tenants: BTreeMap::from([(town(), tenant())]),
        scenarios: BTreeMap::from([((scenario, [7; 8]), ladder)]),
        start_within: Span::seconds(10),
        clock_bound: Span::seconds(2),
    }
}

/// Only the town's own rulebook.
pub(crate) fn rulebooks(hash: RulebookHash) -> Option<Arc<Rulebook>> {
    (hash == HASH).then(|| Arc::new(rulebook()))
}
