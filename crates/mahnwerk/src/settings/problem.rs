//! One thing that is not right about the settings: which key, what, and what would be right.

use core::fmt;

use serde::Serialize;

/// A problem.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Problem {
    /// The key, its environment variable, or the file.
    pub(crate) key: String,
    /// What is wrong, as what follows the key; never the value.
    pub(crate) what: String,
    /// What would be right.
    pub(crate) remedy: String,
}

impl Problem {
    /// A problem of this key.
    pub(crate) fn new(key: impl Into<String>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { key: key.into(), what: what.into(), remedy: remedy.into() }
    }

    /// What a check of its own says, in one sentence whose remedy follows a semicolon.
    pub(crate) fn said(key: &str, sentence: &str) -> Self {
        let (what, remedy) = sentence.split_once("; ").unwrap_or((sentence, "correct it"));
        Self::new(key, format!("is not right: {what}"), remedy)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}; {}", self.key, self.what, self.remedy)
    }
}

/// Each on a line of its own.
pub(crate) fn listed(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("  {problem}")).collect::<Vec<_>>().join("\n")
}
