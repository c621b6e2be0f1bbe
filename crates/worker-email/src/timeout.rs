//! A limit on how long something may take, on the monotonic clock.

use std::future::Future;
use std::time::Duration;

use runtime::clock::Clock;

/// What the future gives, or nothing if it takes longer; it is dropped then, and with it what it held.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    limit: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    let over = clock.sleep(limit);
    tokio::select! {
        biased;
        value = future => Some(value),
        () = over => None,
    }
}
