//! A log that can only be read.

use std::sync::Arc;

use domain::ids::{Position, RulebookHash, StreamId};
use event_log::record::{Head, Loaded, Recorded};
use event_log::store::EventLog;

use crate::error::ReplayError;

/// Most streams that are loaded with one question.
const LOADED_AT_ONCE: usize = 500;

/// The reading half of a log. Cheap to clone.
#[derive(Clone)]
pub struct LogReader {
    log: Arc<dyn EventLog>,
}

impl LogReader {
    /// Reads this log; nothing of what is made from it can write to it.
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        Self { log }
    }

    /// How many partitions the log has.
    pub fn partitions(&self) -> u16 {
        self.log.partitions()
    }

    /// Where a partition's log ends now.
    pub async fn head(&self, partition: u16) -> Result<Head, ReplayError> {
        Ok(self.log.head(partition).await?)
    }

    /// Events after a position, oldest first, at most `limit`.
    pub async fn read(
        &self,
        partition: u16,
        after: Position,
        limit: u32,
    ) -> Result<Vec<Recorded>, ReplayError> {
        Ok(self.log.read(partition, after, limit).await?)
    }

    /// All events of a stream of this partition, oldest first.
    pub async fn read_stream(&self, partition: u16, stream: StreamId) -> Result<Vec<Recorded>, ReplayError> {
        Ok(self.log.read_stream(partition, stream).await?)
    }

    /// A debtor's partition and events, wherever they are.
    pub async fn find(&self, stream: StreamId) -> Result<(u16, Vec<Recorded>), ReplayError> {
        for partition in 0..self.partitions() {
            let rows = self.read_stream(partition, stream).await?;
            if !rows.is_empty() {
                return Ok((partition, rows));
            }
        }
        Err(ReplayError::UnknownDebtor { stream })
    }

    /// Streams that have snapshots, in order of id, after a given one.
    pub async fn streams(
        &self,
        partition: u16,
        after: StreamId,
        limit: u32,
    ) -> Result<Vec<StreamId>, ReplayError> {
        Ok(self.log.streams(partition, after, limit).await?)
    }

    /// Snapshots of streams with the events behind them.
    pub async fn load(&self, partition: u16, streams: &[StreamId]) -> Result<Vec<Loaded>, ReplayError> {
        let mut loaded = Vec::with_capacity(streams.len());
        for some in streams.chunks(LOADED_AT_ONCE) {
            loaded.extend(self.log.load(partition, some).await?);
        }
        Ok(loaded)
    }

    /// A rulebook's sources.
    pub async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Vec<u8>>, ReplayError> {
        Ok(self.log.rulebook(hash).await?)
    }
}
