//! The providers' own record: one JSON object a line, written before the sender hears a word.

use std::path::Path;

use domain::time::Timestamp;
use serde::Serialize;

use crate::behaviour::Verdict;
use crate::error::LoopbackError;
use crate::lines::{Lines, rfc3339};

/// One submission as the provider received it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Counts the record's lines from 1.
    pub sequence: u64,
    /// When, by the sender's clock where it announced it, else by the provider's.
    #[serde(serialize_with = "rfc3339")]
    pub received_at: Timestamp,
    /// When, by the provider's clock.
    #[serde(serialize_with = "rfc3339")]
    pub wall_at: Timestamp,
    /// The channel, by the domain's name.
    pub channel: &'static str,
    /// To whom.
    pub to: String,
    /// From whom.
    pub from: String,
    /// The escalation that the sender named, where it did.
    pub escalation: Option<String>,
    /// The subject, of an e-mail.
    pub subject: Option<String>,
    /// The text, where the message has one.
    pub body: Option<String>,
    /// The template's name and language, where the provider holds the text.
    pub template: Option<(String, String)>,
    /// The template's parameters.
    pub parameters: Vec<String>,
    /// The provider's name for the message, where it took it.
    pub provider_message: Option<String>,
    /// What the provider did with it.
    pub verdict: Verdict,
    /// Whether it would reach a person.
    pub taken: bool,
}

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Received({}, {}, {})", self.sequence, self.channel, self.verdict.as_str())
    }
}

/// The file.
pub(crate) struct Record(Lines);

impl Record {
    /// Opens it for appending; the numbering goes on behind the lines that are there.
    pub(crate) fn open(path: &Path) -> Result<Self, LoopbackError> {
        Lines::open(path).map(Self)
    }

    /// Numbers the submission and appends its line.
    pub(crate) fn append(&mut self, mut received: Received) -> Result<Received, LoopbackError> {
        received.sequence = self.0.next();
        self.0.append(&received)?;
        Ok(received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received() -> Received {
        Received {
            sequence: 0,
            received_at: Timestamp(1_388_570_400_000),
            wall_at: Timestamp(0),
            channel: "sms",
            to: "+393330000001".to_owned(),
            from: "+390600000".to_owned(),
            escalation: Some("00-1".to_owned()),
            subject: None,
            body: Some("line one\nline two".to_owned()),
            template: None,
            parameters: Vec::new(),
            provider_message: Some("SM1".to_owned()),
            verdict: Verdict::Accept,
            taken: true,
        }
    }

    #[test]
    fn lines_are_numbered_across_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.jsonl");
        assert_eq!(Record::open(&path).unwrap().append(received()).unwrap().sequence, 1);
        let mut again = Record::open(&path).unwrap();
        assert_eq!(again.append(received()).unwrap().sequence, 2);
        assert_eq!(again.append(received()).unwrap().sequence, 3);
        let text = std::fs::read_to_string(&path).unwrap();
        let numbers: Vec<_> = text
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["sequence"].as_u64())
            .collect();
        assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
    }

    #[test]
    fn a_line_holds_what_a_script_needs() {
        let line = serde_json::to_value(received()).unwrap();
        assert_eq!(line["received_at"], "2014-01-01T10:00:00Z");
        assert_eq!(line["verdict"], "accept");
        assert_eq!(line["taken"], true);
        assert_eq!(line["escalation"], "00-1");
    }

    #[test]
    fn debug_shows_nobody() {
        let shown = format!("{:?}", received());
        assert!(!shown.contains("+39") && !shown.contains("line one"), "{shown}");
    }
}
