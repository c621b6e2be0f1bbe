//! Who may report, and how each proves it. Secrets show themselves nowhere.

use std::collections::BTreeMap;

use domain::label::{Label, TenantId};
use domain::time::Span;
use sha2::{Digest, Sha256};

use super::public_url::PublicUrl;
use super::signature::same;

/// How far a provider's clock may be ahead of ours.
const MAX_AHEAD: Span = Span::minutes(5);

/// A secret that `Debug` does not show.
#[derive(Clone, PartialEq, Eq)]
pub struct HookSecret(String);

impl HookSecret {
    /// Takes it; an empty one, which everybody would know, is none.
    pub fn new(secret: impl Into<String>) -> Option<Self> {
        let secret = secret.into();
        (!secret.is_empty()).then_some(Self(secret))
    }

    /// Its bytes, to compute with.
    pub(super) const fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HookSecret(..)")
    }
}

/// Twilio's webhooks.
#[derive(Clone, Debug)]
pub struct TwilioHooks {
    /// The address at which Twilio reaches us, which it signs.
    pub public_url: PublicUrl,
    /// The tenants, each with the auth tokens that may have signed: two of them while one replaces the other.
    pub auth_tokens: BTreeMap<TenantId, Vec<HookSecret>>,
}

/// One tenant's webhooks of Meta's.
#[derive(Clone, Debug)]
pub struct WhatsAppHooks {
    /// What Meta shows when the webhook is set up.
    pub verify_token: HookSecret,
    /// The app secrets that may have signed: two of them while one replaces the other.
    pub app_secrets: Vec<HookSecret>,
}

/// Somebody who reports with a token.
#[derive(Clone, Debug)]
pub struct HookToken {
    /// For which tenant.
    pub tenant: TenantId,
    /// What the ids of messages are unique in; the same name after a token was replaced.
    pub source: Label,
    /// SHA-256 of the token's digits.
    pub sha256: [u8; 32],
}

/// Who may report.
#[derive(Clone, Debug)]
pub struct HookSettings {
    /// Twilio's.
    pub twilio: Option<TwilioHooks>,
    /// Meta's.
    pub whatsapp: BTreeMap<TenantId, WhatsAppHooks>,
    /// Those with tokens.
    pub tokens: Vec<HookToken>,
    /// How old an entry may be by its own signed instant: longer than the provider repeats one.
    pub replay_window: Span,
}

impl HookSettings {
    /// A day longer than the seven for which Meta repeats a webhook.
    pub const REPLAY_WINDOW: Span = Span::days(8);

    /// Whether an entry of that age is taken.
    pub(super) fn is_fresh(&self, age: Span) -> bool {
        age <= self.replay_window && age >= Span(-MAX_AHEAD.0)
    }

    /// Whose token this is. Each one is compared whole, so that the time tells nothing.
    pub(super) fn holder(&self, shown: &str) -> Option<&HookToken> {
        let digest: [u8; 32] = Sha256::digest(shown.as_bytes()).into();
        self.tokens
            .iter()
            .fold(None, |found, token| if same(&token.sha256, &digest) { Some(token) } else { found })
    }
}

impl Default for HookSettings {
    /// Nobody may report.
    fn default() -> Self {
        let (twilio, whatsapp, tokens) = (None, BTreeMap::new(), Vec::new());
        Self { twilio, whatsapp, tokens, replay_window: Self::REPLAY_WINDOW }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_is_closed_on_both_sides() {
        let settings = HookSettings::default();
        for (age, fresh) in [
            (Span::ZERO, true),
            (Span::days(8), true),
            (Span(Span::days(8).0 + 1), false),
            (Span(-Span::minutes(5).0), true),
            (Span(-Span::minutes(5).0 - 1), false),
            (Span(i64::MIN), false),
            (Span::MAX, false),
        ] {
            assert_eq!(settings.is_fresh(age), fresh, "{age}");
        }
    }

    #[test]
    fn a_token_is_found_by_its_digest_and_shown_nowhere() {
        let holder = |name: &str, token: &str| HookToken {
            tenant: TenantId::new(name).unwrap(),
            source: Label::new("smsc").unwrap(),
            sha256: Sha256::digest(token.as_bytes()).into(),
        };
        let tokens = vec![holder("a", "0a"), holder("b", "0b")];
        let settings = HookSettings { tokens, ..HookSettings::default() };
        assert_eq!(settings.holder("0b").map(|token| token.tenant.as_str()), Some("b"));
        assert!(settings.holder("0c").is_none() && settings.holder("").is_none());
        assert!(HookSecret::new("").is_none());
        assert_eq!(format!("{:?}", HookSecret::new("hush")), "Some(HookSecret(..))");
    }
}
