//! The rulebook as decisions see it: checked, compiled, complete.
//!
//! The crate `rulebook` makes it from text files and proves what is said here of it; nothing here is checked again.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::{CivilDate, TimeOfDay, Weekday};
use crate::channel::{Channel, Disclosure};
use crate::ids::RulebookHash;
use crate::inbound::InboundRules;
use crate::label::{Label, Language, RuleName, ScenarioId, StepId, TemplateId, TenantId};
use crate::time::Span;
use crate::zone::ZoneTable;

/// Everything that decisions need and that is no debtor's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rulebook {
    /// Its content address, over all sources and the zone data.
    pub hash: RulebookHash,
    /// The zones that it knows.
    pub zones: ZoneTable,
    /// Each tenant's part.
    pub tenants: BTreeMap<TenantId, TenantRules>,
    /// Scenarios by name and version: the current ones, and older ones that claims may still be on.
    pub scenarios: BTreeMap<(ScenarioId, [u8; 8]), Scenario>,
    /// What the edge may take at most from a permit to its first byte (10 s by default).
    pub start_within: Span,
    /// By how much two clocks may differ.
    pub clock_bound: Span,
}

/// One tenant's policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TenantRules {
    /// The scenario of a claim that names none, with its current version.
    pub default_scenario: ScenarioId,
    /// The current version of each scenario that the tenant may use.
    pub current: BTreeMap<ScenarioId, [u8; 8]>,
    /// The language of a debtor whose own is not known or has no template.
    pub default_language: Language,
    /// Rules on contact; every one of them is weighed.
    pub policy: Policy,
    /// The templates.
    pub templates: BTreeMap<TemplateId, Template>,
    /// How long a promise may be late before it is broken.
    pub promise_grace: Span,
    /// How long contact about a claim rests after the debtor was heard.
    pub rest_after_heard: Span,
    /// What is made of messages that come in.
    pub inbound: InboundRules,
}

/// When and how often a person may be contacted. Legal policy is always the newest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Allowed hours; a channel that none of them names may not be used at all.
    pub windows: Vec<WindowRule>,
    /// Caps over rolling windows, per person.
    pub caps: Vec<CapRule>,
    /// Channels that need a consent.
    pub consent: BTreeSet<Channel>,
    /// The least confidence of a contact point that may be used, 0 to 100.
    pub min_confidence: u8,
}

/// Hours in which contact is allowed, in every candidate zone of the debtor at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WindowRule {
    /// Its name.
    pub name: RuleName,
    /// Where it comes from (a law, an agreement, a habit).
    pub source: Box<str>,
    /// The channels that it governs.
    pub channels: BTreeSet<Channel>,
    /// For each weekday the opening and the closing time; a day that is missing is closed.
    pub hours: BTreeMap<Weekday, (TimeOfDay, TimeOfDay)>,
    /// Days on which nobody is contacted.
    pub closed_days: BTreeSet<CivilDate>,
}

/// At most so many contacts in a rolling window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CapRule {
    /// Its name.
    pub name: RuleName,
    /// Where it comes from.
    pub source: Box<str>,
    /// The channels whose contacts it counts and governs.
    pub channels: BTreeSet<Channel>,
    /// At most this many, 1 to 60.
    pub max: u8,
    /// Within this time, up to 366 days.
    pub within: Span,
}

/// A ladder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Scenario {
    /// Its name.
    pub scenario: ScenarioId,
    /// The first step is due this long after the claim is; may be negative (R20).
    pub begins_after_due: Span,
    /// The steps, first to last; never empty, at most 64.
    pub steps: Vec<Step>,
}

/// One step of a ladder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// Its name.
    pub step: StepId,
    /// Over which channel.
    pub channel: Channel,
    /// In which words; it has the default language at least.
    pub template: TemplateId,
    /// Higher goes first when capacity is short.
    pub priority: i32,
    /// How often it is tried before the next step.
    pub tries: u8,
    /// How long after a try that nobody answered it is tried again.
    pub retry_after: Span,
    /// How long after the last try the next step waits.
    pub then_wait: Span,
    /// How long an escalation stays open for a permit.
    pub patience: Span,
    /// How long after the permit the outcome is taken to be unknown.
    pub outcome_within: Span,
    /// Whether the step is passed over when no agent takes the call in its patience (R17).
    pub overflow: bool,
    /// What an attempt costs, in millionths of the currency unit (R49).
    pub cost_micros: i64,
}

/// A template, as decisions see it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// For which channel.
    pub channel: Channel,
    /// How much it may show.
    pub disclosure: Disclosure,
    /// The languages that it is written in.
    pub languages: BTreeSet<Language>,
    /// How it is to be read: kept for later use by content rules.
    pub tone: Label,
}

impl Policy {
    /// Whether a rule of that name is one of the windows.
    pub fn is_window(&self, rule: &RuleName) -> bool {
        self.windows.iter().any(|window| window.name == *rule)
    }
}

impl Rulebook {
    /// Adds the scenarios of an older rulebook that claims may still be on; its own ones stay.
    pub fn keep_scenarios_of(&mut self, older: &Self) {
        for (key, scenario) in &older.scenarios {
            self.scenarios.entry(key.clone()).or_insert_with(|| scenario.clone());
        }
    }

    /// The scenario that a claim is on.
    pub fn scenario(&self, name: &ScenarioId, version: [u8; 8]) -> Option<&Scenario> {
        self.scenarios.get(&(name.clone(), version))
    }
}
