//! The desk's settings.

use std::time::Duration;

use domain::label::TenantId;

use crate::error::DeskError;

/// Settings of the call desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeskConfig {
    /// For whom calls are made.
    pub tenants: Vec<TenantId>,
    /// The partitions that there are.
    pub partitions: Vec<u16>,
    /// Tasks that the list holds at most; shared out evenly over tenants and partitions as credit.
    pub capacity: u32,
    /// How long an agent may hold a task without opening it, in real time.
    pub lease: Duration,
    /// How long an agent may take for an opened call, in real time; then the partition's own deadline is left to run.
    pub call_time: Duration,
    /// Tasks that one agent may hold at once.
    pub leases_per_agent: u32,
    /// For how long a permit question is repeated when no reply comes.
    pub start_within: Duration,
    /// How long one asking waits for its reply.
    pub ask_timeout: Duration,
    /// How long one report of outcomes waits for the log.
    pub report_timeout: Duration,
    /// How long a credit counts; it is renewed at a third of it.
    pub credit_lifetime: Duration,
}

impl DeskConfig {
    /// Settings that suit one process.
    pub const fn new(tenants: Vec<TenantId>, partitions: Vec<u16>) -> Self {
        Self {
            tenants,
            partitions,
            capacity: 10_000,
            lease: Duration::from_secs(15 * 60),
            call_time: Duration::from_secs(60 * 60),
            leases_per_agent: 1_000,
            start_within: Duration::from_secs(10),
            ask_timeout: Duration::from_secs(3),
            report_timeout: Duration::from_secs(5),
            credit_lifetime: Duration::from_secs(30),
        }
    }

    /// Whether a desk can run with them.
    pub fn check(&self) -> Result<(), DeskError> {
        let empty = [
            ("tenants", self.tenants.is_empty()),
            ("partitions", self.partitions.is_empty()),
            ("capacity", self.capacity == 0),
            ("lease", self.lease.is_zero()),
            ("call_time", self.call_time.is_zero()),
            ("leases_per_agent", self.leases_per_agent == 0),
            ("start_within", self.start_within.is_zero()),
            ("credit_lifetime", self.credit_lifetime.is_zero()),
        ];
        empty
            .into_iter()
            .find(|(_, is_empty)| *is_empty)
            .map_or(Ok(()), |(setting, _)| Err(DeskError::EmptySetting { setting }))
    }
}
