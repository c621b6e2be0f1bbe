//! The desk: what agents, consoles and scripts do with the call list.
//!
//! A virtual clock waits while an agent on shift has tasks to take, and while a task is in anybody's hands;
//! not for tasks that nobody took when nobody is on shift (time, 2).
//! Leases, shifts and calls run in real time, so that nobody can make it wait for ever.

mod ending;
mod opening;

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bus::Bus;
use contract::wire::EscalationNotice;
use domain::channel::Channel;
use domain::ids::EscalationId;
use domain::label::{Label, TenantId};
use runtime::Runtime;
use runtime::activity::Busy;
use tokio::sync::{Notify, watch};

use channel::asking::Asker;
use channel::granting::{Figure, Granter};
use channel::reporting::Reporter;

use crate::config::DeskConfig;
use crate::error::DeskError;
use crate::list::{List, Task};
use crate::view::{Filter, LeaseView, TaskView};

pub use opening::Opening;

/// Most tasks in one listing.
const MAX_LISTED: usize = 1_000;
/// Most outcomes in one message.
const OUTCOMES_PER_MESSAGE: usize = 500;

/// The call desk.
pub struct CallDesk {
    runtime: Runtime,
    bus: Arc<dyn Bus>,
    config: DeskConfig,
    asker: Asker,
    reporter: Arc<Reporter>,
    granter: Granter,
    state: Mutex<State>,
    /// An end may have come nearer.
    changed: Notify,
    waiting: watch::Sender<usize>,
    /// Whether an agent has ever come on shift.
    manned: watch::Sender<bool>,
}

struct State {
    list: List,
    /// Held while a virtual clock has to wait.
    busy: Option<Busy>,
}

impl CallDesk {
    /// A desk with an empty list, which does nothing until it runs.
    pub fn new(runtime: Runtime, bus: Arc<dyn Bus>, config: DeskConfig) -> Result<Arc<Self>, DeskError> {
        config.check()?;
        // Half of the time is left for showing the number once the permit is there.
        let patience = config.start_within / 2;
        let granter = Granter::new(
            runtime.clone(),
            Arc::clone(&bus),
            Channel::Call,
            config.tenants.clone(),
            config.partitions.clone(),
            config.credit_lifetime,
        );
        let reporter = Reporter::new(
            runtime.clone(),
            Arc::clone(&bus),
            config.report_timeout,
            OUTCOMES_PER_MESSAGE,
            Arc::new(Notify::new()),
        );
        let list = List::new(usize::try_from(config.capacity).unwrap_or(usize::MAX));
        Ok(Arc::new(Self {
            asker: Asker::new(runtime.clone(), Arc::clone(&bus), patience, config.ask_timeout),
            reporter: Arc::new(reporter),
            granter,
            state: Mutex::new(State { list, busy: None }),
            changed: Notify::new(),
            waiting: watch::Sender::new(0),
            manned: watch::Sender::new(false),
            runtime,
            bus,
            config,
        }))
    }

    /// Resolves once every partition's owner has taken the first credits: from then on a virtual clock may start.
    pub fn ready(&self) -> impl Future<Output = ()> + Send + 'static {
        self.granter.ready()
    }

    /// Takes tasks in and ends leases, until another listener takes the channel over.
    pub async fn run(self: Arc<Self>) {
        let never_changes = Notify::new();
        let figure = Figure { amount: self.config.capacity, outage: false };
        tokio::select! {
            biased;
            () = self.take_in() => {}
            () = self.granter.run(|| figure, &never_changes) => {}
        }
    }

    /// The tasks, the most urgent first.
    pub async fn list(&self, filter: &Filter) -> Vec<TaskView> {
        let now = self.runtime.clock.monotonic();
        self.with_list(|list| {
            let mut tasks: Vec<&Task> = list.tasks().filter(|task| filter.takes(task)).collect();
            tasks.sort_by_key(|task| task.urgency());
            let limit = filter.limit.unwrap_or(MAX_LISTED).min(MAX_LISTED);
            tasks.into_iter().take(limit).map(|task| TaskView::of(task, now)).collect()
        })
    }

    /// Leases the most urgent tasks to an agent: at most so many, fewer if there are not as many.
    pub async fn take(&self, agent: &Label, count: u32) -> Result<Vec<LeaseView>, DeskError> {
        self.take_of(agent, None, count).await
    }

    /// The same, of these tenants' tasks alone.
    pub async fn take_of(
        &self,
        agent: &Label,
        tenants: Option<&BTreeSet<TenantId>>,
        count: u32,
    ) -> Result<Vec<LeaseView>, DeskError> {
        let until = self.runtime.clock.monotonic().saturating_add(self.config.lease);
        let taken = self.with_list(|list| {
            let ids = list.take(agent, tenants, count, self.config.leases_per_agent, until)?;
            Ok(ids
                .iter()
                .filter_map(|id| list.get(id))
                .map(|task| LeaseView::of(task, self.config.lease))
                .collect())
        });
        self.changed.notify_one();
        taken
    }

    /// Whose task this is, while it is on the list.
    pub fn tenant_of(&self, task: &EscalationId) -> Option<TenantId> {
        self.state().list.get(task).map(|task| task.notice.tenant.clone())
    }

    /// Gives a task back that was taken and not opened.
    pub async fn give_back(&self, agent: &Label, task: EscalationId) -> Result<(), DeskError> {
        self.with_list(|list| list.give_back(agent, task))
    }

    /// Says that an agent works for this long, in real time: a virtual clock waits for them meanwhile.
    ///
    /// A later call replaces the earlier one; no time at all ends the shift.
    pub async fn shift(&self, agent: &Label, length: Duration) {
        let until = self.runtime.clock.monotonic().saturating_add(length);
        let has_room = self.with_list(|list| {
            let has_room = list.shift(agent, until);
            // A shift of no time is over already.
            list.expire(self.runtime.clock.monotonic());
            has_room
        });
        if !has_room {
            tracing::warn!("too many agents are on shift; a virtual clock does not wait for one more");
        }
        self.manned.send_replace(true);
        self.changed.notify_one();
    }

    /// Waits until an agent has come on shift for the first time: a played feed may begin then.
    pub async fn wait_for_shift(&self) {
        // The sender lives as long as the desk does, so this ends by an agent alone.
        let mut manned = self.manned.subscribe();
        let _ = manned.wait_for(|manned| *manned).await;
    }

    /// Waits until there are tasks to take, or for so long; how many there are.
    pub async fn wait_for_tasks(&self, patience: Duration) -> usize {
        self.wait_for_tasks_of(None, patience).await
    }

    /// The same, of these tenants' tasks alone.
    pub async fn wait_for_tasks_of(&self, tenants: Option<&BTreeSet<TenantId>>, patience: Duration) -> usize {
        let mut waiting = self.waiting.subscribe();
        let mut over = self.runtime.clock.sleep(patience);
        loop {
            // Marked as seen before it is looked at: what comes in between wakes the loop again.
            waiting.borrow_and_update();
            let found = self.state().list.waiting_of(tenants);
            if found > 0 {
                return found;
            }
            tokio::select! {
                biased;
                changed = waiting.changed() => if changed.is_err() { return 0 },
                () = &mut over => return 0,
            }
        }
    }

    async fn take_in(&self) {
        // First, so that nothing is listed whose recall would not be heard.
        let mut recalls = self.bus.recalls(Channel::Call);
        let mut lane = self.bus.work(Channel::Call);
        loop {
            let next_end = self.with_list(|list| list.next_end());
            tokio::select! {
                biased;
                Some(delivery) = recalls.recv() => {
                    let (escalations, answer) = delivery.split();
                    self.with_list(|list| escalations.into_iter().for_each(|id| list.recall(id)));
                    drop(answer.give(()));
                }
                delivery = lane.recv() => {
                    // Somebody else listens from now on.
                    let Some(delivery) = delivery else { return };
                    let (notices, answer) = delivery.split();
                    self.push(notices, &answer.give(()));
                }
                () = self.changed.notified() => {}
                () = self.sleep_until(next_end) => {}
            }
        }
    }

    /// The guard of the message is held until the list's own stands for it.
    fn push(&self, notices: Vec<EscalationNotice>, _busy: &Busy) {
        self.with_list(|list| {
            let calls = notices.into_iter().filter(|notice| notice.channel == Channel::Call);
            calls.for_each(|notice| list.push(notice));
        });
    }

    async fn sleep_until(&self, end: Option<Duration>) {
        match end {
            Some(end) => {
                let left = end.saturating_sub(self.runtime.clock.monotonic());
                self.runtime.clock.sleep(left).await;
            }
            None => std::future::pending().await,
        }
    }

    /// Looks at or changes the list as it is now; afterwards a virtual clock waits if it has to.
    fn with_list<T>(&self, act: impl FnOnce(&mut List) -> T) -> T {
        let busy = self.runtime.activity.begin();
        let mut state = self.state();
        state.list.expire(self.runtime.clock.monotonic());
        state.list.drop_lapsed(self.runtime.clock.now());
        let result = act(&mut state.list);
        let guard = match (state.list.is_waited_for(), state.busy.take()) {
            (true, held) => {
                state.busy = Some(held.unwrap_or_else(|| busy.clone()));
                None
            }
            (false, held) => held,
        };
        self.waiting.send_replace(state.list.waiting());
        drop(state);
        // Outside the lock, since the last guard to go moves a virtual clock.
        drop((guard, busy));
        result
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
