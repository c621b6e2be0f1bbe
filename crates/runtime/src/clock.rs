//! What time it is, and how to wait.

use std::time::Duration;

use domain::time::Timestamp;

use crate::BoxFuture;
use crate::activity::Busy;

/// A clock.
///
/// `now` is the partition's time and may be virtual; `monotonic` is real time, for limits that protect the world
/// outside (`start_within`, rates), and is virtual only in the simulator.
pub trait Clock: Send + Sync {
    /// The instant.
    fn now(&self) -> Timestamp;

    /// Registers a timer at once, before the returned future is polled, so that a virtual clock knows of it.
    ///
    /// It resolves when `now` has reached `at`, with a guard that keeps a virtual clock from moving on.
    fn timer(&self, at: Timestamp) -> Timer;

    /// Time since some fixed moment of this process.
    fn monotonic(&self) -> Duration;

    /// Waits for that long on the monotonic clock.
    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()>;
}

/// A registered timer; dropping it takes it back.
pub type Timer = BoxFuture<'static, Busy>;
