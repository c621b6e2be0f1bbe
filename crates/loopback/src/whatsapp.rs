//! The WhatsApp Cloud API: `POST /{version}/{phone-number-id}/messages`, template messages only.
//!
//! Shapes from Meta's published OpenAPI file for v23 (`sendMessage`, `TemplateMessage`), codes from its error
//! reference (<https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runtime::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Answer, Request};
use crate::behaviour::{Provider, Verdict};
use crate::callbacks::{MetaMessage, Teller};
use crate::desk::{Desk, Submission};
use crate::http::Api;
use crate::instant::{ATTEMPT_HEADER, CLOCK_HEADER, parse_instant};

/// Longest text that a sender may give along, in bytes.
const MAX_OPAQUE_BYTES: usize = 512;

/// The API.
pub(crate) struct WhatsApp {
    pub(crate) desk: Arc<Desk>,
    /// The access token that is right; none takes any.
    pub(crate) access_token: Option<String>,
    /// Who tells what becomes of messages.
    pub(crate) teller: Option<Arc<Teller>>,
}

impl Api for WhatsApp {
    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            match self.read(request) {
                Ok(submission) => self.submit(submission).await,
                Err(refusal) => {
                    self.desk.count_malformed(Provider::WhatsApp);
                    refusal
                }
            }
        })
    }
}

impl WhatsApp {
    fn read(&self, request: &Request) -> Result<Submission, Answer> {
        let phone_number =
            phone_number(request).ok_or_else(|| error(404, 100, "Unsupported post request"))?;
        let token = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let right =
            token.is_some_and(|token| self.access_token.as_deref().is_none_or(|known| known == token));
        if !right {
            return Err(error(401, 190, "Invalid OAuth access token"));
        }
        submission(request, phone_number)
    }

    async fn submit(&self, submission: Submission) -> Answer {
        let to = submission.to.clone();
        let (verdict, delay) = self.desk.judge(Provider::WhatsApp, &to);
        let id = format!("wamid.{}", STANDARD.encode(self.desk.new_id()));
        let (opaque, announced_at) = (submission.callback.clone(), submission.announced_at);
        let received = self.desk.receive(Provider::WhatsApp, submission, verdict, &id);
        if let (Some(teller), Ok(received)) = (&self.teller, &received)
            && received.taken
        {
            let (to, phone_number) = (received.to.clone(), received.from.clone());
            teller.whatsapp(MetaMessage { id: id.clone(), to, phone_number, opaque, announced_at }).await;
        }
        self.desk.pause(delay).await;
        match received {
            Ok(_) => verdict_answer(verdict, &to, &id),
            Err(_) => error(500, 131_000, "Something went wrong"),
        }
    }
}

fn verdict_answer(verdict: Verdict, to: &str, id: &str) -> Answer {
    match verdict {
        Verdict::Accept => Answer::reply(200, accepted(to, id)),
        Verdict::BadAddress => error(400, 131_026, "Message undeliverable"),
        Verdict::RecipientRefuses => error(400, 131_050, "The user has stopped these messages"),
        Verdict::NotAllowed => error(404, 132_001, "Template does not exist in the translation"),
        Verdict::Throttle => error(400, 131_056, "Pair rate limit hit"),
        Verdict::ServerError => error(500, 131_000, "Something went wrong"),
        Verdict::AcceptThenHang => Answer::Hang,
        Verdict::AcceptThenDrop => Answer::Drop,
    }
}

/// The number's id of `/v23.0/{phone-number-id}/messages`, if that is what was asked for.
fn phone_number(request: &Request) -> Option<&str> {
    let mut parts = request.path.strip_prefix('/')?.split('/');
    let version = parts.next()?.strip_prefix('v')?;
    let number = parts.next()?;
    let rest = (parts.next(), parts.next());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = version.split('.').all(digits) && digits(number) && rest == (Some("messages"), None);
    (request.method == "POST" && well_formed).then_some(number)
}

#[derive(Deserialize)]
struct Body {
    messaging_product: String,
    recipient_type: String,
    to: String,
    #[serde(rename = "type")]
    kind: String,
    template: Template,
    biz_opaque_callback_data: Option<String>,
}

#[derive(Deserialize)]
struct Template {
    name: String,
    language: Language,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Language {
    policy: String,
    code: String,
}

#[derive(Deserialize)]
struct Component {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(rename = "type")]
    kind: String,
    text: String,
}

fn submission(request: &Request, phone_number: &str) -> Result<Submission, Answer> {
    let body: Body = serde_json::from_slice(&request.body)
        .map_err(|wrong| error(400, 100, &format!("Invalid parameter: {wrong}")))?;
    let problem = problem(&body);
    if let Some((code, problem)) = problem {
        return Err(error(400, code, problem));
    }
    let parameters = body.template.components.into_iter().flat_map(|component| component.parameters);
    Ok(Submission {
        to: body.to,
        from: phone_number.to_owned(),
        escalation: request.header(ATTEMPT_HEADER).map(ToOwned::to_owned),
        announced_at: request.header(CLOCK_HEADER).and_then(parse_instant),
        template: Some((body.template.name, body.template.language.code)),
        parameters: parameters.map(|parameter| parameter.text).collect(),
        callback: body.biz_opaque_callback_data,
        ..Submission::default()
    })
}

fn problem(body: &Body) -> Option<(u32, &'static str)> {
    let digits = body.to.strip_prefix('+').unwrap_or(&body.to);
    let plausible = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let components = &body.template.components;
    let texts = || components.iter().flat_map(|component| &component.parameters);
    if body.messaging_product != "whatsapp" {
        Some((100, "messaging_product must be whatsapp"))
    } else if body.recipient_type != "individual" || body.kind != "template" {
        Some((100, "only individual template messages are taken here"))
    } else if !plausible {
        Some((131_009, "Parameter value is not valid: to"))
    } else if body.template.name.is_empty() || body.template.language.code.is_empty() {
        Some((132_001, "Template does not exist in the translation"))
    } else if body.template.language.policy != "deterministic" {
        Some((100, "template.language.policy must be deterministic"))
    } else if components.iter().any(|component| component.kind != "body") || texts().any(|p| p.kind != "text")
    {
        Some((100, "only text parameters of the body are taken here"))
    } else if body.biz_opaque_callback_data.as_ref().is_some_and(|data| data.len() > MAX_OPAQUE_BYTES) {
        Some((100, "biz_opaque_callback_data has at most 512 characters"))
    } else if texts().any(|parameter| parameter.text.is_empty()) {
        Some((131_008, "Required parameter is missing"))
    } else {
        None
    }
}

fn accepted(to: &str, id: &str) -> Value {
    let wa_id = to.strip_prefix('+').unwrap_or(to);
    json!({
        "messaging_product": "whatsapp",
        "contacts": [{ "input": to, "wa_id": wa_id }],
        "messages": [{ "id": id, "message_status": "accepted" }],
    })
}

fn error(status: u16, code: u32, message: &str) -> Answer {
    let details = json!({ "messaging_product": "whatsapp", "details": message });
    let error = json!({
        "message": format!("(#{code}) {message}"),
        "type": "OAuthException",
        "code": code,
        "error_data": details,
        "fbtrace_id": "loopback",
    });
    Answer::reply(status, json!({ "error": error }))
}
