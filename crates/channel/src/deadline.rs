//! Until when a submission may begin, on the worker's monotonic clock.
//!
//! Counted from when the question was *first* sent: counting from the reply, or from a later asking, would let a
//! contact leave after a stop was acknowledged (permits, 4).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use runtime::clock::Clock;

/// The time is over: nothing may be written any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the submission did not begin within its time and must not begin any more")]
pub struct TooLate;

/// Until when the first byte may leave.
///
/// Clones are the same deadline: a request body that is written by a connection's own task holds one.
#[derive(Clone)]
pub struct Deadline {
    clock: Arc<dyn Clock>,
    by: Duration,
    checked: Arc<AtomicBool>,
    late: Arc<AtomicBool>,
}

impl Deadline {
    /// The time runs from when the question was first sent, a reading of the monotonic clock.
    pub fn new(clock: Arc<dyn Clock>, first_asked: Duration, start_within: Duration) -> Self {
        let by = first_asked.saturating_add(start_within);
        Self { clock, by, checked: Arc::default(), late: Arc::default() }
    }

    /// To be called directly before the first byte is written; an error means that it must not be.
    pub fn check(&self) -> Result<(), TooLate> {
        if self.left().is_zero() {
            return Err(TooLate);
        }
        self.checked.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// To be called directly after the first byte was written, by clients that can tell.
    ///
    /// A process frozen between [`Self::check`] and the write is found out here (permits, 7).
    pub fn begun(&self) {
        if self.left().is_zero() {
            self.late.store(true, Ordering::SeqCst);
        }
    }

    /// How much time is left; connecting may not take longer.
    pub fn left(&self) -> Duration {
        self.by.saturating_sub(self.clock.monotonic())
    }

    /// Whether a check passed, so that something may have been written.
    pub fn was_checked(&self) -> bool {
        self.checked.load(Ordering::SeqCst)
    }

    /// Whether the writing was found to have begun after the time.
    pub fn was_late(&self) -> bool {
        self.late.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::{Span, Timestamp};
    use runtime::simulated::Simulation;

    #[test]
    fn the_time_runs_from_the_first_asking() {
        let (simulation, runtime) = Simulation::new(1, Timestamp(0));
        let deadline = Deadline::new(Arc::clone(&runtime.clock), Duration::ZERO, Duration::from_secs(10));
        simulation.run_until(Timestamp(9_999));
        assert_eq!((deadline.check(), deadline.left()), (Ok(()), Duration::from_millis(1)));
        deadline.begun();
        assert!(!deadline.was_late());
        simulation.run_until(Timestamp(0).plus(Span::seconds(10)));
        assert_eq!(deadline.check(), Err(TooLate));
        deadline.begun();
        assert!(deadline.was_late() && deadline.was_checked());
    }

    #[test]
    fn a_check_that_failed_lets_nothing_be_written() {
        let (_simulation, runtime) = Simulation::new(1, Timestamp(0));
        let deadline = Deadline::new(runtime.clock, Duration::ZERO, Duration::ZERO);
        assert_eq!((deadline.check(), deadline.was_checked()), (Err(TooLate), false));
    }
}
