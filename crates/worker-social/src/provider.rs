//! The client of the WhatsApp Cloud API.

use std::sync::Arc;

use async_trait::async_trait;
use channel::{Deadline, Provider, Submission, UnsentReason};
use contract::personal::Message;
use domain::channel::Channel;
use domain::ids::EscalationId;
use domain::outcome::RejectClass;
use provider_http::{BaseUrl, Credentials, HttpClient, Post};
use runtime::clock::Clock;

use crate::answer;
use crate::error::SocialError;
use crate::payload::payload;
use crate::settings::WhatsAppSettings;

/// The client of the WhatsApp Cloud API.
pub struct WhatsAppProvider {
    http: HttpClient,
    base: BaseUrl,
    settings: WhatsAppSettings,
}

impl WhatsAppProvider {
    /// Makes a client; nothing is sent.
    pub fn new(settings: WhatsAppSettings, clock: Arc<dyn Clock>) -> Result<Self, SocialError> {
        settings.check()?;
        let base = BaseUrl::parse(&settings.base_url)?;
        let credentials = Credentials::Bearer(settings.access_token.clone());
        let http = HttpClient::new(&base, credentials, settings.http.clone(), clock)?;
        Ok(Self { http, base, settings })
    }
}

#[async_trait]
impl Provider for WhatsAppProvider {
    fn channel(&self) -> Channel {
        Channel::Social
    }

    async fn submit(
        &self,
        address: &str,
        message: &Message,
        attempt: EscalationId,
        deadline: &Deadline,
    ) -> Submission {
        if !is_number(address) {
            return Submission::Rejected { class: RejectClass::BadAddress, said: None };
        }
        let Some(body) = payload(address, message, attempt) else {
            return Submission::Unsent { reason: UnsentReason::Unfit };
        };
        let settings = &self.settings;
        let url = self.base.join([settings.api_version.as_str(), &settings.phone_number_id, "messages"]);
        let post = Post { url, content_type: "application/json", body, attempt };
        match self.http.post(post, deadline).await {
            Ok(answer) => answer::read(&answer, settings.throttle_delay),
            Err(settled) => settled,
        }
    }
}

impl std::fmt::Debug for WhatsAppProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WhatsAppProvider").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// The digits of a phone number, with or without the `+`.
fn is_number(address: &str) -> bool {
    let digits = address.strip_prefix('+').unwrap_or(address);
    (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}
