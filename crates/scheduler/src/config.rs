//! The limits of a partition's owner: every queue, batch and loop of it is bounded by one of these.

use core::time::Duration;

use event_log::store::MAX_APPEND;

/// Limits and intervals; the defaults suit one process on SQLite.
///
/// Intervals run on the monotonic clock, since they protect the world outside and not the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SchedulerConfig {
    /// Most facts that one batch takes.
    pub max_facts: usize,
    /// Most outcomes that one batch takes.
    pub max_outcomes: usize,
    /// Most permit questions that one batch takes.
    pub max_permits: usize,
    /// Most debtors that one batch looks at because they are due.
    pub max_due: usize,
    /// From this many events on, the rest of a batch goes into the next append.
    pub max_round_events: usize,
    /// Most bytes of granted messages in one answer: half of the carrier's largest payload (permits, 8).
    pub max_reply_bytes: usize,
    /// Most debtors kept in memory.
    pub max_states: usize,
    /// Most due instants kept in memory after a checkpoint.
    pub max_due_index: usize,
    /// How many due instants are read from the store at once.
    pub due_page: u32,
    /// How many debtors the sweep after a takeover looks at between two batches.
    pub sweep_page: u32,
    /// How many events are refolded at once in a takeover.
    pub refold_page: u32,
    /// How many inputs are taken one by one after a takeover (inputs, 7).
    pub cautious_inputs: usize,
    /// Most facts that wait for one claim.
    pub max_parked: u32,
    /// Most digests that memory holds of what is waited for, and of suppressed contact points; with more the store is asked
    /// each time, and no report waits for a message that nobody knows.
    pub max_remembered: usize,
    /// The longest that a checkpoint waits: each debtor who is touched meanwhile is written once. How long a takeover refolds
    /// is bounded by the events, not by this.
    pub checkpoint_after: Duration,
    /// How many events a checkpoint may lag behind.
    pub checkpoint_events: u64,
    /// How long an escalation may wait for a question before it is emitted again; doubled after each repeat.
    pub reemit_after: Duration,
    /// The same for call tasks, which wait for a person.
    pub reemit_calls_after: Duration,
    /// How long a virtual clock waits for the outcome of an open permit (time, 2).
    pub permit_timeout: Duration,
    /// Facts that may have waited longer than this close the permits (inputs, 2).
    pub stop_lag_max: Duration,
    /// How long after a takeover nobody due is looked at: where a carrier keeps nothing, whoever reports outcomes repeats
    /// them within this time, and no deadline may be faster (permits, 12).
    pub outcomes_repeated_within: Duration,
    /// How often a commit whose result is unknown, or that may pass, is tried again.
    pub commit_retries: u32,
    /// How long to wait between two tries.
    pub retry_pause: Duration,
}

impl Default for SchedulerConfig {
    fn default() -> Self {
        Self {
            max_facts: 2_000,
            max_outcomes: 2_000,
            max_permits: 500,
            max_due: 2_000,
            max_round_events: MAX_APPEND / 4,
            max_reply_bytes: 512 * 1024,
            max_states: 60_000,
            max_due_index: 200_000,
            due_page: 10_000,
            sweep_page: 500,
            refold_page: 20_000,
            cautious_inputs: 32,
            max_parked: 256,
            max_remembered: 100_000,
            checkpoint_after: Duration::from_secs(10),
            checkpoint_events: 20_000,
            reemit_after: Duration::from_secs(20),
            reemit_calls_after: Duration::from_secs(600),
            permit_timeout: Duration::from_secs(60),
            stop_lag_max: Duration::from_secs(30),
            outcomes_repeated_within: Duration::ZERO,
            commit_retries: 8,
            retry_pause: Duration::from_millis(250),
        }
    }
}
