//! Whether the log is whole: the chain, the positions, the links of each stream, the payloads, the snapshots.
//!
//! Needs no key: the chain is over ciphertext, and states hold no personal value.
//! Leaves out what needs one (the personal parts) and what needs another place (signed heads).

use std::collections::BTreeMap;

use contract::event;
use domain::ids::{Position, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::chain;
use event_log::record::{Head, Recorded};
use serde::Serialize;

use crate::error::ReplayError;
use crate::log::LogReader;
use crate::pages::Pages;

mod snapshots;

/// Most findings that a report lists; all are counted.
pub const MAX_FINDINGS: usize = 100;

/// What was looked at, and what is wrong.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Report {
    /// Partitions read.
    pub partitions: u16,
    /// Events read.
    pub events: u64,
    /// Debtors met.
    pub debtors: u64,
    /// Snapshots that were folded anew and compared.
    pub snapshots: u64,
    /// Snapshots of another state revision, which are folded anew when they are next needed.
    pub snapshots_of_other_revisions: u64,
    /// How much is wrong.
    pub finding_count: u64,
    /// The first [`MAX_FINDINGS`] of it.
    pub findings: Vec<Finding>,
}

/// One thing that is not as it should be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// In which partition.
    pub partition: u16,
    /// At which position.
    pub position: u64,
    /// Of which debtor, where it is one debtor's.
    pub stream: Option<String>,
    /// What was checked: `position`, `chain`, `instant`, `stream`, `payload`, `head` or `snapshot`.
    pub check: &'static str,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
}

impl Report {
    /// Whether nothing is wrong.
    pub const fn is_whole(&self) -> bool {
        self.finding_count == 0
    }

    fn add(&mut self, finding: Finding) {
        self.finding_count += 1;
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }
}

/// Reads the whole log and checks it.
pub async fn verify(log: &LogReader) -> Result<Report, ReplayError> {
    let mut report = Report { partitions: log.partitions(), ..Report::default() };
    for partition in 0..log.partitions() {
        // The head is read first: what is appended meanwhile is read too, and is no finding.
        let head = log.head(partition).await?;
        let streams = check_rows(log, partition, &head, &mut report).await?;
        report.debtors += streams;
        snapshots::check(log, partition, streams, &mut report).await?;
    }
    Ok(report)
}

/// Checks row by row, and answers with how many debtors the partition has.
async fn check_rows(
    log: &LogReader,
    partition: u16,
    head: &Head,
    report: &mut Report,
) -> Result<u64, ReplayError> {
    let mut walk = Walk::new();
    let mut pages = Pages::after(log, partition, Position(0));
    while let Some(rows) = pages.next().await? {
        for row in &rows {
            walk.row(row, report);
            if row.position == head.position {
                walk.head(partition, head, report);
            }
        }
    }
    if walk.position < head.position {
        let found = format!("the last event is at {}", walk.position.0);
        walk.finding(report, partition, head.position, "head", found, "an event at the head's position");
    }
    Ok(u64::try_from(walk.streams.keys().filter(|s| **s != StreamId::PARTITION).count()).unwrap_or(u64::MAX))
}

/// What is known of the rows so far.
struct Walk {
    position: Position,
    chain: [u8; 32],
    at: Timestamp,
    streams: BTreeMap<StreamId, Link>,
}

/// The newest event of a stream.
struct Link {
    tenant: TenantId,
    version: u64,
    position: Position,
}

impl Walk {
    fn new() -> Self {
        Self {
            position: Position(0),
            chain: chain::GENESIS,
            at: Timestamp(i64::MIN),
            streams: BTreeMap::new(),
        }
    }

    fn row(&mut self, row: &Recorded, report: &mut Report) {
        report.events += 1;
        self.place(row, report);
        self.link(row, report);
        if let Err(error) = event::decode(row.event.kind, row.event.schema, &row.event.payload) {
            let expected = if error.is_of_a_newer_release() {
                "an event in a version that this release knows"
            } else {
                "an event of the wire contract"
            };
            self.of_row(report, row, "payload", error.to_string(), expected);
        }
    }

    /// Position, chain and instant. Each row is judged by the one before as it stands, so that one break is one finding.
    fn place(&mut self, row: &Recorded, report: &mut Report) {
        let expected = Position(self.position.0.saturating_add(1));
        if row.position != expected {
            let found = format!("position {}", row.position.0);
            self.of_row(report, row, "position", found, format!("position {}, without a gap", expected.0));
        } else if !chain::follows(&self.chain, row) {
            let expected = "the chain hash of the row before and this row: one of the two was changed";
            self.of_row(report, row, "chain", "another hash".to_owned(), expected);
        }
        if row.event.at < self.at {
            let expected = format!("{} or later, as the event before", self.at);
            self.of_row(report, row, "instant", row.event.at.to_string(), expected);
        }
        self.position = row.position;
        self.chain = row.chain;
        self.at = row.event.at;
    }

    /// Version, link and tenant of the stream.
    fn link(&mut self, row: &Recorded, report: &mut Report) {
        let (version, previous) = self
            .streams
            .get(&row.event.stream)
            .map_or((1, None), |link| (link.version.saturating_add(1), Some(link.position)));
        if (row.event.version, row.event.previous) != (version, previous) {
            let say = |version: u64, previous: Option<Position>| {
                let previous = previous.map_or("none".to_owned(), |position| position.0.to_string());
                format!("version {version} after position {previous}")
            };
            let found = say(row.event.version, row.event.previous);
            self.of_row(report, row, "stream", found, say(version, previous));
        }
        let tenant = self.streams.get(&row.event.stream).map(|link| link.tenant.clone());
        if let Some(tenant) =
            tenant.filter(|tenant| *tenant != row.event.tenant && row.event.stream != StreamId::PARTITION)
        {
            let found = format!("tenant {}", row.event.tenant);
            self.of_row(report, row, "stream", found, format!("tenant {tenant}, as its first event"));
        }
        let link =
            Link { tenant: row.event.tenant.clone(), version: row.event.version, position: row.position };
        self.streams.insert(row.event.stream, link);
    }

    /// The head must name the last row as it stood when the head was read.
    fn head(&self, partition: u16, head: &Head, report: &mut Report) {
        if head.chain != self.chain {
            let expected = "the chain hash of the event at its position";
            self.finding(report, partition, head.position, "head", "another chain hash".to_owned(), expected);
        }
        if head.at != self.at {
            let expected = format!("{}, as the event at its position", self.at);
            self.finding(report, partition, head.position, "head", head.at.to_string(), expected);
        }
    }

    fn of_row(
        &self,
        report: &mut Report,
        row: &Recorded,
        check: &'static str,
        found: String,
        expected: impl Into<String>,
    ) {
        report.add(Finding {
            partition: row.partition,
            position: row.position.0,
            stream: Some(row.event.stream.to_string()),
            check,
            found,
            expected: expected.into(),
        });
    }

    fn finding(
        &self,
        report: &mut Report,
        partition: u16,
        position: Position,
        check: &'static str,
        found: String,
        expected: impl Into<String>,
    ) {
        let expected = expected.into();
        report.add(Finding { partition, position: position.0, stream: None, check, found, expected });
    }
}
