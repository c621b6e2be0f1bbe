//! States from the log: a snapshot of the current revision and the events behind it, or all events.

use contract::{event, state};
use domain::STATE_REVISION;
use domain::debtor::Debtor;
use domain::evolve::Place;
use domain::ids::StreamId;
use event_log::record::{Loaded, Recorded, Snapshot};

use crate::cache::Entry;
use crate::error::SchedulerError;
use crate::owner::Owner;

impl Owner {
    /// Loads debtors with one call; unknown ones are left out.
    pub(super) async fn load(&self, streams: &[StreamId]) -> Result<Vec<(StreamId, Entry)>, SchedulerError> {
        let mut entries = Vec::with_capacity(streams.len());
        for (loaded, entry) in self.load_with_rows(streams).await? {
            entries.push((loaded.stream, entry));
        }
        Ok(entries)
    }

    /// The same, with what the store has of each.
    pub(super) async fn load_with_rows(
        &self,
        streams: &[StreamId],
    ) -> Result<Vec<(Loaded, Entry)>, SchedulerError> {
        if streams.is_empty() {
            return Ok(Vec::new());
        }
        let read = self.around.log.load(self.desk.partition, streams).await;
        let mut entries = Vec::with_capacity(streams.len());
        for loaded in read.map_err(|source| self.store_error(source))? {
            if let Some(entry) = self.fold(&loaded).await? {
                entries.push((loaded, entry));
            }
        }
        Ok(entries)
    }

    async fn fold(&self, loaded: &Loaded) -> Result<Option<Entry>, SchedulerError> {
        let Some(snapshot) = &loaded.snapshot else { return self.fold_events(&loaded.tail) };
        match read_snapshot(snapshot) {
            Some(entry) => self.fold_on(entry, &loaded.tail).map(Some),
            // Of another state revision, or damaged: a snapshot is never the truth (takeover, 4 and 5).
            None => {
                let read = self.around.log.read_stream(self.desk.partition, loaded.stream).await;
                self.fold_events(&read.map_err(|source| self.store_error(source))?)
            }
        }
    }

    fn fold_events(&self, events: &[Recorded]) -> Result<Option<Entry>, SchedulerError> {
        let Some(first) = events.first() else { return Ok(None) };
        self.fold_on(Entry::new(first.event.tenant.clone()), events).map(Some)
    }

    fn fold_on(&self, mut entry: Entry, events: &[Recorded]) -> Result<Entry, SchedulerError> {
        for recorded in events {
            let new = &recorded.event;
            let event = event::decode(new.kind, new.schema, &new.payload).map_err(|error| {
                SchedulerError::Unreadable {
                    partition: self.desk.partition,
                    position: recorded.position,
                    detail: error.to_string(),
                }
            })?;
            let place = Place { position: recorded.position, at: new.at, occurred_at: new.occurred_at };
            entry.evolve(&event, place);
            entry.trace = new.trace.or(entry.trace);
        }
        Ok(entry)
    }
}

fn read_snapshot(snapshot: &Snapshot) -> Option<Entry> {
    let debtor: Option<Debtor> =
        (snapshot.revision == STATE_REVISION).then(|| state::decode(&snapshot.state).ok()).flatten();
    debtor.map(|debtor| Entry::read(debtor, Some(snapshot.position)))
}
