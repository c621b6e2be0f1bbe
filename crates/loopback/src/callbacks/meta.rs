//! Meta's callbacks: JSON, signed over the body.

use domain::time::Timestamp;
use serde_json::{Value, json};

use super::post::Letter;
use super::{About, Teller, Written, sign};
use crate::behaviour::Provider;

/// A WhatsApp message that was taken.
pub(crate) struct MetaMessage {
    pub(crate) id: String,
    pub(crate) to: String,
    /// The number's id from which it went.
    pub(crate) phone_number: String,
    /// What its sender gave along.
    pub(crate) opaque: Option<String>,
    /// The sender's clock, where it announced it.
    pub(crate) announced_at: Option<Timestamp>,
}

impl Teller {
    pub(super) fn whatsapp_status(
        &self,
        url: &str,
        message: &MetaMessage,
        word: &'static str,
    ) -> (About, Letter) {
        let mut status = json!({
            "id": message.id,
            "status": word,
            "timestamp": self.seconds(message.announced_at),
            "recipient_id": digits(&message.to),
        });
        if let (Some(opaque), Some(fields)) = (&message.opaque, status.as_object_mut()) {
            fields.insert("biz_opaque_callback_data".to_owned(), json!(opaque));
        }
        if let ("failed", Some(fields)) = (word, status.as_object_mut()) {
            let details = json!({ "details": "Message undeliverable" });
            let error = json!({ "code": 131_026, "title": "Message undeliverable", "error_data": details });
            fields.insert("errors".to_owned(), json!([error]));
        }
        let about = About {
            provider: Provider::WhatsApp,
            kind: "status",
            message: message.id.clone(),
            word: Some(word),
        };
        (about, self.notification(url, &message.phone_number, &json!({ "statuses": [status] })))
    }

    pub(super) fn whatsapp_inbound(&self, written: &Written) -> Option<(About, Letter)> {
        let url = self.callbacks.whatsapp_url.as_deref()?;
        let from = digits(&written.spoken.from);
        let mut message = json!({
            "from": from,
            "id": written.id,
            "timestamp": self.seconds(None),
            "type": "text",
            "text": { "body": written.spoken.text },
        });
        if let (Some(under), Some(fields)) = (&written.spoken.reply_to, message.as_object_mut()) {
            fields.insert("context".to_owned(), json!({ "from": digits(&written.spoken.to), "id": under }));
        }
        let contacts = json!([{ "profile": { "name": "Somebody" }, "wa_id": from }]);
        let value = json!({ "contacts": contacts, "messages": [message] });
        let about =
            About { provider: Provider::WhatsApp, kind: "inbound", message: written.id.clone(), word: None };
        Some((about, self.notification(url, digits(&written.spoken.to), &value)))
    }

    fn notification(&self, url: &str, phone_number: &str, more: &Value) -> Letter {
        let metadata = json!({ "display_phone_number": phone_number, "phone_number_id": phone_number });
        let mut value = json!({ "messaging_product": "whatsapp", "metadata": metadata });
        if let (Some(fields), Some(more)) = (value.as_object_mut(), more.as_object()) {
            fields.extend(more.clone());
        }
        let change = json!({ "field": "messages", "value": value });
        let body =
            json!({ "object": "whatsapp_business_account", "entry": [{ "id": "0", "changes": [change] }] });
        let body = body.to_string().into_bytes();
        let signature = sign::meta(&self.callbacks.whatsapp_app_secret, &body);
        Letter {
            url: url.to_owned(),
            content_type: "application/json",
            signature: ("x-hub-signature-256", signature),
            body,
        }
    }

    /// Whole seconds since 1970, as Meta writes them.
    fn seconds(&self, announced: Option<Timestamp>) -> String {
        self.instant(announced).0.div_euclid(1000).to_string()
    }
}

fn digits(number: &str) -> &str {
    number.strip_prefix('+').unwrap_or(number)
}
