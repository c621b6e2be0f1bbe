//! How the WhatsApp provider is spoken to.

use domain::time::Span;
use provider_http::{HttpSettings, Secret};

use crate::error::SocialError;

/// How the WhatsApp provider is spoken to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WhatsAppSettings {
    /// `https://graph.facebook.com`; plain HTTP on a loopback address only.
    pub base_url: String,
    /// The version of the API, such as `v23.0`.
    pub api_version: String,
    /// The id of the number that sends.
    pub phone_number_id: String,
    /// The token of a system user.
    pub access_token: Secret,
    /// How long to wait when the provider throttles and does not say for how long.
    pub throttle_delay: Span,
    /// Time limits, and whether the clock is announced.
    pub http: HttpSettings,
}

impl WhatsAppSettings {
    /// Settings for a number, with version 23 of the API.
    pub fn new(
        base_url: impl Into<String>,
        phone_number_id: impl Into<String>,
        access_token: Secret,
    ) -> Self {
        Self {
            base_url: base_url.into(),
            api_version: "v23.0".to_owned(),
            phone_number_id: phone_number_id.into(),
            access_token,
            throttle_delay: Span::seconds(30),
            http: HttpSettings::default(),
        }
    }

    /// Whether a client can be made of them.
    pub(crate) fn check(&self) -> Result<(), SocialError> {
        let version = self.api_version.strip_prefix('v').and_then(|version| version.split_once('.'));
        let token = self.access_token.reveal();
        if !version.is_some_and(|(major, minor)| is_digits(major) && is_digits(minor)) {
            Err(SocialError::ApiVersion)
        } else if !is_digits(&self.phone_number_id) {
            Err(SocialError::PhoneNumberId)
        } else if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Err(SocialError::AccessToken)
        } else {
            Ok(())
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> WhatsAppSettings {
        WhatsAppSettings::new("https://graph.facebook.com", "1234567890", Secret::new("hush"))
    }

    #[test]
    fn bad_settings_are_named() {
        assert!(settings().check().is_ok());
        for version in ["", "23.0", "v23", "v.0", "v23.x", "v23.0/me"] {
            let settings = WhatsAppSettings { api_version: version.to_owned(), ..settings() };
            assert!(matches!(settings.check(), Err(SocialError::ApiVersion)), "{version}");
        }
        for id in ["", "+391", "a"] {
            let settings = WhatsAppSettings { phone_number_id: id.to_owned(), ..settings() };
            assert!(matches!(settings.check(), Err(SocialError::PhoneNumberId)), "{id}");
        }
        for token in ["", "two words", "line\nbreak"] {
            let settings = WhatsAppSettings { access_token: Secret::new(token), ..settings() };
            assert!(matches!(settings.check(), Err(SocialError::AccessToken)), "{token}");
        }
    }

    #[test]
    fn debug_hides_the_token() {
        assert!(!format!("{:?}", settings()).contains("hush"));
    }
}
