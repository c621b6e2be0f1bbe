//! `events tail` and `events show`.

use std::time::Duration;

use anyhow::{Context, Result};
use domain::ids::Position;
use replay::filter::Filter;
use replay::reader::Reader;

use crate::cli::EventsCommand;
use crate::house::House;
use crate::paths::Paths;
use crate::settings::Settings;
use crate::{out, why};

/// Runs either.
pub(crate) async fn run(command: &EventsCommand) -> Result<()> {
    match command {
        EventsCommand::Tail { house, count, follow } => {
            let house = House::read(Paths::of(&house.dir), &Settings::read(&house.dir)?).await?;
            tail(&house, *count, *follow).await
        }
        EventsCommand::Show { house, position } => {
            let house = House::read(Paths::of(&house.dir), &Settings::read(&house.dir)?).await?;
            let at = Some(Position(*position));
            let filter = Filter { first: at, last: at, ..Filter::default() };
            let batch = Reader::new(&why::reader(&house), filter).next_batch().await?;
            let entry = batch.and_then(|batch| batch.into_iter().next());
            let entry = entry.with_context(|| format!("there is no event at position {position}"))?;
            say!("{}", serde_json::to_string_pretty(&replay::jsonl::object(&entry))?);
            Ok(())
        }
    }
}

async fn tail(house: &House, count: u32, follow: bool) -> Result<()> {
    let log = why::reader(house);
    let head = log.head(0).await?.position.0;
    let mut from = head.saturating_sub(u64::from(count)).saturating_add(1);
    let clock = runtime::system::runtime().clock;
    loop {
        let filter = Filter { first: Some(Position(from)), ..Filter::default() };
        let mut reader = Reader::new(&log, filter);
        while let Some(batch) = reader.next_batch().await? {
            for entry in &batch {
                out::text(format_args!("{}", replay::jsonl::line(entry)));
                from = entry.recorded.position.0.saturating_add(1);
            }
        }
        if !follow || out::lost().is_some() {
            return Ok(());
        }
        clock.sleep(Duration::from_millis(500)).await;
    }
}
