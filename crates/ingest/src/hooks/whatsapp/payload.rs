//! Meta's payload: `entry[].changes[].value.{statuses[], messages[]}`.
//!
//! Shapes from Meta's webhook reference and its published OpenAPI file for v23 (`Statuses`, `StatusError`).
//! Each entry is read by itself: one of an unknown shape is passed over and counted, and keeps no other one out.

use domain::time::{Span, Timestamp};
use serde_json::Value;

use super::super::inbound::MAX_ID;

/// Nobody had WhatsApp before 2009.
const EARLIEST: Timestamp = Timestamp(1_230_768_000_000);

/// What a request holds, in its order.
#[derive(Default, Debug)]
pub(super) struct Payload {
    pub(super) statuses: Vec<Status>,
    pub(super) messages: Vec<Message>,
    /// How many entries are of a shape that is not known.
    pub(super) unreadable: usize,
}

/// What became of a message of ours.
#[derive(PartialEq, Eq)]
pub(super) struct Status {
    /// Meta's name for the message.
    pub(super) id: String,
    pub(super) status: String,
    pub(super) at: Timestamp,
    /// What we gave along with the message.
    pub(super) escalation: Option<String>,
    /// The first error's code.
    pub(super) code: Option<u32>,
    /// The first error's words.
    pub(super) said: Option<String>,
}

/// What somebody wrote.
#[derive(PartialEq, Eq)]
pub(super) struct Message {
    /// Meta's name for it.
    pub(super) id: String,
    /// The digits of the writer's number.
    pub(super) from: String,
    /// When, if that can be read.
    pub(super) at: Option<Timestamp>,
    /// What was written or chosen; empty for a picture, a place or a sign.
    pub(super) text: String,
    /// The message of ours that it was written under.
    pub(super) context: Option<String>,
}

impl std::fmt::Debug for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Status(..)")
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Message(..)")
    }
}

impl Payload {
    /// Reads a body; none if it is no JSON object.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok().filter(Value::is_object)?;
        let mut payload = Self::default();
        for change in list(&body, "entry").iter().flat_map(|entry| list(entry, "changes")) {
            payload.add(change.get("value").unwrap_or(&Value::Null));
        }
        Some(payload)
    }

    fn add(&mut self, value: &Value) {
        let (statuses, messages) = (list(value, "statuses"), list(value, "messages"));
        if statuses.is_empty() && messages.is_empty() {
            self.unreadable += 1;
        }
        for status in statuses {
            match Status::read(status) {
                Some(status) => self.statuses.push(status),
                None => self.unreadable += 1,
            }
        }
        for message in messages {
            match Message::read(message) {
                Some(message) => self.messages.push(message),
                None => self.unreadable += 1,
            }
        }
    }
}

impl Status {
    fn read(value: &Value) -> Option<Self> {
        let error = list(value, "errors").first();
        let details = error.and_then(|error| text(error, "/error_data/details"));
        let said = details.or_else(|| text(error?, "/message")).or_else(|| text(error?, "/title"));
        Some(Self {
            id: id(value, "/id")?,
            status: text(value, "/status")?.to_owned(),
            at: instant(value)?,
            escalation: text(value, "/biz_opaque_callback_data").map(ToOwned::to_owned),
            code: error.and_then(|error| error.get("code")?.as_u64()?.try_into().ok()),
            said: said.map(ToOwned::to_owned),
        })
    }
}

impl Message {
    fn read(value: &Value) -> Option<Self> {
        let pointer = match text(value, "/type")? {
            // Meta's own notes on the account of whoever writes.
            "system" | "request_welcome" => return None,
            "text" => "/text/body",
            "button" => "/button/text",
            "interactive" => match text(value, "/interactive/type") {
                Some("list_reply") => "/interactive/list_reply/title",
                Some(_) | None => "/interactive/button_reply/title",
            },
            "image" => "/image/caption",
            "video" => "/video/caption",
            "document" => "/document/caption",
            // A place, a contact, a sticker, a voice message, a sign under a message, or what is yet to be invented.
            _ => "/nothing/written",
        };
        Some(Self {
            id: id(value, "/id")?,
            from: id(value, "/from")?,
            at: instant(value),
            text: text(value, pointer).unwrap_or_default().to_owned(),
            context: id(value, "/context/id"),
        })
    }
}

/// The items of a list; whatever is no list has none.
fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

fn id(value: &Value, pointer: &str) -> Option<String> {
    let id = text(value, pointer)?;
    (1..=MAX_ID).contains(&id.len()).then(|| id.to_owned())
}

/// Seconds since 1970, as digits in a text, or as a number.
fn instant(value: &Value) -> Option<Timestamp> {
    let seconds = value.get("timestamp")?;
    let seconds = seconds.as_i64().or_else(|| seconds.as_str()?.parse().ok())?;
    let at = Timestamp(Span::seconds(seconds).0);
    (at.is_plausible() && at >= EARLIEST).then_some(at)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Payload {
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": [{ "field": "messages", "value": value }] }] });
        Payload::read(body.to_string().as_bytes()).unwrap()
    }

    fn message(more: Value) -> Value {
        let mut message = json!({ "from": "41791234567", "id": "wamid.A", "timestamp": "1603059201" });
        let more = more.as_object().unwrap().clone();
        message.as_object_mut().unwrap().extend(more);
        message
    }

    #[test]
    fn each_kind_of_message_gives_the_text_that_was_written_or_chosen() {
        for (kind, text) in [
            (json!({ "type": "text", "text": { "body": "STOPP" } }), "STOPP"),
            (json!({ "type": "button", "button": { "payload": "p", "text": "Ja" } }), "Ja"),
            (
                json!({ "type": "interactive", "interactive": { "type": "button_reply", "button_reply": { "id": "1", "title": "Nein" } } }),
                "Nein",
            ),
            (
                json!({ "type": "interactive", "interactive": { "type": "list_reply", "list_reply": { "id": "1", "title": "Morgen" } } }),
                "Morgen",
            ),
            (json!({ "type": "interactive", "interactive": { "type": "nfm_reply", "nfm_reply": {} } }), ""),
            (json!({ "type": "image", "image": { "id": "1", "caption": "bezahlt" } }), "bezahlt"),
            (json!({ "type": "audio", "audio": { "id": "1" } }), ""),
            (
                json!({ "type": "reaction", "reaction": { "message_id": "wamid.B", "emoji": "\u{1f44d}" } }),
                "",
            ),
            (json!({ "type": "unsupported", "errors": [{ "code": 131_051 }] }), ""),
            (json!({ "type": "text", "text": "no object" }), ""),
        ] {
            let payload = read(json!({ "messages": [message(kind.clone())] }));
            assert_eq!(payload.messages.len(), 1, "{kind}");
            assert_eq!(payload.messages[0].text, text, "{kind}");
            assert_eq!(payload.messages[0].at, Some(Timestamp(1_603_059_201_000)));
            assert_eq!(payload.unreadable, 0);
        }
        let under = message(
            json!({ "type": "text", "text": { "body": "x" }, "context": { "from": "1", "id": "wamid.B" } }),
        );
        assert_eq!(read(json!({ "messages": [under] })).messages[0].context.as_deref(), Some("wamid.B"));
    }

    #[test]
    fn a_status_has_its_error_and_what_we_gave_along() {
        let status = json!({
            "id": "wamid.A", "status": "failed", "timestamp": "1603059201", "recipient_id": "41791234567",
            "biz_opaque_callback_data": "ab-1",
            "errors": [{ "code": 131_026, "title": "t", "message": "m", "error_data": { "details": "d" } }],
        });
        let payload = read(json!({ "statuses": [status] }));
        let status = &payload.statuses[0];
        assert_eq!((status.code, status.said.as_deref()), (Some(131_026), Some("d")));
        assert_eq!(status.escalation.as_deref(), Some("ab-1"));
        assert!(!format!("{payload:?}").contains("wamid"));
    }

    #[test]
    fn a_message_without_an_instant_that_can_be_read_is_a_message() {
        for instant in
            [json!("soon"), json!("9223372036854775807"), json!("1603059201000"), json!(0), json!(null)]
        {
            let message =
                message(json!({ "type": "text", "timestamp": instant, "text": { "body": "STOPP" } }));
            let payload = read(json!({ "messages": [message] }));
            assert_eq!((payload.messages.len(), payload.unreadable), (1, 0), "{instant}");
            assert_eq!(payload.messages[0].at, None, "{instant}");
        }
    }

    #[test]
    fn what_has_an_unknown_shape_is_counted_and_keeps_nothing_else_out() {
        let good = message(json!({ "type": "text", "text": { "body": "x" } }));
        let long = "x".repeat(MAX_ID + 1);
        for wrong in [
            json!(7),
            json!({}),
            message(json!({ "type": 7 })),
            message(json!({ "type": "system" })),
            message(json!({ "type": "text", "id": "" })),
            message(json!({ "type": "text", "id": long })),
            message(json!({ "type": "text", "from": null })),
        ] {
            let payload = read(json!({ "messages": [wrong.clone(), good] }));
            assert_eq!((payload.messages.len(), payload.unreadable), (1, 1), "{wrong}");
        }
        assert_eq!(read(json!({ "statuses": [{ "id": "wamid.A" }] })).unreadable, 1);
        let status = json!({ "id": "wamid.A", "status": "read", "timestamp": "soon" });
        assert_eq!(read(json!({ "statuses": [status] })).unreadable, 1);
        assert_eq!(read(json!({ "messages": {}, "statuses": "x" })).unreadable, 1);
        assert_eq!(read(Value::Null).unreadable, 1);
        for none in ["", "[]", "7", "{", "null"] {
            assert!(Payload::read(none.as_bytes()).is_none(), "{none}");
        }
        let empty = Payload::read(br#"{"entry":{"changes":7}}"#).unwrap();
        assert!(empty.messages.is_empty() && empty.statuses.is_empty());
    }
}
