//! What leaves the log for others to read: the public feed of events, and where each partition's log ends.
//!
//! The feed is published from the log by a cursor per partition, at least once and in order, open payload only; readers
//! deduplicate by history, partition and position (bus, 2).
//! Heads are kept outside the database, so that a log that was set back is noticed (takeover, 6).

use async_trait::async_trait;
pub use contract::wire::PublishedHead;
use contract::wire::TraceContext;
use domain::ids::{Position, StreamId};
use domain::label::TenantId;

use crate::BusError;

/// One event as the public feed shows it. Nothing personal: the sealed part stays in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PublicEvent {
    /// The log's history.
    pub history: [u8; 16],
    /// The partition.
    pub partition: u16,
    /// Where it stands.
    pub position: Position,
    /// The tenant.
    pub tenant: TenantId,
    /// The debtor's stream.
    pub stream: StreamId,
    /// Which event, by its name in the wire contract: a subject's last part.
    pub name: &'static str,
    /// The envelope and the open payload, as the wire contract encodes them.
    pub payload: Vec<u8>,
    /// Where it came from.
    pub trace: TraceContext,
}

/// Where the feed and the heads go.
#[async_trait]
pub trait Feed: Send + Sync {
    /// Publishes events in their order; resolves when the carrier has all of them.
    ///
    /// After an error some may have been published: publishing all of them again is safe.
    async fn publish(&self, events: Vec<PublicEvent>) -> Result<(), BusError>;

    /// Keeps where a partition's log ends; the latest counts.
    async fn keep_head(&self, head: PublishedHead) -> Result<(), BusError>;

    /// What was kept last, if anything was.
    async fn kept_head(&self, partition: u16) -> Result<Option<PublishedHead>, BusError>;
}
