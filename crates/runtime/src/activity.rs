//! Work in flight: while any of it is, a virtual clock stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

type Idle = Arc<dyn Fn() + Send + Sync>;

/// Counts work in flight. Cheap to clone; all clones count together.
#[derive(Clone, Default)]
pub struct Activity {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    in_flight: AtomicUsize,
    on_idle: std::sync::OnceLock<Idle>,
}

impl Activity {
    /// Calls this each time the last piece of work ends. Only the first caller is kept.
    pub fn on_idle(&self, callback: impl Fn() + Send + Sync + 'static) {
        // Later callers are ignored: there is one clock.
        let _first_wins = self.shared.on_idle.set(Arc::new(callback));
    }

    /// Begins a piece of work, which lasts until the guard is dropped.
    pub fn begin(&self) -> Busy {
        self.shared.in_flight.fetch_add(1, Ordering::SeqCst);
        Busy { shared: Arc::clone(&self.shared) }
    }

    /// How many pieces are under way.
    pub fn in_flight(&self) -> usize {
        self.shared.in_flight.load(Ordering::SeqCst)
    }
}

/// One piece of work in flight.
pub struct Busy {
    shared: Arc<Shared>,
}

impl Clone for Busy {
    fn clone(&self) -> Self {
        self.shared.in_flight.fetch_add(1, Ordering::SeqCst);
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl std::fmt::Debug for Busy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Busy")
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if self.shared.in_flight.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(callback) = self.shared.on_idle.get()
        {
            callback();
        }
    }
}
