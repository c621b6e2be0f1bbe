//! Each snapshot must be what its debtor's events fold to.
//!
//! The log is read once for each share of the debtors, so that memory stays bounded however large it is.

use std::collections::BTreeMap;

use domain::debtor::Debtor;
use domain::ids::{Position, StreamId};
use domain::{STATE_REVISION, evolve};
use event_log::record::{Recorded, Snapshot};

use super::{Finding, Report};
use crate::error::ReplayError;
use crate::log::LogReader;
use crate::pages::Pages;
use crate::reader::{Entry, place};
use crate::share::Share;

/// Most streams whose ids are asked for at once.
const STREAMS: u32 = 2_000;

/// Checks all snapshots of a partition with that many debtors.
pub(super) async fn check(
    log: &LogReader,
    partition: u16,
    debtors: u64,
    report: &mut Report,
) -> Result<(), ReplayError> {
    for share in Share::of(debtors) {
        let mut folding =
            Folding { debtors: BTreeMap::new(), waiting: load(log, partition, share).await?, report };
        let mut pages = Pages::after(log, partition, Position(0));
        while let Some(rows) = pages.next().await? {
            rows.iter().for_each(|row| folding.row(row));
            if folding.waiting.is_empty() {
                break;
            }
        }
        folding.unmet(partition);
    }
    Ok(())
}

/// The share's snapshots.
async fn load(
    log: &LogReader,
    partition: u16,
    share: Share,
) -> Result<BTreeMap<StreamId, Snapshot>, ReplayError> {
    let mut snapshots = BTreeMap::new();
    let mut after = StreamId::new([0; 16]);
    loop {
        let streams = log.streams(partition, after, STREAMS).await?;
        let Some(last) = streams.last() else { return Ok(snapshots) };
        after = *last;
        let ours: Vec<StreamId> = streams.into_iter().filter(|stream| share.has(*stream)).collect();
        let found = log.load(partition, &ours).await?.into_iter().filter_map(|loaded| loaded.snapshot);
        snapshots.extend(found.map(|snapshot| (snapshot.stream, snapshot)));
    }
}

/// Debtors on the way to their snapshots.
struct Folding<'a> {
    debtors: BTreeMap<StreamId, Debtor>,
    waiting: BTreeMap<StreamId, Snapshot>,
    report: &'a mut Report,
}

impl Folding<'_> {
    fn row(&mut self, row: &Recorded) {
        let stream = row.event.stream;
        if !self.waiting.contains_key(&stream) {
            return;
        }
        let debtor = self.debtors.entry(stream).or_insert_with(|| Debtor::new(row.event.tenant.clone()));
        // A payload that can't be read is a finding of its own already.
        if let Ok(Entry { event, .. }) = Entry::read(row.clone()) {
            let place: evolve::Place = place(row);
            debtor.evolve(&event, place);
        }
        if self.waiting.get(&stream).is_some_and(|snapshot| snapshot.position > row.position) {
            return;
        }
        let folded = self.debtors.remove(&stream);
        if let Some(snapshot) = self.waiting.remove(&stream) {
            self.compare(row, &snapshot, folded);
        }
    }

    fn compare(&mut self, row: &Recorded, snapshot: &Snapshot, folded: Option<Debtor>) {
        if snapshot.position != row.position {
            let expected = "the position of an event of this debtor";
            return self.finding(row.partition, snapshot, "a position of no event of theirs", expected);
        }
        if snapshot.revision != STATE_REVISION {
            self.report.snapshots_of_other_revisions += 1;
            return;
        }
        self.report.snapshots += 1;
        let stored = match contract::state::decode(&snapshot.state) {
            Ok(stored) => stored,
            Err(error) => {
                return self.finding(row.partition, snapshot, &error.to_string(), "a debtor's state");
            }
        };
        if Some(&stored) != folded.as_ref() {
            let expected = "the state that the debtor's events fold to; a refold repairs it";
            self.finding(row.partition, snapshot, "another state", expected);
        } else if (snapshot.version, &snapshot.tenant) != (stored.version, &stored.tenant) {
            let expected = format!("version {} of tenant {}", stored.version, stored.tenant);
            let found = format!("version {} of tenant {}", snapshot.version, snapshot.tenant);
            self.finding(row.partition, snapshot, &found, &expected);
        }
    }

    /// Snapshots whose debtors have no event that far.
    fn unmet(&mut self, partition: u16) {
        for snapshot in std::mem::take(&mut self.waiting).into_values() {
            self.finding(partition, &snapshot, "no event of this debtor there", "a snapshot behind the log");
        }
    }

    fn finding(&mut self, partition: u16, snapshot: &Snapshot, found: &str, expected: &str) {
        self.report.add(Finding {
            partition,
            position: snapshot.position.0,
            stream: Some(snapshot.stream.to_string()),
            check: "snapshot",
            found: found.to_owned(),
            expected: expected.to_owned(),
        });
    }
}
