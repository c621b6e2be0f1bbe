//! How the SMS provider is spoken to.

use domain::time::Span;
use provider_http::{HttpSettings, Secret};

use crate::error::SmsError;

/// How the SMS provider is spoken to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TwilioSettings {
    /// `https://api.twilio.com`, or a compatible service; plain HTTP on a loopback address only.
    pub base_url: String,
    /// The account: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The account's auth token.
    pub auth_token: Secret,
    /// Where the provider posts what becomes of a message, if anywhere; `?escalation=` and the attempt are added, before a fragment,
    /// so that it has no query. To Twilio a fragment such as `#rc=5&rp=5xx,ct,rt` says when to repeat.
    pub status_callback: Option<String>,
    /// How long the provider may keep a message that it can't pass on at once, in seconds; then it drops it.
    ///
    /// It keeps a message from leaving long after the permit (permits, 7).
    pub validity_period_s: u32,
    /// How long to wait when the provider throttles and does not say for how long.
    pub throttle_delay: Span,
    /// Time limits, and whether the clock is announced.
    pub http: HttpSettings,
}

impl TwilioSettings {
    /// Settings for an account, with an hour's validity.
    pub fn new(base_url: impl Into<String>, account_sid: impl Into<String>, auth_token: Secret) -> Self {
        Self {
            base_url: base_url.into(),
            account_sid: account_sid.into(),
            auth_token,
            status_callback: None,
            validity_period_s: 3600,
            throttle_delay: Span::seconds(30),
            http: HttpSettings::default(),
        }
    }

    /// Whether a client can be made of them.
    pub(crate) fn check(&self) -> Result<(), SmsError> {
        let digits = self.account_sid.strip_prefix("AC").unwrap_or_default();
        if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Err(SmsError::AccountSid)
        } else if self.auth_token.reveal().is_empty() {
            Err(SmsError::NoAuthToken)
        } else if !(1..=36_000).contains(&self.validity_period_s) {
            Err(SmsError::ValidityPeriod(self.validity_period_s))
        } else if self.status_callback.as_deref().is_some_and(|url| url.contains('?')) {
            Err(SmsError::StatusCallback)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> TwilioSettings {
        let account = "AC0123456789abcdef0123456789abcdef";
        TwilioSettings::new("https://api.twilio.com", account, Secret::new("hush"))
    }

    #[test]
    fn bad_settings_are_named() {
        assert!(settings().check().is_ok());
        let bad = |change: fn(&mut TwilioSettings)| {
            let mut settings = settings();
            change(&mut settings);
            settings.check().unwrap_err().to_string()
        };
        for sid in ["", "AC", "XX0123456789abcdef0123456789abcdef", "AC0123456789abcdef0123456789abcdeg"] {
            let settings = TwilioSettings { account_sid: sid.to_owned(), ..settings() };
            assert!(matches!(settings.check(), Err(SmsError::AccountSid)), "{sid}");
        }
        assert!(bad(|s| s.auth_token = Secret::new("")).starts_with("auth_token"));
        assert!(bad(|s| s.validity_period_s = 0).starts_with("validity_period_s is 0"));
        assert!(bad(|s| s.validity_period_s = 36_001).starts_with("validity_period_s is 36001"));
        assert!(bad(|s| s.status_callback = Some("https://a.example/?b=c".to_owned())).contains("query"));
    }

    #[test]
    fn debug_hides_the_token() {
        assert!(!format!("{:?}", settings()).contains("hush"));
    }
}
