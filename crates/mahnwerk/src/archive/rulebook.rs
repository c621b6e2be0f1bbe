//! The rulebook in force as JSON: its hash, and each tenant's scenarios, windows and caps.

use domain::channel::Channel;
use domain::label::TenantId;
use domain::rulebook::{CapRule, Policy, Rulebook, Scenario, TenantRules, WindowRule};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// All of it.
pub(super) fn value(rules: &Rulebook) -> Value {
    let tenants = rules.tenants.iter().map(|(name, tenant)| self::tenant(rules, name, tenant));
    json!({
        "rulebook": rules.hash.to_string(),
        "start_within": rules.start_within.to_string(),
        "tenants": tenants.collect::<Vec<_>>(),
    })
}

fn tenant(rules: &Rulebook, name: &TenantId, tenant: &TenantRules) -> Value {
    let scenarios = tenant.current.iter().filter_map(|(name, version)| rules.scenario(name, *version));
    json!({
        "tenant": name.as_str(),
        "default_scenario": tenant.default_scenario.as_str(),
        "default_language": tenant.default_language.as_str(),
        "promise_grace": tenant.promise_grace.to_string(),
        "rest_after_heard": tenant.rest_after_heard.to_string(),
        "scenarios": scenarios.map(scenario).collect::<Vec<_>>(),
        "policy": policy(&tenant.policy),
        "templates": tenant.templates.keys().map(|template| template.as_str()).collect::<Vec<_>>(),
    })
}

fn scenario(scenario: &Scenario) -> Value {
    let step = |step: &domain::rulebook::Step| {
        json!({
            "step": step.step.as_str(),
            "channel": step.channel.as_str(),
            "template": step.template.as_str(),
            "tries": step.tries,
            "retry_after": step.retry_after.to_string(),
            "then_wait": step.then_wait.to_string(),
        })
    };
    json!({
        "scenario": scenario.scenario.as_str(),
        "begins_after_due": scenario.begins_after_due.to_string(),
        "steps": scenario.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn policy(policy: &Policy) -> Value {
    let window = |window: &WindowRule| {
        json!({
            "rule": window.name.as_str(),
            "source": &*window.source,
            "channels": channels(&window.channels),
        })
    };
    let cap = |cap: &CapRule| {
        json!({
            "rule": cap.name.as_str(),
            "source": &*cap.source,
            "channels": channels(&cap.channels),
            "max": cap.max,
            "within": cap.within.to_string(),
        })
    };
    json!({
        "windows": policy.windows.iter().map(window).collect::<Vec<_>>(),
        "caps": policy.caps.iter().map(cap).collect::<Vec<_>>(),
        "consent": channels(&policy.consent),
        "min_confidence": policy.min_confidence,
    })
}

fn channels(channels: &BTreeSet<Channel>) -> Vec<&'static str> {
    channels.iter().map(|channel| channel.as_str()).collect()
}
