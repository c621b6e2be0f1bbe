//! What one check found, and what to do about it.

use core::fmt;

use serde::Serialize;

/// How grave it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// It is as it should be.
    Ok,
    /// It works, and somebody should look.
    Warn,
    /// Something that is promised does not hold, or nothing runs.
    Fail,
}

impl Level {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// A finding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(super) struct Finding {
    /// How grave it is.
    pub(super) level: Level,
    /// What was found.
    pub(super) what: String,
    /// What to do, where there is something.
    pub(super) remedy: Option<String>,
}

impl Finding {
    /// All is well.
    pub(super) fn ok(what: impl Into<String>) -> Self {
        Self { level: Level::Ok, what: what.into(), remedy: None }
    }

    /// Somebody should look.
    pub(super) fn warn(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Warn, what: what.into(), remedy: Some(remedy.into()) }
    }

    /// Something has to be done.
    pub(super) fn fail(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { level: Level::Fail, what: what.into(), remedy: Some(remedy.into()) }
    }

    /// A sentence whose remedy follows a semicolon.
    pub(super) fn said(level: Level, sentence: &str) -> Self {
        let (what, remedy) = match sentence.split_once("; ") {
            Some((what, remedy)) => (what, Some(remedy.to_owned())),
            None => (sentence, None),
        };
        Self { level, what: what.to_owned(), remedy }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<4}  {}", self.level.as_str(), self.what)?;
        match &self.remedy {
            Some(remedy) => write!(f, " — {remedy}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_with_its_remedy_behind_a_dash() {
        for (finding, line) in [
            (Finding::ok("a is right"), "ok    a is right"),
            (Finding::warn("a is slow", "look at b"), "warn  a is slow — look at b"),
            (Finding::said(Level::Fail, "a is wrong; do b; then c"), "fail  a is wrong — do b; then c"),
            (Finding::said(Level::Fail, "a is wrong"), "fail  a is wrong"),
        ] {
            assert_eq!(finding.to_string(), line);
        }
    }
}
