//! What somebody with a token may send: `{"reports": […], "messages": […]}`.

use contract::wire::About;
use domain::channel::Channel;
use domain::ids::{EscalationId, ProviderMessageId};
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::error::Category;

use super::super::inbound::MAX_ID;
use super::super::refusal::{Done, Refusal};
use crate::listener::OutcomeWord;
use crate::normalise;

/// Most reports of one request, and most messages.
const MAX_ENTRIES: usize = 1000;
/// Longest text of a report, in bytes.
const MAX_TEXT: usize = 4_000;

/// What a body looks like: every member that there is.
const SAMPLE: &str = r#"{"reports": [{"escalation": "…-1", "message": "the provider's own id", "outcome": "delivered", "at_ms": 1772427600000, "text": "what it said"}], "messages": [{"id": "4711", "channel": "sms", "from": "+41791234567", "text": "STOP", "at_ms": 1772427600000}]}"#;

/// A request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Batch {
    #[serde(default)]
    pub(super) reports: Vec<ReportEntry>,
    #[serde(default)]
    pub(super) messages: Vec<MessageEntry>,
}

/// What became of a message of ours.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportEntry {
    /// The escalation, as it went out with the message.
    escalation: Option<String>,
    /// The provider's own name for the message.
    message: Option<String>,
    outcome: String,
    /// When, in milliseconds since 1970; now if it is left out.
    at_ms: Option<i64>,
    /// What the provider said.
    pub(super) text: Option<String>,
}

/// What somebody wrote.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageEntry {
    /// The provider's own id of it, by which it is recognised for ever.
    pub(super) id: String,
    channel: String,
    from: String,
    #[serde(default)]
    pub(super) text: String,
    /// When, in milliseconds since 1970; now if it is left out.
    at_ms: Option<i64>,
}

/// A report that can be made.
pub(super) struct CheckedReport {
    pub(super) about: About,
    pub(super) outcome: OutcomeWord,
    pub(super) message: Option<ProviderMessageId>,
    pub(super) at: Option<Timestamp>,
}

/// A message that can be sent on.
pub(super) struct CheckedMessage {
    pub(super) channel: Channel,
    pub(super) from: String,
    pub(super) at: Option<Timestamp>,
}

impl Batch {
    /// Reads a body.
    pub(super) fn read(body: &[u8]) -> Done<Self> {
        let batch: Self = serde_json::from_slice(body).map_err(|error| {
            let what = match error.classify() {
                Category::Data => "the body is JSON of another shape",
                Category::Io | Category::Syntax | Category::Eof => "the body is no JSON",
            };
            let place = format!("body, line {}, column {}", error.line(), error.column());
            Refusal::malformed(what, &format!("send it like {SAMPLE}, and no other members"), place)
        })?;
        if batch.reports.len() > MAX_ENTRIES || batch.messages.len() > MAX_ENTRIES {
            let remedy = format!("send at most {MAX_ENTRIES} of each at once");
            return Err(Refusal::malformed("there are too many entries", &remedy, "body"));
        }
        Ok(batch)
    }
}

impl ReportEntry {
    /// Which attempt it is about, and when.
    pub(super) fn check(
        &self,
        number: usize,
        digest: impl Fn(&str) -> ProviderMessageId,
    ) -> Done<CheckedReport> {
        let wrong = |what: &str, remedy: &str, field: &str| {
            Refusal::malformed(what, remedy, format!("reports, {number}, {field}"))
        };
        let message = self.message.as_deref().map(|id| {
            let fits = (1..=MAX_ID).contains(&id.len());
            fits.then(|| digest(id))
                .ok_or_else(|| wrong("the name is empty or too long", "it has 1 to 256 bytes", "message"))
        });
        let message = message.transpose()?;
        let about = match (&self.escalation, message) {
            (Some(id), _) => About::Attempt(EscalationId::parse(id).ok_or_else(|| {
                let remedy = "it is the 32 digits and the number that went out with the message";
                wrong("this is no escalation's id", remedy, "escalation")
            })?),
            (None, Some(message)) => About::Message(message),
            (None, None) => {
                return Err(wrong("it names no attempt", "give escalation or message", "escalation"));
            }
        };
        if self.text.as_ref().is_some_and(|text| text.len() > MAX_TEXT) {
            return Err(wrong("the text is too long", "send at most 4,000 bytes", "text"));
        }
        let outcome = OutcomeWord::parse(&self.outcome).ok_or_else(|| {
            let remedy = format!("use {}", OutcomeWord::WORDS);
            wrong("this is no outcome", &remedy, "outcome")
        })?;
        let at = instant(self.at_ms).map_err(|(what, remedy)| wrong(what, remedy, "at_ms"))?;
        Ok(CheckedReport { about, outcome, message, at })
    }
}

impl MessageEntry {
    /// Over which channel, from where, and when.
    pub(super) fn check(&self, number: usize) -> Done<CheckedMessage> {
        let wrong = |what: &str, remedy: &str, field: &str| {
            Refusal::malformed(what, remedy, format!("messages, {number}, {field}"))
        };
        if !(1..=MAX_ID).contains(&self.id.len()) {
            return Err(wrong("the id is empty or too long", "it has 1 to 256 bytes", "id"));
        }
        let channel = Channel::parse(&self.channel).ok_or_else(|| {
            wrong("this is no channel", "use sms, email, social, call or letter", "channel")
        })?;
        let from = normalise::point(channel.point_kind(), &self.from)
            .map_err(|unfit| wrong(&format!("it {}", unfit.what), &unfit.remedy, "from"))?;
        let at = instant(self.at_ms).map_err(|(what, remedy)| wrong(what, remedy, "at_ms"))?;
        Ok(CheckedMessage { channel, from, at })
    }
}

fn instant(at_ms: Option<i64>) -> Result<Option<Timestamp>, (&'static str, &'static str)> {
    match at_ms.map(Timestamp) {
        Some(at) if !at.is_plausible() => Err(("the instant is absurd", "send milliseconds since 1970")),
        at => Ok(at),
    }
}
