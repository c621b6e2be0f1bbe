//! Decoded events in the order of their positions, in bounded batches.
//!
//! One partition after the other: positions order events within a partition only.
//! Memory is bounded by one batch and the page that is being fetched behind it.

use std::vec::IntoIter;

use contract::event;
use domain::event::Event;
use domain::evolve::Place;
use domain::ids::Position;
use domain::time::Timestamp;
use event_log::record::Recorded;

use crate::error::ReplayError;
use crate::filter::Filter;
use crate::log::LogReader;
use crate::pages::Pages;

/// An event with its place in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// As the log holds it.
    pub recorded: Recorded,
    /// Its open part, read.
    pub event: Event,
}

impl Entry {
    /// Reads the open part of a row.
    pub fn read(recorded: Recorded) -> Result<Self, ReplayError> {
        let row = &recorded.event;
        let read = event::decode(row.kind, row.schema, &row.payload);
        let event = read.map_err(|error| ReplayError::Unreadable {
            partition: recorded.partition,
            position: recorded.position,
            error,
        })?;
        Ok(Self { recorded, event })
    }

    /// Where and when it stands in the log, as folding needs it.
    pub const fn place(&self) -> Place {
        place(&self.recorded)
    }
}

/// Where and when a row stands in the log, as folding needs it.
pub(crate) const fn place(row: &Recorded) -> Place {
    Place { position: row.position, at: row.event.at, occurred_at: row.event.occurred_at }
}

/// Reads the events that a filter asks for.
pub struct Reader {
    log: LogReader,
    filter: Filter,
    partitions: core::ops::Range<u16>,
    source: Source,
}

enum Source {
    /// The partition's pages.
    Pages(Pages),
    /// One debtor's rows, which are few.
    Stream(IntoIter<Vec<Recorded>>),
    /// The next partition is to be opened.
    None,
}

impl Reader {
    /// Begins at the first partition that is asked for.
    pub fn new(log: &LogReader, filter: Filter) -> Self {
        let partitions = match filter.partition {
            Some(one) if one < log.partitions() => one..one.saturating_add(1),
            Some(_) => 0..0,
            None => 0..log.partitions(),
        };
        Self { log: log.clone(), filter, partitions, source: Source::None }
    }

    /// The next events that the filter asks for, at least one; none at the end.
    pub async fn next_batch(&mut self) -> Result<Option<Vec<Entry>>, ReplayError> {
        loop {
            let rows = match &mut self.source {
                Source::Pages(pages) => pages.next().await?,
                Source::Stream(rows) => rows.next(),
                Source::None => None,
            };
            let Some(rows) = rows else {
                let Some(partition) = self.partitions.next() else { return Ok(None) };
                self.source = open(&self.log, &self.filter, partition).await?;
                continue;
            };
            if rows.last().is_some_and(|row| self.filter.is_past(row)) {
                self.source = Source::None;
            }
            let asked = rows.into_iter().filter(|row| self.filter.matches(row));
            let entries = asked.map(Entry::read).collect::<Result<Vec<_>, _>>()?;
            if !entries.is_empty() {
                return Ok(Some(entries));
            }
        }
    }
}

async fn open(log: &LogReader, filter: &Filter, partition: u16) -> Result<Source, ReplayError> {
    if let Some(stream) = filter.stream {
        let rows = log.read_stream(partition, stream).await?;
        return Ok(Source::Stream(vec![rows].into_iter()));
    }
    let by_position = filter.first.map_or(Position(0), |first| Position(first.0.saturating_sub(1)));
    let by_instant = match filter.from {
        Some(from) => before_instant(log, partition, from).await?,
        None => Position(0),
    };
    Ok(Source::Pages(Pages::after(log, partition, by_position.max(by_instant))))
}

/// The last position that was decided before this instant, by halving: instants never decrease within a partition.
async fn before_instant(log: &LogReader, partition: u16, at: Timestamp) -> Result<Position, ReplayError> {
    let (mut before, mut end) = (0, log.head(partition).await?.position.0);
    while before < end {
        let middle = before + (end - before) / 2;
        let row = log.read(partition, Position(middle), 1).await?;
        match row.first() {
            Some(row) if row.event.at < at => before = middle + 1,
            Some(_) | None => end = middle,
        }
    }
    Ok(Position(before))
}
