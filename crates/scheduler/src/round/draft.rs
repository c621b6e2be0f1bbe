//! The draft: the append under construction, and the working set that it leads to.

use std::collections::{BTreeMap, BTreeSet};

use contract::personal::Personal;
use domain::ids::{ClaimId, EscalationId, InputId, PointId, Position, ProviderMessageId, StreamId};
use domain::time::Timestamp;
use event_log::record::{
    Append, Head, InputKey, Lookup, LookupKind, NewEvent, ParkedRow, Suppression, WrappedKey,
};

use crate::cache::Entry;
use crate::ready_set::{Queue, Waiting};

/// What a round leads to, if its append is committed.
pub(crate) struct Draft {
    at: Timestamp,
    append: Append,
    states: BTreeMap<StreamId, Entry>,
    pub(super) keys: BTreeMap<InputId, [u8; 16]>,
    pub(super) claims: BTreeMap<ClaimId, StreamId>,
    pub(super) points: BTreeMap<PointId, BTreeSet<StreamId>>,
    pub(super) messages: BTreeMap<ProviderMessageId, EscalationId>,
    suppressed: BTreeMap<PointId, Timestamp>,
    drained: BTreeSet<InputId>,
    /// Claims, contact points and messages for which nothing waits any more.
    pub(super) emptied: BTreeSet<[u8; 16]>,
    pub(super) plain: BTreeMap<Position, Personal>,
    pub(super) escalated: BTreeMap<Queue, u32>,
    pub(super) reply_bytes: BTreeMap<usize, usize>,
    /// Debtors who turned out to wait for capacity.
    pub(crate) waiting: BTreeMap<StreamId, Waiting>,
    /// Debtors who were looked at and are not due now.
    pub(crate) looked_at: BTreeSet<StreamId>,
    /// Debtors who are to be left alone until an input changes them.
    pub(crate) muted: BTreeSet<StreamId>,
}

impl Draft {
    /// An empty one, which follows this head, decided at this instant.
    pub(crate) const fn new(partition: u16, epoch: u64, head: Head, at: Timestamp) -> Self {
        let append = Append::nothing(partition, epoch, head);
        Self {
            at,
            append,
            states: BTreeMap::new(),
            keys: BTreeMap::new(),
            claims: BTreeMap::new(),
            points: BTreeMap::new(),
            messages: BTreeMap::new(),
            suppressed: BTreeMap::new(),
            drained: BTreeSet::new(),
            emptied: BTreeSet::new(),
            plain: BTreeMap::new(),
            escalated: BTreeMap::new(),
            reply_bytes: BTreeMap::new(),
            waiting: BTreeMap::new(),
            looked_at: BTreeSet::new(),
            muted: BTreeSet::new(),
        }
    }

    /// The instant of its decisions.
    pub(crate) const fn at(&self) -> Timestamp {
        self.at
    }

    /// What is to be appended.
    pub(crate) const fn append(&self) -> &Append {
        &self.append
    }

    /// Whether there is nothing to append.
    pub(crate) const fn is_empty(&self) -> bool {
        let Append { events, input_keys, lookups, data_keys, park, unpark, suppress, .. } = &self.append;
        events.is_empty()
            && input_keys.is_empty()
            && lookups.is_empty()
            && data_keys.is_empty()
            && park.is_empty()
            && unpark.is_empty()
            && suppress.is_empty()
    }

    /// The states that it leads to.
    pub(crate) fn into_states(self) -> BTreeMap<StreamId, Entry> {
        self.states
    }

    /// A debtor whom it changes.
    pub(crate) fn entry(&self, stream: StreamId) -> Option<&Entry> {
        self.states.get(&stream)
    }

    /// How many bytes of granted messages it holds, by asker.
    pub(crate) const fn replies(&self) -> &BTreeMap<usize, usize> {
        &self.reply_bytes
    }

    /// Remembers an input for ever.
    pub(super) fn record_key(&mut self, key: InputId, content: [u8; 16]) {
        if self.keys.insert(key, content).is_none() {
            self.append.input_keys.push(InputKey { key, content });
        }
    }

    /// Parks a fact.
    pub(super) fn park(&mut self, row: ParkedRow) {
        self.append.park.push(row);
    }

    /// What this draft parks for a claim, a contact point or a message.
    pub(super) fn parked_here(&self, waits_for: [u8; 16]) -> impl Iterator<Item = &ParkedRow> {
        self.append.park.iter().filter(move |row| row.claim == waits_for)
    }

    /// What nothing waits for any more.
    pub(crate) const fn emptied(&self) -> &BTreeSet<[u8; 16]> {
        &self.emptied
    }

    /// Whether this draft has drained it already.
    pub(super) fn is_drained(&self, key: InputId) -> bool {
        self.drained.contains(&key)
    }

    /// Suppresses a contact point.
    pub(super) fn suppress(&mut self, point: PointId, since: Timestamp) {
        let known = self.suppressed.entry(point).or_insert(since);
        *known = since.max(*known);
        self.append.suppress.push(Suppression { point: point.bytes(), since });
    }

    /// Since when this draft suppresses a contact point, if it does.
    pub(super) fn suppressed(&self, point: PointId) -> Option<Timestamp> {
        self.suppressed.get(&point).copied()
    }

    /// Drains a fact, from the store or from this draft.
    pub(super) fn unpark(&mut self, key: InputId) {
        self.drained.insert(key);
        let before = self.append.park.len();
        self.append.park.retain(|row| row.key != key);
        if self.append.park.len() == before {
            self.append.unpark.push(key);
        }
    }

    /// Where its next event will stand.
    pub(super) fn next_position(&self) -> Position {
        let place = u64::try_from(self.append.events.len()).unwrap_or(u64::MAX);
        Position(self.append.expected.position.0.saturating_add(place).saturating_add(1))
    }

    /// Adds a lookup.
    pub(super) fn look_up(&mut self, kind: LookupKind, digest: [u8; 16], stream: StreamId, number: u32) {
        self.append.lookups.push(Lookup { kind, digest, stream, number });
    }

    /// Adds an event.
    pub(super) fn push(&mut self, event: NewEvent) {
        self.append.events.push(event);
    }

    /// Adds a data key.
    pub(super) fn add_key(&mut self, wrapped: WrappedKey) {
        self.append.data_keys.push(wrapped);
    }

    /// Takes a debtor's state out of the working set, to which a newer one is put.
    pub(super) fn forget(&mut self, stream: StreamId) {
        self.states.remove(&stream);
    }

    /// Puts a debtor's state into the working set.
    pub(super) fn put(&mut self, stream: StreamId, entry: Entry) {
        self.states.insert(stream, entry);
    }
}
