//! `POST /hooks/token/{token}`: reports and messages of providers that sign nothing, such as an SMSC or a mail gateway.
//!
//! The token is 256 random bits as 64 hexadecimal digits; the settings hold its SHA-256 alone. It stands in the path,
//! since such providers can often be given an address and nothing else: so no path is ever logged or counted by.

mod body;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use contract::wire::{FactMessage, OutcomeMessage, Receipt};
use domain::time::Timestamp;
use serde::Serialize;

use super::filing::outcome;
use super::inbound::Inbound;
use super::meter::HookProvider;
use super::refusal::{Done, Refusal};
use super::settings::HookToken;
use super::{Hooks, Shared};
use crate::listener::FiledWord;
use body::{Batch, MessageEntry, ReportEntry};

const TOKEN: HookProvider = HookProvider::Token;

/// What became of each entry, in its order.
#[derive(Serialize)]
struct Taken {
    reports: Vec<FiledWord>,
    messages: Vec<&'static str>,
}

/// Whose token stands in the path.
pub(super) fn holder(hooks: &Hooks, token: Result<Path<String>, PathRejection>) -> Done<&HookToken> {
    token.ok().and_then(|Path(token)| hooks.settings.holder(&token)).ok_or_else(|| {
        let remedy = "use the address with the token whose SHA-256 stands in the settings";
        Refusal::forged("the token is not known", remedy, "path")
    })
}

/// Answers once every entry is in the log; if one can't be read, none goes there, and if one is refused, all others do.
#[utoipa::path(
    post,
    path = "/hooks/token/{token}",
    tag = "webhooks",
    summary = "Any other provider says what became of messages, and passes on what people wrote",
    security(()),
    params(("token" = String, Path, description = "The proof: a token for this one provider")),
    request_body(content = Vec<Object>, content_type = "application/json"),
    responses(
        (status = 200, description = "What became of each entry", body = Vec<Object>),
        (status = 409, description = "A message of that id and sender came before with other words; the other entries are in the log", body = crate::listener::Problem),
    ),
)]
pub(super) async fn record(
    State(shared): State<Shared>,
    token: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let hooks = &shared.hooks;
    hooks.answer(TOKEN, recorded(hooks, token, body).await)
}

async fn recorded(
    hooks: &Hooks,
    token: Result<Path<String>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Done<Response> {
    let holder = holder(hooks, token)?;
    let batch = Batch::read(&Refusal::body(body)?)?;
    let now = hooks.runtime.clock.now();
    let work = Work { hooks, holder, now };
    let facts = batch.messages.iter().enumerate().map(|(number, entry)| work.message(number, entry));
    let facts: Vec<FactMessage> = facts.collect::<Done<_>>()?;
    let reports = batch.reports.iter().enumerate().map(|(number, entry)| work.report(number, entry));
    let reports: Vec<OutcomeMessage> = reports.collect::<Done<_>>()?;
    // Stops first: a report forbids no contact.
    let receipts = hooks.send(TOKEN, facts).await?;
    let filed = hooks.report(TOKEN, reports).await?;
    if let Some(contradiction) = contradiction(&receipts) {
        // It is counted already.
        return Ok(contradiction.into_response());
    }
    let reports = filed.into_iter().map(FiledWord::of).collect();
    let messages = receipts.iter().map(receipt_word).collect();
    Ok(Json(Taken { reports, messages }).into_response())
}

/// Why the request as a whole is answered as refused: a message that is not taken may be a stop.
fn contradiction(receipts: &[Receipt]) -> Option<Refusal> {
    receipts.iter().enumerate().find_map(|(number, receipt)| match receipt {
        Receipt::Recorded | Receipt::Duplicate | Receipt::Parked => None,
        Receipt::Refused { detail, .. } => {
            let remedy = "give another message another id; the other entries are in the log";
            Some(Refusal::contradiction(detail, remedy, format!("messages, {number}")))
        }
    })
}

/// One request's entries, being read.
struct Work<'a> {
    hooks: &'a Hooks,
    holder: &'a HookToken,
    now: Timestamp,
}

impl Work<'_> {
    fn message(&self, number: usize, entry: &MessageEntry) -> Done<FactMessage> {
        let checked = entry.check(number)?;
        let (tenant, text) = (&self.holder.tenant, entry.text.as_str());
        // Such a provider may number each sender's messages anew: two people's words are two messages.
        let id = format!("{}\n{}", checked.from, entry.id);
        let inbound = Inbound {
            tenant,
            source: self.holder.source.as_str(),
            id: &id,
            channel: checked.channel,
            from: &checked.from,
            text,
            class: self.hooks.class(tenant, text),
            stated_at: checked.at,
        };
        Ok(self.hooks.fact(&inbound, self.now))
    }

    fn report(&self, number: usize, entry: &ReportEntry) -> Done<OutcomeMessage> {
        let digest = |id: &str| self.hooks.keyring.provider_message_id(&self.holder.tenant, id);
        let checked = entry.check(number, digest)?;
        let at = checked.at.map_or(self.now, |at| at.min(self.now));
        Ok(outcome(
            &self.holder.tenant,
            checked.about,
            checked.message,
            checked.outcome.outcome(),
            at,
            entry.text.as_deref(),
        ))
    }
}

const fn receipt_word(receipt: &Receipt) -> &'static str {
    match receipt {
        Receipt::Recorded => "recorded",
        Receipt::Duplicate => "duplicate",
        Receipt::Parked => "parked",
        Receipt::Refused { .. } => "refused",
    }
}
