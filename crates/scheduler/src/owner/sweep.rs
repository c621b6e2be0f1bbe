//! The sweep after a takeover: every debtor is looked at once, a page between two batches.
//!
//! It finds escalations that were open when the last owner went, so that they are emitted again, debtors who waited for
//! capacity, who are due and looked at anew, and due instants that were computed under another rulebook.
//! A virtual clock waits until it is through.

use domain::ids::StreamId;
use domain::next_due::next_due;
use event_log::record::Loaded;
use runtime::activity::Busy;

use crate::cache::Entry;
use crate::error::SchedulerError;
use crate::flights::Seen;
use crate::owner::Owner;

/// How far the sweep has come.
pub(super) struct Sweep {
    after: StreamId,
    _busy: Busy,
}

impl Sweep {
    /// From the beginning; the guard lasts as long as the sweep.
    pub(super) const fn new(busy: Busy) -> Self {
        Self { after: StreamId::PARTITION, _busy: busy }
    }
}

impl Owner {
    /// Looks at the next page of debtors, if there is one.
    pub(super) async fn sweep_on(&mut self) -> Result<(), SchedulerError> {
        let Some(sweep) = &self.sweep else { return Ok(()) };
        let limit = self.desk.config.sweep_page;
        let read = self.around.log.streams(self.desk.partition, sweep.after, limit).await;
        let page = read.map_err(|source| self.store_error(source))?;
        let Some(last) = page.last().copied() else {
            tracing::info!(
                partition = self.desk.partition,
                open = self.flights.len(),
                "the sweep is through"
            );
            self.sweep = None;
            return Ok(());
        };
        // Whom memory holds it has looked at already.
        let unknown: Vec<StreamId> =
            page.into_iter().filter(|stream| self.cache.get(*stream).is_none()).collect();
        for (loaded, entry) in self.load_with_rows(&unknown).await? {
            self.look_over(&loaded, entry);
        }
        if let Some(sweep) = &mut self.sweep {
            sweep.after = last;
        }
        Ok(())
    }

    fn look_over(&mut self, loaded: &Loaded, mut entry: Entry) {
        let (stream, due_at) = (loaded.stream, next_due(&entry.debtor, &self.desk.rulebook));
        let row_is_right =
            loaded.snapshot.as_ref().is_some_and(|row| row.due_at == due_at && row.ready.is_none());
        if row_is_right {
            let now = self.monotonic();
            self.flights.follow(stream, &entry.debtor.tenant, entry.debtor.open_attempt(), Seen::Before, now);
            self.flights.trace(stream, entry.trace);
            return;
        }
        entry.dirty = true;
        self.cache.put(stream, entry);
        self.index(stream, Seen::Before);
    }
}
