//! The states that the owner holds in memory: what is committed, and nothing else.
//!
//! Bounded by count: the longest unused goes first, and only once the checkpoint has it.
//! **Invariant:** a state here equals the fold of the log up to the head; keys of debtors are held beside it, never written.

use std::collections::BTreeMap;
use std::sync::Arc;

use contract::wire::TraceContext;
use domain::debtor::Debtor;
use domain::event::Event;
use domain::evolve::Place;
use domain::ids::{Position, StreamId};
use domain::label::TenantId;
use event_log::seal::DataKey;

/// What is known of a debtor's data key.
#[derive(Clone, Default)]
pub(crate) enum KeySlot {
    /// The store was not asked yet.
    #[default]
    Unread,
    /// There is none: nothing personal was ever recorded, or it was destroyed.
    Absent,
    /// This one.
    Known(Arc<DataKey>),
}

/// One debtor in memory.
#[derive(Clone)]
pub(crate) struct Entry {
    /// The state: shared by all who hold the entry, and copied once by a round that changes it.
    pub(crate) debtor: Arc<Debtor>,
    /// The stream's last event.
    pub(crate) last: Option<Position>,
    /// The data key.
    pub(crate) key: KeySlot,
    /// The trace of the stream's last event, which decisions without one of their own go on with.
    pub(crate) trace: TraceContext,
    /// Changed since the checkpoint.
    pub(crate) dirty: bool,
    /// In quarantine and due without an event: left alone until an input changes the debtor.
    pub(crate) muted: bool,
    used: u64,
}

impl Entry {
    /// A debtor of whom nothing is known.
    pub(crate) fn new(tenant: TenantId) -> Self {
        Self::read(Debtor::new(tenant), None)
    }

    /// A debtor as the log has it.
    pub(crate) fn read(debtor: Debtor, last: Option<Position>) -> Self {
        let debtor = Arc::new(debtor);
        Self { debtor, last, key: KeySlot::Unread, trace: None, dirty: false, muted: false, used: 0 }
    }

    /// Folds an event in, and notes where it stands.
    pub(crate) fn evolve(&mut self, event: &Event, place: Place) {
        Arc::make_mut(&mut self.debtor).evolve(event, place);
        self.last = Some(place.position);
    }
}

/// The states.
#[derive(Default)]
pub(crate) struct Cache {
    entries: BTreeMap<StreamId, Entry>,
    by_use: BTreeMap<u64, StreamId>,
    uses: u64,
    dirty: usize,
}

impl Cache {
    /// A debtor, if in memory.
    pub(crate) fn get(&self, stream: StreamId) -> Option<&Entry> {
        self.entries.get(&stream)
    }

    /// Puts a debtor in, as used last.
    pub(crate) fn put(&mut self, stream: StreamId, mut entry: Entry) {
        self.uses += 1;
        entry.used = self.uses;
        self.by_use.insert(self.uses, stream);
        self.dirty += usize::from(entry.dirty);
        if let Some(old) = self.entries.insert(stream, entry) {
            self.by_use.remove(&old.used);
            self.dirty -= usize::from(old.dirty);
        }
    }

    /// Marks a debtor as used, so that it stays longest.
    pub(crate) fn touch(&mut self, stream: StreamId) {
        if let Some(entry) = self.entries.get_mut(&stream) {
            self.uses += 1;
            self.by_use.remove(&entry.used);
            entry.used = self.uses;
            self.by_use.insert(self.uses, stream);
        }
    }

    /// Changes what is kept beside a debtor's state.
    pub(crate) fn update(&mut self, stream: StreamId, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.entries.get_mut(&stream) {
            let was_dirty = usize::from(entry.dirty);
            change(entry);
            self.dirty = self.dirty + usize::from(entry.dirty) - was_dirty;
        }
    }

    /// Whether memory knows more of the debtor than the checkpoint.
    pub(crate) fn is_dirty(&self, stream: StreamId) -> bool {
        self.entries.get(&stream).is_some_and(|entry| entry.dirty)
    }

    /// How many the next checkpoint has to write.
    pub(crate) const fn dirty(&self) -> usize {
        self.dirty
    }

    /// Those that the next checkpoint has to write, in order of stream id.
    pub(crate) fn dirty_entries(&self) -> impl Iterator<Item = (StreamId, &Entry)> {
        self.entries.iter().filter(|(_, entry)| entry.dirty).map(|(stream, entry)| (*stream, entry))
    }

    /// The checkpoint has them all.
    pub(crate) fn all_clean(&mut self) {
        self.entries.values_mut().for_each(|entry| entry.dirty = false);
        self.dirty = 0;
    }

    /// Forgets the longest unused of those that the checkpoint has, until no more than `max` are left.
    pub(crate) fn shrink_to(&mut self, max: usize) {
        let over = self.entries.len().saturating_sub(max);
        let clean = |stream: &StreamId| self.entries.get(stream).is_some_and(|entry| !entry.dirty);
        let leaving: Vec<(u64, StreamId)> = self
            .by_use
            .iter()
            .filter(|(_, stream)| clean(stream))
            .take(over)
            .map(|(used, stream)| (*used, *stream))
            .collect();
        for (used, stream) in leaving {
            self.by_use.remove(&used);
            self.entries.remove(&stream);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(n: u8) -> StreamId {
        StreamId::new([n; 16])
    }

    fn entry(dirty: bool) -> Entry {
        Entry { dirty, ..Entry::new(TenantId::new("t").unwrap()) }
    }

    fn held(cache: &Cache) -> Vec<u8> {
        (1..10).filter(|n| cache.get(stream(*n)).is_some()).collect()
    }

    #[test]
    fn the_longest_unused_leaves_first_and_only_when_the_checkpoint_has_it() {
        let mut cache = Cache::default();
        for n in 1..=5 {
            cache.put(stream(n), entry(n == 2));
        }
        cache.touch(stream(1));
        cache.shrink_to(3);
        assert_eq!(held(&cache), [1, 2, 5], "2 is dirty, 1 was used last");
        cache.shrink_to(0);
        assert_eq!((held(&cache), cache.dirty()), (vec![2], 1));
        cache.all_clean();
        cache.shrink_to(0);
        assert_eq!((held(&cache), cache.dirty()), (vec![], 0));
    }

    #[test]
    fn dirty_ones_are_counted_and_listed_in_order() {
        let mut cache = Cache::default();
        cache.put(stream(3), entry(true));
        cache.put(stream(1), entry(true));
        cache.put(stream(1), entry(true));
        cache.put(stream(2), entry(false));
        let listed: Vec<StreamId> = cache.dirty_entries().map(|(stream, _)| stream).collect();
        assert_eq!((listed, cache.dirty()), (vec![stream(1), stream(3)], 2));
        cache.update(stream(2), |entry| entry.dirty = true);
        cache.put(stream(3), entry(false));
        assert_eq!(cache.dirty(), 2);
        assert!(cache.is_dirty(stream(2)) && !cache.is_dirty(stream(3)));
    }
}
