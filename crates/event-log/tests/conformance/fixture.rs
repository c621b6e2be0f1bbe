//! A log to test, and rows to put into it.

use std::ops::Deref;
use std::sync::Arc;

use domain::channel::Channel;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::input::{Cause, CauseKind};
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::chain;
use event_log::memory::MemoryLog;
use event_log::record::{Append, Head, Lease, NewEvent, Origin, Recorded, Snapshot};
use event_log::sqlite::{Options, SqliteLog};
use event_log::store::EventLog;
use tempfile::TempDir;

use crate::postgres_server::Database;

pub(crate) const DECIDER: u32 = 7;
pub(crate) const ORIGIN: Origin = Origin { history: [0xaa; 16], partitions: 3, key_check: [0xbb; 16] };

/// A store, and what goes when it goes.
pub(crate) struct Log {
    store: Arc<dyn EventLog>,
    _folder: Option<TempDir>,
    _database: Option<Database>,
}

impl Deref for Log {
    type Target = dyn EventLog;

    fn deref(&self) -> &Self::Target {
        &*self.store
    }
}

pub(crate) fn memory() -> Log {
    Log { store: Arc::new(MemoryLog::new(ORIGIN, DECIDER)), _folder: None, _database: None }
}

pub(crate) async fn sqlite() -> Log {
    let folder = tempfile::tempdir().unwrap();
    let log = SqliteLog::create(&folder.path().join("log"), ORIGIN, Options::new(DECIDER)).await.unwrap();
    Log { store: Arc::new(log), _folder: Some(folder), _database: None }
}

pub(crate) async fn postgres() -> Log {
    let database = Database::with_log().await;
    let store = Arc::new(database.open(1).await);
    Log { store, _folder: None, _database: Some(database) }
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("roma").unwrap()
}

pub(crate) fn stream(n: u8) -> StreamId {
    StreamId::new([n; 16])
}

/// The stream's event of that version, always decided at the same instant.
pub(crate) fn event(n: u8, version: u64, previous: Option<u64>) -> NewEvent {
    NewEvent {
        tenant: tenant(),
        stream: stream(n),
        version,
        previous: previous.map(Position),
        event_id: [n.wrapping_add(100); 16],
        cause: Cause { kind: CauseKind::Fact, id: InputId::new([n; 16]) },
        at: Timestamp(1_000),
        occurred_at: Timestamp(-5),
        kind: 3,
        schema: 1,
        decider: DECIDER,
        rulebook: RulebookHash([9; 32]),
        trace: Some(([1; 16], [2; 8], 1)),
        payload: vec![n, u8::try_from(version % 256).unwrap()],
        personal: None,
    }
}

/// An append that carries nothing yet.
pub(crate) fn nothing(lease: &Lease, head: Head) -> Append {
    Append::nothing(lease.partition, lease.epoch, head)
}

/// An append of events.
pub(crate) fn append(lease: &Lease, head: Head, events: Vec<NewEvent>) -> Append {
    Append { events, ..nothing(lease, head) }
}

pub(crate) fn snapshot(n: u8, version: u64, position: u64) -> Snapshot {
    Snapshot {
        stream: stream(n),
        tenant: tenant(),
        version,
        position: Position(position),
        revision: 1,
        state: vec![n; 3],
        due_at: None,
        ready: None,
    }
}

pub(crate) fn due(n: u8, at: i64) -> Snapshot {
    Snapshot { due_at: Some(Timestamp(at)), ..snapshot(n, 1, 1) }
}

pub(crate) fn ready(n: u8, channel: Channel, priority: i32) -> Snapshot {
    Snapshot { ready: Some((channel, priority)), ..due(n, 1) }
}

pub(crate) fn positions(rows: &[Recorded]) -> Vec<u64> {
    rows.iter().map(|row| row.position.0).collect()
}

/// Three debtors, interleaved: 1 at positions 1, 3 and 6; 2 at 2 and 5; 3 at 4.
pub(crate) async fn three_debtors(log: &Log, partition: u16) -> (Lease, Head) {
    let lease = log.lease(partition).await.unwrap();
    let first = append(
        &lease,
        lease.head,
        vec![event(1, 1, None), event(2, 1, None), event(1, 2, Some(1)), event(3, 1, None)],
    );
    let head = log.append(&first).await.unwrap();
    let second = append(&lease, head, vec![event(2, 2, Some(2)), event(1, 3, Some(3))]);
    let head = log.append(&second).await.unwrap();
    (lease, head)
}

/// Reads everything and recomputes the chain from its beginning; gives the first position that does not follow.
pub(crate) async fn first_broken(log: &dyn EventLog, partition: u16) -> Option<Position> {
    let mut last = chain::GENESIS;
    for row in log.read(partition, Position(0), u32::MAX).await.unwrap() {
        if !chain::follows(&last, &row) {
            return Some(row.position);
        }
        last = row.chain;
    }
    let head = log.head(partition).await.unwrap();
    (head.chain != last).then_some(head.position)
}
