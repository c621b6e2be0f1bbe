//! Time, randomness and tasks of the real world: the operating system's clock and random source, tokio's tasks.
//!
//! The one place where those are touched.
//! Everything here wants a tokio runtime with its timer around it when it is used, not when it is made.

mod stock;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use domain::time::Timestamp;

use crate::activity::Activity;
use crate::clock::{Clock, Timer};
use crate::{BoxFuture, Random, Runtime, Spawn};

/// Longest sleep towards a timer: a wall clock that is set anew meanwhile is noticed after this long.
const LONGEST_NAP: Duration = Duration::from_secs(30);

/// The real world.
pub fn runtime() -> Runtime {
    let activity = Activity::default();
    Runtime {
        clock: Arc::new(SystemClock::new(activity.clone())),
        random: Arc::new(SystemRandom),
        tasks: Arc::new(TokioSpawn),
        activity,
    }
}

/// The operating system's wall clock and monotonic clock.
pub struct SystemClock {
    started: Instant,
    activity: Activity,
}

impl SystemClock {
    /// A clock whose fired timers count as work in flight.
    #[expect(clippy::disallowed_methods, reason = "the one place where the monotonic clock is read")]
    pub fn new(activity: Activity) -> Self {
        Self { started: Instant::now(), activity }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        wall_time()
    }

    fn timer(&self, at: Timestamp) -> Timer {
        let activity = self.activity.clone();
        Box::pin(async move {
            while let Some(left) = time_until(at) {
                nap(left.min(LONGEST_NAP)).await;
            }
            activity.begin()
        })
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        Box::pin(nap(length))
    }
}

/// The operating system's random source.
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, out: &mut [u8]) {
        stock::fill(out);
    }
}

/// Tasks of the tokio runtime around the caller.
pub struct TokioSpawn;

impl Spawn for TokioSpawn {
    #[expect(clippy::disallowed_methods, reason = "the one place where tasks are started")]
    fn spawn(&self, _name: &'static str, task: BoxFuture<'static, ()>) {
        drop(tokio::spawn(task));
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the wall clock is read")]
fn wall_time() -> Timestamp {
    // A clock set before 1970 reads as 1970; the partition refuses to run on a clock that is off (time, 1).
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

fn time_until(at: Timestamp) -> Option<Duration> {
    let left_ms = u64::try_from(at.since(wall_time()).0).ok()?;
    (left_ms > 0).then(|| Duration::from_millis(left_ms))
}

#[expect(clippy::disallowed_methods, reason = "the one place where tokio's timer is used")]
pub(crate) async fn nap(length: Duration) {
    tokio::time::sleep(length).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Span;

    #[test]
    fn the_wall_clock_is_past_the_day_this_was_written_and_the_monotonic_clock_does_not_step_back() {
        let runtime = runtime();
        assert!(runtime.clock.now() > Timestamp(1_760_000_000_000));
        let first = runtime.clock.monotonic();
        assert!(runtime.clock.monotonic() >= first);
    }

    #[test]
    fn random_ids_differ() {
        let runtime = runtime();
        assert_ne!(crate::random_id(&*runtime.random), crate::random_id(&*runtime.random));
    }

    #[tokio::test]
    async fn a_timer_fires_at_its_instant_and_counts_as_work() {
        let runtime = runtime();
        let at = runtime.clock.now().plus(Span(20));
        let busy = runtime.clock.timer(at).await;
        assert!(runtime.clock.now() >= at);
        assert_eq!(runtime.activity.in_flight(), 1);
        drop(busy);
        assert_eq!(runtime.activity.in_flight(), 0);
    }

    #[tokio::test]
    async fn a_task_runs() {
        let (done, finished) = tokio::sync::oneshot::channel();
        runtime().tasks.spawn("test", Box::pin(async move { assert_eq!(done.send(7), Ok(())) }));
        assert_eq!(finished.await, Ok(7));
    }
}
