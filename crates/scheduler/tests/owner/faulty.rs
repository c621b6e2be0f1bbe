//! A log that fails on purpose: hangs at a chosen call, loses the result of a commit, refuses an event.

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use domain::channel::Channel;
use domain::ids::{InputId, Position, RulebookHash, StreamId};
use domain::label::TenantId;
use domain::time::Timestamp;
use event_log::memory::MemoryLog;
use event_log::record::{
    Append, Head, InputKey, Lease, Loaded, Lookup, LookupKind, ParkedRow, Recorded, Snapshot, Suppression,
    WrappedKey,
};
use event_log::store::{EventLog, StoreError};
use runtime::Runtime;

/// What goes wrong, once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The nth call never returns; before or after its work was done.
    Hang { call: u32, after: bool },
    /// The nth append's result is unknown; before or after its work was done.
    Unknown { append: u32, after: bool },
    /// The next append takes this long.
    Slow { seconds: u64 },
    /// The next append is not done, and this long nobody says so: its owner is frozen, or its connection is gone.
    Frozen { seconds: u64 },
}

#[derive(Default)]
struct Plan {
    fault: Option<Fault>,
    refused: Option<(StreamId, u16)>,
    calls: u32,
    appends: u32,
    hung: bool,
}

pub(crate) struct FaultyLog {
    inner: Arc<MemoryLog>,
    runtime: Runtime,
    plan: Mutex<Plan>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Before,
    After,
}

impl FaultyLog {
    pub(crate) fn new(inner: Arc<MemoryLog>, runtime: Runtime) -> Self {
        Self { inner, runtime, plan: Mutex::default() }
    }

    pub(crate) fn set(&self, fault: Option<Fault>) {
        let mut plan = self.plan.lock().unwrap();
        (plan.fault, plan.calls, plan.appends, plan.hung) = (fault, 0, 0, false);
    }

    /// Appends are taken again.
    pub(crate) fn refuse_nothing(&self) {
        self.plan.lock().unwrap().refused = None;
    }

    /// Every append with an event of this kind of this debtor is refused.
    pub(crate) fn refuse(&self, stream: StreamId, kind: u16) {
        self.plan.lock().unwrap().refused = Some((stream, kind));
    }

    pub(crate) fn calls(&self) -> u32 {
        self.plan.lock().unwrap().calls
    }

    pub(crate) fn appends(&self) -> u32 {
        self.plan.lock().unwrap().appends
    }

    pub(crate) fn hung(&self) -> bool {
        self.plan.lock().unwrap().hung
    }

    fn hangs(&self, when: When) -> bool {
        let mut plan = self.plan.lock().unwrap();
        if when == When::Before {
            plan.calls += 1;
        }
        let now = matches!(plan.fault, Some(Fault::Hang { call, after })
            if call == plan.calls && after == (when == When::After));
        plan.hung |= now;
        now
    }

    async fn call<T>(&self, work: impl Future<Output = T> + Send) -> T {
        if self.hangs(When::Before) {
            std::future::pending::<()>().await;
        }
        let result = work.await;
        if self.hangs(When::After) {
            std::future::pending::<()>().await;
        }
        result
    }

    fn loses(&self, when: When) -> bool {
        let mut plan = self.plan.lock().unwrap();
        if when == When::Before {
            plan.appends += 1;
        }
        matches!(plan.fault, Some(Fault::Unknown { append, after })
            if append == plan.appends && after == (when == When::After))
    }

    fn take_slow(&self) -> Option<Fault> {
        let mut plan = self.plan.lock().unwrap();
        plan.fault.take_if(|fault| matches!(fault, Fault::Slow { .. } | Fault::Frozen { .. }))
    }

    fn refuses(&self, append: &Append) -> bool {
        let refused = self.plan.lock().unwrap().refused;
        append.events.iter().any(|event| Some((event.stream, event.kind)) == refused)
    }

    async fn lossy(&self, append: &Append) -> Result<Head, StoreError> {
        if self.refuses(append) {
            return Err(StoreError::Invalid { detail: "refused on purpose".to_owned() });
        }
        match self.take_slow() {
            Some(Fault::Slow { seconds }) => {
                self.runtime.clock.sleep(Duration::from_secs(seconds)).await;
            }
            Some(Fault::Frozen { seconds }) => {
                self.runtime.clock.sleep(Duration::from_secs(seconds)).await;
                return Err(StoreError::UnknownResult);
            }
            Some(Fault::Hang { .. } | Fault::Unknown { .. }) | None => {}
        }
        if self.loses(When::Before) {
            return Err(StoreError::UnknownResult);
        }
        let result = self.inner.append(append).await;
        if self.loses(When::After) { Err(StoreError::UnknownResult) } else { result }
    }
}

#[async_trait]
impl EventLog for FaultyLog {
    fn partitions(&self) -> u16 {
        self.inner.partitions()
    }

    async fn lease(&self, p: u16) -> Result<Lease, StoreError> {
        self.inner.lease(p).await
    }

    async fn append(&self, append: &Append) -> Result<Head, StoreError> {
        self.call(self.lossy(append)).await
    }

    async fn head(&self, p: u16) -> Result<Head, StoreError> {
        self.call(self.inner.head(p)).await
    }

    async fn known_inputs(&self, p: u16, keys: &[InputId]) -> Result<Vec<InputKey>, StoreError> {
        self.call(self.inner.known_inputs(p, keys)).await
    }

    async fn load(&self, p: u16, streams: &[StreamId]) -> Result<Vec<Loaded>, StoreError> {
        self.call(self.inner.load(p, streams)).await
    }

    async fn read(&self, p: u16, after: Position, limit: u32) -> Result<Vec<Recorded>, StoreError> {
        self.call(self.inner.read(p, after, limit)).await
    }

    async fn read_stream(&self, p: u16, stream: StreamId) -> Result<Vec<Recorded>, StoreError> {
        self.call(self.inner.read_stream(p, stream)).await
    }

    async fn read_at(&self, p: u16, positions: &[Position]) -> Result<Vec<Recorded>, StoreError> {
        self.call(self.inner.read_at(p, positions)).await
    }

    async fn write_checkpoint(
        &self,
        p: u16,
        epoch: u64,
        up_to: Position,
        snapshots: &[Snapshot],
    ) -> Result<(), StoreError> {
        self.call(self.inner.write_checkpoint(p, epoch, up_to, snapshots)).await
    }

    async fn due_after(
        &self,
        p: u16,
        after: (Timestamp, StreamId),
        limit: u32,
    ) -> Result<Vec<(Timestamp, StreamId)>, StoreError> {
        self.call(self.inner.due_after(p, after, limit)).await
    }

    async fn ready(&self, p: u16, limit: u32) -> Result<Vec<(TenantId, Channel, i32, StreamId)>, StoreError> {
        self.call(self.inner.ready(p, limit)).await
    }

    async fn streams(&self, p: u16, after: StreamId, limit: u32) -> Result<Vec<StreamId>, StoreError> {
        self.call(self.inner.streams(p, after, limit)).await
    }

    async fn lookup(&self, p: u16, kind: LookupKind, digest: [u8; 16]) -> Result<Vec<Lookup>, StoreError> {
        self.call(self.inner.lookup(p, kind, digest)).await
    }

    async fn data_keys(&self, p: u16, streams: &[StreamId]) -> Result<Vec<WrappedKey>, StoreError> {
        self.call(self.inner.data_keys(p, streams)).await
    }

    async fn parked(
        &self,
        p: u16,
        claim: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<ParkedRow>, StoreError> {
        self.call(self.inner.parked(p, claim, limit)).await
    }

    async fn parked_input(&self, p: u16, key: InputId) -> Result<Option<ParkedRow>, StoreError> {
        self.call(self.inner.parked_input(p, key)).await
    }

    async fn suppressed(
        &self,
        p: u16,
        point: Option<[u8; 16]>,
        limit: u32,
    ) -> Result<Vec<Suppression>, StoreError> {
        self.call(self.inner.suppressed(p, point, limit)).await
    }

    async fn probe(&self, p: u16, epoch: u64) -> Result<(), StoreError> {
        self.call(self.inner.probe(p, epoch)).await
    }

    async fn put_rulebook(&self, hash: RulebookHash, sources: &[u8]) -> Result<(), StoreError> {
        self.inner.put_rulebook(hash, sources).await
    }

    async fn rulebook(&self, hash: RulebookHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.rulebook(hash).await
    }
}
