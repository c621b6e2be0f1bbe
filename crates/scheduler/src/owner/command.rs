//! What operators tell: pauses, and what becomes of inputs that wait or could not be processed.
//!
//! A command is answered after its commit. A pause that is acknowledged at t lets nothing that it covers be submitted
//! after t + `start_within`, as any stop does: from its commit on no permit is given, and no repeat is answered again.

use bus::lane::Delivery;
use contract::wire::{Command, CommandAnswer, Order, Reach, Receipt, WaitingInput};
use domain::event::Event;
use domain::ids::InputId;
use domain::label::Label;
use event_log::record::{Append, ParkedRow};

use crate::batch::{Verdict, Work};
use crate::error::SchedulerError;
use crate::owner::Owner;
use crate::owner::commit::CommitError;
use crate::round::{Draft, Round, label};

/// Most commands that are heard between two batches.
const MAX_COMMANDS: usize = 16;

impl Owner {
    /// Carries out the commands that have arrived.
    pub(super) async fn obey(
        &mut self,
        first: Option<Delivery<Command, CommandAnswer>>,
    ) -> Result<(), SchedulerError> {
        let mut next = first;
        for _ in 0..MAX_COMMANDS {
            let Some(delivery) = next.take().or_else(|| self.lanes.commands.try_recv().ok()) else { break };
            let (command, answer) = delivery.split();
            let done = self.carry_out(command).await?;
            self.guards.push(answer.give(done));
        }
        Ok(())
    }

    async fn carry_out(&mut self, command: Command) -> Result<CommandAnswer, SchedulerError> {
        let Command { actor, order } = command;
        match order {
            Order::Pause { reach, reason } => self.pause(reach, actor, reason).await,
            Order::Resume { reach } => self.resume(reach, actor).await,
            Order::Retry(input) => self.retry(input).await,
            Order::Drop { input, reason } => self.give_up_input(input, actor, reason).await,
        }
    }

    async fn pause(
        &mut self,
        reach: Reach,
        actor: Label,
        reason: Label,
    ) -> Result<CommandAnswer, SchedulerError> {
        if self.own.pauses.contains(&reach) {
            return Ok(CommandAnswer::NothingToDo);
        }
        let Reach { tenant, channel } = reach;
        let event = Event::ContactsPaused { tenant, channel, actor, reason };
        self.record_own(&event, self.nothing()).await?;
        tracing::warn!(
            partition = self.desk.partition,
            pauses = self.own.pauses.len(),
            "contacts are paused"
        );
        Ok(CommandAnswer::Done)
    }

    async fn resume(&mut self, reach: Reach, actor: Label) -> Result<CommandAnswer, SchedulerError> {
        if !self.own.pauses.contains(&reach) {
            return Ok(CommandAnswer::NothingToDo);
        }
        let Reach { tenant, channel } = reach;
        let event = Event::ContactsResumed { tenant, channel, actor };
        self.record_own(&event, self.nothing()).await?;
        tracing::info!(partition = self.desk.partition, pauses = self.own.pauses.len(), "contacts go on");
        Ok(CommandAnswer::Done)
    }

    async fn give_up_input(
        &mut self,
        input: InputId,
        actor: Label,
        reason: Label,
    ) -> Result<CommandAnswer, SchedulerError> {
        if self.waiting_row(input).await?.is_none() {
            return Ok(CommandAnswer::UnknownInput);
        }
        let rows = Append { unpark: vec![input], ..self.nothing() };
        self.record_own(&Event::InputDropped { input, actor, reason }, rows).await?;
        Ok(CommandAnswer::Done)
    }

    async fn waiting_row(&self, input: InputId) -> Result<Option<ParkedRow>, SchedulerError> {
        let read = self.around.log.parked_input(self.desk.partition, input).await;
        read.map_err(|source| self.store_error(source))
    }

    /// Takes the input in as if it came now; it stays where it is if it still can't be.
    async fn retry(&mut self, input: InputId) -> Result<CommandAnswer, SchedulerError> {
        let Some(row) = self.waiting_row(input).await? else { return Ok(CommandAnswer::UnknownInput) };
        let work = match self.desk.vault.open_waiting(&row) {
            Ok(WaitingInput::Fact(fact)) => Work::Fact(Box::new(fact)),
            Ok(WaitingInput::Report(report)) => Work::Outcome(Box::new(report)),
            Err(error) => {
                tracing::error!(%error, "an input that waits does not open");
                let detail = "it was sealed under another key, or damaged; drop it, and have it sent again";
                return Ok(CommandAnswer::Tried(still_refused("does_not_open", detail)));
            }
        };
        let (draft, receipt) = match self.try_again(&row, &work).await? {
            Ok(tried) => tried,
            Err(receipt) => return Ok(CommandAnswer::Tried(receipt)),
        };
        match self.commit(draft.append()).await {
            Ok(head) => self.lease.head = head,
            Err(CommitError::Stop(error)) => return Err(error),
            Err(CommitError::Refused(source)) => {
                tracing::error!(error = %source, "an input that was tried again was refused by the log");
                let detail = "the log refuses what would follow from it; drop it, and have it corrected";
                return Ok(CommandAnswer::Tried(still_refused("append_refused", detail)));
            }
        }
        self.settle(draft, &[]);
        Ok(CommandAnswer::Tried(receipt))
    }

    async fn try_again(
        &mut self,
        row: &ParkedRow,
        work: &Work,
    ) -> Result<Result<(Draft, Receipt), Receipt>, SchedulerError> {
        let known = self.prefetch(core::slice::from_ref(work)).await?;
        let room = |_: &_| 0;
        let draft = Draft::new(self.desk.partition, self.lease.epoch, self.lease.head, self.now());
        let mut round = Round { desk: &self.desk, cache: &self.cache, known: &known, room: &room, draft };
        Ok(match round.take_again(row, work) {
            Ok(Verdict::Receipt(receipt)) => Ok((round.draft, receipt)),
            Ok(Verdict::Filed(_) | Verdict::Permit(_) | Verdict::Done) => {
                Ok((round.draft, Receipt::Recorded))
            }
            Err(why) => Err(still_refused(
                why.0.as_str(),
                "it still can't be processed; drop it, and have it corrected",
            )),
        })
    }
}

/// The input stays where it is, for this reason.
fn still_refused(reason: &'static str, detail: &str) -> Receipt {
    label(reason).map_or(Receipt::Parked, |reason| Receipt::Refused { reason, detail: detail.to_owned() })
}
