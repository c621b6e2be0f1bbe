//! Moments worth a crash: counted, so that a test can stop the world at the n-th one.

use std::sync::Arc;

use tokio::sync::watch;

/// What happens in a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A batch is on its way to the log, or has just come through.
    Log,
    /// Facts are on their way to the owner.
    Facts,
    /// A first byte has left, a reply has come, or a number was shown.
    Contact,
}

/// Counts moments. Clones count together.
#[derive(Clone)]
pub struct Pulse {
    log: Arc<watch::Sender<u64>>,
    facts: Arc<watch::Sender<u64>>,
    contact: Arc<watch::Sender<u64>>,
}

impl Default for Pulse {
    fn default() -> Self {
        let counter = || Arc::new(watch::Sender::new(0));
        Self { log: counter(), facts: counter(), contact: counter() }
    }
}

impl Pulse {
    /// Something has just happened, or is about to.
    pub fn beat(&self, kind: Kind) {
        self.of(kind).send_modify(|count| *count += 1);
    }

    /// Resolves after so many more.
    pub fn after(&self, kind: Kind, more: u64) -> impl Future<Output = ()> + Send + 'static {
        let sender = Arc::clone(self.of(kind));
        let last = sender.borrow().saturating_add(more);
        async move {
            let mut watch = sender.subscribe();
            // The sender lives as long as this future, so that it ends by a beat alone.
            let _never_closed = watch.wait_for(|count| *count >= last).await;
        }
    }

    const fn of(&self, kind: Kind) -> &Arc<watch::Sender<u64>> {
        match kind {
            Kind::Log => &self.log,
            Kind::Facts => &self.facts,
            Kind::Contact => &self.contact,
        }
    }
}
