//! Why a message is not rendered, in terms that may stand in the log.

use core::fmt;

use domain::label::RuleName;

/// A rule of the content guard.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rule {
    /// There is no such template.
    UnknownTemplate,
    /// The template is not written in that language.
    UnknownLanguage,
    /// The tenant has no sender for the channel (R4).
    NoSender,
    /// A value that the words need is not known.
    MissingValue,
    /// The template can't be read or run.
    BadTemplate,
    /// A field above the level of the channel (R5, R6).
    Disclosure,
    /// An amount in a text that may show none.
    Amount,
    /// An account number in a text that may show none.
    Iban,
    /// A word of debt in a text that may have none.
    DebtWord,
    /// A threat or an insult (R35).
    Threat,
    /// A link inside a value that came from outside.
    Link,
    /// Sender, callback number or opt-out is missing from the text (R3, R8).
    MissingSlot,
    /// The subject is missing, too long or broken over lines (R7).
    Subject,
    /// The text is too long.
    TooLong,
    /// What the provider is sent and what the text says differ.
    Parameters,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::UnknownTemplate,
        Self::UnknownLanguage,
        Self::NoSender,
        Self::MissingValue,
        Self::BadTemplate,
        Self::Disclosure,
        Self::Amount,
        Self::Iban,
        Self::DebtWord,
        Self::Threat,
        Self::Link,
        Self::MissingSlot,
        Self::Subject,
        Self::TooLong,
        Self::Parameters,
    ];

    /// Its name, as it stands in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownTemplate => "content.unknown_template",
            Self::UnknownLanguage => "content.unknown_language",
            Self::NoSender => "content.no_sender",
            Self::MissingValue => "content.missing_value",
            Self::BadTemplate => "content.bad_template",
            Self::Disclosure => "content.disclosure",
            Self::Amount => "content.amount",
            Self::Iban => "content.iban",
            Self::DebtWord => "content.debt_word",
            Self::Threat => "content.threat",
            Self::Link => "content.link",
            Self::MissingSlot => "content.missing_slot",
            Self::Subject => "content.subject",
            Self::TooLong => "content.too_long",
            Self::Parameters => "content.parameters",
        }
    }

    /// Its name as a label.
    #[expect(clippy::expect_used, reason = "a test holds that each name is a label")]
    pub fn name(self) -> RuleName {
        RuleName::new(self.as_str()).expect("the guard's rule names are labels")
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message that must not go out. It enters the log as an input and is decided (permits, 1).
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{rule}: {detail}")]
pub struct RenderRefused {
    /// Which rule objects.
    pub rule: RuleName,
    /// What it objects to, without a personal value.
    pub detail: String,
}

impl RenderRefused {
    /// A refusal by one rule.
    pub fn new(rule: Rule, detail: impl Into<String>) -> Self {
        Self { rule: rule.name(), detail: detail.into() }
    }

    /// Whether the same rendering may succeed later by itself: never, since nothing here depends on time.
    pub const fn is_transient(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        let names: std::collections::BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
    }
}
