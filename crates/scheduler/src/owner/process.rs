//! A batch becomes rounds, each of them one append.
//!
//! A round that fails for a reason of its data is halved, down to the one input that goes to quarantine (inputs, 7).
//! Answers are given when all of the batch is in the log.

use domain::event::QuarantineReason;
use domain::ids::StreamId;

use crate::batch::{Batch, Verdict, Work};
use crate::error::SchedulerError;
use crate::owner::Owner;
use crate::owner::commit::CommitError;
use crate::round::{Draft, InputFailed, Known, Round};

/// Why a part of a batch did not get into the log.
enum Failed {
    /// This input, by its place in the batch, can't be processed.
    Input(usize, InputFailed),
    /// Some input of the round is the reason.
    Some,
    /// The owner must stop.
    Stop(SchedulerError),
}

impl Owner {
    /// Decides and commits all of a batch and what it brings in, then answers.
    pub(super) async fn process(&mut self, mut batch: Batch) -> Result<(), SchedulerError> {
        self.decide_batch(&mut batch).await?;
        self.bring_in().await?;
        self.guards.extend(batch.give_answers());
        Ok(())
    }

    /// Decides and commits all of a batch.
    pub(super) async fn decide_batch(&mut self, batch: &mut Batch) -> Result<(), SchedulerError> {
        let (mut from, mut size) = (0, batch.work().len());
        while from < batch.work().len() {
            let most = if self.cautious_left > 0 { 1 } else { size.max(1) };
            let to = from.saturating_add(most).min(batch.work().len());
            match self.round(batch, from, to).await {
                Ok(done) => {
                    self.cautious_left = self.cautious_left.saturating_sub(done.saturating_sub(from));
                    from = done;
                    size = batch.work().len();
                }
                Err(Failed::Stop(error)) => return Err(error),
                Err(Failed::Input(place, why)) if place == from => {
                    self.quarantine(batch, from, why).await?;
                    from += 1;
                }
                // What stands before it goes in first.
                Err(Failed::Input(place, _)) => size = place.saturating_sub(from),
                Err(Failed::Some) if to == from + 1 => {
                    self.quarantine(batch, from, InputFailed(QuarantineReason::AppendRefused)).await?;
                    from += 1;
                }
                Err(Failed::Some) => size = (to - from) / 2,
            }
        }
        Ok(())
    }

    /// Decides and commits inputs from one place on; says how far it came.
    async fn round(&mut self, batch: &mut Batch, from: usize, to: usize) -> Result<usize, Failed> {
        let part = batch.work().get(from..to).unwrap_or_default();
        let mut known = self.prefetch(part).await.map_err(Failed::Stop)?;
        known.reply_bytes = batch.reply_bytes().to_vec();
        let (draft, verdicts) =
            self.decide_all(&known, part).map_err(|(place, why)| Failed::Input(from + place, why))?;
        let done = from + verdicts.len();
        let due = due_streams(batch.work().get(from..done).unwrap_or_default());
        let must_commit = !due.is_all || !draft.is_empty();
        if must_commit {
            self.commit_draft(&draft).await?;
        }
        for (asker, bytes) in draft.replies() {
            batch.add_reply_bytes(*asker, *bytes);
        }
        for (place, verdict) in (from..).zip(verdicts) {
            self.figures.count(&verdict);
            batch.answer(place, verdict);
        }
        self.settle(draft, &due.streams);
        Ok(done)
    }

    async fn commit_draft(&mut self, draft: &Draft) -> Result<(), Failed> {
        match self.commit(draft.append()).await {
            Ok(head) => {
                self.lease.head = head;
                self.count_append(draft.append());
                self.note_made_known(draft.append());
                Ok(())
            }
            Err(CommitError::Stop(error)) => Err(Failed::Stop(error)),
            Err(CommitError::Refused(error)) => {
                tracing::error!(%error, "an append was refused; its inputs are tried in smaller parts");
                Err(Failed::Some)
            }
        }
    }

    /// Decides inputs in order until all are, or the draft is full.
    fn decide_all(
        &self,
        known: &Known,
        part: &[Work],
    ) -> Result<(Draft, Vec<Verdict>), (usize, InputFailed)> {
        let room = |queue: &_| self.flights.room(queue, &self.credits);
        let draft = Draft::new(self.desk.partition, self.lease.epoch, self.lease.head, self.now());
        let mut round = Round { desk: &self.desk, cache: &self.cache, known, room: &room, draft };
        let mut verdicts = Vec::with_capacity(part.len());
        for (place, work) in part.iter().enumerate() {
            if round.draft.append().events.len() >= self.desk.config.max_round_events {
                break;
            }
            verdicts.push(round.take(work).map_err(|why| (place, why))?);
        }
        Ok((round.draft, verdicts))
    }

    /// Keeps one input aside and holds its debtor; if not even that can be written, the owner stops.
    async fn quarantine(
        &mut self,
        batch: &mut Batch,
        place: usize,
        why: InputFailed,
    ) -> Result<(), SchedulerError> {
        let Some(work) = batch.work().get(place) else { return Ok(()) };
        tracing::error!(
            reason = why.0.as_str(),
            "an input goes to quarantine; its debtor is held until somebody looks"
        );
        self.figures.quarantined = self.figures.quarantined.saturating_add(1);
        let known = self.prefetch(core::slice::from_ref(work)).await?;
        let (draft, verdict) = self.decide_quarantine(&known, work, why)?;
        let due = due_streams(core::slice::from_ref(work));
        match self.commit(draft.append()).await {
            Ok(head) => self.lease.head = head,
            Err(CommitError::Stop(error)) => return Err(error),
            Err(CommitError::Refused(source)) => return Err(self.store_error(source)),
        }
        batch.answer(place, verdict);
        self.settle(draft, &due.streams);
        Ok(())
    }

    fn decide_quarantine(
        &self,
        known: &Known,
        work: &Work,
        why: InputFailed,
    ) -> Result<(Draft, Verdict), SchedulerError> {
        let room = |_: &_| 0;
        let draft = Draft::new(self.desk.partition, self.lease.epoch, self.lease.head, self.now());
        let mut round = Round { desk: &self.desk, cache: &self.cache, known, room: &room, draft };
        let verdict = round.quarantine(work, why).map_err(|why| SchedulerError::Keys {
            partition: self.desk.partition,
            doing: "put an input into quarantine",
            detail: why.0.as_str().to_owned(),
        })?;
        Ok((round.draft, verdict))
    }
}

struct DueStreams {
    streams: Vec<StreamId>,
    /// Whether nobody waits for an answer.
    is_all: bool,
}

fn due_streams(part: &[Work]) -> DueStreams {
    let streams: Vec<StreamId> = part
        .iter()
        .filter_map(|work| if let Work::Due(stream) = work { Some(*stream) } else { None })
        .collect();
    DueStreams { is_all: streams.len() == part.len(), streams }
}
