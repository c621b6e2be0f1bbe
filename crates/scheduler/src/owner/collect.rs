//! Collecting a batch: waits until there is something to do, then takes what has arrived, up to the limits.
//!
//! While a batch commits, the lanes fill; the next one takes what has gathered (so collecting overlaps the commit).
//! **Invariant:** nobody due is decided before the lane of outcomes was seen empty, after a takeover too (permits, 12).

use bus::lane::{Delivery, Lane};
use contract::wire::{
    Command, CommandAnswer, Credit, FactMessage, Filed, OutcomeMessage, PermitAnswer, PermitQuestions,
    Receipt,
};
use tokio::sync::mpsc::error::TryRecvError;

use crate::batch::Batch;
use crate::due_index::Next;
use crate::error::SchedulerError;
use crate::owner::Owner;

/// Most pages of due instants that are read before a batch: each brings the horizon on.
const MAX_DUE_PAGES: usize = 64;

/// Most credits that are heard between two batches.
const MAX_CREDITS: usize = 1_000;

/// What ended the wait.
pub(super) enum Arrived {
    /// An operator's command.
    Command(Delivery<Command, CommandAnswer>),
    /// Facts that may forbid a contact.
    Stops(Delivery<Vec<FactMessage>, Vec<Receipt>>),
    /// Facts.
    Facts(Delivery<Vec<FactMessage>, Vec<Receipt>>),
    /// Outcomes.
    Outcomes(Delivery<Vec<OutcomeMessage>, Vec<Filed>>),
    /// Questions.
    Permits(Delivery<PermitQuestions, Vec<PermitAnswer>>),
    /// Credit.
    Credit(Delivery<Credit, ()>),
    /// Time, or nothing had to be waited for.
    Nothing,
}

impl Owner {
    /// Reads the store on until the earliest due instant is known.
    pub(super) async fn read_due(&mut self) -> Result<(), SchedulerError> {
        for _ in 0..MAX_DUE_PAGES {
            let Next::Page(after) = self.due.next() else { return Ok(()) };
            let limit = self.desk.config.due_page;
            let read = self.around.log.due_after(self.desk.partition, after, limit).await;
            let page = read.map_err(|source| self.store_error(source))?;
            let (cache, ready) = (&self.cache, &self.ready);
            self.due
                .add_page(&page, limit, |stream| cache.is_dirty(*stream) || ready.place(*stream).is_some());
        }
        Ok(())
    }

    /// Takes what has arrived, in the order of the protocol, and adds who is due.
    pub(super) fn collect(&mut self, arrived: Arrived) -> Result<Batch, SchedulerError> {
        let mut batch = Batch::default();
        let (mut stops, mut facts, mut outcomes, mut permits, mut credit) = (None, None, None, None, None);
        match arrived {
            Arrived::Stops(delivery) => stops = Some(delivery),
            Arrived::Facts(delivery) => facts = Some(delivery),
            Arrived::Outcomes(delivery) => outcomes = Some(delivery),
            Arrived::Permits(delivery) => permits = Some(delivery),
            Arrived::Credit(delivery) => credit = Some(delivery),
            // Commands are carried out before a batch is collected.
            Arrived::Command(_) | Arrived::Nothing => {}
        }
        let limits = self.desk.config;
        let closed = || SchedulerError::LanesClosed { partition: self.desk.partition };
        let stops_read = take(&mut self.lanes.stops, stops, |facts| {
            batch.add_facts(facts);
            batch.counts().facts < limits.max_facts
        });
        let facts_read = take(&mut self.lanes.facts, facts, |facts| {
            batch.add_facts(facts);
            batch.counts().facts < limits.max_facts
        });
        let outcomes_read = take(&mut self.lanes.outcomes, outcomes, |outcomes| {
            batch.add_outcomes(outcomes);
            batch.counts().outcomes < limits.max_outcomes
        });
        take(&mut self.lanes.permits, permits, |permits| {
            batch.add_permits(permits);
            batch.counts().permits < limits.max_permits
        })
        .ok_or_else(closed)?;
        let mut credits = Vec::new();
        take(&mut self.lanes.credits, credit, |credit| {
            credits.push(credit);
            credits.len() < MAX_CREDITS
        })
        .ok_or_else(closed)?;
        let facts_read = stops_read.ok_or_else(closed)? & facts_read.ok_or_else(closed)?;
        let outcomes_read = outcomes_read.ok_or_else(closed)?;
        self.hear(credits);
        // An outcome may hold a refusal of the recipient's, which is a stop as well.
        self.lanes_are_empty = facts_read && outcomes_read;
        if self.lanes_are_empty {
            self.inputs_empty_at = self.monotonic();
            self.lanes_were_empty = true;
        }
        if outcomes_read && !self.awaits_outcomes() {
            self.add_due(&mut batch);
        }
        Ok(batch)
    }

    fn hear(&mut self, credits: Vec<Delivery<Credit, ()>>) {
        let now = self.monotonic();
        self.credits.lapse(now);
        for delivery in credits {
            let (credit, answer) = delivery.split();
            self.credits.grant(&credit, now);
            self.guards.push(answer.give(()));
        }
    }

    /// Those whose turn it is among the waiting, then who is due.
    fn add_due(&mut self, batch: &mut Batch) {
        let limit = self.desk.config.max_due;
        let (flights, credits) = (&self.flights, &self.credits);
        for stream in self.ready.turns(|queue| flights.room(queue, credits), limit) {
            batch.add_due(stream);
        }
        for stream in self.due.due(self.now(), limit) {
            batch.add_due(stream);
        }
    }
}

/// Takes messages from a lane until it is empty (true), the sink has enough (false) or the bus hung up (none).
fn take<T, R>(
    lane: &mut Lane<T, R>,
    first: Option<Delivery<T, R>>,
    mut sink: impl FnMut(Delivery<T, R>) -> bool,
) -> Option<bool> {
    if let Some(first) = first
        && !sink(first)
    {
        return Some(false);
    }
    loop {
        match lane.try_recv() {
            Ok(delivery) => {
                if !sink(delivery) {
                    return Some(lane.is_empty());
                }
            }
            Err(TryRecvError::Empty) => return Some(true),
            Err(TryRecvError::Disconnected) => return None,
        }
    }
}
