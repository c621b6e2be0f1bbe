//! Who owns which partition: what this process holds, and what it has heard of others.
//!
//! The highest epoch wins. What is remembered of others is a guess that is forgotten once nobody listens under it, so
//! that a log that was set back, and with it its epochs, is found again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::link::{Link, within};

/// Longest wait for subscriptions that are being made.
const LONGEST_SETTLING: Duration = Duration::from_secs(1);

/// Partitions, as this process knows them.
pub(super) struct Partitions {
    state: Mutex<State>,
    settling: watch::Sender<usize>,
    /// Counts up with each owner that is newer than all before.
    successions: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    held: BTreeMap<u16, Held>,
    heard: BTreeMap<u16, u64>,
    holds: u64,
}

struct Held {
    epoch: u64,
    /// Tells one hold from the next under the same epoch.
    number: u64,
    stop: watch::Sender<bool>,
}

/// What an owner is told.
#[derive(Clone)]
pub(super) struct Hold {
    pub(super) partition: u16,
    pub(super) epoch: u64,
    number: u64,
    /// Turns true once a newer owner is known; goes with the hold.
    pub(super) stop: watch::Receiver<bool>,
}

/// Subscriptions that are being made: whoever asks in this process waits for them.
pub(super) struct Settling {
    partitions: Arc<Partitions>,
}

impl Drop for Settling {
    fn drop(&mut self) {
        self.partitions.settling.send_modify(|count| *count = count.saturating_sub(1));
    }
}

impl Partitions {
    pub(super) fn new() -> Self {
        Self { state: Mutex::default(), settling: watch::Sender::new(0), successions: watch::Sender::new(0) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to make subscriptions.
    pub(super) fn settle(self: &Arc<Self>) -> Settling {
        self.settling.send_modify(|count| *count = count.saturating_add(1));
        Settling { partitions: Arc::clone(self) }
    }

    /// Waits until the subscriptions that this process has begun to make are made.
    pub(super) async fn settled(&self, link: &Link) {
        let mut settling = self.settling.subscribe();
        let all_made = settling.wait_for(|count| *count == 0);
        if within(&link.runtime, LONGEST_SETTLING, all_made).await.is_none() {
            tracing::warn!("subscriptions take long to make");
        }
    }

    /// Holds a partition under an epoch. Who held it before in this process hears nothing more.
    pub(super) fn hold(&self, partition: u16, epoch: u64) -> Hold {
        let (stop, stopped) = watch::channel(false);
        let mut state = self.state();
        state.holds = state.holds.saturating_add(1);
        let number = state.holds;
        let before = state.held.insert(partition, Held { epoch, number, stop });
        state.heard.insert(partition, epoch);
        drop(state);
        self.count_succession();
        if let Some(before) = before {
            before.stop.send_replace(true);
        }
        Hold { partition, epoch, number, stop: stopped }
    }

    /// Holds it no more, unless somebody else in this process does by now.
    pub(super) fn let_go(&self, hold: &Hold) {
        let mut state = self.state();
        if state.held.get(&hold.partition).is_some_and(|held| held.number == hold.number) {
            state.held.remove(&hold.partition);
        }
    }

    /// What this process holds.
    pub(super) fn held(&self) -> Vec<(u16, u64)> {
        self.state().held.iter().map(|(partition, held)| (*partition, held.epoch)).collect()
    }

    /// The epoch of a partition's owner, as far as was heard.
    pub(super) fn epoch(&self, partition: u16) -> Option<u64> {
        self.state().heard.get(&partition).copied()
    }

    /// Forgets an epoch under which nobody listens.
    pub(super) fn forget(&self, partition: u16, epoch: u64) {
        let mut state = self.state();
        if state.heard.get(&partition) == Some(&epoch) {
            state.heard.remove(&partition);
        }
    }

    /// Resolves once a newer owner of the partition is known than at the time of this call.
    pub(super) fn succeeded(&self, partition: u16) -> impl Future<Output = ()> + use<'_> {
        let mut successions = self.successions.subscribe();
        let known = self.epoch(partition);
        async move {
            while successions.changed().await.is_ok() {
                if self.epoch(partition) > known {
                    return;
                }
            }
        }
    }

    fn count_succession(&self) {
        self.successions.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Hears of an owner: an older one in this process stops. Gives the epoch of a newer one here, if there is one.
    pub(super) fn hear(&self, partition: u16, epoch: u64) -> Option<u64> {
        let mut state = self.state();
        let heard = state.heard.entry(partition).or_default();
        if epoch > *heard {
            *heard = epoch;
            self.count_succession();
        }
        match state.held.get(&partition).map(|held| held.epoch) {
            Some(ours) if ours > epoch => Some(ours),
            Some(ours) if ours < epoch => {
                if let Some(held) = state.held.remove(&partition) {
                    held.stop.send_replace(true);
                }
                None
            }
            Some(_) | None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_newer_owner_stops_an_older_one_and_never_the_other_way_round() {
        let partitions = Partitions::new();
        let first = partitions.hold(1, 5);
        assert_eq!(
            (partitions.hear(1, 4), *first.stop.borrow()),
            (Some(5), false),
            "an older one is told of ours"
        );
        assert_eq!((partitions.hear(1, 5), *first.stop.borrow()), (None, false), "our own voice");
        assert_eq!((partitions.hear(1, 6), *first.stop.borrow()), (None, true));
        assert_eq!((partitions.epoch(1), partitions.held()), (Some(6), vec![]));
    }

    #[test]
    fn an_owner_is_succeeded_by_a_newer_one_of_its_partition_alone() {
        let partitions = Partitions::new();
        partitions.hear(1, 5);
        let mut succeeded = Box::pin(partitions.succeeded(1));
        for (partition, epoch) in [(2, 9), (1, 5), (1, 4)] {
            partitions.hear(partition, epoch);
            assert!(succeeded.as_mut().now_or_never().is_none(), "{partition}, {epoch}");
        }
        partitions.hear(1, 6);
        assert!(succeeded.now_or_never().is_some());
    }

    #[test]
    fn an_older_hold_lets_go_of_nothing_but_itself() {
        let partitions = Partitions::new();
        let (first, second) = (partitions.hold(1, 5), partitions.hold(1, 5));
        assert_eq!((*first.stop.borrow(), *second.stop.borrow()), (true, false));
        partitions.let_go(&first);
        assert_eq!(partitions.held(), [(1, 5)]);
        partitions.let_go(&second);
        assert_eq!(partitions.held(), []);
    }

    #[test]
    fn what_nobody_answers_under_is_forgotten_and_what_was_heard_since_is_not() {
        let partitions = Partitions::new();
        partitions.hear(2, 9);
        partitions.forget(2, 8);
        assert_eq!(partitions.epoch(2), Some(9));
        partitions.forget(2, 9);
        assert_eq!(partitions.epoch(2), None);
    }
}
