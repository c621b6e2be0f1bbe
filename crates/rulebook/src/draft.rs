//! What was read from the files, before it is checked as a whole: each entry with its place.

use std::collections::{BTreeMap, BTreeSet};

use content::Identity;
use domain::channel::{Channel, Disclosure};
use domain::label::{Label, Language, ScenarioId, TemplateId, TenantId};
use domain::rulebook::{Policy, Step};
use domain::time::Span;

use crate::problem::At;
use crate::read::Inbound;

/// All of it.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) start_within: Option<Span>,
    pub(crate) clock_bound: Option<Span>,
    pub(crate) tenants: Vec<TenantDraft>,
    pub(crate) scenarios: Vec<ScenarioDraft>,
    pub(crate) templates: Vec<TemplateDraft>,
}

/// A name with its place.
#[derive(Clone)]
pub(crate) struct Named<T> {
    pub(crate) name: T,
    pub(crate) at: At,
}

pub(crate) struct TenantDraft {
    pub(crate) tenant: Named<TenantId>,
    pub(crate) identity: Identity,
    /// Where `[tenant.sender]` stands, or the tenant.
    pub(crate) sender_at: At,
    pub(crate) languages: BTreeSet<Language>,
    pub(crate) default_language: Language,
    pub(crate) default_scenario: Named<ScenarioId>,
    /// Those it may use; none given means all.
    pub(crate) scenarios: Option<Vec<Named<ScenarioId>>>,
    pub(crate) first_contact_within: Span,
    pub(crate) policy: Policy,
    pub(crate) policy_at: At,
    pub(crate) promise_grace: Span,
    pub(crate) rest_after_heard: Span,
    pub(crate) inbound: Inbound,
}

pub(crate) struct ScenarioDraft {
    pub(crate) scenario: Named<ScenarioId>,
    pub(crate) begins_after_due: Named<Span>,
    /// In the order in which they are walked.
    pub(crate) steps: Vec<StepDraft>,
}

#[derive(Clone)]
pub(crate) struct StepDraft {
    pub(crate) step: Step,
    pub(crate) at: At,
    pub(crate) template_at: At,
    /// What it follows up with, if not the next in the file; `end` for nothing.
    pub(crate) then: Option<Named<String>>,
    /// How much it presses (R11).
    pub(crate) intensity: i64,
}

/// Whose a template is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    Shared,
    Tenant(TenantId),
}

pub(crate) struct TemplateDraft {
    pub(crate) scope: Scope,
    pub(crate) template: TemplateId,
    pub(crate) language: Language,
    pub(crate) channel: Channel,
    pub(crate) disclosure: Disclosure,
    pub(crate) tone: Label,
    pub(crate) subject: String,
    pub(crate) provider_template: String,
    pub(crate) parameters: Vec<String>,
    pub(crate) body: String,
    pub(crate) places: TemplatePlaces,
}

/// Where the parts of a template stand in its file.
#[derive(Clone, Default)]
pub(crate) struct TemplatePlaces {
    pub(crate) file: String,
    pub(crate) text: String,
    /// The line of the body's first line.
    pub(crate) body_line: usize,
    pub(crate) header_lines: BTreeMap<String, usize>,
}

impl TemplatePlaces {
    pub(crate) fn header(&self, entry: &str) -> At {
        let line = self.header_lines.get(entry).copied().unwrap_or(1);
        At { path: entry.to_owned(), ..At::line(&self.file, &self.text, line) }
    }

    pub(crate) fn body(&self, line: usize) -> At {
        At::line(&self.file, &self.text, self.body_line + line.saturating_sub(1))
    }

    pub(crate) fn whole(&self) -> At {
        At { file: self.file.clone(), ..At::default() }
    }
}
