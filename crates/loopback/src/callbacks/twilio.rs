//! Twilio's callbacks: forms, signed over the address and the fields.

use super::post::Letter;
use super::target::without_fragment;
use super::{About, Teller, Written, sign};
use crate::behaviour::Provider;
use crate::form::write_form;

/// Unknown destination handset.
const NOBODY_THERE: &str = "30005";
/// The account of whoever writes to us.
const ACCOUNT: &str = "AC00000000000000000000000000000000";

/// A text message that was taken.
pub(crate) struct TwilioMessage {
    pub(crate) account: String,
    pub(crate) sid: String,
    pub(crate) to: String,
    pub(crate) from: String,
    /// Where its sender wants to hear of it.
    pub(crate) callback: Option<String>,
}

impl Teller {
    pub(super) fn sms_status(
        &self,
        url: &str,
        message: &TwilioMessage,
        word: &'static str,
    ) -> (About, Letter) {
        let mut fields = vec![
            ("AccountSid", message.account.as_str()),
            ("ApiVersion", "2010-04-01"),
            ("From", &message.from),
            ("MessageSid", &message.sid),
            ("MessageStatus", word),
            ("SmsSid", &message.sid),
            ("SmsStatus", word),
            ("To", &message.to),
        ];
        fields.extend((word == "undelivered").then_some(("ErrorCode", NOBODY_THERE)));
        let about =
            About { provider: Provider::Sms, kind: "status", message: message.sid.clone(), word: Some(word) };
        (about, self.form(url, &fields))
    }

    pub(super) fn sms_inbound(&self, written: &Written) -> Option<(About, Letter)> {
        let url = self.callbacks.sms_inbound_url.as_deref()?;
        let fields = [
            ("AccountSid", ACCOUNT),
            ("ApiVersion", "2010-04-01"),
            ("Body", &written.spoken.text),
            ("From", &written.spoken.from),
            ("MessageSid", &written.id),
            ("NumMedia", "0"),
            ("NumSegments", "1"),
            ("SmsMessageSid", &written.id),
            ("SmsSid", &written.id),
            ("SmsStatus", "received"),
            ("To", &written.spoken.to),
        ];
        let about =
            About { provider: Provider::Sms, kind: "inbound", message: written.id.clone(), word: None };
        Some((about, self.form(url, &fields)))
    }

    fn form(&self, url: &str, fields: &[(&str, &str)]) -> Letter {
        let url = without_fragment(url).to_owned();
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let signature = sign::twilio(&self.callbacks.sms_auth_token, &url, &fields);
        Letter {
            url,
            content_type: "application/x-www-form-urlencoded; charset=utf-8",
            signature: ("x-twilio-signature", signature),
            body: write_form(&fields),
        }
    }
}
