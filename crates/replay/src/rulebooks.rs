//! The rulebooks that a log was decided with, found by their hashes.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use domain::event::Event;
use domain::ids::{Position, RulebookHash, StreamId};
use domain::rulebook::Rulebook;
use domain::time::Timestamp;

use crate::error::ReplayError;
use crate::log::LogReader;
use crate::reader::Entry;

/// Where compiled rulebooks come from.
#[async_trait]
pub trait RulebookSource: Send + Sync {
    /// The rulebook with this hash, if it is known.
    async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Arc<Rulebook>>, ReplayError>;
}

#[async_trait]
impl<F> RulebookSource for F
where
    F: Fn(RulebookHash) -> Option<Arc<Rulebook>> + Send + Sync,
{
    async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Arc<Rulebook>>, ReplayError> {
        Ok(self(hash))
    }
}

/// The rulebooks whose sources the log itself keeps, compiled by whoever knows how.
pub struct StoredRulebooks<C> {
    log: LogReader,
    compile: C,
}

impl<C> StoredRulebooks<C>
where
    C: Fn(&[u8]) -> Result<Rulebook, String> + Send + Sync,
{
    /// Compiles with this; its error says what is wrong, for people.
    pub const fn new(log: LogReader, compile: C) -> Self {
        Self { log, compile }
    }
}

#[async_trait]
impl<C> RulebookSource for StoredRulebooks<C>
where
    C: Fn(&[u8]) -> Result<Rulebook, String> + Send + Sync,
{
    async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Arc<Rulebook>>, ReplayError> {
        let Some(sources) = self.log.rulebook(hash).await? else { return Ok(None) };
        let compiled = (self.compile)(&sources);
        compiled.map(Arc::new).map(Some).map_err(|detail| ReplayError::BrokenRulebook { hash, detail })
    }
}

/// The rulebooks of one partition, each as its owner had it: with the scenarios of those that were active before, since
/// claims stay on the scenario that they began with.
pub(crate) struct Shelf<'a> {
    source: &'a dyn RulebookSource,
    activated: Vec<Activated>,
    made: BTreeMap<(RulebookHash, usize), Option<Arc<Rulebook>>>,
}

/// A rulebook's activation in the partition.
struct Activated {
    position: Position,
    at: Timestamp,
    hash: RulebookHash,
}

impl<'a> Shelf<'a> {
    /// Reads which rulebooks the partition activated.
    pub(crate) async fn open(
        log: &LogReader,
        partition: u16,
        source: &'a dyn RulebookSource,
    ) -> Result<Self, ReplayError> {
        let mut activated = Vec::new();
        for row in log.read_stream(partition, StreamId::PARTITION).await? {
            let (position, at) = (row.position, row.event.at);
            if let Event::RulebookActivated { rulebook } = Entry::read(row)?.event {
                activated.push(Activated { position, at, hash: rulebook });
            }
        }
        Ok(Self { source, activated, made: BTreeMap::new() })
    }

    /// The rulebook that was activated last at this instant or earlier, and where.
    pub(crate) fn active_at(&self, at: Timestamp) -> Option<(Position, RulebookHash)> {
        let before = self.activated.partition_point(|activated| activated.at <= at);
        let last = before.checked_sub(1).and_then(|index| self.activated.get(index));
        last.map(|activated| (activated.position, activated.hash))
    }

    /// The rulebook with this hash, as the owner had it at this position.
    pub(crate) async fn get(
        &mut self,
        hash: RulebookHash,
        position: Position,
    ) -> Result<Option<Arc<Rulebook>>, ReplayError> {
        let before = self.activated.partition_point(|activated| activated.position <= position);
        if let Some(made) = self.made.get(&(hash, before)) {
            return Ok(made.clone());
        }
        let made = self.make(hash, before).await?;
        self.made.insert((hash, before), made.clone());
        Ok(made)
    }

    async fn make(&self, hash: RulebookHash, before: usize) -> Result<Option<Arc<Rulebook>>, ReplayError> {
        let Some(found) = self.source.rulebook(hash).await? else { return Ok(None) };
        let mut older: Vec<RulebookHash> = Vec::new();
        for earlier in self.activated.iter().take(before).map(|activated| activated.hash) {
            if earlier != hash && !older.contains(&earlier) {
                older.push(earlier);
            }
        }
        if older.is_empty() {
            return Ok(Some(found));
        }
        let mut whole = (*found).clone();
        for earlier in older {
            if let Some(earlier) = self.source.rulebook(earlier).await? {
                whole.keep_scenarios_of(&earlier);
            }
        }
        Ok(Some(Arc::new(whole)))
    }
}
