//! A small rulebook made in code: one tenant, a ladder of messages that are due one behind the other once the claim is; any
//! hour, no cap. What rules cost is measured elsewhere; here all that is due may go.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use contract::personal::Message;
use domain::calendar::{TimeOfDay, Weekday};
use domain::channel::{Channel, Disclosure};
use domain::ids::RulebookHash;
use domain::inbound::InboundRules;
use domain::label::{Label, Language, RuleName, ScenarioId, StepId, TemplateId, TenantId};
use domain::rulebook::{Policy, Rulebook, Scenario, Step, Template, TenantRules, WindowRule};
use domain::time::{Span, Timestamp};
use domain::zone::{Zone, ZoneName, ZoneTable};
use scheduler::{RenderRequest, Renderer};

/// The tenant.
pub const TENANT: &str = "town";
/// The scenario.
pub const SCENARIO: &str = "calm";
/// The zone.
pub const ZONE: &str = "UTC";

/// Renders a line as long as a text message.
pub struct PlainRenderer;

impl Renderer for PlainRenderer {
    fn render(&self, request: &RenderRequest<'_>) -> Result<Message, RuleName> {
        let name = request.name.unwrap_or("you");
        let body = format!(
            "Dear {name}, please call us back about a matter that concerns you, on working days from 9 to 17, at \
             +41 44 000 00 00. Thank you. Your town office"
        );
        Ok(Message { body, language: request.language.to_string(), ..Message::default() })
    }
}

/// The rulebook, by which a debtor who is due gets so many messages.
///
/// # Errors
/// Never, unless a constant here is wrong.
pub fn rulebook(messages: usize) -> Result<Rulebook> {
    let zone = Zone::new(0, Vec::<(Timestamp, i64)>::new()).context("a zone")?;
    let scenario = scenario(messages)?;
    Ok(Rulebook {
        hash: RulebookHash([1; 32]),
        zones: ZoneTable::new(BTreeMap::from([(ZoneName::new(ZONE).context("a zone's name")?, zone)])),
        tenants: BTreeMap::from([(TenantId::new(TENANT)?, tenant_rules()?)]),
        scenarios: BTreeMap::from([((scenario.scenario.clone(), [7; 8]), scenario)]),
        start_within: Span::seconds(10),
        clock_bound: Span::seconds(2),
    })
}

fn scenario(messages: usize) -> Result<Scenario> {
    Ok(Scenario {
        scenario: ScenarioId::new(SCENARIO)?,
        begins_after_due: Span::seconds(0),
        steps: (1..=messages).map(|number| step(&format!("message-{number}"))).collect::<Result<_>>()?,
    })
}

fn step(name: &str) -> Result<Step> {
    Ok(Step {
        step: StepId::new(name)?,
        channel: Channel::Sms,
        template: TemplateId::new(Channel::Sms.as_str())?,
        priority: 10,
        tries: 1,
        retry_after: Span::days(1),
        then_wait: Span::seconds(0),
        patience: Span::hours(12),
        outcome_within: Span::hours(1),
        overflow: false,
        cost_micros: 100_000,
    })
}

fn template(channel: Channel) -> Result<(TemplateId, Template)> {
    let languages = BTreeSet::from([language()?]);
    let template =
        Template { channel, disclosure: Disclosure::Callback, languages, tone: Label::new("polite")? };
    Ok((TemplateId::new(channel.as_str())?, template))
}

fn language() -> Result<Language> {
    Language::new("de").context("a language")
}

fn tenant_rules() -> Result<TenantRules> {
    let hour = |hour| TimeOfDay::new(hour, 0).context("an hour");
    let all_day = (hour(0)?, hour(24)?);
    let window = WindowRule {
        name: RuleName::new("any-hour")?,
        source: "measured".into(),
        channels: Channel::ALL.into_iter().collect(),
        hours: Weekday::ALL.into_iter().map(|day| (day, all_day)).collect(),
        closed_days: BTreeSet::new(),
    };
    Ok(TenantRules {
        default_scenario: ScenarioId::new(SCENARIO)?,
        current: BTreeMap::from([(ScenarioId::new(SCENARIO)?, [7; 8])]),
        default_language: language()?,
        policy: Policy { windows: vec![window], caps: vec![], consent: BTreeSet::new(), min_confidence: 0 },
        templates: BTreeMap::from([template(Channel::Sms)?]),
        promise_grace: Span::days(2),
        rest_after_heard: Span::days(14),
        inbound: InboundRules::strict(),
    })
}
