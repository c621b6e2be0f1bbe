//! A single-threaded executor whose every run with the same seed is the same: clock, randomness and tasks in one.
//!
//! Tasks run in the order in which they were woken; time moves to the earliest timer or sleep only when no task can run.
//! Wall time and monotonic time move together.
//! Needs no thread and no tokio runtime; `tokio::sync` works on it, `tokio::time` and `tokio::net` do not.

mod executor;
mod random;

use std::future::{Future, pending};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::time::Timestamp;

use crate::activity::Activity;
use crate::clock::{Clock, Timer};
use crate::simulated::executor::Shared;
use crate::timers::TimerKey;
use crate::{BoxFuture, Random, Runtime, Spawn};

/// Which task was polled in which step.
pub type Trace = Vec<(u64, &'static str)>;

/// Most steps of one call: a simulation that needs more is taken to run in circles.
pub const MAX_STEPS: u64 = 20_000_000;

/// Why a run came to a halt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Halt {
    /// No task can run and none waits for time.
    Idle,
    /// The instant that was asked for is reached.
    Reached,
    /// [`MAX_STEPS`] were taken: tasks wake each other, or timers follow each other, without end.
    TooManySteps,
}

/// Owns the tasks; dropping it drops them all, as a crash would.
pub struct Simulation {
    shared: Arc<Shared>,
}

impl Simulation {
    /// An empty world at this instant.
    pub fn new(seed: u64, start: Timestamp) -> (Self, Runtime) {
        let activity = Activity::default();
        let shared = Arc::new(Shared::new(seed, start, activity.clone()));
        let world = Arc::new(World { shared: Arc::clone(&shared) });
        let runtime = Runtime {
            clock: Arc::clone(&world) as Arc<dyn Clock>,
            random: Arc::clone(&world) as Arc<dyn Random>,
            tasks: world,
            activity,
        };
        (Self { shared }, runtime)
    }

    /// Runs every task that can run, without moving the time.
    pub fn run_ready(&self) -> Halt {
        self.shared.run(|_| false)
    }

    /// Runs, moving the time, until nothing is left to run or to wait for.
    pub fn run_until_idle(&self) -> Halt {
        self.shared.run(|_| true)
    }

    /// Runs, moving the time, until this instant; what is due then has run. `now` is `until` afterwards.
    pub fn run_until(&self, until: Timestamp) -> Halt {
        let end = self.shared.elapsed_at(until);
        match self.shared.run(|at| at <= end) {
            Halt::Idle | Halt::Reached => {
                self.shared.move_to(end);
                Halt::Reached
            }
            Halt::TooManySteps => Halt::TooManySteps,
        }
    }

    /// Runs, moving the time, until this future is done; `None` if it never can be.
    pub fn block_on<T: Send + 'static>(&self, future: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let slot = Arc::new(Mutex::new(None));
        let result = Arc::clone(&slot);
        let task = async move {
            let value = future.await;
            *result.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        };
        self.shared.spawn("block_on", Box::pin(task));
        let take = || slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.shared
            .run_while(|| take().map_or(std::ops::ControlFlow::Continue(()), std::ops::ControlFlow::Break))
    }

    /// Drops every task of this name where it stands, as a crash would; how many there were.
    pub fn kill(&self, name: &str) -> usize {
        self.shared.kill(|task| task == name)
    }

    /// How many tasks have not ended.
    pub fn tasks(&self) -> usize {
        self.shared.tasks()
    }

    /// Which task ran in which step so far: the first million steps.
    pub fn trace(&self) -> Trace {
        self.shared.trace()
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        self.shared.kill(|_| true);
    }
}

/// The handle that goes into [`Runtime`].
struct World {
    shared: Arc<Shared>,
}

impl World {
    fn wait(&self, at: Duration) -> Timer {
        let (key, fired) = self.shared.register(at);
        let registration = Registration { shared: Arc::clone(&self.shared), key };
        Box::pin(async move {
            let _taken_back_when_dropped = registration;
            match fired.await {
                Ok(busy) => busy,
                Err(_world_is_gone) => pending().await,
            }
        })
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        self.shared.now()
    }

    fn timer(&self, at: Timestamp) -> Timer {
        if at <= self.shared.now() {
            let busy = self.shared.activity.begin();
            return Box::pin(async move { busy });
        }
        self.wait(self.shared.elapsed_at(at))
    }

    fn monotonic(&self) -> Duration {
        self.shared.elapsed()
    }

    fn sleep(&self, length: Duration) -> BoxFuture<'static, ()> {
        // Registered when first awaited, as tokio's: a sleep that nobody awaits does not move the time.
        let world = Self { shared: Arc::clone(&self.shared) };
        let at = self.shared.elapsed().saturating_add(length);
        Box::pin(async move { drop(world.wait(at).await) })
    }
}

impl Random for World {
    fn fill(&self, out: &mut [u8]) {
        self.shared.fill_random(out);
    }
}

impl Spawn for World {
    fn spawn(&self, name: &'static str, task: BoxFuture<'static, ()>) {
        self.shared.spawn(name, task);
    }
}

/// Takes a timer back when it is dropped.
struct Registration {
    shared: Arc<Shared>,
    key: TimerKey<Duration>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.shared.take_back(&self.key);
    }
}

#[cfg(test)]
mod tests;
