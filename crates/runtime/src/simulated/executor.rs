//! The executor's state: tasks, the queue of those that can run, and the time.
//!
//! **Invariant:** no future is polled or dropped, and no waker called, while the lock is held.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use domain::time::{Span, Timestamp};
use tokio::sync::oneshot;

use super::random::SplitMix64;
use super::{Halt, MAX_STEPS, Trace};
use crate::BoxFuture;
use crate::activity::{Activity, Busy};
use crate::timers::{TimerKey, Timers};

/// Most steps that the trace keeps.
const MAX_TRACE: usize = 1_000_000;

/// What the simulation and the handles in its runtime share.
pub(super) struct Shared {
    pub(super) activity: Activity,
    start: Timestamp,
    state: Mutex<State>,
}

struct State {
    elapsed: Duration,
    random: SplitMix64,
    timers: Timers<Duration>,
    tasks: BTreeMap<u64, Task>,
    ready: VecDeque<u64>,
    next_task: u64,
    step: u64,
    trace: Trace,
}

struct Task {
    name: &'static str,
    /// Away while it is polled.
    future: Option<BoxFuture<'static, ()>>,
    waker: Arc<TaskWaker>,
}

struct TaskWaker {
    id: u64,
    queued: AtomicBool,
    shared: Weak<Shared>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if self.queued.swap(true, Ordering::SeqCst) {
            return;
        }
        if let Some(shared) = self.shared.upgrade() {
            shared.lock().ready.push_back(self.id);
        }
    }
}

impl Shared {
    pub(super) const fn new(seed: u64, start: Timestamp, activity: Activity) -> Self {
        let state = State {
            elapsed: Duration::ZERO,
            random: SplitMix64::new(seed),
            timers: Timers::new(),
            tasks: BTreeMap::new(),
            ready: VecDeque::new(),
            next_task: 0,
            step: 0,
            trace: Vec::new(),
        };
        Self { activity, start, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.lock().elapsed
    }

    pub(super) fn now(&self) -> Timestamp {
        let elapsed_ms = i64::try_from(self.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.start.plus(Span(elapsed_ms))
    }

    /// How far from the start an instant is; an instant before the start is the start.
    pub(super) fn elapsed_at(&self, at: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(at.since(self.start).0).unwrap_or(0))
    }

    pub(super) fn move_to(&self, elapsed: Duration) {
        let mut state = self.lock();
        state.elapsed = state.elapsed.max(elapsed);
    }

    pub(super) fn fill_random(&self, out: &mut [u8]) {
        self.lock().random.fill(out);
    }

    pub(super) fn register(&self, at: Duration) -> (TimerKey<Duration>, oneshot::Receiver<Busy>) {
        self.lock().timers.register(at)
    }

    pub(super) fn take_back(&self, key: &TimerKey<Duration>) {
        let taken_back = self.lock().timers.take_back(key);
        drop(taken_back);
    }

    pub(super) fn tasks(&self) -> usize {
        self.lock().tasks.len()
    }

    pub(super) fn trace(&self) -> Trace {
        self.lock().trace.clone()
    }

    pub(super) fn spawn(self: &Arc<Self>, name: &'static str, future: BoxFuture<'static, ()>) {
        let mut state = self.lock();
        let id = state.next_task;
        state.next_task += 1;
        let waker = Arc::new(TaskWaker { id, queued: AtomicBool::new(true), shared: Arc::downgrade(self) });
        state.tasks.insert(id, Task { name, future: Some(future), waker });
        state.ready.push_back(id);
    }

    /// Drops the tasks whose names match; the one that is being polled is not among them.
    pub(super) fn kill(&self, matches: impl Fn(&str) -> bool) -> usize {
        let doomed: Vec<Task> = {
            let mut state = self.lock();
            state
                .tasks
                .extract_if(.., |_, task| task.future.is_some() && matches(task.name))
                .map(|(_, task)| task)
                .collect()
        };
        doomed.len()
    }

    /// Runs what can run, and moves the time to each timer that `may_move` lets it move to.
    pub(super) fn run(&self, may_move: impl Fn(Duration) -> bool) -> Halt {
        for _step in 0..MAX_STEPS {
            if self.poll_next() {
                continue;
            }
            let Some(earliest) = self.lock().timers.earliest() else { return Halt::Idle };
            if !may_move(earliest) {
                return Halt::Reached;
            }
            self.fire_earliest();
        }
        Halt::TooManySteps
    }

    /// Runs and moves the time, one task at a time, until `check` breaks or nothing is left to do.
    pub(super) fn run_while<T>(&self, check: impl Fn() -> ControlFlow<T>) -> Option<T> {
        for _step in 0..MAX_STEPS {
            let progress = self.poll_next() || self.fire_earliest();
            match check() {
                ControlFlow::Break(value) => return Some(value),
                ControlFlow::Continue(()) if progress => {}
                ControlFlow::Continue(()) => return None,
            }
        }
        None
    }

    /// Moves the time to the earliest timer and fires all of that instant.
    fn fire_earliest(&self) -> bool {
        let fired = {
            let mut state = self.lock();
            let Some((at, fired)) = state.timers.pop_earliest() else { return false };
            state.elapsed = state.elapsed.max(at);
            fired
        };
        for wakeup in fired {
            drop(wakeup.send(self.activity.begin()));
        }
        true
    }

    /// Polls the task that was woken first; whether there was one.
    fn poll_next(&self) -> bool {
        let Some((id, mut future, waker)) = self.take_next() else { return false };
        let polled = future.as_mut().poll(&mut Context::from_waker(&Waker::from(waker)));
        let ended = match polled {
            Poll::Ready(()) => self.lock().tasks.remove(&id),
            Poll::Pending => {
                if let Some(task) = self.lock().tasks.get_mut(&id) {
                    task.future = Some(future);
                }
                None
            }
        };
        drop(ended);
        true
    }

    fn take_next(&self) -> Option<(u64, BoxFuture<'static, ()>, Arc<TaskWaker>)> {
        let mut state = self.lock();
        loop {
            let id = state.ready.pop_front()?;
            // A task that has ended or was killed may still stand in the queue.
            let Some(task) = state.tasks.get_mut(&id) else { continue };
            let Some(future) = task.future.take() else { continue };
            let (name, waker) = (task.name, Arc::clone(&task.waker));
            waker.queued.store(false, Ordering::SeqCst);
            state.record(name);
            return Some((id, future, waker));
        }
    }
}

impl State {
    fn record(&mut self, name: &'static str) {
        if self.trace.len() < MAX_TRACE {
            self.trace.push((self.step, name));
        }
        self.step += 1;
    }
}
