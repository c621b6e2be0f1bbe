//! The settings of webhooks: where providers reach us, and what each signs with.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Who may report what became of messages, and pass on what people write back.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Webhooks {
    /// The address of the TLS proxy in front of the listener, as providers are told it.
    pub(crate) public_url: Option<String>,
    /// How many days an entry may be old by its own signed instant.
    pub(crate) replay_window_days: u32,
    pub(crate) twilio: Option<TwilioWebhooks>,
    pub(crate) whatsapp: Option<WhatsAppWebhooks>,
    pub(crate) token: Vec<TokenWebhooks>,
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { public_url: None, replay_window_days: 8, twilio: None, whatsapp: None, token: Vec::new() }
    }
}

/// Twilio's; without the section the auth token of `[sms]` signs.
#[derive(Deserialize, Serialize, Clone, Default, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct TwilioWebhooks {
    /// One auth token a line; two while one replaces the other.
    pub(crate) auth_token_file: Option<PathBuf>,
}

/// Meta's.
#[derive(Deserialize, Serialize, Clone, Default, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct WhatsAppWebhooks {
    /// What Meta is to show when the webhook is set up.
    pub(crate) verify_token_file: Option<PathBuf>,
    /// One app secret a line; two while one replaces the other.
    pub(crate) app_secret_file: Option<PathBuf>,
}

/// Somebody who signs nothing and shows a token.
#[derive(Deserialize, Serialize, Clone, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenWebhooks {
    pub(crate) tenant: String,
    /// What the ids of its messages are unique in.
    #[serde(default = "any_source")]
    pub(crate) source: String,
    /// SHA-256 of the token's 64 digits, in hexadecimal digits.
    pub(crate) sha256: String,
}

fn any_source() -> String {
    "webhook".to_owned()
}
