//! Meta's webhooks for WhatsApp: what became of messages, and what people write back; many entries in one request.
//!
//! Each entry has an instant that is signed with it. One that is older than Meta would repeat it, or from the future,
//! is passed over: whoever kept a signed body could send it again for ever. A stop is taken at any age, since not
//! hearing it is worse; it keeps its own instant, so that a consent given since then holds (inputs, 2). A message whose
//! instant is missing or can't be read is taken as of now: sent again, it is known by its id.

mod payload;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use contract::wire::{About, OutcomeMessage, Receipt};
use domain::channel::Channel;
use domain::ids::EscalationId;
use domain::inbound::InboundClass;
use domain::label::TenantId;
use domain::outcome::{Outcome, RejectClass};
use domain::time::Timestamp;
use provider_codes::whatsapp::class;

use super::filing::outcome;
use super::form::Fields;
use super::inbound::Inbound;
use super::meter::{HookProvider, HookResult};
use super::refusal::{Done, Refusal};
use super::settings::WhatsAppHooks;
use super::{Hooks, Shared, signature};
use crate::normalise;
use payload::{Message, Payload, Status};

const META: HookProvider = HookProvider::WhatsApp;
/// What the ids of messages are unique in.
const SOURCE: &str = "whatsapp";
/// Where the signature stands.
const SIGNATURE: &str = "x-hub-signature-256";
/// Longest challenge that is given back, in bytes.
const MAX_CHALLENGE: usize = 256;

type Tenant = Result<Path<String>, PathRejection>;

/// Whether the tenant is known, and a signature shown where there is something to sign.
pub(super) fn may_hold(hooks: &Hooks, tenant: Tenant, request: &Request) -> Done<()> {
    named(hooks, tenant)?;
    let is_signed = request.method() != Method::POST || request.headers().contains_key(SIGNATURE);
    if is_signed { Ok(()) } else { Err(forged()) }
}

/// `GET /hooks/whatsapp/{tenant}`: Meta asks whether we are who was named to it.
#[utoipa::path(
    get,
    path = "/hooks/whatsapp/{tenant}",
    tag = "webhooks",
    summary = "Meta asks whether we are who was named to it",
    security(()),
    params(
        ("tenant" = String, Path, description = "Whose account at the provider it is"),
        ("hub.verify_token" = String, Query, description = "The proof"),
        ("hub.challenge" = String, Query, description = "What is to be answered"),
    ),
    responses((status = 200, description = "The challenge", body = String)),
)]
pub(super) async fn verify(State(shared): State<Shared>, tenant: Tenant, uri: Uri) -> Response {
    let hooks = &shared.hooks;
    hooks.answer(META, verified(hooks, tenant, &uri))
}

/// `POST /hooks/whatsapp/{tenant}`: answers once all entries are in the log or passed over.
#[utoipa::path(
    post,
    path = "/hooks/whatsapp/{tenant}",
    tag = "webhooks",
    summary = "Meta says what became of messages, and passes on what people wrote",
    security(()),
    params(("tenant" = String, Path, description = "Whose account at the provider it is"), ("X-Hub-Signature-256" = String, Header, description = "The proof")),
    request_body(content = Object, content_type = "application/json"),
    responses((status = 200, description = "Every entry is in the log, or passed over")),
)]
pub(super) async fn record(
    State(shared): State<Shared>,
    tenant: Tenant,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let hooks = &shared.hooks;
    hooks.answer(META, recorded(hooks, tenant, &headers, body).await)
}

fn verified(hooks: &Hooks, tenant: Tenant, uri: &Uri) -> Done<Response> {
    let (_, known) = named(hooks, tenant)?;
    let query = Fields::of_form(uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let shown = query.get("hub.verify_token").unwrap_or_default();
    if !signature::same(known.verify_token.bytes(), shown.as_bytes()) {
        let remedy = "give Meta the verify token of the settings";
        return Err(Refusal::forged(
            "the verify token is missing or wrong",
            remedy,
            "query, hub.verify_token",
        ));
    }
    let challenge = query.get("hub.challenge").unwrap_or_default();
    let fits =
        (1..=MAX_CHALLENGE).contains(&challenge.len()) && challenge.bytes().all(|b| b.is_ascii_graphic());
    if query.get("hub.mode") != Some("subscribe") || !fits {
        let remedy = "send hub.mode=subscribe and a hub.challenge of at most 256 letters";
        return Err(Refusal::malformed("this is no verification", remedy, "query"));
    }
    hooks.meter.webhook(META, HookResult::Accepted);
    Ok(([(header::CONTENT_TYPE, "text/plain")], challenge.to_owned()).into_response())
}

async fn recorded(
    hooks: &Hooks,
    tenant: Tenant,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Done<Response> {
    let (tenant, known) = named(hooks, tenant)?;
    let body = Refusal::body(body)?;
    let shown = headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !signature::meta(&known.app_secrets, &body, shown) {
        return Err(forged());
    }
    let payload = Payload::read(&body)
        .ok_or_else(|| Refusal::malformed("the body is no JSON object", "send it as Meta does", "body"))?;
    (0..payload.unreadable).for_each(|_| hooks.meter.webhook(META, HookResult::Malformed));
    let work = Work { hooks, tenant: &tenant, now: hooks.runtime.clock.now() };
    // Stops first: a status forbids no contact.
    let answered = work.messages(&payload.messages).await?;
    hooks.report(META, work.statuses(&payload.statuses)).await?;
    hooks.report(META, answered).await?;
    Ok(StatusCode::OK.into_response())
}

fn forged() -> Refusal {
    let remedy = "check the app secret, and that nothing changes the body on its way";
    Refusal::forged("the signature does not hold", remedy, "X-Hub-Signature-256")
}

fn named(hooks: &Hooks, tenant: Tenant) -> Done<(TenantId, &WhatsAppHooks)> {
    let tenant =
        tenant.ok().and_then(|Path(name)| TenantId::new(&name).ok()).ok_or_else(Refusal::no_tenant)?;
    let known = hooks.settings.whatsapp.get(&tenant).ok_or_else(Refusal::no_tenant)?;
    Ok((tenant, known))
}

/// One request's entries, being worked off.
struct Work<'a> {
    hooks: &'a Hooks,
    tenant: &'a TenantId,
    now: Timestamp,
}

impl Work<'_> {
    /// Sends what people wrote; what came back are the answers that this means to messages of ours.
    async fn messages(&self, messages: &[Message]) -> Done<Vec<OutcomeMessage>> {
        let (mut facts, mut answers) = (Vec::new(), Vec::new());
        for message in messages {
            let class = self.hooks.class(self.tenant, &message.text);
            let is_stale = message.at.is_some_and(|at| !self.hooks.settings.is_fresh(self.now.since(at)));
            if is_stale && class != InboundClass::Stop {
                self.hooks.meter.webhook(META, HookResult::Stale);
                continue;
            }
            let Ok(from) = normalise::phone(&format!("+{}", message.from.trim_start_matches('+'))) else {
                self.hooks.meter.webhook(META, HookResult::Malformed);
                continue;
            };
            let inbound = Inbound {
                tenant: self.tenant,
                source: SOURCE,
                id: &message.id,
                channel: Channel::Social,
                from: &from,
                text: &message.text,
                class,
                stated_at: message.at,
            };
            facts.push(self.hooks.fact(&inbound, self.now));
            answers.push(
                message
                    .context
                    .as_deref()
                    .filter(|_| answers_us(class))
                    .map(|id| self.answer(id, message.at.unwrap_or(self.now))),
            );
        }
        let receipts = self.hooks.send(META, facts).await?;
        let taken = receipts.iter().map(|receipt| !matches!(receipt, Receipt::Refused { .. }));
        Ok(answers.into_iter().zip(taken).filter_map(|(answer, taken)| answer.filter(|_| taken)).collect())
    }

    /// What became of messages of ours.
    fn statuses(&self, statuses: &[Status]) -> Vec<OutcomeMessage> {
        statuses.iter().filter_map(|status| self.status(status)).collect()
    }

    fn status(&self, status: &Status) -> Option<OutcomeMessage> {
        if !self.hooks.settings.is_fresh(self.now.since(status.at)) {
            self.hooks.meter.webhook(META, HookResult::Stale);
            return None;
        }
        let told = match status.status.as_str() {
            "sent" => Outcome::Accepted,
            "delivered" => Outcome::Delivered,
            "read" => Outcome::Read,
            "failed" => Outcome::Rejected(status.code.map_or(RejectClass::Other, class)),
            _ => {
                self.hooks.meter.webhook(META, HookResult::Malformed);
                return None;
            }
        };
        let message = self.hooks.keyring.provider_message_id(self.tenant, &status.id);
        let attempt = status.escalation.as_deref().and_then(EscalationId::parse);
        let about = attempt.map_or(About::Message(message), About::Attempt);
        Some(outcome(
            self.tenant,
            about,
            Some(message),
            told,
            status.at.min(self.now),
            status.said.as_deref(),
        ))
    }

    fn answer(&self, id: &str, at: Timestamp) -> OutcomeMessage {
        let message = self.hooks.keyring.provider_message_id(self.tenant, id);
        outcome(self.tenant, About::Message(message), Some(message), Outcome::Replied, at.min(self.now), None)
    }
}

/// Whether the debtor answered the message that was written under. Whoever is not the debtor did not, and a stop ends
/// the conversation.
const fn answers_us(class: InboundClass) -> bool {
    match class {
        InboundClass::Stop | InboundClass::WrongPerson => false,
        InboundClass::Question
        | InboundClass::Promise
        | InboundClass::Dispute
        | InboundClass::PaymentClaimed
        | InboundClass::Hardship
        | InboundClass::Abuse
        | InboundClass::Unclear => true,
    }
}
