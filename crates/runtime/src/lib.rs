//! The seam to time, randomness and tasks: everything above the domain takes them as arguments.
//!
//! Production hands in [`system`], a played feed hands in [`virtual_clock`], tests and the simulator hand in
//! [`simulated`], a single-threaded executor whose every run is the same.

pub mod activity;
pub mod carried;
pub mod clock;
pub mod simulated;
pub mod stop;
pub mod system;
mod timers;
pub mod virtual_clock;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::activity::Activity;
use crate::clock::Clock;

/// A future that may be moved between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Random bytes.
pub trait Random: Send + Sync {
    /// Fills the slice.
    fn fill(&self, out: &mut [u8]);
}

/// Sixteen random bytes.
pub fn random_id(random: &dyn Random) -> [u8; 16] {
    let mut id = [0; 16];
    random.fill(&mut id);
    id
}

/// Starts tasks.
pub trait Spawn: Send + Sync {
    /// Runs the future on its own; `name` is for people.
    fn spawn(&self, name: &'static str, task: BoxFuture<'static, ()>);
}

/// Time, randomness, tasks, and the count of work in flight, handed down together.
#[derive(Clone)]
pub struct Runtime {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub random: Arc<dyn Random>,
    /// Where tasks run.
    pub tasks: Arc<dyn Spawn>,
    /// Work in flight, which a virtual clock waits for.
    pub activity: Activity,
}
