//! A tenant with the scenarios and templates that it uses.

use std::collections::BTreeSet;

use domain::channel::Channel;

use super::windows::{self, Left};
use crate::compile::{DEFAULT_CLOCK_BOUND, DEFAULT_START_WITHIN, templates_of};
use crate::draft::{Draft, Named, ScenarioDraft, StepDraft, TemplateDraft, TenantDraft};
use crate::problem::Sink;
use crate::suggest;

/// Checks one tenant.
pub(crate) fn check(tenant: &TenantDraft, draft: &Draft, sink: &Sink) {
    check_scenario_names(tenant, draft, sink);
    let templates = templates_of(tenant, draft);
    check_alike(&templates, sink);
    let mut channels = BTreeSet::new();
    for scenario in scenarios_of(tenant, draft) {
        check_first_contact(tenant, scenario, sink);
        for step in &scenario.steps {
            check_template(tenant, step, &templates, sink);
            channels.insert(step.step.channel);
        }
    }
    // Of a policy or a sender table that could not be read, nothing more is said.
    let (policy_read, senders_read) = (!sink.concerns(&tenant.policy_at), !sink.concerns(&tenant.sender_at));
    for channel in channels {
        if policy_read {
            check_hours(tenant, draft, channel, sink);
        }
        if senders_read && !tenant.identity.sender.contains_key(&channel) {
            let what = format!("a scenario uses {channel}, but the tenant has no sender for it");
            let remedy = format!("add `{channel} = \"…\"` to [tenant.sender] (R4)");
            sink.add(tenant.sender_at.problem(what, remedy));
        }
    }
}

/// The scenarios that a tenant may use: those it names, or all.
pub(crate) fn scenarios_of<'a>(
    tenant: &'a TenantDraft,
    draft: &'a Draft,
) -> impl Iterator<Item = &'a ScenarioDraft> {
    let named = |scenario: &&ScenarioDraft| match &tenant.scenarios {
        None => true,
        Some(names) => {
            let mut names = names.iter().chain([&tenant.default_scenario]);
            names.any(|n| n.name == scenario.scenario.name)
        }
    };
    draft.scenarios.iter().filter(named)
}

fn check_scenario_names(tenant: &TenantDraft, draft: &Draft, sink: &Sink) {
    let known: Vec<&str> = draft.scenarios.iter().map(|s| s.scenario.name.as_str()).collect();
    for Named { name, at } in tenant.scenarios.iter().flatten().chain([&tenant.default_scenario]) {
        // A scenario that could not be read is reported where it stands.
        if !known.contains(&name.as_str()) && (!known.is_empty() || sink.is_empty()) {
            let remedy = suggest::remedy(name.as_str(), known.iter().copied(), "scenario");
            sink.add(at.problem(format!("there is no scenario `{name}`"), remedy));
        }
    }
}

/// R21: as early as possible after the due date.
fn check_first_contact(tenant: &TenantDraft, scenario: &ScenarioDraft, sink: &Sink) {
    let begins = &scenario.begins_after_due;
    if begins.name > tenant.first_contact_within {
        let what = format!(
            "the first step comes {} after the due date, tenant {} allows {}",
            begins.name, tenant.tenant.name, tenant.first_contact_within
        );
        sink.add(begins.at.problem(what, "begin earlier, or raise the tenant's first_contact_within (R21)"));
    }
}

/// All languages of a template agree on channel, level and tone.
fn check_alike(templates: &[&TemplateDraft], sink: &Sink) {
    for template in templates {
        let Some(first) = templates.iter().find(|other| other.template == template.template) else {
            continue;
        };
        for (entry, differs) in [
            ("channel", first.channel != template.channel),
            ("disclosure", first.disclosure != template.disclosure),
            ("tone", first.tone != template.tone),
        ] {
            if differs {
                let what = format!("`{entry}` differs from {}", first.places.file);
                sink.add(template.places.header(entry).problem(what, "write the same in every language"));
            }
        }
    }
}

/// The step's template exists, for its channel, in every language of the tenant (R28).
fn check_template(tenant: &TenantDraft, step: &StepDraft, templates: &[&TemplateDraft], sink: &Sink) {
    let name = &step.step.template;
    let found: Vec<&&TemplateDraft> = templates.iter().filter(|t| t.template == *name).collect();
    let Some(first) = found.first() else {
        if sink.concerns_file(&format!("/{name}.{}.txt", tenant.default_language)) {
            return;
        }
        let known: BTreeSet<&str> = templates.iter().map(|t| t.template.as_str()).collect();
        let file = format!("templates/{}/{name}.{}.txt", tenant.tenant.name, tenant.default_language);
        let remedy = format!("add {file}; {}", suggest::remedy(name.as_str(), known, "template"));
        let what = format!("there is no template `{name}` for tenant {}", tenant.tenant.name);
        return sink.add(step.template_at.problem(what, remedy));
    };
    if first.channel != step.step.channel {
        let what = format!("template `{name}` is for {}, the step for {}", first.channel, step.step.channel);
        sink.add(step.template_at.problem(what, "use a template of the step's channel"));
    }
    for language in &tenant.languages {
        let unread = sink.concerns_file(&format!("/{name}.{language}.txt"));
        if !unread && !found.iter().any(|t| t.language == *language) {
            let default = if *language == tenant.default_language { ", the default language" } else { "" };
            let what = format!("template `{name}` is not written in {language}{default}");
            let folder = first.places.file.rsplit_once('/').map_or("templates", |(folder, _)| folder);
            let remedy = format!("add {folder}/{name}.{language}.txt, or take {language} out of `languages`");
            sink.add(step.template_at.problem(what, remedy));
        }
    }
}

/// A channel that is used has hours.
fn check_hours(tenant: &TenantDraft, draft: &Draft, channel: Channel, sink: &Sink) {
    let start_within = draft.start_within.unwrap_or(DEFAULT_START_WITHIN);
    let least = start_within.plus(draft.clock_bound.unwrap_or(DEFAULT_CLOCK_BOUND));
    match windows::left(&tenant.policy, channel, least) {
        Left::Some => {}
        Left::NoWindow => {
            let what = format!("a scenario uses {channel}, but no window allows it");
            let remedy =
                format!("add a [[tenant.policy.window]] that names \"{channel}\", or leave the step out");
            sink.add(tenant.policy_at.problem(what, remedy));
        }
        Left::Nothing => {
            let what = format!("the windows for {channel} have no hour in common (R18)");
            sink.add(tenant.policy_at.problem(what, "widen one of them until they overlap on some day"));
        }
    }
}
