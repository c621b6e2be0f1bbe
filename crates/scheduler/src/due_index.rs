//! Who is due when, as far as memory knows, over what the store knows.
//!
//! The store is complete up to the checkpoint; memory is right for every debtor that was touched since.
//! **Invariant:** every debtor due at or before the horizon is in memory, so the earliest entry is the earliest of all as
//! long as it does not lie beyond the horizon.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::StreamId;
use domain::time::Timestamp;

/// An instant and a debtor: the order in which the store pages.
pub(crate) type DueKey = (Timestamp, StreamId);

const BEFORE_ALL: DueKey = (Timestamp(i64::MIN), StreamId::PARTITION);

/// What the owner has to do next about due debtors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Next {
    /// Nobody is ever due, unless an input changes that.
    Never,
    /// Somebody is due then.
    At(Timestamp),
    /// The store has to be read on from here first.
    Page(DueKey),
}

/// The index.
#[derive(Debug)]
pub(crate) struct DueIndex {
    by_instant: BTreeSet<DueKey>,
    by_stream: BTreeMap<StreamId, Timestamp>,
    /// Up to where the store was read; none when it was read to its end.
    horizon: Option<DueKey>,
}

impl DueIndex {
    /// Knows of nobody, and has not read the store.
    pub(crate) const fn new() -> Self {
        Self { by_instant: BTreeSet::new(), by_stream: BTreeMap::new(), horizon: Some(BEFORE_ALL) }
    }

    /// Sets, moves or takes away a debtor's due instant.
    pub(crate) fn set(&mut self, stream: StreamId, at: Option<Timestamp>) {
        if let Some(old) = self.by_stream.remove(&stream) {
            self.by_instant.remove(&(old, stream));
        }
        if let Some(at) = at {
            self.by_stream.insert(stream, at);
            self.by_instant.insert((at, stream));
        }
    }

    /// When a debtor is due, as far as memory knows.
    pub(crate) fn at(&self, stream: StreamId) -> Option<Timestamp> {
        self.by_stream.get(&stream).copied()
    }

    /// What to do next.
    pub(crate) fn next(&self) -> Next {
        match (self.by_instant.first(), self.horizon) {
            (Some(first), Some(horizon)) if *first > horizon => Next::Page(horizon),
            (Some(first), _) => Next::At(first.0),
            (None, Some(horizon)) => Next::Page(horizon),
            (None, None) => Next::Never,
        }
    }

    /// Takes a page that the store gave; `touched` tells whom memory knows better.
    pub(crate) fn add_page(&mut self, page: &[DueKey], asked: u32, touched: impl Fn(&StreamId) -> bool) {
        for (at, stream) in page {
            if !self.by_stream.contains_key(stream) && !touched(stream) {
                self.set(*stream, Some(*at));
            }
        }
        let at_the_end = page.len() < usize::try_from(asked).unwrap_or(usize::MAX);
        self.horizon = if at_the_end { None } else { page.last().copied() };
    }

    /// Those that are due, earliest first, at most `limit`; they stay in the index until they are set anew.
    pub(crate) fn due(&self, now: Timestamp, limit: usize) -> Vec<StreamId> {
        let within = |key: &&DueKey| key.0 <= now && self.horizon.is_none_or(|horizon| **key <= horizon);
        self.by_instant.iter().take_while(within).take(limit).map(|(_, stream)| *stream).collect()
    }

    /// Forgets what lies furthest ahead. Only right after a checkpoint, when the store knows it.
    pub(crate) fn shrink_to(&mut self, max: usize) {
        if self.by_instant.len() <= max {
            return;
        }
        let Some(last_kept) = max.checked_sub(1).and_then(|n| self.by_instant.iter().nth(n).copied()) else {
            return;
        };
        while let Some(last) = self.by_instant.last().copied().filter(|last| *last > last_kept) {
            self.by_instant.remove(&last);
            self.by_stream.remove(&last.1);
        }
        self.horizon = Some(self.horizon.map_or(last_kept, |horizon| horizon.min(last_kept)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(n: u8) -> StreamId {
        StreamId::new([n; 16])
    }

    fn key(at: i64, n: u8) -> DueKey {
        (Timestamp(at), stream(n))
    }

    #[test]
    fn the_store_is_read_before_anything_is_believed() {
        let mut index = DueIndex::new();
        assert_eq!(index.next(), Next::Page(BEFORE_ALL));
        index.set(stream(9), Some(Timestamp(50)));
        assert_eq!(index.next(), Next::Page(BEFORE_ALL), "the store may know somebody earlier");
        index.add_page(&[key(10, 1), key(20, 2)], 2, |_| false);
        assert_eq!(index.next(), Next::At(Timestamp(10)));
        assert_eq!(index.due(Timestamp(100), 10), [stream(1), stream(2)], "nobody beyond the horizon");
        index.set(stream(1), None);
        index.set(stream(2), None);
        assert_eq!(index.next(), Next::Page(key(20, 2)));
        index.add_page(&[key(30, 3)], 2, |_| false);
        assert_eq!(index.next(), Next::At(Timestamp(30)));
        assert_eq!(index.due(Timestamp(100), 10), [stream(3), stream(9)]);
        assert_eq!(index.due(Timestamp(100), 1), [stream(3)]);
    }

    #[test]
    fn memory_is_right_about_whom_it_touched() {
        let mut index = DueIndex::new();
        index.set(stream(1), Some(Timestamp(70)));
        index.add_page(&[key(10, 1), key(20, 2), key(30, 3)], 10, |s| *s == stream(2));
        assert_eq!(index.due(Timestamp(100), 10), [stream(3), stream(1)]);
    }

    #[test]
    fn what_was_forgotten_is_read_again() {
        let mut index = DueIndex::new();
        index.add_page(&[key(10, 1), key(20, 2), key(30, 3)], 10, |_| false);
        index.shrink_to(2);
        assert_eq!(index.due(Timestamp(100), 10), [stream(1), stream(2)]);
        index.set(stream(1), None);
        index.set(stream(2), None);
        assert_eq!(index.next(), Next::Page(key(20, 2)));
        index.add_page(&[key(30, 3)], 10, |_| false);
        assert_eq!(index.due(Timestamp(100), 10), [stream(3)]);
        index.shrink_to(5);
        assert_eq!(index.next(), Next::At(Timestamp(30)));
    }
}
