//! The Twilio-compatible SMS API: `POST /2010-04-01/Accounts/{sid}/Messages.json`.
//!
//! Shapes from Twilio's published OpenAPI file (`CreateMessage`), error codes from its error dictionary
//! (<https://www.twilio.com/docs/api/errors>).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use runtime::BoxFuture;
use serde_json::{Value, json};

use crate::answer::{Answer, Request};
use crate::behaviour::{Provider, Verdict};
use crate::callbacks::{Teller, TwilioMessage};
use crate::desk::{Desk, Submission};
use crate::form::parse_form;
use crate::http::Api;
use crate::instant::{ATTEMPT_HEADER, CLOCK_HEADER, parse_instant};
use crate::record::Received;

/// Longest text of a message, in characters.
const MAX_BODY_CHARS: usize = 1600;
/// What a throttled client is told to wait, in seconds.
const RETRY_AFTER_S: u32 = 5;

/// The API.
pub(crate) struct Twilio {
    pub(crate) desk: Arc<Desk>,
    /// The auth token that is right; none takes any.
    pub(crate) auth_token: Option<String>,
    /// Who tells what becomes of messages.
    pub(crate) teller: Option<Arc<Teller>>,
}

impl Api for Twilio {
    fn answer<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Answer> {
        Box::pin(async move {
            match self.read(request) {
                Ok((account, submission)) => self.submit(account, submission).await,
                Err(refusal) => {
                    self.desk.count_malformed(Provider::Sms);
                    refusal
                }
            }
        })
    }
}

impl Twilio {
    fn read<'a>(&self, request: &'a Request) -> Result<(&'a str, Submission), Answer> {
        let account =
            account(request).ok_or_else(|| error(404, 20404, "The requested resource was not found"))?;
        if !self.authorized(request, account) {
            return Err(error(401, 20003, "Authenticate"));
        }
        Ok((account, submission(request)?))
    }

    fn authorized(&self, request: &Request, account: &str) -> bool {
        let Some((user, password)) = credentials(request) else { return false };
        user == account && self.auth_token.as_ref().is_none_or(|token| *token == password)
    }

    async fn submit(&self, account: &str, submission: Submission) -> Answer {
        let (verdict, delay) = self.desk.judge(Provider::Sms, &submission.to);
        let sid = format!("SM{}", hex(&self.desk.new_id()));
        let callback = submission.callback.clone();
        let received = self.desk.receive(Provider::Sms, submission, verdict, &sid);
        if let (Some(teller), Ok(received)) = (&self.teller, &received)
            && received.taken
        {
            let (to, from) = (received.to.clone(), received.from.clone());
            teller
                .sms(TwilioMessage { account: account.to_owned(), sid: sid.clone(), to, from, callback })
                .await;
        }
        self.desk.pause(delay).await;
        match received {
            Ok(received) => verdict_answer(verdict, account, &sid, &received),
            Err(_) => error(500, 20500, "Internal Server Error"),
        }
    }
}

fn verdict_answer(verdict: Verdict, account: &str, sid: &str, received: &Received) -> Answer {
    match verdict {
        Verdict::Accept => Answer::reply(201, message(account, sid, received)),
        Verdict::BadAddress => error(400, 21211, "The 'To' number is not a valid phone number."),
        Verdict::RecipientRefuses => error(400, 21610, "Attempt to send to unsubscribed recipient"),
        Verdict::NotAllowed => {
            error(400, 21408, "Permission to send an SMS has not been enabled for the region")
        }
        Verdict::Throttle => Answer::Reply {
            status: 429,
            retry_after_s: Some(RETRY_AFTER_S),
            body: error_body(429, 20429, "Too Many Requests"),
        },
        Verdict::ServerError => error(500, 20500, "Internal Server Error"),
        Verdict::AcceptThenHang => Answer::Hang,
        Verdict::AcceptThenDrop => Answer::Drop,
    }
}

/// The account of `/2010-04-01/Accounts/{sid}/Messages.json`, if that is what was asked for.
fn account(request: &Request) -> Option<&str> {
    let rest = request.path.strip_prefix("/2010-04-01/Accounts/")?;
    let account = rest.strip_suffix("/Messages.json")?;
    let digits = account.strip_prefix("AC")?;
    let well_formed = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    (request.method == "POST" && well_formed).then_some(account)
}

fn credentials(request: &Request) -> Option<(String, String)> {
    let encoded = request.header("authorization")?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    decoded.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

fn submission(request: &Request) -> Result<Submission, Answer> {
    let form = request.header("content-type").unwrap_or_default();
    if !form.starts_with("application/x-www-form-urlencoded") {
        return Err(error(415, 20415, "Unsupported Media Type"));
    }
    let fields = parse_form(&request.body).ok_or_else(|| error(400, 20001, "The form can't be read"))?;
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let to = field("To").ok_or_else(|| error(400, 21604, "A 'To' phone number is required."))?;
    if !is_e164(&to) {
        return Err(error(400, 21211, "The 'To' number is not a valid phone number."));
    }
    let from = field("From").or_else(|| field("MessagingServiceSid"));
    let body = field("Body").filter(|body| !body.is_empty());
    let body = body.ok_or_else(|| error(400, 21602, "Message body is required."))?;
    if body.chars().count() > MAX_BODY_CHARS {
        return Err(error(400, 21617, "The concatenated message body exceeds the 1600 character limit"));
    }
    Ok(Submission {
        to,
        from: from.ok_or_else(|| error(400, 21603, "A 'From' phone number is required."))?,
        escalation: request.header(ATTEMPT_HEADER).map(ToOwned::to_owned),
        announced_at: request.header(CLOCK_HEADER).and_then(parse_instant),
        body: Some(body),
        callback: field("StatusCallback"),
        ..Submission::default()
    })
}

/// `+` and 8 to 15 digits, the first not 0 (ITU-T E.164).
pub(crate) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (8..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn message(account: &str, sid: &str, received: &Received) -> Value {
    let service = received.from.starts_with("MG");
    json!({
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": received.body,
        "date_created": Value::Null,
        "date_sent": Value::Null,
        "date_updated": Value::Null,
        "direction": "outbound-api",
        "error_code": Value::Null,
        "error_message": Value::Null,
        "from": (!service).then_some(&received.from),
        "messaging_service_sid": service.then_some(&received.from),
        "num_media": "0",
        "num_segments": "1",
        "price": Value::Null,
        "price_unit": Value::Null,
        "sid": sid,
        "status": "queued",
        "subresource_uris": { "media": format!("/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json") },
        "to": received.to,
        "uri": format!("/2010-04-01/Accounts/{account}/Messages/{sid}.json"),
    })
}

fn error(status: u16, code: u32, message: &str) -> Answer {
    Answer::reply(status, error_body(status, code, message))
}

fn error_body(status: u16, code: u32, message: &str) -> Value {
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    json!({ "code": code, "message": message, "more_info": more_info, "status": status })
}

/// Hexadecimal digits in lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
