//! The providers' own record: one JSON object a line, written before the sender hears a word.
//!
//! Each line is one `write` to a file opened for appending, so a kill of any process tears none.
//! It is not flushed to the disk: it need not survive a power cut.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use domain::time::Timestamp;
use serde::{Serialize, Serializer};

use crate::behaviour::Verdict;
use crate::error::LoopbackError;

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
pub(crate) struct Record {
    path: PathBuf,
    file: File,
    sequence: u64,
}

impl Record {
    /// Opens it for appending; the numbering goes on behind the lines that are there.
    pub(crate) fn open(path: &Path) -> Result<Self, LoopbackError> {
        let fail = |action| move |source| LoopbackError::File { action, path: path.to_owned(), source };
        let opened = OpenOptions::new().create(true).append(true).read(true).open(path);
        let file = opened.map_err(fail("open"))?;
        let lines = BufReader::new(&file).split(b'\n');
        let sequence = lines.map(|line| line.map(|_| 1)).sum::<Result<u64, _>>().map_err(fail("read"))?;
        Ok(Self { path: path.to_owned(), file, sequence })
    }

    /// Numbers the submission and appends its line.
    pub(crate) fn append(&mut self, mut received: Received) -> Result<Received, LoopbackError> {
        received.sequence = self.sequence.saturating_add(1);
        let mut line = serde_json::to_vec(&received)?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(|source| LoopbackError::File {
            action: "append to",
            path: self.path.clone(),
            source,
        })?;
        self.sequence = received.sequence;
        Ok(received)
    }
}

fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(at)
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

    #[test]
    fn a_folder_in_the_place_of_the_file_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let wrong = Record::open(folder.path()).err().unwrap().to_string();
        assert!(wrong.starts_with("can't open"), "{wrong}");
    }
}
