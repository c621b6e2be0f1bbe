//! The client of a Twilio-compatible SMS API.
//!
//! Shapes from Twilio's published OpenAPI file, operation `CreateMessage` of version 2010-04-01.

use std::sync::Arc;

use async_trait::async_trait;
use channel::{Deadline, Provider, Submission, UnsentReason};
use contract::personal::Message;
use domain::channel::Channel;
use domain::ids::EscalationId;
use domain::outcome::RejectClass;
use provider_http::{BaseUrl, Credentials, HttpClient, Post, form_body};
use runtime::clock::Clock;

use crate::answer;
use crate::error::SmsError;
use crate::settings::TwilioSettings;

/// Longest text, in characters.
const MAX_BODY_CHARS: usize = 1600;

/// The client of a Twilio-compatible SMS API.
pub struct TwilioProvider {
    http: HttpClient,
    base: BaseUrl,
    settings: TwilioSettings,
}

impl TwilioProvider {
    /// Makes a client; nothing is sent.
    pub fn new(settings: TwilioSettings, clock: Arc<dyn Clock>) -> Result<Self, SmsError> {
        settings.check()?;
        let base = BaseUrl::parse(&settings.base_url)?;
        let credentials =
            Credentials::Basic { user: settings.account_sid.clone(), password: settings.auth_token.clone() };
        let http = HttpClient::new(&base, credentials, settings.http.clone(), clock)?;
        Ok(Self { http, base, settings })
    }

    fn body(&self, address: &str, message: &Message, attempt: EscalationId) -> Vec<u8> {
        let validity = self.settings.validity_period_s.to_string();
        let callback = self.settings.status_callback.as_deref().map(|url| with_attempt(url, attempt));
        let callback = callback.as_deref().map(|url| ("StatusCallback", url));
        // A messaging service picks the number; its name looks like this.
        let sender = if message.sender.starts_with("MG") { "MessagingServiceSid" } else { "From" };
        let mut fields = vec![("To", address), (sender, &message.sender), ("Body", &message.body)];
        fields.push(("ValidityPeriod", &validity));
        fields.extend(callback);
        form_body(&fields)
    }
}

#[async_trait]
impl Provider for TwilioProvider {
    fn channel(&self) -> Channel {
        Channel::Sms
    }

    async fn submit(
        &self,
        address: &str,
        message: &Message,
        attempt: EscalationId,
        deadline: &Deadline,
    ) -> Submission {
        if !is_number(address) {
            // The provider takes other addresses too, such as `whatsapp:`, which are not for this channel.
            return Submission::Rejected { class: RejectClass::BadAddress, said: None };
        }
        if message.sender.is_empty() || !(1..=MAX_BODY_CHARS).contains(&message.body.chars().count()) {
            return Submission::Unsent { reason: UnsentReason::Unfit };
        }
        let account = self.settings.account_sid.as_str();
        let url = self.base.join(["2010-04-01", "Accounts", account, "Messages.json"]);
        let body = self.body(address, message, attempt);
        let post = Post { url, content_type: "application/x-www-form-urlencoded", body, attempt };
        match self.http.post(post, deadline).await {
            Ok(answer) => answer::read(&answer, self.settings.throttle_delay),
            Err(settled) => settled,
        }
    }
}

impl std::fmt::Debug for TwilioProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TwilioProvider").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The attempt goes along, so that its status finds it even where the answer with the provider's name was lost.
fn with_attempt(url: &str, attempt: EscalationId) -> String {
    let (address, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    format!("{address}?escalation={attempt}{fragment}")
}

/// `+` and digits (ITU-T E.164).
fn is_number(address: &str) -> bool {
    address.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
