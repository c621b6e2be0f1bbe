//! How far each partition's events have been published to the feed, kept in the database (bus, 2).

use async_trait::async_trait;
use domain::ids::Position;

use crate::store::StoreError;

/// The cursors.
#[async_trait]
pub trait FeedCursor: Send + Sync {
    /// The last position that was published, 0 at first.
    async fn cursor(&self, partition: u16) -> Result<Position, StoreError>;

    /// Moves it forward, under the epoch: a stale owner moves nothing. One that is further already stays; one ahead of the
    /// log is refused.
    async fn move_cursor(&self, partition: u16, epoch: u64, to: Position) -> Result<(), StoreError>;
}
