//! A clock that is carried on from somebody else's: the database's time, sampled now and then (time, 1).
//!
//! Between two samples it runs on the monotonic clock of this process, so that nobody who sets the machine's clock moves it.
//! Before the first sample it shows the machine's own time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::time::{Span, Timestamp};

use crate::BoxFuture;
use crate::activity::Activity;
use crate::clock::{Clock, Timer};

/// A sample whose answer took longer than this says too little about when it was taken.
pub const MAX_ROUND_TRIP: Duration = Duration::from_secs(1);
/// Longest sleep towards a timer: a new sample that moves the clock is noticed after this long.
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// The clock. Cheap to clone; all clones show the same.
#[derive(Clone)]
pub struct CarriedClock {
    own: Arc<dyn Clock>,
    activity: Activity,
    sample: Arc<Mutex<Option<Sample>>>,
}

#[derive(Clone, Copy)]
struct Sample {
    at: Timestamp,
    monotonic: Duration,
}

impl CarriedClock {
    /// A clock without a sample yet, which runs on this one's monotonic time.
    pub fn new(own: Arc<dyn Clock>, activity: Activity) -> Self {
        Self { own, activity, sample: Arc::default() }
    }

    /// Takes in that the other clock showed `at` at some moment between the asking and the answer, both readings of
    /// [`Clock::monotonic`]; says whether it was close enough to count.
    pub fn take_sample(&self, at: Timestamp, asked: Duration, answered: Duration) -> bool {
        let round_trip = answered.saturating_sub(asked);
        if round_trip > MAX_ROUND_TRIP {
            return false;
        }
        let sample = Sample { at, monotonic: asked.saturating_add(round_trip / 2) };
        *self.sample.lock().unwrap_or_else(PoisonError::into_inner) = Some(sample);
        true
    }
}

impl Clock for CarriedClock {
    fn now(&self) -> Timestamp {
        let sample = *self.sample.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sample) = sample else { return self.own.now() };
        let since = self.own.monotonic().saturating_sub(sample.monotonic);
        sample.at.plus(Span(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
    }

    fn timer(&self, at: Timestamp) -> Timer {
        let clock = self.clone();
        Box::pin(async move {
            while let Some(left) = time_until(at, clock.now()) {
                clock.own.sleep(left.min(LONGEST_NAP)).await;
            }
            clock.activity.begin()
        })
    }

    fn monotonic(&self) -> Duration {
        self.own.monotonic()
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        self.own.sleep(length)
    }
}

fn time_until(at: Timestamp, now: Timestamp) -> Option<Duration> {
    let left_ms = u64::try_from(at.since(now).0).ok()?;
    (left_ms > 0).then(|| Duration::from_millis(left_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulated::Simulation;

    const SECOND: Duration = Duration::from_secs(1);

    fn carried(simulation_starts: i64) -> (Simulation, CarriedClock) {
        let (simulation, runtime) = Simulation::new(1, Timestamp(simulation_starts));
        let clock = CarriedClock::new(Arc::clone(&runtime.clock), runtime.activity);
        (simulation, clock)
    }

    #[test]
    fn it_runs_on_from_the_newest_sample_that_counts() {
        let (simulation, clock) = carried(1_000);
        assert_eq!(clock.now(), Timestamp(1_000), "its own time before the first");
        let at = clock.monotonic();
        assert!(clock.take_sample(Timestamp(50_000), at, at));
        simulation.run_until(Timestamp(4_000));
        assert_eq!(clock.now(), Timestamp(53_000));
        let at = clock.monotonic();
        assert!(clock.take_sample(Timestamp(60_000), at.saturating_sub(SECOND), at), "half of it has passed");
        assert_eq!(clock.now(), Timestamp(60_500));
        assert!(!clock.take_sample(Timestamp(0), at.saturating_sub(SECOND * 2), at), "too slow an answer");
        assert_eq!(clock.now(), Timestamp(60_500));
    }

    #[test]
    fn a_timer_goes_by_the_carried_time() {
        let (simulation, clock) = carried(0);
        let at = clock.monotonic();
        clock.take_sample(Timestamp(10_000), at, at);
        let timer = clock.timer(Timestamp(12_500));
        let busy = simulation.block_on(timer);
        assert!(busy.is_some());
        assert_eq!(clock.now(), Timestamp(12_500));
    }
}
