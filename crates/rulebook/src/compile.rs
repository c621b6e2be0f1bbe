//! From sources to a compiled rulebook.

use std::collections::{BTreeMap, BTreeSet};

use content::proof::{Fault, Place};
use content::{Identity, ReplyLexicon, Rule, TemplateSource, Templates, TemplatesBuilder, Verdict};
use domain::inbound::InboundClass;
use domain::label::{Language, ScenarioId, TemplateId, TenantId};
use domain::rulebook::{Rulebook, Scenario, Template, TenantRules};
use domain::time::Span;

use crate::archive;
use crate::check;
use crate::digest;
use crate::draft::{Draft, ScenarioDraft, Scope, TemplateDraft, TenantDraft};
use crate::problem::{At, Problem, Sink};
use crate::read;
use crate::zones;

pub(crate) const DEFAULT_START_WITHIN: Span = Span::seconds(10);
pub(crate) const DEFAULT_CLOCK_BOUND: Span = Span::seconds(2);

/// A rulebook, ready to decide and to render by.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What decisions need.
    pub rules: Rulebook,
    /// The words.
    pub templates: Templates,
    /// Who the tenants are towards debtors.
    pub tenants: BTreeMap<TenantId, Identity>,
    /// By which words the tenants put replies into classes.
    pub replies: BTreeMap<TenantId, ReplyLexicon>,
    /// The files it was made of, as [`compile_sources`] takes them: what the event log keeps under the hash.
    pub sources: Vec<u8>,
}

impl Compiled {
    /// The class of what somebody wrote back to a tenant; none if there is no such tenant.
    pub fn classify(&self, tenant: &TenantId, text: &str) -> Option<InboundClass> {
        self.explain(tenant, text).map(|verdict| verdict.class)
    }

    /// The class, with the phrase that decided.
    pub fn explain(&self, tenant: &TenantId, text: &str) -> Option<Verdict<'_>> {
        self.replies.get(tenant).map(|replies| replies.explain(text))
    }
}

/// Checks and compiles sources that [`load_dir`](crate::load_dir) packed; gives all problems at once.
///
/// The same sources give the same rulebook, as long as the bundled zone data and word lists are the same.
pub fn compile_sources(sources: &[u8]) -> Result<Compiled, Vec<Problem>> {
    let files = archive::unpack(sources).map_err(|problem| vec![*problem])?;
    let sink = Sink::default();
    let mut draft = read::draft(&files, &sink);
    check::check(&mut draft, &sink);
    let templates = prove(&draft, &sink);
    if !sink.is_empty() {
        return Err(sink.into_sorted());
    }
    let tenants = draft.tenants.iter().map(|t| (t.tenant.name.clone(), t.identity.clone())).collect();
    let replies = draft.tenants.iter().map(|t| (t.tenant.name.clone(), t.inbound.1.clone())).collect();
    Ok(Compiled { rules: rules(&draft, sources), templates, tenants, replies, sources: sources.to_vec() })
}

/// The templates of a tenant: its own, and the shared ones that it does not replace, in its languages.
pub(crate) fn templates_of<'a>(tenant: &TenantDraft, draft: &'a Draft) -> Vec<&'a TemplateDraft> {
    let mut out: BTreeMap<(&TemplateId, Language), &TemplateDraft> = BTreeMap::new();
    let spoken = |template: &&TemplateDraft| tenant.languages.contains(&template.language);
    let shared = draft.templates.iter().filter(|t| t.scope == Scope::Shared);
    let own = draft.templates.iter().filter(|t| t.scope == Scope::Tenant(tenant.tenant.name.clone()));
    for template in shared.chain(own).filter(spoken) {
        out.insert((&template.template, template.language), template);
    }
    out.into_values().collect()
}

/// Proves each tenant's templates; a shared one is proved for each tenant that has it and a sender for its channel.
fn prove(draft: &Draft, sink: &Sink) -> Templates {
    let identities = draft.tenants.iter().map(|t| (t.tenant.name.clone(), t.identity.clone())).collect();
    let mut builder = TemplatesBuilder::new(identities);
    for tenant in &draft.tenants {
        // What follows from a tenant's own problems is not reported for each of its templates.
        let tenant_read = !sink.concerns(&tenant.tenant.at);
        let senders = &tenant.identity.sender;
        let usable = |template: &&TemplateDraft| senders.contains_key(&template.channel);
        for template in templates_of(tenant, draft).into_iter().filter(usable) {
            let source = TemplateSource {
                tenant: tenant.tenant.name.clone(),
                template: template.template.clone(),
                language: template.language,
                channel: template.channel,
                disclosure: template.disclosure,
                tone: template.tone.clone(),
                subject: template.subject.clone(),
                body: template.body.clone(),
                provider_template: template.provider_template.clone(),
                parameters: template.parameters.clone(),
            };
            for fault in builder.add(source).err().unwrap_or_default() {
                if tenant_read || fault.rule != Rule::MissingValue {
                    sink.add(problem_of(&fault, template));
                }
            }
        }
    }
    builder.build()
}

fn problem_of(fault: &Fault, template: &TemplateDraft) -> Problem {
    let at: At = match fault.place {
        Place::Body(line) => template.places.body(line),
        Place::Header(entry) => template.places.header(entry),
        Place::Whole => template.places.whole(),
    };
    at.problem(format!("{} [{}]", fault.what, fault.rule), fault.remedy.clone())
}

fn rules(draft: &Draft, sources: &[u8]) -> Rulebook {
    let scenarios: BTreeMap<(ScenarioId, [u8; 8]), Scenario> = draft
        .scenarios
        .iter()
        .map(scenario)
        .map(|scenario| ((scenario.scenario.clone(), digest::of_scenario(&scenario)), scenario))
        .collect();
    let tenants = draft.tenants.iter().map(|t| (t.tenant.name.clone(), tenant_rules(t, draft, &scenarios)));
    Rulebook {
        hash: digest::of_rulebook(sources),
        zones: zones().clone(),
        tenants: tenants.collect(),
        start_within: draft.start_within.unwrap_or(DEFAULT_START_WITHIN),
        clock_bound: draft.clock_bound.unwrap_or(DEFAULT_CLOCK_BOUND),
        scenarios,
    }
}

fn scenario(draft: &ScenarioDraft) -> Scenario {
    Scenario {
        scenario: draft.scenario.name.clone(),
        begins_after_due: draft.begins_after_due.name,
        steps: draft.steps.iter().map(|step| step.step.clone()).collect(),
    }
}

fn tenant_rules(
    tenant: &TenantDraft,
    draft: &Draft,
    scenarios: &BTreeMap<(ScenarioId, [u8; 8]), Scenario>,
) -> TenantRules {
    let mine: BTreeSet<&ScenarioId> =
        check::scenarios_of(tenant, draft).map(|scenario| &scenario.scenario.name).collect();
    let current = scenarios.keys().filter(|(name, _)| mine.contains(name)).cloned().collect();
    let mut templates: BTreeMap<TemplateId, Template> = BTreeMap::new();
    for template in templates_of(tenant, draft) {
        let entry = templates.entry(template.template.clone()).or_insert_with(|| Template {
            channel: template.channel,
            disclosure: template.disclosure,
            languages: BTreeSet::new(),
            tone: template.tone.clone(),
        });
        entry.languages.insert(template.language);
    }
    TenantRules {
        default_scenario: tenant.default_scenario.name.clone(),
        current,
        default_language: tenant.default_language,
        policy: tenant.policy.clone(),
        templates,
        promise_grace: tenant.promise_grace,
        rest_after_heard: tenant.rest_after_heard,
        inbound: tenant.inbound.0.clone(),
    }
}
