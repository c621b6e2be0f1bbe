//! Reading the log for the listener and the commands: states, explanations, events, what waits.
//!
//! One implementation for both, so that a command answers the same whether a process runs or not.

mod rulebook;
mod waiting;

use std::sync::Arc;

use async_trait::async_trait;
use domain::debtor::Debtor;
use domain::ids::{InputId, Position};
use domain::time::Timestamp;
use ingest::archive::{Archive, ArchiveError, EventsPage, EventsWanted, PauseView, WaitingView, Whose};
use replay::ReplayError;
use replay::filter::{Filter, kinds_named};
use replay::log::LogReader;
use replay::pauses::{self, Pause};
use replay::reader::Reader;
use replay::refold::{Refolded, UpTo, refold};
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::house::House;
use crate::why;

/// Most positions that one request for events looks at.
const MAX_SCAN: u64 = 20_000;
/// The longest log that is checked on request; a longer one is checked beside the process.
const MAX_VERIFY: u64 = 2_000_000;

type Read<T> = Result<T, ArchiveError>;

/// The log in a folder.
pub(crate) struct HouseArchive {
    house: Arc<House>,
    verifying: Semaphore,
}

impl HouseArchive {
    /// Reads this one.
    pub(crate) fn new(house: Arc<House>) -> Self {
        Self { house, verifying: Semaphore::new(1) }
    }

    /// The debtor as of some moment, if it is this tenant's.
    async fn refolded(&self, whose: &Whose, up_to: UpTo) -> Read<Refolded> {
        let stream = why::stream_of(&self.house, &whose.tenant, &whose.debtor);
        let unknown = || {
            let detail = format!("tenant {} has no debtor with this reference", whose.tenant);
            ArchiveError::Unknown(detail)
        };
        match refold(&why::reader(&self.house), stream, up_to).await {
            Ok(found) if found.debtor.tenant == whose.tenant => Ok(found),
            Ok(_) | Err(ReplayError::UnknownDebtor { .. }) => Err(unknown()),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

#[async_trait]
impl Archive for HouseArchive {
    async fn state(&self, whose: &Whose) -> Read<Debtor> {
        Ok(self.refolded(whose, UpTo::Head).await?.debtor)
    }

    async fn why(&self, whose: &Whose, at: Option<Timestamp>) -> Read<Value> {
        let stream = why::stream_of(&self.house, &whose.tenant, &whose.debtor);
        self.refolded(whose, UpTo::Head).await?;
        let at = match at {
            Some(at) => at,
            None => why::present(&self.house).await.map_err(|error| unavailable(&error))?,
        };
        match replay::why::why(&why::reader(&self.house), &why::rulebooks(&self.house), stream, at).await {
            Ok(why) => serde_json::to_value(&why).map_err(|error| unavailable(&error)),
            Err(ReplayError::UnknownDebtor { .. }) => {
                Err(ArchiveError::Unknown(format!("nothing is known of this debtor by {at}")))
            }
            Err(error) => Err(unavailable(&error)),
        }
    }

    async fn events(&self, wanted: &EventsWanted) -> Read<EventsPage> {
        let log = why::reader(&self.house);
        let head = log.head(existing(wanted.partition, log.partitions())?).await;
        let head = head.map_err(|error| unavailable(&error))?.position.0;
        // One debtor's events are few, and are found by their links: none of the log between them is read.
        let scanned = match wanted.debtor {
            Some(_) => u64::MAX,
            None => head.min(wanted.after.saturating_add(MAX_SCAN)).max(wanted.after),
        };
        let (events, last) = self.page(&log, wanted, scanned).await?;
        let is_full = events.len() == wanted.limit;
        Ok(match wanted.debtor {
            Some(_) => EventsPage { events, next: last.unwrap_or(wanted.after), more: is_full },
            None => {
                let next = last.filter(|_| is_full).unwrap_or(scanned);
                EventsPage { events, next, more: next < head }
            }
        })
    }

    async fn event(&self, partition: u16, position: u64) -> Read<Value> {
        let log = why::reader(&self.house);
        let at = Some(Position(position));
        let partition = Some(existing(partition, log.partitions())?);
        let filter = Filter { partition, first: at, last: at, ..Filter::default() };
        let batch = Reader::new(&log, filter).next_batch().await.map_err(|error| unavailable(&error))?;
        let entry = batch.and_then(|batch| batch.into_iter().next());
        let entry = entry
            .ok_or_else(|| ArchiveError::Unknown(format!("there is no event at position {position}")))?;
        Ok(replay::jsonl::object(&entry))
    }

    async fn pauses(&self) -> Read<Vec<PauseView>> {
        let log = why::reader(&self.house);
        let mut views: Vec<PauseView> = Vec::new();
        for partition in 0..log.partitions() {
            let found = pauses::in_force(&log, partition, None).await;
            for view in found.map_err(|error| unavailable(&error))?.into_iter().map(view) {
                let known = views.iter().any(|v| (&v.tenant, &v.channel) == (&view.tenant, &view.channel));
                if !known {
                    views.push(view);
                }
            }
        }
        Ok(views)
    }

    async fn parked(&self, limit: u32) -> Read<Vec<WaitingView>> {
        waiting::parked(&self.house, limit).await
    }

    async fn quarantined(&self, limit: u32) -> Read<Vec<WaitingView>> {
        waiting::quarantined(&self.house, limit).await
    }

    async fn content(&self, key: InputId) -> Read<Value> {
        waiting::content(&self.house, key).await
    }

    async fn verify(&self) -> Read<Value> {
        let Ok(_alone) = self.verifying.try_acquire() else {
            return Err(ArchiveError::Unavailable("somebody else has the log checked just now".into()));
        };
        let log = why::reader(&self.house);
        let mut events = 0_u64;
        for partition in 0..log.partitions() {
            let head = log.head(partition).await.map_err(|error| unavailable(&error))?;
            events = events.saturating_add(head.position.0);
        }
        if events > MAX_VERIFY {
            return Err(ArchiveError::Unfit {
                place: "path",
                what: format!("the log has {events} events, and {MAX_VERIFY} are checked on request at most"),
                remedy: "run `mahnwerk verify` beside the process".into(),
            });
        }
        let report = replay::verify::verify(&log).await.map_err(|error| unavailable(&error))?;
        serde_json::to_value(&report).map_err(|error| unavailable(&error))
    }

    async fn rulebook(&self) -> Read<Value> {
        Ok(rulebook::value(&self.house.rules))
    }
}

impl HouseArchive {
    /// The events of a page, and where the last of them stands.
    async fn page(
        &self,
        log: &LogReader,
        wanted: &EventsWanted,
        scanned: u64,
    ) -> Read<(Vec<Value>, Option<u64>)> {
        let mut reader = Reader::new(log, self.filter(wanted, scanned)?);
        let (mut events, mut last) = (Vec::new(), None);
        while let Some(batch) = reader.next_batch().await.map_err(|error| unavailable(&error))? {
            for entry in &batch {
                let tenant = &entry.recorded.event.tenant;
                if wanted.tenants.as_ref().is_some_and(|ours| !ours.contains(tenant)) {
                    continue;
                }
                events.push(replay::jsonl::object(entry));
                last = Some(entry.recorded.position.0);
                if events.len() == wanted.limit {
                    return Ok((events, last));
                }
            }
        }
        Ok((events, last))
    }

    fn filter(&self, wanted: &EventsWanted, last: u64) -> Read<Filter> {
        let unfit = |error: ReplayError| ArchiveError::Unfit {
            place: "type",
            what: "there is no such event".into(),
            remedy: match error {
                ReplayError::UnknownEventName { hint, .. } => hint,
                ReplayError::Store(_)
                | ReplayError::Unreadable { .. }
                | ReplayError::UnknownDebtor { .. }
                | ReplayError::BrokenRulebook { .. } => "names are those of the wire contract".into(),
            },
        };
        let only = wanted.tenants.as_ref().filter(|ours| ours.len() == 1).and_then(|ours| ours.first());
        let stream = |whose: &Whose| why::stream_of(&self.house, &whose.tenant, &whose.debtor);
        Ok(Filter {
            partition: wanted.debtor.is_none().then_some(wanted.partition),
            tenant: only.cloned(),
            stream: wanted.debtor.as_ref().map(stream),
            kinds: kinds_named(wanted.kinds.iter().map(String::as_str)).map_err(unfit)?,
            from: wanted.since,
            to: wanted.before,
            first: Some(Position(wanted.after.saturating_add(1))),
            last: Some(Position(last)),
        })
    }
}

fn view(pause: Pause) -> PauseView {
    PauseView {
        tenant: pause.tenant.map(|tenant| tenant.to_string()),
        channel: pause.channel.map(|channel| channel.as_str().to_owned()),
        since: pause.since.to_string(),
        reason: pause.reason.to_string(),
        actor: pause.actor.to_string(),
    }
}

fn existing(partition: u16, partitions: u16) -> Read<u16> {
    if partition < partitions {
        return Ok(partition);
    }
    let remedy = format!("they are numbered from 0 to {}", partitions.saturating_sub(1));
    Err(ArchiveError::Unfit { place: "partition", what: "there is no such partition".into(), remedy })
}

fn unavailable(error: &impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Unavailable(error.to_string())
}
