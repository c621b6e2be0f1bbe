//! Twilio's webhooks: what became of a text message, and what people write back.
//!
//! Twilio signs no instant, so that nothing here is too old: what comes again is recognised and changes nothing.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use contract::wire::{About, Filed, Receipt};
use domain::channel::Channel;
use domain::ids::EscalationId;
use domain::inbound::InboundClass;
use domain::label::TenantId;
use domain::outcome::{Outcome, RejectClass};
use provider_codes::twilio::class;

use super::filing::outcome;
use super::form::Fields;
use super::inbound::{Inbound, MAX_ID};
use super::meter::{HookProvider, HookResult};
use super::refusal::{Done, Refusal};
use super::settings::{HookSecret, TwilioHooks};
use super::signature::{self, Algorithm};
use super::{Hooks, Shared};
use crate::normalise;

const TWILIO: HookProvider = HookProvider::Twilio;
/// What the ids of messages are unique in.
const SOURCE: &str = "twilio";
/// Where the signature stands.
const SIGNATURE: &str = "x-twilio-signature";
/// Says nothing to whoever wrote.
const NO_ANSWER: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";

type Tenant = Result<Path<String>, PathRejection>;
type Body = Result<Bytes, BytesRejection>;

/// Whether the tenant is known, and a signature shown.
pub(super) fn may_hold(hooks: &Hooks, tenant: Tenant, request: &Request) -> Done<()> {
    secrets(hooks, tenant)?;
    let is_signed = request.method() != Method::POST || request.headers().contains_key(SIGNATURE);
    if is_signed { Ok(()) } else { Err(forged()) }
}

/// `POST /hooks/twilio/{tenant}/status`: answers once the outcome is in the log.
#[utoipa::path(
    post,
    path = "/hooks/twilio/{tenant}/status",
    tag = "webhooks",
    summary = "Twilio says what became of a message",
    security(()),
    params(("tenant" = String, Path, description = "Whose account at the provider it is"), ("X-Twilio-Signature" = String, Header, description = "The proof")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 204, description = "It is in the log, or tells nothing new")),
)]
pub(super) async fn status(
    State(shared): State<Shared>,
    tenant: Tenant,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let hooks = &shared.hooks;
    hooks.answer(TWILIO, record_status(hooks, tenant, &uri, &headers, body).await)
}

/// `POST /hooks/twilio/{tenant}/inbound`: answers once the message is in the log.
#[utoipa::path(
    post,
    path = "/hooks/twilio/{tenant}/inbound",
    tag = "webhooks",
    summary = "Twilio passes on what somebody wrote",
    security(()),
    params(("tenant" = String, Path, description = "Whose account at the provider it is"), ("X-Twilio-Signature" = String, Header, description = "The proof")),
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It is in the log; an empty TwiML document", body = String, content_type = "text/xml")),
)]
pub(super) async fn inbound(
    State(shared): State<Shared>,
    tenant: Tenant,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let hooks = &shared.hooks;
    hooks.answer(TWILIO, record_inbound(hooks, tenant, &uri, &headers, body).await)
}

async fn record_status(
    hooks: &Hooks,
    tenant: Tenant,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Done<Response> {
    let Genuine { tenant, query, fields } = genuine(hooks, tenant, uri, headers, body)?;
    let sid = id(&fields)?;
    let word = fields.first(&["MessageStatus", "SmsStatus"]).ok_or_else(|| missing("MessageStatus"))?;
    let escalation = query.get("escalation").map(escalation).transpose()?;
    let told = match told(word, fields.get("ErrorCode").and_then(|code| code.parse().ok())) {
        Told::Outcome(told) => told,
        Told::Nothing => return Ok(passed_over(hooks, HookResult::Accepted)),
        Told::NoSuchWord => return Ok(passed_over(hooks, HookResult::Malformed)),
    };
    let message = hooks.keyring.provider_message_id(&tenant, sid);
    let about = escalation.map_or(About::Message(message), About::Attempt);
    let said = fields.first(&["ErrorMessage"]);
    let now = hooks.runtime.clock.now();
    let filed = hooks.report(TWILIO, vec![outcome(&tenant, about, Some(message), told, now, said)]).await?;
    match filed.first() {
        // It is counted already.
        Some(Filed::Unknown) => Ok(Refusal::no_attempt().into_response()),
        Some(Filed::Recorded | Filed::NothingNew | Filed::Waits) | None => {
            Ok(StatusCode::NO_CONTENT.into_response())
        }
    }
}

async fn record_inbound(
    hooks: &Hooks,
    tenant: Tenant,
    uri: &Uri,
    headers: &HeaderMap,
    body: Body,
) -> Done<Response> {
    let Genuine { tenant, fields, .. } = genuine(hooks, tenant, uri, headers, body)?;
    let id = id(&fields)?;
    let from = fields.first(&["From"]).ok_or_else(|| missing("From"))?;
    let (channel, from) = match from.strip_prefix("whatsapp:") {
        Some(handle) => (Channel::Social, handle),
        None => (Channel::Sms, from),
    };
    let from = normalise::phone(from)
        .map_err(|unfit| Refusal::malformed(&format!("it {}", unfit.what), &unfit.remedy, "From"))?;
    let text = fields.get("Body").unwrap_or_default();
    let asked_to_stop = fields.get("OptOutType").is_some_and(|kind| kind.eq_ignore_ascii_case("STOP"));
    let class = if asked_to_stop { InboundClass::Stop } else { hooks.class(&tenant, text) };
    let inbound =
        Inbound { tenant: &tenant, source: SOURCE, id, channel, from: &from, text, class, stated_at: None };
    let fact = hooks.fact(&inbound, hooks.runtime.clock.now());
    match hooks.send(TWILIO, vec![fact]).await?.first() {
        Some(Receipt::Refused { detail, .. }) => {
            let remedy = "give another message another id; this one is not taken however often it comes";
            Ok(Refusal::contradiction(detail, remedy, "body").into_response())
        }
        Some(Receipt::Recorded | Receipt::Duplicate | Receipt::Parked) | None => {
            Ok(([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], NO_ANSWER).into_response())
        }
    }
}

/// A webhook whose signature holds.
struct Genuine {
    tenant: TenantId,
    query: Fields,
    fields: Fields,
}

fn genuine(hooks: &Hooks, tenant: Tenant, uri: &Uri, headers: &HeaderMap, body: Body) -> Done<Genuine> {
    let (hooks, tenant, secrets) = secrets(hooks, tenant)?;
    let body = Refusal::body(body)?;
    let query = Fields::of_form(uri.query().unwrap_or_default().as_bytes())
        .ok_or_else(|| Refusal::malformed("the query can't be read", "percent-encode UTF-8", "query"))?;
    let read = read(headers, &query, &body)?;
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let addresses = hooks.public_url.signed_as(path);
    let signed = read.signed_fields();
    let holds = Algorithm::of(header("x-twilio-webhooks-signature-settings")).is_some_and(|algorithm| {
        signature::twilio(algorithm, secrets, &addresses, signed, header(SIGNATURE))
    });
    if !holds {
        return Err(forged());
    }
    Ok(Genuine { tenant, query, fields: read.fields() })
}

fn forged() -> Refusal {
    let remedy = "check the auth token, and that public_url is the address that Twilio was told";
    Refusal::forged("the signature does not hold", remedy, "X-Twilio-Signature")
}

fn secrets(hooks: &Hooks, tenant: Tenant) -> Done<(&TwilioHooks, TenantId, &[HookSecret])> {
    let tenant =
        tenant.ok().and_then(|Path(name)| TenantId::new(&name).ok()).ok_or_else(Refusal::no_tenant)?;
    let twilio = hooks.settings.twilio.as_ref().ok_or_else(Refusal::no_tenant)?;
    let secrets = twilio.auth_tokens.get(&tenant).ok_or_else(Refusal::no_tenant)?;
    Ok((twilio, tenant, secrets))
}

/// What of a body is signed.
enum Read {
    /// A form: each of its fields.
    Form(Fields),
    /// JSON, whose digest stands in the signed address.
    Json(Fields),
}

impl Read {
    fn signed_fields(&self) -> &[(String, String)] {
        match self {
            Self::Form(fields) => &fields.0,
            Self::Json(_) => &[],
        }
    }

    fn fields(self) -> Fields {
        match self {
            Self::Form(fields) | Self::Json(fields) => fields,
        }
    }
}

fn read(headers: &HeaderMap, query: &Fields, body: &[u8]) -> Done<Read> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let unreadable = |what: &str| Refusal::malformed(what, "send it as Twilio does", "body");
    match kind.as_str() {
        "application/x-www-form-urlencoded" => {
            Fields::of_form(body).map(Read::Form).ok_or_else(|| unreadable("the form can't be read"))
        }
        "application/json" => {
            let signed = query.get("bodySHA256").is_some_and(|digest| signature::is_body(body, digest));
            if !signed {
                let what = "the body is not the one whose digest was signed";
                return Err(Refusal::forged(what, "sign bodySHA256 in the query", "query, bodySHA256"));
            }
            Fields::of_json(body).map(Read::Json).ok_or_else(|| unreadable("the body is no flat JSON object"))
        }
        _ => {
            let (what, remedy) = ("the body is of another kind", "send a form, or JSON with bodySHA256");
            Err(Refusal::unfit(StatusCode::UNSUPPORTED_MEDIA_TYPE, what, remedy, "Content-Type"))
        }
    }
}

/// What a status says.
#[derive(PartialEq, Eq, Debug)]
enum Told {
    Outcome(Outcome),
    /// It is on its way.
    Nothing,
    NoSuchWord,
}

fn told(word: &str, code: Option<u32>) -> Told {
    match word {
        "sent" => Told::Outcome(Outcome::Accepted),
        "delivered" => Told::Outcome(Outcome::Delivered),
        "read" => Told::Outcome(Outcome::Read),
        "failed" | "undelivered" => Told::Outcome(Outcome::Rejected(code.map_or(RejectClass::Other, class))),
        // Taken back before it was sent: that is the one word of Twilio's by which provably nothing left.
        "canceled" => Told::Outcome(Outcome::Unsent),
        "accepted"
        | "scheduled"
        | "queued"
        | "sending"
        | "partially_delivered"
        | "receiving"
        | "received" => Told::Nothing,
        _ => Told::NoSuchWord,
    }
}

fn passed_over(hooks: &Hooks, result: HookResult) -> Response {
    hooks.meter.webhook(TWILIO, result);
    StatusCode::NO_CONTENT.into_response()
}

fn id(fields: &Fields) -> Done<&str> {
    let id = fields.first(&["MessageSid", "SmsSid", "SmsMessageSid"]).ok_or_else(|| missing("MessageSid"))?;
    if id.len() > MAX_ID {
        return Err(Refusal::malformed("the id is too long", "it has at most 256 bytes", "MessageSid"));
    }
    Ok(id)
}

fn escalation(text: &str) -> Done<EscalationId> {
    EscalationId::parse(text).ok_or_else(|| {
        let remedy = "it is the 32 digits and the number that went out with the message";
        Refusal::malformed("this is no escalation's id", remedy, "query, escalation")
    })
}

fn missing(field: &'static str) -> Refusal {
    Refusal::malformed("a field is missing", "send what Twilio sends", field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_tells_what_it_means_and_no_more() {
        for (word, code, expected) in [
            ("sent", None, Told::Outcome(Outcome::Accepted)),
            ("delivered", None, Told::Outcome(Outcome::Delivered)),
            ("read", None, Told::Outcome(Outcome::Read)),
            ("failed", None, Told::Outcome(Outcome::Rejected(RejectClass::Other))),
            ("failed", Some(30006), Told::Outcome(Outcome::Rejected(RejectClass::BadAddress))),
            ("undelivered", Some(30007), Told::Outcome(Outcome::Rejected(RejectClass::NotAllowed))),
            ("undelivered", Some(21610), Told::Outcome(Outcome::Rejected(RejectClass::RecipientRefuses))),
            ("canceled", None, Told::Outcome(Outcome::Unsent)),
            ("queued", None, Told::Nothing),
            ("sending", None, Told::Nothing),
            ("accepted", Some(30006), Told::Nothing),
            ("Delivered", None, Told::NoSuchWord),
            ("", None, Told::NoSuchWord),
        ] {
            assert_eq!(told(word, code), expected, "{word} {code:?}");
        }
    }
}
