//! A stop strikes a call task through (permits, 10): calls that were emitted and are over are recalled.
//!
//! A recall may be lost, or come to a list before the call itself, so it is told again for as long as a carrier may still
//! hand the call out; a list that has missed all of them shows the task until it expires, and no permit is given.
//! What an owner had still to tell again goes with it.

use core::time::Duration;
use std::collections::BTreeSet;

use domain::channel::Channel;
use domain::ids::{EscalationId, StreamId};

use super::{Flight, Flights, Seen, Stage};

/// How often one is told: after the first time at intervals that double, together some ten minutes by default.
const TIMES: u32 = 6;

/// Most that are to be told again; with more, those whose turn is last are told no more.
const MAX_RECALLS: usize = 10_000;

/// What to recall, by when: monotonic, and how often it was told before.
pub(super) struct Recalls {
    due: BTreeSet<(Duration, u32, EscalationId)>,
    again_after: Duration,
}

impl Recalls {
    pub(super) const fn new(again_after: Duration) -> Self {
        Self { due: BTreeSet::new(), again_after }
    }

    fn add(&mut self, id: EscalationId) {
        self.tell_at(Duration::ZERO, 0, id);
    }

    /// What is due by now, each once.
    pub(super) fn due(&mut self, now: Duration) -> Vec<EscalationId> {
        let mut due = Vec::new();
        while let Some((_, told, id)) = self.due.first().copied().filter(|(at, _, _)| *at <= now) {
            self.due.pop_first();
            due.push((told.saturating_add(1), id));
        }
        for (told, id) in &due {
            if *told < TIMES {
                let pause = self.again_after.saturating_mul(1 << told.saturating_sub(1));
                self.tell_at(now.saturating_add(pause), *told, *id);
            }
        }
        due.into_iter().map(|(_, id)| id).collect()
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.due.first().map(|(at, _, _)| *at)
    }

    fn tell_at(&mut self, at: Duration, told: u32, id: EscalationId) {
        self.due.insert((at, told, id));
        if self.due.len() > MAX_RECALLS {
            self.due.pop_last();
        }
    }
}

impl Flights {
    /// Recalls a call that ends before its permit, if it may stand on a list.
    pub(super) fn recall_call(&mut self, stream: StreamId) {
        let Some(flight) = self.flights.get(&stream) else { return };
        if flight.queue.1 == Channel::Call && flight.may_be_listed() {
            let id = EscalationId { stream, number: flight.number };
            self.recalls.add(id);
        }
    }
}

impl Flight {
    const fn may_be_listed(&self) -> bool {
        match (&self.stage, self.seen) {
            (Stage::Emitted { .. }, Seen::Now | Seen::Before) | (Stage::Waiting, Seen::Before) => true,
            // It has never gone out, or an agent has opened it.
            (Stage::Waiting, Seen::Now) | (Stage::Started { .. }, Seen::Now | Seen::Before) => false,
        }
    }
}
