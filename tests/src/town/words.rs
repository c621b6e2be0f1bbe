//! The words: the rulebook's templates, filled from what the scheduler asks for.

use std::sync::Arc;

use content::fields::{ClaimFields, Fields};
use contract::personal::Message;
use domain::calendar::CivilDateTime;
use domain::label::RuleName;
use rulebook::Compiled;
use scheduler::{RenderClaim, RenderRequest, Renderer};

/// Renders with a compiled rulebook's templates; dates are those of UTC.
pub struct Words(pub Arc<Compiled>);

impl Renderer for Words {
    fn render(&self, request: &RenderRequest<'_>) -> Result<Message, RuleName> {
        let claim = |claim: &RenderClaim| ClaimFields {
            creditor: request.creditor.clone(),
            reference: claim.reference.clone().unwrap_or_default(),
            description: claim.description.clone().unwrap_or_default(),
            owed: claim.balance.owed(),
            currency: claim.currency,
            due_on: CivilDateTime::from_utc(claim.due_at, 0).date,
        };
        let fields = Fields {
            debtor_name: request.name.unwrap_or_default().to_owned(),
            claims: request.claims.iter().map(claim).collect(),
            dossier: request.timeline.iter().map(|line| line.what.clone()).collect(),
        };
        let rendered = self.0.templates.render(request.tenant, request.template, request.language, &fields);
        rendered.map_err(|refused| refused.rule)
    }
}
