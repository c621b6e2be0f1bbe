//! Escalation notices that wait for a permit: bounded, the highest priority first, each once.
//!
//! A notice is only a hint, so what does not fit is dropped; its escalation is emitted again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use contract::wire::EscalationNotice;
use domain::ids::EscalationId;
use domain::time::Timestamp;
use runtime::activity::Busy;

/// A notice, with the guard that makes a virtual clock wait for it.
pub(crate) struct Waiting {
    pub(crate) notice: EscalationNotice,
    pub(crate) busy: Busy,
}

type Key = (Reverse<i32>, u64);

/// The queue.
pub(crate) struct Queue {
    by_partition: BTreeMap<u16, BTreeMap<Key, Waiting>>,
    ids: BTreeSet<EscalationId>,
    arrivals: u64,
    limit: usize,
}

impl Queue {
    /// Empty, with room for this many.
    pub(crate) const fn new(limit: usize) -> Self {
        Self { by_partition: BTreeMap::new(), ids: BTreeSet::new(), arrivals: 0, limit }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Takes a notice in, and gives back what had to make room: that one, if it waits already, or the least urgent.
    pub(crate) fn push(&mut self, waiting: Waiting) -> Option<Waiting> {
        if !self.ids.insert(waiting.notice.id) {
            return Some(waiting);
        }
        let key = (Reverse(waiting.notice.priority), self.arrivals);
        self.arrivals += 1;
        self.by_partition.entry(waiting.notice.partition).or_default().insert(key, waiting);
        if self.len() > self.limit { self.pop_least_urgent() } else { None }
    }

    /// Takes the most urgent notices of the partition that has the most urgent one: at most so many.
    pub(crate) fn pop_batch(&mut self, most: u32) -> Vec<Waiting> {
        let Some(partition) = self.most_urgent_partition() else { return Vec::new() };
        let mut batch = Vec::new();
        for _ in 0..most {
            let Some(waiting) = self.pop_first(partition) else { break };
            batch.push(waiting);
        }
        batch
    }

    /// How many of the partition that is next wait.
    pub(crate) fn next_batch_len(&self) -> usize {
        let partition = self.most_urgent_partition().and_then(|partition| self.by_partition.get(&partition));
        partition.map_or(0, BTreeMap::len)
    }

    /// Takes out what has lapsed.
    pub(crate) fn take_expired(&mut self, now: Timestamp) -> Vec<Waiting> {
        self.take_where(|waiting| waiting.notice.expires_at <= now)
    }

    /// Takes out everything.
    pub(crate) fn take_all(&mut self) -> Vec<Waiting> {
        self.take_where(|_| true)
    }

    fn take_where(&mut self, matches: impl Fn(&Waiting) -> bool) -> Vec<Waiting> {
        let mut taken = Vec::new();
        for waiting in self.by_partition.values_mut() {
            taken.extend(waiting.extract_if(.., |_, waiting| matches(waiting)).map(|(_, waiting)| waiting));
        }
        self.by_partition.retain(|_, waiting| !waiting.is_empty());
        taken.iter().for_each(|waiting| {
            self.ids.remove(&waiting.notice.id);
        });
        taken
    }

    fn most_urgent_partition(&self) -> Option<u16> {
        let firsts = self
            .by_partition
            .iter()
            .filter_map(|(partition, waiting)| waiting.first_key_value().map(|(key, _)| (*key, *partition)));
        firsts.min().map(|(_, partition)| partition)
    }

    fn pop_first(&mut self, partition: u16) -> Option<Waiting> {
        let of_partition = self.by_partition.get_mut(&partition)?;
        let (_, waiting) = of_partition.pop_first()?;
        self.forget(partition, &waiting);
        Some(waiting)
    }

    fn pop_least_urgent(&mut self) -> Option<Waiting> {
        let lasts = self
            .by_partition
            .iter()
            .filter_map(|(partition, waiting)| waiting.last_key_value().map(|(key, _)| (*key, *partition)));
        let (_, partition) = lasts.max()?;
        let (_, waiting) = self.by_partition.get_mut(&partition)?.pop_last()?;
        self.forget(partition, &waiting);
        Some(waiting)
    }

    fn forget(&mut self, partition: u16, waiting: &Waiting) {
        self.ids.remove(&waiting.notice.id);
        if self.by_partition.get(&partition).is_some_and(BTreeMap::is_empty) {
            self.by_partition.remove(&partition);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::channel::Channel;
    use domain::ids::StreamId;
    use domain::label::TenantId;
    use runtime::activity::Activity;

    fn waiting(number: u32, partition: u16, priority: i32) -> Waiting {
        let notice = EscalationNotice {
            id: EscalationId { stream: StreamId::new([1; 16]), number },
            tenant: TenantId::new("town").unwrap(),
            channel: Channel::Sms,
            partition,
            emission: 1,
            priority,
            expires_at: Timestamp(i64::from(number) * 10),
            trace: None,
        };
        Waiting { notice, busy: Activity::default().begin() }
    }

    fn numbers(batch: &[Waiting]) -> Vec<u32> {
        batch.iter().map(|waiting| waiting.notice.id.number).collect()
    }

    #[test]
    fn a_batch_is_of_one_partition_and_the_most_urgent_come_first() {
        let mut queue = Queue::new(10);
        for (number, partition, priority) in [(1, 0, 1), (2, 1, 9), (3, 1, 2), (4, 0, 5), (5, 1, 9)] {
            assert!(queue.push(waiting(number, partition, priority)).is_none());
        }
        assert_eq!(queue.next_batch_len(), 3);
        assert_eq!(numbers(&queue.pop_batch(2)), [2, 5]);
        assert_eq!(numbers(&queue.pop_batch(9)), [4, 1]);
        assert_eq!(numbers(&queue.pop_batch(9)), [3]);
        assert!(queue.pop_batch(9).is_empty());
        assert_eq!((queue.len(), queue.next_batch_len()), (0, 0));
    }

    #[test]
    fn a_full_queue_lets_the_least_urgent_go() {
        let mut queue = Queue::new(2);
        assert!(queue.push(waiting(1, 0, 5)).is_none());
        assert!(queue.push(waiting(2, 1, 3)).is_none());
        assert_eq!(queue.push(waiting(3, 0, 4)).map(|w| w.notice.id.number), Some(2));
        assert_eq!(queue.push(waiting(4, 0, 4)).map(|w| w.notice.id.number), Some(4), "the later of equals");
        assert_eq!(numbers(&queue.pop_batch(9)), [1, 3]);
    }

    #[test]
    fn a_repeated_notice_waits_once() {
        let mut queue = Queue::new(2);
        assert!(queue.push(waiting(1, 0, 5)).is_none());
        assert!(queue.push(waiting(1, 0, 5)).is_some());
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn what_has_lapsed_is_taken_out() {
        let mut queue = Queue::new(9);
        for number in 1..=4 {
            assert!(queue.push(waiting(number, 0, 0)).is_none());
        }
        assert_eq!(numbers(&queue.take_expired(Timestamp(20))), [1, 2]);
        assert_eq!(queue.len(), 2);
        assert_eq!(numbers(&queue.take_all()), [3, 4]);
        assert!(queue.push(waiting(1, 0, 0)).is_none(), "it may come again");
    }
}
