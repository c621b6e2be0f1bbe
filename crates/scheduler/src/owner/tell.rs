//! Telling how the owner is, after each batch: what it has counted, and what it holds.

use event_log::record::{Append, Head};

use crate::health::PartitionHealth;
use crate::owner::Owner;

impl Owner {
    /// Tells it to whoever asks; nobody is waited for.
    pub(super) fn tell_health(&mut self) {
        let Head { position, checkpoint, .. } = self.lease.head;
        let lag = if self.lanes_are_empty {
            core::time::Duration::ZERO
        } else {
            self.monotonic().saturating_sub(self.inputs_empty_at)
        };
        let figures = &mut self.figures;
        figures.head = position.0;
        figures.checkpoint_lag = position.0.saturating_sub(checkpoint.0);
        figures.in_flight = count(self.flights.len());
        figures.ready = count(self.ready.len());
        figures.waited_for = self.waited_for.as_ref().map_or(0, |known| count(known.len()));
        figures.suppressed = self.suppressed.as_ref().map_or(0, |known| count(known.len()));
        figures.pauses = count(self.own.pauses.len());
        figures.input_lag_ms = u64::try_from(lag.as_millis()).unwrap_or(u64::MAX);
        self.heads.send_if_modified(|head| core::mem::replace(head, self.lease.head).position != position);
        let caught_up = self.sweep.is_none() && self.lanes_were_empty;
        let (epoch, figures) = (self.lease.epoch, self.figures);
        self.health.send_modify(|health| {
            *health = PartitionHealth { epoch, owned: true, caught_up, figures, ..*health };
        });
    }

    /// Counts an append that is in the log.
    pub(super) fn count_append(&mut self, append: &Append) {
        self.figures.appends = self.figures.appends.saturating_add(1);
        self.figures.events = self.figures.events.saturating_add(count(append.events.len()));
    }
}

fn count(held: usize) -> u64 {
    u64::try_from(held).unwrap_or(u64::MAX)
}
