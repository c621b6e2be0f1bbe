//! Where the scheduler's question for words meets the rulebook's templates.

use std::sync::Arc;

use content::Templates;
use content::fields::{ClaimFields, Fields};
use contract::personal::Message;
use domain::calendar::CivilDateTime;
use domain::channel::Channel;
use domain::label::RuleName;
use domain::rulebook::Rulebook;
use domain::time::Timestamp;
use scheduler::{RenderClaim, RenderRequest, Renderer};

/// Renders with the templates of one compiled rulebook.
pub(crate) struct TemplateRenderer {
    pub(crate) rules: Arc<Rulebook>,
    pub(crate) templates: Arc<Templates>,
}

impl Renderer for TemplateRenderer {
    fn render(&self, request: &RenderRequest<'_>) -> Result<Message, RuleName> {
        let claims = request.claims.iter().map(|claim| self.claim(request, claim));
        let fields = Fields {
            debtor_name: request.name.unwrap_or_default().to_owned(),
            claims: claims.collect(),
            dossier: if request.channel == Channel::Call { self.dossier(request) } else { Vec::new() },
        };
        let rendered = self.templates.render(request.tenant, request.template, request.language, &fields);
        rendered.map_err(|refused| {
            tracing::warn!(escalation = %request.id, rule = %refused.rule, detail = %refused.detail, "rendering refused");
            refused.rule
        })
    }
}

impl TemplateRenderer {
    fn claim(&self, request: &RenderRequest<'_>, claim: &RenderClaim) -> ClaimFields {
        ClaimFields {
            creditor: request.creditor.clone(),
            reference: claim.reference.clone().unwrap_or_default(),
            description: claim.description.clone().unwrap_or_default(),
            owed: claim.balance.owed(),
            currency: claim.currency,
            due_on: self.local(request, claim.due_at).date,
        }
    }

    /// What the agent must know before the call (R40): what is owed, and what happened so far.
    fn dossier(&self, request: &RenderRequest<'_>) -> Vec<String> {
        let owed = request.claims.iter().map(|claim| {
            let (principal, interest, costs) = claim.balance.open_components();
            let write = |amount| claim.currency.write(amount);
            format!(
                "{}{}: {} {} open (principal {}, interest {}, costs {}), paid {}, due {}",
                claim.reference.as_deref().unwrap_or("claim"),
                claim.description.as_deref().map_or(String::new(), |words| format!(" {words}")),
                claim.currency,
                write(claim.balance.owed()),
                write(principal),
                write(interest),
                write(costs),
                write(claim.balance.paid),
                self.local(request, claim.due_at).date,
            )
        });
        let history = request.timeline.iter().map(|line| {
            let local = self.local(request, line.at);
            format!("{} {}  {}", local.date, local.time_of_day, line.what)
        });
        owed.chain(history).collect()
    }

    /// The debtor's calendar and clock; of several zones the first, and UTC when none is known.
    fn local(&self, request: &RenderRequest<'_>, at: Timestamp) -> CivilDateTime {
        let zone = request.zones.first().and_then(|name| self.rules.zones.get(name));
        zone.map_or_else(|| CivilDateTime::from_utc(at, 0), |zone| zone.local(at))
    }
}
