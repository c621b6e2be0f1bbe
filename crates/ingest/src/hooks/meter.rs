//! What is counted of webhooks: `webhooks_total` by provider and result, `inbound_messages_total` by class.
//!
//! A request that is refused as a whole counts once; of one that is read, each entry counts.

use domain::inbound::InboundClass;

/// Who reports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HookProvider {
    /// Twilio, or whatever signs like it.
    Twilio,
    /// Meta, for WhatsApp.
    WhatsApp,
    /// Somebody with a token.
    Token,
}

impl HookProvider {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Twilio, Self::WhatsApp, Self::Token];

    /// The label's value, and the word in the path.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::WhatsApp => "whatsapp",
            Self::Token => "token",
        }
    }

    /// Whose webhook this path is.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let word = path.strip_prefix("/hooks/")?.split('/').next()?;
        Self::ALL.into_iter().find(|provider| provider.as_str() == word)
    }
}

/// What became of a webhook, or of one entry of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HookResult {
    /// It is in the log, or told nothing new.
    Accepted,
    /// Its proof did not hold.
    Forged,
    /// It could not be read, or contradicts what is known.
    Malformed,
    /// It is too old, or from the future.
    Stale,
    /// There is no such tenant here, or no such attempt.
    Unknown,
    /// The log could not be asked.
    Unavailable,
}

impl HookResult {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Accepted, Self::Forged, Self::Malformed, Self::Stale, Self::Unknown, Self::Unavailable];

    /// The label's value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Forged => "forged",
            Self::Malformed => "malformed",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Counts webhooks.
pub trait HookMeter: Send + Sync {
    /// One webhook or entry.
    fn webhook(&self, provider: HookProvider, result: HookResult);
    /// One message of a person's that is new in the log.
    fn inbound(&self, class: InboundClass);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_its_provider() {
        for (path, provider) in [
            ("/hooks/twilio/town/status", Some(HookProvider::Twilio)),
            ("/hooks/whatsapp/town", Some(HookProvider::WhatsApp)),
            ("/hooks/token/0a", Some(HookProvider::Token)),
            ("/hooks/", None),
            ("/v1/twilio", None),
        ] {
            assert_eq!(HookProvider::of_path(path), provider, "{path}");
        }
    }
}
