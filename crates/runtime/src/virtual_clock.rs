//! A clock for played feeds: it stands still while anybody is at work, then jumps to the earliest timer.
//!
//! **Invariant:** `now` moves only while no work is in flight, and never backwards.
//! Each timer that fires carries a guard made before anybody could see the world as idle again.
//! Whoever holds a guard must register the next timer before dropping it, or the clock may pass that instant.
//! `monotonic` and `sleep` are real time: what protects the world outside is not played.

use std::future::{Future, pending};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::time::Timestamp;
use tokio::sync::watch;

use crate::activity::{Activity, Busy};
use crate::clock::{Clock, Timer};
use crate::system::{SystemClock, SystemRandom, TokioSpawn};
use crate::timers::{TimerKey, Timers, Wakeup};
use crate::{BoxFuture, Runtime};

/// A clock that is moved by the end of work. Cheap to clone; all clones are one clock.
#[derive(Clone)]
pub struct VirtualClock {
    shared: Arc<Shared>,
}

struct Shared {
    activity: Activity,
    real: SystemClock,
    state: Mutex<State>,
    finished: watch::Sender<bool>,
}

struct State {
    now: Timestamp,
    until: Option<Timestamp>,
    timers: Timers<Timestamp>,
    held_until_start: Option<Busy>,
}

/// The real world but for the wall clock, which begins at `start` and goes no further than `until`.
///
/// The clock stands still until [`VirtualClock::start`].
pub fn runtime(start: Timestamp, until: Option<Timestamp>) -> (VirtualClock, Runtime) {
    let activity = Activity::default();
    let clock = VirtualClock::new(start, until, activity.clone());
    let runtime = Runtime {
        clock: Arc::new(clock.clone()),
        random: Arc::new(SystemRandom),
        tasks: Arc::new(TokioSpawn),
        activity,
    };
    (clock, runtime)
}

impl VirtualClock {
    /// A clock that waits for this activity's work. It holds itself until [`Self::start`].
    pub fn new(start: Timestamp, until: Option<Timestamp>, activity: Activity) -> Self {
        let state =
            State { now: start, until, timers: Timers::new(), held_until_start: Some(activity.begin()) };
        let shared = Arc::new(Shared {
            real: SystemClock::new(activity.clone()),
            activity,
            state: Mutex::new(state),
            finished: watch::Sender::new(false),
        });
        let weak = Arc::downgrade(&shared);
        shared.activity.on_idle(move || {
            if let Some(shared) = weak.upgrade() {
                shared.advance();
            }
        });
        Self { shared }
    }

    /// Lets the clock move, once everybody who registers a first timer has done so.
    pub fn start(&self) {
        let hold = self.shared.lock().held_until_start.take();
        // Dropped outside the lock: the last guard to go moves the clock from here.
        drop(hold);
    }

    /// Keeps the clock still until the guard is dropped.
    pub fn hold(&self) -> Busy {
        self.shared.activity.begin()
    }

    /// Resolves once all is idle and either `until` is reached or no timer is left.
    pub fn finished(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut finished = self.shared.finished.subscribe();
        async move {
            if finished.wait_for(|finished| *finished).await.is_err() {
                // The clock is gone, and with it everything that could finish.
                pending::<()>().await;
            }
        }
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        self.shared.lock().now
    }

    fn timer(&self, at: Timestamp) -> Timer {
        let Some((key, fired)) = self.shared.register(at) else {
            let busy = self.shared.activity.begin();
            return Box::pin(async move { busy });
        };
        let registration = Registration { shared: Arc::clone(&self.shared), key };
        if self.shared.activity.in_flight() == 0 {
            // Nobody's end of work is to come that could move the clock.
            self.shared.advance();
        }
        Box::pin(async move {
            let _taken_back_when_dropped = registration;
            match fired.await {
                Ok(busy) => busy,
                Err(_clock_is_gone) => pending().await,
            }
        })
    }

    fn monotonic(&self) -> Duration {
        self.shared.real.monotonic()
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        self.shared.real.sleep(length)
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Registers a timer, unless its instant has come.
    fn register(&self, at: Timestamp) -> Option<(TimerKey<Timestamp>, tokio::sync::oneshot::Receiver<Busy>)> {
        let mut state = self.lock();
        (at > state.now).then(|| state.timers.register(at))
    }

    /// Moves on if all is idle. No guard is dropped and nobody is woken under the lock.
    fn advance(&self) {
        let Some(fired) = self.take_next_instant() else { return };
        for (wakeup, busy) in fired {
            // A timer dropped at this moment gives its guard back, and the guard's end moves the clock on.
            drop(wakeup.send(busy));
        }
    }

    fn take_next_instant(&self) -> Option<Vec<(Wakeup, Busy)>> {
        let mut state = self.lock();
        if self.activity.in_flight() > 0 {
            return None;
        }
        if state.timers.earliest().is_none_or(|at| state.until.is_some_and(|until| at > until)) {
            state.now = state.until.map_or(state.now, |until| until.max(state.now));
            self.finished.send_replace(true);
            return None;
        }
        let (at, wakeups) = state.timers.pop_earliest()?;
        state.now = state.now.max(at);
        // Begun under the lock: whoever looks next sees work in flight.
        Some(wakeups.into_iter().map(|wakeup| (wakeup, self.activity.begin())).collect())
    }
}

/// Takes a timer back when it is dropped.
struct Registration {
    shared: Arc<Shared>,
    key: TimerKey<Timestamp>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let taken_back = self.shared.lock().timers.take_back(&self.key);
        drop(taken_back);
    }
}

#[cfg(test)]
mod tests;
