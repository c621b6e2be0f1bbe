//! Debtors who are due and wait for capacity: the order among them, and whose turn it is.
//!
//! Within a tenant and channel the higher priority goes first, then who has waited longer, then the stream id.
//! Among tenants the turn goes round.

use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use domain::channel::Channel;
use domain::ids::StreamId;
use domain::label::TenantId;
use domain::time::Timestamp;

type Order = (Reverse<i32>, Timestamp, StreamId);

/// For whom and where somebody waits.
pub(crate) type Queue = (TenantId, Channel);

/// Where and how somebody waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Waiting {
    /// The tenant and the channel without capacity.
    pub(crate) queue: Queue,
    /// Higher goes first.
    pub(crate) priority: i32,
    /// The instant at which the debtor fell due: ageing among equals.
    pub(crate) since: Timestamp,
}

/// The set.
#[derive(Debug, Default)]
pub(crate) struct ReadySet {
    queues: BTreeMap<Queue, BTreeSet<Order>>,
    places: BTreeMap<StreamId, Waiting>,
    served_last: Option<TenantId>,
}

impl ReadySet {
    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Adds or moves a debtor.
    pub(crate) fn put(&mut self, stream: StreamId, waiting: Waiting) {
        self.remove(stream);
        let order = (Reverse(waiting.priority), waiting.since, stream);
        self.queues.entry(waiting.queue.clone()).or_default().insert(order);
        self.places.insert(stream, waiting);
    }

    /// Takes a debtor out, if there.
    pub(crate) fn remove(&mut self, stream: StreamId) {
        let Some(waiting) = self.places.remove(&stream) else { return };
        if let Some(queue) = self.queues.get_mut(&waiting.queue) {
            queue.remove(&(Reverse(waiting.priority), waiting.since, stream));
            if queue.is_empty() {
                self.queues.remove(&waiting.queue);
            }
        }
    }

    /// Where a debtor waits.
    pub(crate) fn place(&self, stream: StreamId) -> Option<&Waiting> {
        self.places.get(&stream)
    }

    /// Where anybody waits.
    pub(crate) fn queues(&self) -> impl Iterator<Item = &Queue> {
        self.queues.keys()
    }

    /// Whose turn it is, with so much capacity for each queue, at most `limit`; one for each tenant in turn.
    ///
    /// They stay in the set until they are decided.
    pub(crate) fn turns(&mut self, capacity: impl Fn(&Queue) -> u32, limit: usize) -> Vec<StreamId> {
        let mut lines = self.lines(capacity);
        let mut turns = Vec::new();
        while turns.len() < limit && !lines.is_empty() {
            for (tenant, line) in &mut lines {
                if turns.len() == limit {
                    break;
                }
                if let Some(stream) = line.pop() {
                    turns.push(stream);
                    self.served_last = Some(tenant.clone());
                }
            }
            lines.retain(|(_, line)| !line.is_empty());
        }
        turns
    }

    /// For each tenant, beginning behind the one served last, who may go, the best at the end.
    fn lines(&self, capacity: impl Fn(&Queue) -> u32) -> Vec<(TenantId, Vec<StreamId>)> {
        let mut lines: BTreeMap<TenantId, Vec<Order>> = BTreeMap::new();
        for (queue, waiting) in &self.queues {
            let room = usize::try_from(capacity(queue)).unwrap_or(usize::MAX);
            lines.entry(queue.0.clone()).or_default().extend(waiting.iter().take(room).copied());
        }
        let mut lines: Vec<_> = lines.into_iter().filter(|(_, line)| !line.is_empty()).collect();
        let behind =
            lines.partition_point(|(tenant, _)| self.served_last.as_ref().is_some_and(|l| tenant <= l));
        lines.rotate_left(behind);
        lines.into_iter().map(|(tenant, line)| (tenant, best_last(line))).collect()
    }
}

fn best_last(mut line: Vec<Order>) -> Vec<StreamId> {
    line.sort_unstable_by(|a, b| b.cmp(a));
    line.into_iter().map(|(_, _, stream)| stream).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(n: u8) -> StreamId {
        StreamId::new([n; 16])
    }

    fn waiting(tenant: &str, channel: Channel, priority: i32, since: i64) -> Waiting {
        let tenant = TenantId::new(tenant).unwrap();
        Waiting { queue: (tenant, channel), priority, since: Timestamp(since) }
    }

    #[test]
    fn priority_then_age_then_stream() {
        let mut set = ReadySet::default();
        set.put(stream(4), waiting("a", Channel::Sms, 1, 5));
        set.put(stream(3), waiting("a", Channel::Sms, 1, 9));
        set.put(stream(2), waiting("a", Channel::Sms, 1, 9));
        set.put(stream(9), waiting("a", Channel::Sms, 7, 99));
        assert_eq!(set.turns(|_| 10, 10), [stream(9), stream(4), stream(2), stream(3)]);
        assert_eq!(set.turns(|_| 2, 10), [stream(9), stream(4)], "no more than there is room for");
        assert_eq!(set.turns(|_| 0, 10), []);
        assert_eq!(set.turns(|_| 9, 10).len(), 4, "a turn takes nobody out");
        set.put(stream(9), waiting("a", Channel::Sms, 0, 99));
        assert_eq!(set.turns(|_| 10, 1), [stream(4)]);
        set.remove(stream(4));
        assert_eq!(set.place(stream(4)), None);
        assert_eq!(set.turns(|_| 10, 1), [stream(2)]);
    }

    #[test]
    fn the_turn_goes_round_the_tenants() {
        let mut set = ReadySet::default();
        for n in 1..=3 {
            set.put(stream(n), waiting("a", Channel::Sms, 100, 0));
        }
        set.put(stream(7), waiting("b", Channel::Email, 1, 0));
        set.put(stream(8), waiting("b", Channel::Sms, 1, 0));
        assert_eq!(set.turns(|_| 9, 3), [stream(1), stream(7), stream(2)]);
        assert_eq!(set.turns(|_| 9, 2), [stream(7), stream(1)], "b's turn, since a was served last");
        assert_eq!(set.turns(|(t, _)| u32::from(t.as_str() == "a"), 9), [stream(1)]);
    }
}
