//! How a stand-in provider treats what it is sent: shares that fail, and rules by address.

mod telling;

use serde::{Deserialize, Serialize};

pub use telling::{Manner, Telling};

use crate::error::LoopbackError;

/// Most rules by address for one provider.
const MAX_RULES: usize = 100;
/// Longest address suffix in a rule, in bytes.
const MAX_SUFFIX_BYTES: usize = 320;
/// Longest delay before an answer, in milliseconds.
const MAX_DELAY_MS: u32 = 600_000;

/// One of the three stand-in providers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Provider {
    /// SMTP.
    Email,
    /// The Twilio-compatible SMS API.
    Sms,
    /// The WhatsApp Cloud API.
    WhatsApp,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Email, Self::Sms, Self::WhatsApp];

    /// The name used in configuration and errors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::WhatsApp => "whatsapp",
        }
    }

    /// The channel that it stands for in the record, by the domain's name.
    pub const fn channel(self) -> domain::channel::Channel {
        match self {
            Self::Email => domain::channel::Channel::Email,
            Self::Sms => domain::channel::Channel::Sms,
            Self::WhatsApp => domain::channel::Channel::Social,
        }
    }
}

/// What a stand-in provider does with one submission.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Takes it and says so.
    Accept,
    /// Refuses it: there is no such address.
    BadAddress,
    /// Refuses it: the recipient has unsubscribed.
    RecipientRefuses,
    /// Refuses it: the words, the sender or the account may not.
    NotAllowed,
    /// Does not take it now.
    Throttle,
    /// Fails, and does not take it.
    ServerError,
    /// Takes it, and never answers.
    AcceptThenHang,
    /// Takes it, and closes the connection without an answer.
    AcceptThenDrop,
}

impl Verdict {
    /// The name used in the record and in configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::BadAddress => "bad_address",
            Self::RecipientRefuses => "recipient_refuses",
            Self::NotAllowed => "not_allowed",
            Self::Throttle => "throttle",
            Self::ServerError => "server_error",
            Self::AcceptThenHang => "accept_then_hang",
            Self::AcceptThenDrop => "accept_then_drop",
        }
    }

    /// Whether the message would reach a person: the provider took it, whatever it then said.
    pub const fn taken(self) -> bool {
        match self {
            Self::Accept | Self::AcceptThenHang | Self::AcceptThenDrop => true,
            Self::BadAddress
            | Self::RecipientRefuses
            | Self::NotAllowed
            | Self::Throttle
            | Self::ServerError => false,
        }
    }
}

/// A rule by address: the first one that matches decides, before any share is drawn.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The end of the address, such as `9` or `@bounce.example`.
    pub ends_with: String,
    /// What becomes of the submission.
    pub verdict: Verdict,
}

/// How one provider behaves. Shares are in thousandths and together at most 1000; the rest is accepted.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// Share refused as [`Verdict::BadAddress`].
    pub reject_per_mille: u16,
    /// Share put off as [`Verdict::Throttle`].
    pub throttle_per_mille: u16,
    /// Share that fails as [`Verdict::ServerError`].
    pub server_error_per_mille: u16,
    /// Share taken and never answered.
    pub accept_then_hang_per_mille: u16,
    /// Share taken, with the connection closed instead of an answer.
    pub accept_then_drop_per_mille: u16,
    /// How long every answer is delayed, after the submission is recorded.
    pub delay_ms: u32,
    /// Rules by address.
    pub rules: Vec<Rule>,
    /// How it tells what became of what it took, where callbacks are on.
    pub callbacks: Telling,
}

impl Behaviour {
    /// The shares beside their verdicts, in the order in which a draw meets them.
    pub(crate) const fn shares(&self) -> [(u16, Verdict); 5] {
        [
            (self.reject_per_mille, Verdict::BadAddress),
            (self.throttle_per_mille, Verdict::Throttle),
            (self.server_error_per_mille, Verdict::ServerError),
            (self.accept_then_hang_per_mille, Verdict::AcceptThenHang),
            (self.accept_then_drop_per_mille, Verdict::AcceptThenDrop),
        ]
    }

    fn check(&self, provider: Provider) -> Result<(), LoopbackError> {
        let total: u32 = self.shares().iter().map(|(share, _)| u32::from(*share)).sum();
        let problem = if total > 1000 {
            format!("its shares add up to {total} thousandths; at most 1000 can be shared out")
        } else if self.delay_ms > MAX_DELAY_MS {
            format!("delay_ms is {}; at most {MAX_DELAY_MS} is allowed", self.delay_ms)
        } else if self.rules.len() > MAX_RULES {
            format!("it has {} rules; at most {MAX_RULES} are allowed", self.rules.len())
        } else if self.rules.iter().any(|rule| rule.ends_with.is_empty()) {
            "a rule has an empty ends_with, which every address would match; use a share of 1000".to_owned()
        } else if self.rules.iter().any(|rule| rule.ends_with.len() > MAX_SUFFIX_BYTES) {
            format!("a rule's ends_with is longer than {MAX_SUFFIX_BYTES} bytes")
        } else if let Some(problem) = self.callbacks.problem() {
            problem
        } else {
            return Ok(());
        };
        Err(LoopbackError::Behaviour { provider: provider.as_str(), problem })
    }
}

/// How all three behave.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviours {
    /// SMTP.
    pub email: Behaviour,
    /// The SMS API.
    pub sms: Behaviour,
    /// The WhatsApp API.
    pub whatsapp: Behaviour,
}

impl Behaviours {
    /// One provider's.
    pub const fn of(&self, provider: Provider) -> &Behaviour {
        match provider {
            Provider::Email => &self.email,
            Provider::Sms => &self.sms,
            Provider::WhatsApp => &self.whatsapp,
        }
    }

    /// Refuses what contradicts itself or goes past a limit.
    pub(crate) fn check(&self) -> Result<(), LoopbackError> {
        Provider::ALL.into_iter().try_for_each(|provider| self.of(provider).check(provider))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(behaviour: Behaviour) -> String {
        Behaviours { sms: behaviour, ..Behaviours::default() }.check().unwrap_err().to_string()
    }

    #[test]
    fn shares_past_the_whole_are_refused_and_the_whole_is_not() {
        let whole = Behaviour { reject_per_mille: 400, throttle_per_mille: 600, ..Behaviour::default() };
        assert!(Behaviours { sms: whole.clone(), ..Behaviours::default() }.check().is_ok());
        let beyond = Behaviour { accept_then_drop_per_mille: 1, ..whole };
        assert!(refusal(beyond).contains("1001 thousandths"));
    }

    #[test]
    fn an_empty_rule_a_long_rule_and_a_long_delay_are_refused() {
        let rule = |suffix: String| Behaviour {
            rules: vec![Rule { ends_with: suffix, verdict: Verdict::BadAddress }],
            ..Behaviour::default()
        };
        assert!(refusal(rule(String::new())).contains("empty ends_with"));
        assert!(refusal(rule("9".repeat(MAX_SUFFIX_BYTES + 1))).contains("longer than"));
        assert!(Behaviours { sms: rule("9".to_owned()), ..Behaviours::default() }.check().is_ok());
        let slow = Behaviour { delay_ms: MAX_DELAY_MS + 1, ..Behaviour::default() };
        assert!(refusal(slow).contains("delay_ms"));
    }

    #[test]
    fn a_misspelt_share_is_refused_by_name() {
        let wrong = serde_json::from_str::<Behaviours>(r#"{"sms":{"rejects_per_mille":1}}"#).unwrap_err();
        assert!(wrong.to_string().contains("rejects_per_mille"));
    }
}
