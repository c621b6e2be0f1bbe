//! Waiting: for the first of an input, the next due instant, something to emit again, and a stop.
//!
//! **Invariant:** the timer for the next due instant stands before the guards of what was handled are dropped, so that a
//! virtual clock can't pass it.

use core::future::pending;
use core::time::Duration;

use domain::time::Timestamp;
use runtime::clock::Timer;
use runtime::stop::told;
use tokio::sync::watch;

use crate::due_index::Next;
use crate::error::SchedulerError;
use crate::owner::Owner;
use crate::owner::collect::Arrived;

/// What is waited for besides inputs.
pub(super) struct Waiting {
    stop: watch::Receiver<bool>,
    timer: Option<(Timestamp, Timer)>,
}

impl Waiting {
    /// For a stop, and no instant yet.
    pub(super) const fn new(stop: watch::Receiver<bool>) -> Self {
        Self { stop, timer: None }
    }
}

impl Owner {
    /// Waits, unless there is work; none when the owner is to stop.
    pub(super) async fn wait(&mut self, waiting: &mut Waiting) -> Result<Option<Arrived>, SchedulerError> {
        if *waiting.stop.borrow() {
            return Ok(None);
        }
        if self.has_work() {
            // What was handled is done with; the work at hand keeps a virtual clock where it is.
            let busy = self.around.runtime.activity.begin();
            self.guards.clear();
            self.guards.push(busy);
            return Ok(Some(Arrived::Nothing));
        }
        self.set_timer(waiting);
        self.guards.clear();
        self.wait_for_first(waiting).await
    }

    /// Whether there is something to do that nothing has to be waited for.
    fn has_work(&self) -> bool {
        let due_now = match self.due.next() {
            Next::At(at) => at <= self.now(),
            Next::Page(_) => true,
            Next::Never => false,
        };
        let may_look = !self.awaits_outcomes();
        let due = may_look && (due_now || self.somebody_may_go());
        due || self.sweep.is_some() || self.checkpoint_is_due()
    }

    fn somebody_may_go(&self) -> bool {
        self.ready.queues().any(|queue| self.flights.room(queue, &self.credits) > 0)
    }

    fn set_timer(&self, waiting: &mut Waiting) {
        let at = match self.due.next() {
            Next::At(at) if !self.awaits_outcomes() => Some(at),
            Next::At(_) | Next::Page(_) | Next::Never => None,
        };
        if waiting.timer.as_ref().map(|(at, _)| *at) != at {
            // The new one is registered before the old one is taken back.
            let timer = at.map(|at| (at, self.around.runtime.clock.timer(at)));
            waiting.timer = timer;
        }
    }

    async fn wait_for_first(&mut self, waiting: &mut Waiting) -> Result<Option<Arrived>, SchedulerError> {
        let closed = SchedulerError::LanesClosed { partition: self.desk.partition };
        let pause = self.next_alarm_in();
        let clock = &self.around.runtime.clock;
        let alarm = async {
            match pause {
                Some(pause) => clock.sleep(pause).await,
                None => pending().await,
            }
        };
        let timer = async {
            match &mut waiting.timer {
                Some((_, timer)) => timer.await,
                None => pending().await,
            }
        };
        let arrived = tokio::select! {
            biased;
            () = told(&mut waiting.stop) => return Ok(None),
            command = self.lanes.commands.recv() => Arrived::Command(command.ok_or(closed)?),
            stops = self.lanes.stops.recv() => Arrived::Stops(stops.ok_or(closed)?),
            facts = self.lanes.facts.recv() => Arrived::Facts(facts.ok_or(closed)?),
            outcomes = self.lanes.outcomes.recv() => Arrived::Outcomes(outcomes.ok_or(closed)?),
            permits = self.lanes.permits.recv() => Arrived::Permits(permits.ok_or(closed)?),
            credit = self.lanes.credits.recv() => Arrived::Credit(credit.ok_or(closed)?),
            () = self.forward.finished() => Arrived::Nothing,
            busy = timer => {
                self.guards.push(busy);
                waiting.timer = None;
                Arrived::Nothing
            }
            () = alarm => Arrived::Nothing,
        };
        Ok(Some(arrived))
    }

    /// How long until something happens on the monotonic clock: an emission to repeat, a credit that lapses, a checkpoint.
    fn next_alarm_in(&self) -> Option<Duration> {
        let outcomes = self.awaits_outcomes().then_some(self.outcomes_until);
        let alarms = [
            outcomes,
            self.flights.next_alarm(),
            self.credits.next_expiry(),
            self.next_checkpoint(),
            self.next_forward(),
        ];
        let next = alarms.into_iter().flatten().min()?;
        Some(next.saturating_sub(self.monotonic()))
    }
}
