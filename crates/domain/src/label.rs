//! Short names chosen by operators: tenants, creditors, scenarios, steps, templates, reasons.
//!
//! Cheap to clone: states are cloned for every decision, and names make up most of them.
//! A label is open data: it stands in tables, subjects and metrics, so its alphabet leaves no room for a person's data
//! by accident (no `@`, no space, no `+`).

use core::fmt;
use std::sync::Arc;

/// Longest label, in bytes.
pub const MAX_LABEL: usize = 64;

/// Why a text is no label.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LabelError {
    /// It is empty.
    Empty,
    /// It is longer than [`MAX_LABEL`] bytes.
    TooLong,
    /// It has a character outside `a-z`, `0-9`, `_`, `-` and `.`.
    BadCharacter(char),
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty; a name has 1 to 64 of a-z, 0-9, _, - and ."),
            Self::TooLong => f.write_str("is longer than 64 characters"),
            Self::BadCharacter(c) => write!(f, "has {c:?}; a name has only a-z, 0-9, _, - and ."),
        }
    }
}

impl std::error::Error for LabelError {}

fn check(text: &str) -> Result<(), LabelError> {
    if text.is_empty() {
        return Err(LabelError::Empty);
    }
    if text.len() > MAX_LABEL {
        return Err(LabelError::TooLong);
    }
    match text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '_' | '-' | '.')) {
        Some(c) => Err(LabelError::BadCharacter(c)),
        None => Ok(()),
    }
}

macro_rules! label {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks the alphabet and the length.
            pub fn new(text: &str) -> Result<Self, LabelError> {
                check(text).map(|()| Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

label!(
    /// The legal entity that does the contacting; caps hold per person within it.
    TenantId
);
label!(
    /// To whom a claim is owed.
    CreditorId
);
label!(
    /// A scenario of the rulebook.
    ScenarioId
);
label!(
    /// A step of a scenario's ladder.
    StepId
);
label!(
    /// A template of the rulebook.
    TemplateId
);
label!(
    /// A rule's name, as it stands in the log and in explanations.
    RuleName
);
impl RuleName {
    /// A name that the domain itself gives; a test holds that each of them is a valid label.
    pub(crate) fn fixed(name: &'static str) -> Self {
        Self(name.into())
    }
}

label!(
    /// A reason, a source or an actor, from a set that whoever states it keeps.
    Label
);

/// An ISO 639-1 language, two lower-case letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Language([u8; 2]);

impl Language {
    /// Reads two lower-case letters.
    pub fn new(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [a @ b'a'..=b'z', b @ b'a'..=b'z'] => Some(Self([*a, *b])),
            _ => None,
        }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An ISO 3166-1 country, two upper-case letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two upper-case letters.
    pub fn new(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] => Some(Self([*a, *b])),
            _ => None,
        }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Label {
    /// A label that the domain itself gives; a test holds that each of them is valid.
    pub(crate) fn fixed(name: &'static str) -> Self {
        Self(name.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_leaves_no_room_for_an_address() {
        assert_eq!(Label::new("a@b"), Err(LabelError::BadCharacter('@')));
        assert_eq!(Label::new("+39"), Err(LabelError::BadCharacter('+')));
        assert_eq!(Label::new(""), Err(LabelError::Empty));
        assert_eq!(Label::new(&"a".repeat(65)), Err(LabelError::TooLong));
        assert!(Label::new(&"a".repeat(64)).is_ok());
        assert!(Language::new("DE").is_none() && Language::new("de").is_some());
        assert!(Country::new("ch").is_none() && Country::new("CH").is_some());
    }
}
