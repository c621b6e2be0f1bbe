//! `events tail` and `events show`.
//!
//! Positions count within a partition. Where there are several, the last events of all stand in the order of their
//! instants, and one event is named by partition and position.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use domain::ids::Position;
use domain::time::Timestamp;
use replay::filter::Filter;
use replay::log::LogReader;
use replay::reader::{Entry, Reader};
use runtime::clock::Clock;

use crate::cli::{EventsCommand, OnePartition};
use crate::house::House;
use crate::paths::Paths;
use crate::settings::Settings;
use crate::{out, why};

/// Between two looks at what is new.
const PAUSE: Duration = Duration::from_millis(500);
/// Most events that are shown between two looks; of more, the last.
const MAX_NEW: usize = 1_000_000;

/// Runs either.
pub(crate) async fn run(command: &EventsCommand) -> Result<()> {
    match command {
        EventsCommand::Tail { house, partition, count, follow } => {
            let house = House::read(Paths::of(&house.dir), &Settings::read(&house.dir)?).await?;
            let log = why::reader(&house);
            let partitions: Vec<u16> = match existing(partition, &log)? {
                Some(one) => vec![one],
                None => (0..log.partitions()).collect(),
            };
            tail(&log, &partitions, *count, *follow, &*runtime::system::runtime().clock).await
        }
        EventsCommand::Show { house, partition, position } => {
            let house = House::read(Paths::of(&house.dir), &Settings::read(&house.dir)?).await?;
            let log = why::reader(&house);
            let partition = match existing(partition, &log)? {
                None if log.partitions() > 1 => bail!(
                    "the log has {} partitions, and each has a position {position}: name one with --partition",
                    log.partitions()
                ),
                one => one,
            };
            show(&log, partition, *position).await
        }
    }
}

/// The partition that was asked for, if the log has it.
pub(crate) fn existing(named: &OnePartition, log: &LogReader) -> Result<Option<u16>> {
    let last = log.partitions().saturating_sub(1);
    match named.partition {
        Some(one) if one > last => {
            bail!("--partition {one}: there is no such partition; they are numbered from 0 to {last}")
        }
        named => Ok(named),
    }
}

async fn show(log: &LogReader, partition: Option<u16>, position: u64) -> Result<()> {
    let at = Some(Position(position));
    let filter = Filter { partition, first: at, last: at, ..Filter::default() };
    let batch = Reader::new(log, filter).next_batch().await?;
    let entry = batch.and_then(|batch| batch.into_iter().next());
    let entry = entry.with_context(|| format!("there is no event at position {position}"))?;
    say!("{}", serde_json::to_string_pretty(&replay::jsonl::object(&entry))?);
    Ok(())
}

async fn tail(
    log: &LogReader,
    partitions: &[u16],
    count: u32,
    follow: bool,
    clock: &dyn Clock,
) -> Result<()> {
    // The last of all are among the last of each.
    let mut next = Vec::with_capacity(partitions.len());
    for partition in partitions {
        let head = log.head(*partition).await?.position.0;
        next.push((*partition, head.saturating_sub(u64::from(count)).saturating_add(1)));
    }
    let mut entries = newest(log, &mut next, usize::try_from(count)?).await?;
    loop {
        for entry in &entries {
            out::text(format_args!("{}", replay::jsonl::line(entry)));
        }
        if !follow || out::lost().is_some() {
            return Ok(());
        }
        clock.sleep(PAUSE).await;
        entries = newest(log, &mut next, MAX_NEW).await?;
    }
}

/// The last of what stands from these positions on, in the order of instants; the positions move behind it.
async fn newest(log: &LogReader, next: &mut [(u16, u64)], most: usize) -> Result<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    for (partition, position) in next {
        let filter =
            Filter { partition: Some(*partition), first: Some(Position(*position)), ..Filter::default() };
        let mut reader = Reader::new(log, filter);
        while let Some(batch) = reader.next_batch().await? {
            *position = batch.last().map_or(*position, |last| last.recorded.position.0.saturating_add(1));
            entries.extend(batch);
        }
        entries.sort_by_key(place);
        entries.drain(..entries.len().saturating_sub(most));
    }
    Ok(entries)
}

fn place(entry: &Entry) -> (Timestamp, u16, Position) {
    (entry.recorded.event.at, entry.recorded.partition, entry.recorded.position)
}
