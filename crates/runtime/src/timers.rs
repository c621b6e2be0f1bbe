//! Registered timers in the order in which they fire: by instant, then by registration.
//!
//! Holds no clock and fires nothing by itself: whoever owns it moves the time.

use std::collections::BTreeMap;

use tokio::sync::oneshot;

use crate::activity::Busy;

/// Where a fired timer's guard goes.
pub(crate) type Wakeup = oneshot::Sender<Busy>;

/// What a timer is taken back by: its instant and its number.
pub(crate) type TimerKey<K> = (K, u64);

/// Timers by instant.
pub(crate) struct Timers<K> {
    waiting: BTreeMap<TimerKey<K>, Wakeup>,
    next_number: u64,
}

impl<K: Ord + Copy> Timers<K> {
    /// None registered.
    pub(crate) const fn new() -> Self {
        Self { waiting: BTreeMap::new(), next_number: 0 }
    }

    /// Registers one.
    pub(crate) fn register(&mut self, at: K) -> (TimerKey<K>, oneshot::Receiver<Busy>) {
        let (wakeup, fired) = oneshot::channel();
        let key = (at, self.next_number);
        self.next_number += 1;
        self.waiting.insert(key, wakeup);
        (key, fired)
    }

    /// Takes one back; it may have fired already.
    pub(crate) fn take_back(&mut self, key: &TimerKey<K>) -> Option<Wakeup> {
        self.waiting.remove(key)
    }

    /// The earliest instant at which one fires.
    pub(crate) fn earliest(&self) -> Option<K> {
        self.waiting.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes every timer of the earliest instant, in the order of registration.
    pub(crate) fn pop_earliest(&mut self) -> Option<(K, Vec<Wakeup>)> {
        let earliest = self.earliest()?;
        let mut wakeups = Vec::new();
        while let Some(entry) = self.waiting.first_entry()
            && entry.key().0 == earliest
        {
            wakeups.push(entry.remove());
        }
        Some((earliest, wakeups))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_of_one_instant_come_out_together_and_in_order_of_registration() {
        let mut timers = Timers::new();
        let registered = [7, 3, 7, 3, 9].map(|at| timers.register(at));
        assert_eq!(timers.earliest(), Some(3));
        assert_eq!(timers.pop_earliest().map(|(at, wakeups)| (at, wakeups.len())), Some((3, 2)));
        assert!(timers.take_back(&registered[0].0).is_some());
        assert!(timers.take_back(&registered[0].0).is_none(), "it is gone");
        assert_eq!(timers.pop_earliest().map(|(at, wakeups)| (at, wakeups.len())), Some((7, 1)));
        assert_eq!(timers.pop_earliest().map(|(at, wakeups)| (at, wakeups.len())), Some((9, 1)));
        assert!(timers.pop_earliest().is_none());
    }
}
