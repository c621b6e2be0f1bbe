//! One partition in memory: the log, and the maps that a store keeps beside it.

use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use domain::channel::Channel;
use domain::ids::{InputId, Position, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;

use crate::record::{
    Append, Head, InputKey, Lease, Loaded, Lookup, LookupKind, ParkedRow, Recorded, Snapshot, Suppression,
    WrappedKey,
};
use crate::store::StoreError;
use crate::{chain, check};

#[derive(Debug)]
pub(super) struct Partition {
    number: u16,
    history: [u8; 16],
    epoch: u64,
    least_decider: u32,
    head: Head,
    events: Vec<Recorded>,
    newest: BTreeMap<StreamId, Position>,
    inputs: BTreeMap<InputId, [u8; 16]>,
    lookups: BTreeSet<Lookup>,
    data_keys: BTreeMap<StreamId, Vec<u8>>,
    parked: BTreeMap<InputId, ParkedRow>,
    suppressed: BTreeMap<[u8; 16], Timestamp>,
    snapshots: BTreeMap<StreamId, Snapshot>,
    due: BTreeSet<(Timestamp, StreamId)>,
    ready: BTreeSet<(Reverse<i32>, StreamId)>,
}

impl Partition {
    pub(super) const fn new(number: u16, history: [u8; 16]) -> Self {
        let start = Position(0);
        Self {
            number,
            history,
            epoch: 0,
            least_decider: 0,
            head: Head { position: start, chain: chain::GENESIS, at: Timestamp::MIN, checkpoint: start },
            events: Vec::new(),
            newest: BTreeMap::new(),
            inputs: BTreeMap::new(),
            lookups: BTreeSet::new(),
            data_keys: BTreeMap::new(),
            parked: BTreeMap::new(),
            suppressed: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            due: BTreeSet::new(),
            ready: BTreeSet::new(),
        }
    }

    pub(super) const fn head(&self) -> Head {
        self.head
    }

    pub(super) fn lease(&mut self, decider: u32) -> Result<Lease, StoreError> {
        check::may_own(self.number, decider, self.least_decider)?;
        self.epoch = self.epoch.saturating_add(1);
        Ok(Lease { partition: self.number, epoch: self.epoch, history: self.history, head: self.head })
    }

    /// Everything that can refuse it comes before the first change.
    pub(super) fn append(&mut self, append: &Append) -> Result<Head, StoreError> {
        self.owned_by(append.epoch)?;
        if (self.head.position, self.head.chain) != (append.expected.position, append.expected.chain) {
            return Err(StoreError::HeadMoved { expected: append.expected, found: self.head });
        }
        self.refuse_known(append)?;
        self.add_events(append);
        self.inputs.extend(append.input_keys.iter().map(|input| (input.key, input.content)));
        self.lookups.extend(&append.lookups);
        self.data_keys.extend(append.data_keys.iter().map(|key| (key.stream, key.wrapped.clone())));
        append.unpark.iter().for_each(|key| drop(self.parked.remove(key)));
        for row in &append.park {
            self.parked.entry(row.key).or_insert_with(|| row.clone());
        }
        for Suppression { point, since } in &append.suppress {
            let kept = self.suppressed.entry(*point).or_insert(*since);
            *kept = (*kept).max(*since);
        }
        Ok(self.head)
    }

    pub(super) fn known_inputs(&self, keys: &[InputId]) -> Vec<InputKey> {
        let asked: BTreeSet<&InputId> = keys.iter().collect();
        let found =
            |key: &InputId| self.inputs.get(key).map(|content| InputKey { key: *key, content: *content });
        asked.into_iter().filter_map(found).collect()
    }

    pub(super) fn load(&self, stream: StreamId) -> Loaded {
        let snapshot = self.snapshots.get(&stream).cloned();
        let after = snapshot.as_ref().map_or(Position(0), |s| s.position);
        Loaded { stream, snapshot, tail: self.read_stream(stream, after) }
    }

    pub(super) fn read(&self, after: Position, limit: u32) -> Vec<Recorded> {
        self.after(after).take(count(limit)).cloned().collect()
    }

    /// The debtor's events after a position, oldest first.
    pub(super) fn read_stream(&self, stream: StreamId, after: Position) -> Vec<Recorded> {
        let newest = self.newest.get(&stream).and_then(|position| self.at(*position));
        let back = |row: &&Recorded| row.event.previous.and_then(|position| self.at(position));
        let walk = std::iter::successors(newest, back).take_while(|row| row.position > after);
        let mut rows: Vec<Recorded> = walk.cloned().collect();
        rows.reverse();
        rows
    }

    pub(super) fn at(&self, position: Position) -> Option<&Recorded> {
        let index = position.0.checked_sub(1)?;
        self.events.get(usize::try_from(index).ok()?)
    }

    pub(super) fn write_checkpoint(
        &mut self,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
    ) -> Result<(), StoreError> {
        self.owned_by(epoch)?;
        check::checkpoint(up_to, snapshots, self.head.position)?;
        check::all_covered(&self.uncovered(up_to, snapshots), up_to)?;
        snapshots.iter().for_each(|snapshot| self.put(snapshot));
        self.head.checkpoint = self.head.checkpoint.max(up_to);
        Ok(())
    }

    pub(super) fn due_after(&self, after: (Timestamp, StreamId), limit: u32) -> Vec<(Timestamp, StreamId)> {
        self.due.range((Bound::Excluded(after), Bound::Unbounded)).take(count(limit)).copied().collect()
    }

    pub(super) fn ready(&self, limit: u32) -> Vec<(TenantId, Channel, i32, StreamId)> {
        let row = |(_, stream): &(Reverse<i32>, StreamId)| {
            let snapshot = self.snapshots.get(stream)?;
            let (channel, priority) = snapshot.ready?;
            Some((snapshot.tenant.clone(), channel, priority, *stream))
        };
        self.ready.iter().filter_map(row).take(count(limit)).collect()
    }

    pub(super) fn streams(&self, after: StreamId, limit: u32) -> Vec<StreamId> {
        let behind = self.snapshots.range((Bound::Excluded(after), Bound::Unbounded));
        behind.take(count(limit)).map(|(stream, _)| *stream).collect()
    }

    pub(super) fn lookup(&self, kind: LookupKind, digest: [u8; 16]) -> Vec<Lookup> {
        let first = Lookup { kind, digest, stream: StreamId::new([0; 16]), number: 0 };
        let same = |row: &&Lookup| (row.kind, row.digest) == (kind, digest);
        self.lookups.range(first..).take_while(same).copied().collect()
    }

    pub(super) fn data_keys(&self, streams: &[StreamId]) -> Vec<WrappedKey> {
        let asked: BTreeSet<&StreamId> = streams.iter().collect();
        let found = |stream: &StreamId| {
            self.data_keys.get(stream).map(|wrapped| WrappedKey { stream: *stream, wrapped: wrapped.clone() })
        };
        asked.into_iter().filter_map(found).collect()
    }

    pub(super) fn parked(&self, claim: Option<[u8; 16]>, limit: u32) -> Vec<ParkedRow> {
        let waits = |row: &&ParkedRow| claim.is_none_or(|claim| row.claim == claim);
        let mut rows: Vec<&ParkedRow> = self.parked.values().filter(waits).collect();
        rows.sort_by_key(|row| (row.since, row.key));
        rows.into_iter().take(count(limit)).cloned().collect()
    }

    pub(super) fn parked_input(&self, key: InputId) -> Option<ParkedRow> {
        self.parked.get(&key).cloned()
    }

    pub(super) fn suppressed(&self, point: Option<[u8; 16]>, limit: u32) -> Vec<Suppression> {
        let asked = |(known, _): &(&[u8; 16], &Timestamp)| point.is_none_or(|point| point == **known);
        let rows = self.suppressed.iter().filter(asked);
        rows.take(count(limit)).map(|(point, since)| Suppression { point: *point, since: *since }).collect()
    }

    fn after(&self, position: Position) -> impl Iterator<Item = &Recorded> {
        self.events.iter().skip(usize::try_from(position.0).unwrap_or(usize::MAX))
    }

    pub(super) const fn owned_by(&self, epoch: u64) -> Result<(), StoreError> {
        if self.epoch == epoch {
            return Ok(());
        }
        Err(StoreError::StaleEpoch { partition: self.number, ours: epoch, found: self.epoch })
    }

    fn refuse_known(&self, append: &Append) -> Result<(), StoreError> {
        let mut inputs = BTreeSet::new();
        if append.input_keys.iter().any(|i| self.inputs.contains_key(&i.key) || !inputs.insert(i.key)) {
            return Err(check::known("input key"));
        }
        let mut keys = BTreeSet::new();
        if append.data_keys.iter().any(|k| self.data_keys.contains_key(&k.stream) || !keys.insert(k.stream)) {
            return Err(check::known("data key"));
        }
        Ok(())
    }

    fn add_events(&mut self, append: &Append) {
        for event in &append.events {
            let position = Position(self.head.position.0.saturating_add(1));
            let chain = chain::next(&self.head.chain, self.history, self.number, position, event);
            self.newest.insert(event.stream, position);
            self.least_decider = self.least_decider.max(event.decider);
            self.head = Head { position, chain, at: self.head.at.max(event.at), ..self.head };
            let (history, partition) = (self.history, self.number);
            self.events.push(Recorded { history, partition, position, event: event.clone(), chain });
        }
    }

    /// Debtors whose newest event is at or before `up_to` and that no snapshot, old or new, has folded.
    fn uncovered(&self, up_to: Position, snapshots: &[Snapshot]) -> Vec<StreamId> {
        let new: BTreeMap<StreamId, Position> = snapshots.iter().map(|s| (s.stream, s.position)).collect();
        let folded = |stream: &StreamId| {
            new.get(stream).copied().max(self.snapshots.get(stream).map(|snapshot| snapshot.position))
        };
        let touched: BTreeSet<StreamId> =
            self.after(self.head.checkpoint).map(|row| row.event.stream).collect();
        let open = |stream: &StreamId| {
            let newest = self.newest.get(stream).copied();
            *stream != StreamId::PARTITION && newest <= Some(up_to) && folded(stream) < newest
        };
        touched.into_iter().filter(open).collect()
    }

    fn put(&mut self, snapshot: &Snapshot) {
        if let Some(old) = self.snapshots.get(&snapshot.stream) {
            if old.position > snapshot.position {
                return;
            }
            old.due_at.map(|at| self.due.remove(&(at, old.stream)));
            old.ready.map(|(_, priority)| self.ready.remove(&(Reverse(priority), old.stream)));
        }
        match (snapshot.ready, snapshot.due_at) {
            (Some((_, priority)), _) => drop(self.ready.insert((Reverse(priority), snapshot.stream))),
            (None, Some(at)) => drop(self.due.insert((at, snapshot.stream))),
            (None, None) => (),
        }
        self.snapshots.insert(snapshot.stream, snapshot.clone());
    }
}

fn count(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
