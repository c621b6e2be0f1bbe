//! How far a connection has come with its next request, and a timer that closes it when that takes too long.
//!
//! HTTP's own layer has one time-out for the head, which also runs while a connection is idle. Here a head that has
//! begun has a shorter one than the wait for it: whoever sends a byte now and then gains nothing.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use runtime::BoxFuture;
use runtime::clock::Clock;

use super::limits::Limits;
use crate::figures::{Figures, Slowness};

/// What a connection does; instants are on the monotonic clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// A head is coming since then.
    Head(Duration),
    /// A request is under way, which has time-outs of its own.
    Request,
    /// Nothing has come since then.
    Idle(Duration),
}

/// The pace of one connection.
pub(super) struct Pace {
    clock: Arc<dyn Clock>,
    limits: Limits,
    figures: Figures,
    phase: Mutex<Phase>,
}

impl Pace {
    /// Of a connection that was opened just now, and owes a head.
    pub(super) fn new(clock: Arc<dyn Clock>, limits: Limits, figures: Figures) -> Self {
        let phase = Mutex::new(Phase::Head(clock.monotonic()));
        Self { clock, limits, figures, phase }
    }

    /// Bytes have come.
    pub(super) fn heard(&self) {
        let now = self.clock.monotonic();
        self.change(|phase| match phase {
            Phase::Idle(_) => Phase::Head(now),
            // A head's time runs from its first byte; a body is watched elsewhere.
            Phase::Head(_) | Phase::Request => phase,
        });
    }

    /// The head is whole.
    pub(super) fn begun(&self) {
        self.change(|_| Phase::Request);
    }

    /// The answer is on its way.
    pub(super) fn answered(&self) {
        let now = self.clock.monotonic();
        self.change(|_| Phase::Idle(now));
    }

    fn change(&self, change: impl FnOnce(Phase) -> Phase) {
        let mut phase = self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        *phase = change(*phase);
    }

    fn phase(&self) -> Phase {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the connection is to be closed, if nothing changes.
    fn end(&self) -> Duration {
        match self.phase() {
            Phase::Head(since) => since.saturating_add(self.limits.head_time),
            Phase::Idle(since) => since.saturating_add(self.limits.idle_time),
            // The next head's time has not begun.
            Phase::Request => self.clock.monotonic().saturating_add(self.limits.idle_time),
        }
    }

    fn note_end(&self) {
        match self.phase() {
            Phase::Head(_) => self.figures.connection_timed_out(Slowness::Head),
            // Closing what is idle is no complaint.
            Phase::Idle(_) | Phase::Request => {}
        }
    }
}

/// The timer that HTTP's layer asks while it waits for a head.
#[derive(Clone)]
pub(super) struct HeadTimer(pub(super) Arc<Pace>);

impl Timer for HeadTimer {
    fn sleep(&self, _length: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeadSleep { pace: Arc::clone(&self.0), nap: Mutex::new(None) })
    }

    fn sleep_until(&self, _deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(Duration::ZERO)
    }
}

/// Ends when the pace says so, which it may say anew whenever it is asked.
struct HeadSleep {
    pace: Arc<Pace>,
    /// Until when, and the nap; locked only because the layer wants it to be shareable.
    nap: Mutex<Option<(Duration, BoxFuture<'static, ()>)>>,
}

impl Sleep for HeadSleep {}

impl Future for HeadSleep {
    type Output = ();

    /// Asked again after every piece of a head that came.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let slot = this.nap.get_mut().unwrap_or_else(PoisonError::into_inner);
        loop {
            let (end, now) = (this.pace.end(), this.pace.clock.monotonic());
            if end <= now {
                this.pace.note_end();
                return Poll::Ready(());
            }
            let (until, mut nap) = match slot.take() {
                Some((until, nap)) if until == end => (until, nap),
                Some(_) | None => (end, this.pace.clock.sleep(end.saturating_sub(now))),
            };
            if nap.as_mut().poll(cx).is_pending() {
                *slot = Some((until, nap));
                return Poll::Pending;
            }
        }
    }
}

impl fmt::Debug for HeadSleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HeadSleep(..)")
    }
}
