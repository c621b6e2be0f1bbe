//! Deciding the log again: the recorded inputs, through the recorded rulebooks, must give the recorded decisions.
//!
//! Holds per decider revision (replay, 2): decisions of another revision are counted apart, with the range that the
//! release of that revision can re-decide.
//! The digest of rendered words is left out, since the edge adds it; so a log whose keys are gone re-decides the same.
//! An input without events leaves no trace, so that it can't be decided again; it changed nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::debtor::Debtor;
use domain::event::Event;
use domain::ids::{Position, RulebookHash, StreamId};
use domain::input::{Cause, CauseKind, Input};
use domain::redecide;
use domain::rulebook::Rulebook;
use domain::time::Timestamp;
use domain::{DECIDER_REVISION, evolve};
use event_log::record::Recorded;

use crate::error::ReplayError;
use crate::filter::Filter;
use crate::log::LogReader;
use crate::pages::Pages;
use crate::reader::Entry;
use crate::rulebooks::{RulebookSource, Shelf};
use crate::share::Share;

mod report;

pub use report::{Difference, MAX_DIFFERENCES, OtherRevision, Report};

/// Decides the decisions again whose first event the filter asks for.
///
/// Everything is folded from the start of the log, whatever the filter says, since decisions need the state before.
pub async fn check(
    log: &LogReader,
    rulebooks: &dyn RulebookSource,
    filter: &Filter,
) -> Result<Report, ReplayError> {
    let mut report = Report::default();
    match filter.stream {
        Some(stream) => {
            let (partition, rows) = log.find(stream).await?;
            let mut pass = Pass::new(Shelf::open(log, partition, rulebooks).await?, filter, &mut report);
            for row in rows {
                pass.row(row).await?;
            }
            pass.end().await?;
        }
        None => {
            let asked = |partition: &u16| filter.partition.is_none_or(|only| only == *partition);
            for partition in (0..log.partitions()).filter(asked) {
                check_partition(log, partition, rulebooks, filter, &mut report).await?;
            }
        }
    }
    Ok(report)
}

async fn check_partition(
    log: &LogReader,
    partition: u16,
    rulebooks: &dyn RulebookSource,
    filter: &Filter,
    report: &mut Report,
) -> Result<(), ReplayError> {
    for share in Share::of(debtors(log, partition).await?) {
        let mut pass = Pass::new(Shelf::open(log, partition, rulebooks).await?, filter, report);
        let mut pages = Pages::after(log, partition, Position(0));
        while let Some(rows) = pages.next().await? {
            for row in rows {
                if share.has(row.event.stream) {
                    pass.row(row).await?;
                }
            }
        }
        pass.end().await?;
    }
    Ok(())
}

/// About how many debtors a partition has: those that have a snapshot.
async fn debtors(log: &LogReader, partition: u16) -> Result<u64, ReplayError> {
    let (mut count, mut after) = (0_u64, StreamId::new([0; 16]));
    loop {
        let streams = log.streams(partition, after, 10_000).await?;
        let Some(last) = streams.last() else { return Ok(count) };
        after = *last;
        count = count.saturating_add(u64::try_from(streams.len()).unwrap_or(u64::MAX));
    }
}

/// One pass over the rows of a share.
struct Pass<'a> {
    shelf: Shelf<'a>,
    filter: &'a Filter,
    report: &'a mut Report,
    debtors: BTreeMap<StreamId, Debtor>,
    open: Option<Group>,
}

/// The events of one decision.
struct Group {
    first: Recorded,
    events: Vec<Event>,
    places: Vec<evolve::Place>,
}

impl Group {
    fn key(&self) -> (StreamId, Cause) {
        (self.first.event.stream, self.first.event.cause)
    }
}

impl<'a> Pass<'a> {
    fn new(shelf: Shelf<'a>, filter: &'a Filter, report: &'a mut Report) -> Self {
        Self { shelf, filter, report, debtors: BTreeMap::new(), open: None }
    }

    /// Takes the next row: the events of one decision stand one after the other and share its cause.
    async fn row(&mut self, row: Recorded) -> Result<(), ReplayError> {
        let key = (row.event.stream, row.event.cause);
        if self.open.as_ref().is_some_and(|group| group.key() != key) {
            self.end().await?;
        }
        let entry = Entry::read(row)?;
        let place = entry.place();
        let group = self.open.get_or_insert_with(|| Group {
            first: entry.recorded,
            events: Vec::new(),
            places: Vec::new(),
        });
        group.events.push(entry.event);
        group.places.push(place);
        Ok(())
    }

    /// Decides the open group again, and folds it.
    async fn end(&mut self) -> Result<(), ReplayError> {
        let Some(group) = self.open.take() else { return Ok(()) };
        let row = &group.first.event;
        if row.stream == StreamId::PARTITION {
            self.report.not_decided += 1;
            return Ok(());
        }
        let before = self.debtors.remove(&row.stream).unwrap_or_else(|| Debtor::new(row.tenant.clone()));
        if self.filter.matches(&group.first) {
            self.decide_again(&group, &before).await?;
        }
        let mut after = before;
        for (event, place) in group.events.iter().zip(&group.places) {
            after.evolve(event, *place);
        }
        self.debtors.insert(row.stream, after);
        Ok(())
    }

    async fn decide_again(&mut self, group: &Group, before: &Debtor) -> Result<(), ReplayError> {
        let row = &group.first.event;
        let Some(input) = input_of(row.cause.kind, &group.events, row.occurred_at) else {
            self.report.not_decided += 1;
            return Ok(());
        };
        if row.decider != DECIDER_REVISION {
            self.report.other_revision(row.decider, group.first.partition, group.first.position);
            return Ok(());
        }
        let Some(rulebook) = self.rulebook(row.rulebook, group.first.position).await? else {
            self.report.without_rulebook(row.rulebook);
            return Ok(());
        };
        let differs = redecide::differs(before, &input, &rulebook, row.at, &group.events);
        self.report.decided(&group.first, differs);
        Ok(())
    }

    async fn rulebook(
        &mut self,
        hash: RulebookHash,
        position: Position,
    ) -> Result<Option<Arc<Rulebook>>, ReplayError> {
        self.shelf.get(hash, position).await
    }
}

/// The input that a decision answered; none for what no decider made.
fn input_of(kind: CauseKind, events: &[Event], occurred_at: Timestamp) -> Option<Input> {
    let first = events.first()?;
    // A quarantine stands in the place of the decision that failed, whatever its cause was.
    if matches!(first, Event::StreamQuarantined { .. }) {
        return None;
    }
    redecide::input_of(kind, first, occurred_at)
}
