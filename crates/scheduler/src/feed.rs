//! What an owner tells the world beside its answers: the public feed, and where its log ends.
//!
//! The feed is published from the log, by a cursor that is kept beside it: at least once, and in order (bus, 2).
//! The end of the log is kept outside the database, so that the next owner notices a log that was set back (takeover, 6).
//! **Invariant:** nothing here holds an owner up, and nothing personal leaves: the sealed part stays in the log.
//! A crash anywhere repeats what was published after the cursor was last moved.

use core::time::Duration;
use std::sync::Arc;

use bus::BusError;
use bus::feed::{Feed, PublicEvent, PublishedHead};
use contract::envelope::{self, Envelope};
use domain::ids::Position;
use event_log::feed_cursor::FeedCursor;
use event_log::record::{Head, Lease, Recorded};
use event_log::store::{EventLog, StoreError};
use runtime::Runtime;
use tokio::sync::watch;

use crate::error::SchedulerError;

/// Events in one page.
const PAGE: u32 = 500;
/// How often the end of the log is kept at most, and how long a failure is waited out.
const PAUSE: Duration = Duration::from_secs(1);
/// The name of an event that this release does not know.
const UNKNOWN: &str = "unknown";

/// Where the feed goes, and how far it has come.
#[derive(Clone)]
pub struct Publishing {
    /// Where events and heads go.
    pub feed: Arc<dyn Feed>,
    /// How far the events have gone.
    pub cursor: Arc<dyn FeedCursor>,
}

/// Publishes for one owner.
pub(crate) struct Publisher {
    pub(crate) runtime: Runtime,
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) publishing: Publishing,
    pub(crate) lease: Lease,
}

/// Why a page was not published.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// How a partition's log stands beside where its owner last said that it ends (takeover, 6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Nothing was kept, or the log goes on from what was.
    GoesOn(Option<PublishedHead>),
    /// What was kept is of another history than the one that is written now.
    OtherHistory(PublishedHead),
    /// The log ends before what was kept, or went another way since.
    SetBack(PublishedHead),
}

/// How a partition that writes this history and ends there stands.
///
/// # Errors
/// When the store or the carrier does not say.
pub async fn standing(
    log: &dyn EventLog,
    feed: &dyn Feed,
    partition: u16,
    history: [u8; 16],
    ends_at: Position,
) -> Result<Standing, SchedulerError> {
    let kept = feed.kept_head(partition).await;
    let kept =
        kept.map_err(|source| SchedulerError::HeadUnknown { partition, detail: source.to_string() })?;
    let Some(kept) = kept else { return Ok(Standing::GoesOn(None)) };
    if kept.history != history {
        return Ok(Standing::OtherHistory(kept));
    }
    if kept.position > ends_at {
        return Ok(Standing::SetBack(kept));
    }
    let read = log.read_at(partition, &[kept.position]).await;
    let rows = read.map_err(|source| SchedulerError::Store { partition, failure: Box::new(source) })?;
    let same = rows.first().is_none_or(|row| row.chain == kept.chain);
    Ok(if same { Standing::GoesOn(Some(kept)) } else { Standing::SetBack(kept) })
}

/// Refuses a log that ends before what its last owner said, or that went another way since (takeover, 6).
pub(crate) async fn must_not_be_set_back(
    log: &dyn EventLog,
    feed: &dyn Feed,
    lease: &Lease,
) -> Result<(), SchedulerError> {
    let (partition, ends_at) = (lease.partition, lease.head.position);
    let standing = standing(log, feed, partition, lease.history, ends_at).await?;
    if !matches!(standing, Standing::GoesOn(_)) {
        // Who stood still since the lease sees what the next owner has published by now: no log was set back.
        let ours = log.probe(partition, lease.epoch).await;
        ours.map_err(|source| SchedulerError::Store { partition, failure: Box::new(source) })?;
    }
    match standing {
        Standing::GoesOn(_) => Ok(()),
        Standing::OtherHistory(_) => Err(SchedulerError::OtherHistory { partition }),
        Standing::SetBack(kept) => {
            Err(SchedulerError::SetBack { partition, ends_at, published: kept.position })
        }
    }
}

impl Publisher {
    /// Publishes whatever is committed, until the owner is gone.
    pub(crate) async fn run(self, mut heads: watch::Receiver<Head>) {
        let clock = Arc::clone(&self.runtime.clock);
        loop {
            let head = *heads.borrow_and_update();
            if let Err(error) = self.publish(head).await {
                tracing::warn!(%error, partition = self.lease.partition, "the public feed waits");
            }
            clock.sleep(PAUSE).await;
            if heads.changed().await.is_err() {
                break;
            }
        }
    }

    async fn publish(&self, head: Head) -> Result<(), Failed> {
        let Lease { partition, epoch, history, .. } = self.lease;
        let (position, chain) = (head.position, head.chain);
        let mut after = self.publishing.cursor.cursor(partition).await?;
        while after < position {
            let page = self.log.read(partition, after, PAGE).await?;
            let Some(last) = page.last().map(|row| row.position) else { break };
            self.publishing.feed.publish(page.iter().map(public).collect()).await?;
            // A crash before this publishes the page once more.
            self.publishing.cursor.move_cursor(partition, epoch, last).await?;
            after = last;
        }
        if position > Position(0) {
            self.publishing.feed.keep_head(PublishedHead { partition, history, position, chain }).await?;
        }
        Ok(())
    }
}

fn public(row: &Recorded) -> PublicEvent {
    let event = &row.event;
    let envelope = Envelope {
        history: row.history,
        tenant: event.tenant.clone(),
        stream: event.stream,
        version: event.version,
        partition: row.partition,
        position: row.position,
        previous: event.previous,
        event_id: event.event_id,
        cause: event.cause,
        now: event.at,
        occurred_at: event.occurred_at,
        kind: event.kind,
        schema: event.schema,
        decider: event.decider,
        rulebook: event.rulebook,
        trace: event.trace,
        payload: event.payload.clone(),
        personal: None,
        chain: row.chain,
    };
    PublicEvent {
        history: row.history,
        partition: row.partition,
        position: row.position,
        tenant: event.tenant.clone(),
        stream: event.stream,
        name: contract::event::kind_name(event.kind).unwrap_or(UNKNOWN),
        payload: envelope::encode(&envelope),
        trace: event.trace,
    }
}
