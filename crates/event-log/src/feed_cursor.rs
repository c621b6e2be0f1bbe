//! How far the public feed has been published, per partition (bus, 2).

use async_trait::async_trait;
use domain::ids::Position;

use crate::store::StoreError;

/// The cursor of the public feed, kept beside the log.
#[async_trait]
pub trait FeedCursor: Send + Sync {
    /// Up to where a partition's events are published.
    async fn cursor(&self, partition: u16) -> Result<Position, StoreError>;

    /// Moves it on, under the owner's epoch; never back, and never ahead of the log.
    async fn move_cursor(&self, partition: u16, epoch: u64, to: Position) -> Result<(), StoreError>;
}
