//! Which notices go out next: as many as can be submitted at once, and no more (permits, 2).

use std::sync::Arc;
use std::time::Duration;

use contract::wire::EscalationNotice;
use runtime::activity::Busy;
use tokio::sync::OwnedSemaphorePermit;

use super::Inner;
use crate::asking::Answered;
use crate::circuit::Allowance;
use crate::queue::Waiting;

/// One escalation in hand: its notice, its rate token, its connection slot, and the guard that a virtual clock waits for.
///
/// Dropping it frees them, in whatever way it ended.
pub(super) struct Hand {
    pub(super) notice: EscalationNotice,
    pub(super) busy: Option<Busy>,
    inner: Arc<Inner>,
    slot: Option<OwnedSemaphorePermit>,
    token_used: bool,
}

impl Hand {
    /// The token is spent: a submission begins.
    pub(super) const fn use_token(&mut self) {
        self.token_used = true;
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        // The slot first, and the wake-up last, so that whoever wakes up sees it free.
        drop(self.slot.take());
        {
            let mut state = self.inner.state();
            state.in_hand.remove(&self.notice.id);
            if !self.token_used {
                state.bucket.give_back(1);
            }
        }
        self.inner.wake.notify_one();
        drop(self.busy.take());
    }
}

impl Inner {
    /// Starts a task for each batch that can go out now; when to look again, if only time has to pass.
    pub(super) fn dispatch(self: &Arc<Self>) -> Option<Duration> {
        self.drop_lapsed();
        while let Some(batch) = self.next_batch() {
            let inner = Arc::clone(self);
            self.runtime.tasks.spawn("ask", Box::pin(async move { inner.ask_and_submit(batch).await }));
        }
        self.look_again_in()
    }

    fn drop_lapsed(&self) {
        let now = self.runtime.clock.now();
        let lapsed = {
            let mut state = self.state();
            let was_open = state.circuit.is_open();
            let _half_open_once_its_time_is_over = state.circuit.allowance(self.runtime.clock.monotonic());
            if was_open && !state.circuit.is_open() {
                self.credit_changed.notify_one();
            }
            // What an open circuit keeps from going out is emitted again, or falls over: the scheduler decides.
            if state.circuit.is_open() { state.queue.take_all() } else { state.queue.take_expired(now) }
        };
        drop(lapsed);
    }

    fn next_batch(self: &Arc<Self>) -> Option<Vec<Hand>> {
        let mut state = self.state();
        if state.closing {
            return None;
        }
        let now = self.runtime.clock.monotonic();
        let queued = clamp(state.queue.next_batch_len());
        let free = clamp(self.slots.available_permits());
        let allowed = match state.circuit.allowance(now) {
            Allowance::Any => u32::MAX,
            // Alone: what was under way before is over.
            Allowance::Probe if free == self.config.concurrency => 1,
            Allowance::Probe | Allowance::NoneBefore(_) => 0,
        };
        let most =
            queued.min(free).min(allowed).min(self.config.most_questions()).min(self.room_for_outcomes());
        // Waits for a few free slots rather than asking for each by itself.
        if most == 0 || free < queued.min(self.config.concurrency / 4) {
            return None;
        }
        let tokens = state.bucket.take_up_to(most, now);
        let batch = state.queue.pop_batch(tokens);
        let slots = Arc::clone(&self.slots).try_acquire_many_owned(tokens).ok();
        state.in_hand.extend(batch.iter().map(|waiting| waiting.notice.id));
        drop(state);
        (!batch.is_empty()).then(|| self.take_in_hand(batch, slots))
    }

    fn take_in_hand(
        self: &Arc<Self>,
        batch: Vec<Waiting>,
        mut slots: Option<OwnedSemaphorePermit>,
    ) -> Vec<Hand> {
        let hands = batch.into_iter().map(|Waiting { notice, busy }| Hand {
            notice,
            busy: Some(busy),
            inner: Arc::clone(self),
            slot: slots.as_mut().and_then(|slots| slots.split(1)),
            token_used: false,
        });
        hands.collect()
    }

    /// How many more outcomes may come before the log has acknowledged some.
    fn room_for_outcomes(&self) -> u32 {
        let in_use = self.config.concurrency.saturating_sub(clamp(self.slots.available_permits()));
        let unacknowledged = clamp(self.reporter.unacknowledged()).saturating_add(in_use);
        self.config.unacknowledged_outcomes.saturating_sub(unacknowledged)
    }

    fn look_again_in(&self) -> Option<Duration> {
        let mut state = self.state();
        let now = self.runtime.clock.monotonic();
        if let Allowance::NoneBefore(until) = state.circuit.allowance(now) {
            return Some(until.saturating_sub(now));
        }
        if state.circuit.is_closed() && state.queue.len() > 0 {
            let wait = state.bucket.wait(now);
            // With a token at hand it is a slot or the log that is waited for, and they wake us.
            return (!wait.is_zero()).then_some(wait);
        }
        None
    }

    /// Asks permits for a batch of one partition, and submits each that is granted in a task of its own.
    async fn ask_and_submit(self: Arc<Self>, batch: Vec<Hand>) {
        let Some(partition) = batch.first().map(|hand| hand.notice.partition) else { return };
        let attempts: Vec<_> = batch.iter().map(|hand| hand.notice.id).collect();
        let mut hands: Vec<Option<Hand>> = batch.into_iter().map(Some).collect();
        let settle = |index: usize, answered: Answered| {
            let Some(hand) = hands.get_mut(index).and_then(Option::take) else { return };
            match answered {
                Answered::Granted(permit) => {
                    let inner = Arc::clone(&self);
                    self.runtime
                        .tasks
                        .spawn("submit", Box::pin(async move { inner.submit(hand, permit).await }));
                }
                Answered::Refused(reason) => {
                    tracing::debug!(escalation.id = %hand.notice.id, reason = ?reason, "a permit was refused");
                }
                Answered::NotNow(reason) => {
                    tracing::debug!(escalation.id = %hand.notice.id, %reason, "a permit is not given now");
                }
                Answered::Unanswered => {
                    tracing::warn!(escalation.id = %hand.notice.id, "a permit question had no answer in time");
                }
            }
        };
        self.asker.ask(partition, &attempts, settle).await;
    }
}

fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
