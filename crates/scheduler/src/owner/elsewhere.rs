//! What waits in other partitions for something that became known in this one: made known first, then drained (inputs, 5).
//!
//! Whoever parks an input looks up afterwards whether its claim, contact point or message is known by then ([`forward`]);
//! whoever makes one known looks afterwards for what waits for it anywhere. Either follows its own commit, so that one of
//! the two always sees the other. An input that both bring in counts once, by its key.
//! A crash between the commit and the look costs nothing: the successor looks again for what the tail made known.
//! In a log of one partition there is no elsewhere.
//!
//! [`forward`]: super::forward

use contract::wire::WaitingInput;
use domain::event::Event;
use domain::fact::MadeKnown;
use event_log::record::{Append, LookupKind, ParkedRow};

use crate::batch::{Batch, Work};
use crate::error::SchedulerError;
use crate::owner::Owner;

/// How many are looked for with one question.
const PAGE: usize = 500;
/// How often what was brought in may make something known in turn, before the rest is left to whoever parked it.
const MAX_TURNS: u32 = 8;

impl Owner {
    /// Notes what a committed append made known.
    pub(super) fn note_made_known(&mut self, append: &Append) {
        if !self.is_one_of_many() {
            return;
        }
        let leads = append.lookups.iter().filter(|lookup| lookup.kind != LookupKind::Name);
        self.made_known.extend(leads.map(|lookup| lookup.digest));
    }

    /// Notes what an event of the tail made known, before it is known whether the last owner looked for what waits.
    pub(super) fn note_made_known_by(&mut self, event: &Event) {
        let Event::Fact(fact) = event else { return };
        self.made_known.extend(fact.makes_known().map(MadeKnown::digest));
    }

    /// Takes in what waits elsewhere for what was made known here.
    pub(super) async fn bring_in(&mut self) -> Result<(), SchedulerError> {
        for _ in 0..MAX_TURNS {
            let ids: Vec<[u8; 16]> = core::mem::take(&mut self.made_known).into_iter().collect();
            if ids.is_empty() {
                break;
            }
            for page in ids.chunks(PAGE) {
                let mut batch = self.waiting_elsewhere(page).await?;
                self.decide_batch(&mut batch).await?;
            }
        }
        Ok(())
    }

    async fn waiting_elsewhere(&self, ids: &[[u8; 16]]) -> Result<Batch, SchedulerError> {
        let read = self.around.log.parked_anywhere(ids, self.desk.config.max_parked).await;
        let mut rows = read.map_err(|source| self.store_error(source))?;
        rows.retain(|(partition, _)| *partition != self.desk.partition);
        let (mut facts, mut reports) = (Vec::new(), Vec::new());
        for (partition, row) in &rows {
            match self.open(*partition, row) {
                Some(WaitingInput::Fact(fact)) => facts.push(Work::Fact(Box::new(fact))),
                Some(WaitingInput::Report(report)) => reports.push(Work::Outcome(Box::new(report))),
                None => {}
            }
        }
        let mut batch = Batch::default();
        facts.into_iter().chain(reports).for_each(|work| batch.add_unasked(work));
        Ok(batch)
    }

    fn open(&self, partition: u16, row: &ParkedRow) -> Option<WaitingInput> {
        let vault = self.desk.vault.of(partition);
        match vault.open_waiting(row) {
            Ok(input) => Some(input),
            Err(error) => {
                tracing::error!(%error, partition, "an input that waits in another partition does not open");
                None
            }
        }
    }
}
