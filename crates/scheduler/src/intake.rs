//! How old the oldest input is that upstream has published and nobody has taken in yet (inputs, 2).

use core::time::Duration;
use std::sync::Arc;

use bus::upstream::Upstream;
use runtime::Runtime;
use tokio::sync::watch;

use crate::equipment::IntakeAge;

/// How often somebody looks.
const EVERY: Duration = Duration::from_secs(2);

/// Looks again and again, until nobody wants to know any more. While the carrier does not say, the last age grows.
pub fn watch_intake(runtime: &Runtime, upstream: Arc<dyn Upstream>) -> watch::Receiver<Option<IntakeAge>> {
    let (tell, told) = watch::channel(None);
    let clock = Arc::clone(&runtime.clock);
    let task = async move {
        while !tell.is_closed() {
            // Taken before the asking: the age that is told is never younger than it was.
            let seen_at = clock.monotonic();
            match upstream.oldest().await {
                Ok(oldest) => drop(tell.send_replace(Some(IntakeAge { seen_at, oldest }))),
                Err(error) => {
                    tracing::warn!(%error, "nobody says how old the oldest published claim event is")
                }
            }
            clock.sleep(EVERY).await;
        }
    };
    runtime.tasks.spawn("scheduler.intake", Box::pin(task));
    told
}
