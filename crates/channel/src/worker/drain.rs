//! Ending a worker without leaving anything open: no further permit is asked, and what has one is brought to its end.

use std::sync::Arc;
use std::time::Duration;

use super::Inner;

/// How often it is looked whether all is done.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The end of one worker.
pub struct Drain(pub(super) Arc<Inner>);

impl Drain {
    /// Takes the credits back, asks nothing more, and resolves once every submission under way is over and the log has
    /// every outcome. What waits unasked is emitted again, to somebody else.
    pub async fn finish(&self) {
        self.0.state().closing = true;
        self.0.credit_changed.notify_one();
        while !self.is_done() {
            self.0.runtime.clock.sleep(LOOK_EVERY).await;
        }
    }

    fn is_done(&self) -> bool {
        self.0.state().in_hand.is_empty() && self.0.reporter.unacknowledged() == 0
    }
}
