//! A worker's settings, and what is wrong with them.

use std::time::Duration;

use domain::label::TenantId;

/// Settings of one worker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkerConfig {
    /// For whom it works.
    pub tenants: Vec<TenantId>,
    /// The partitions that there are.
    pub partitions: Vec<u16>,
    /// Escalations that it holds at most, waiting and in hand; shared out evenly over tenants and partitions as credit.
    pub capacity: u32,
    /// Submissions per second.
    pub rate_per_second: u32,
    /// Submissions that may follow each other at once after a quiet time.
    pub burst: u32,
    /// Submissions under way at once.
    pub concurrency: u32,
    /// For how long a question is repeated when no reply comes; not longer than the scheduler's own `start_within`.
    pub start_within: Duration,
    /// How long one asking waits for its reply.
    pub ask_timeout: Duration,
    /// How long one submission may take; then it is unknown whether it left.
    pub submit_timeout: Duration,
    /// How long one report of outcomes waits for the log.
    pub report_timeout: Duration,
    /// How long a credit counts; it is renewed at a third of it.
    pub credit_lifetime: Duration,
    /// Permit questions in one request.
    pub questions_per_request: u32,
    /// Outcomes in one message.
    pub outcomes_per_message: u32,
    /// Outcomes that the log has not acknowledged; at this many no further permit is asked.
    pub unacknowledged_outcomes: u32,
    /// Failures in a row after which the provider is left alone.
    pub failures_to_open: u32,
    /// How long it is left alone then.
    pub open_for: Duration,
}

/// What is wrong with a worker's settings.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WorkerError {
    /// A list or a figure is empty that must not be.
    #[error("{setting} of a worker is empty or 0; give at least one")]
    Empty {
        /// Which.
        setting: &'static str,
    },
    /// One time is longer than another that it must fit into.
    #[error("{setting} of a worker is {is:?}; it must be shorter than {limit_name}, which is {limit:?}")]
    TooLong {
        /// Which.
        setting: &'static str,
        /// How long it is.
        is: Duration,
        /// What it must fit into.
        limit_name: &'static str,
        /// How long that is.
        limit: Duration,
    },
}

impl WorkerError {
    /// Never: a setting must be changed.
    pub const fn is_transient(&self) -> bool {
        false
    }
}

impl WorkerConfig {
    /// Settings that suit one process with one partition, 0.
    pub const fn new(tenants: Vec<TenantId>, partitions: Vec<u16>) -> Self {
        Self {
            tenants,
            partitions,
            capacity: 2_000,
            rate_per_second: 100,
            burst: 100,
            concurrency: 64,
            start_within: Duration::from_secs(10),
            ask_timeout: Duration::from_secs(3),
            submit_timeout: Duration::from_secs(60),
            report_timeout: Duration::from_secs(5),
            credit_lifetime: Duration::from_secs(30),
            questions_per_request: 500,
            outcomes_per_message: 500,
            unacknowledged_outcomes: 5_000,
            failures_to_open: 5,
            open_for: Duration::from_secs(30),
        }
    }

    /// Whether a worker can run with them.
    pub fn check(&self) -> Result<(), WorkerError> {
        let empty = [
            ("tenants", self.tenants.is_empty()),
            ("partitions", self.partitions.is_empty()),
            ("capacity", self.capacity == 0),
            ("rate_per_second", self.rate_per_second == 0),
            ("burst", self.burst == 0),
            ("concurrency", self.concurrency == 0),
            ("questions_per_request", self.questions_per_request == 0),
            ("outcomes_per_message", self.outcomes_per_message == 0),
            ("unacknowledged_outcomes", self.unacknowledged_outcomes == 0),
            ("credit_lifetime", self.credit_lifetime.is_zero()),
            ("ask_timeout", self.ask_timeout.is_zero()),
        ];
        if let Some((setting, _)) = empty.into_iter().find(|(_, is_empty)| *is_empty) {
            return Err(WorkerError::Empty { setting });
        }
        if self.ask_timeout >= self.start_within {
            // A lost reply could never be asked for again.
            return Err(WorkerError::TooLong {
                setting: "ask_timeout",
                is: self.ask_timeout,
                limit_name: "start_within",
                limit: self.start_within,
            });
        }
        Ok(())
    }

    /// The most questions in one request: what can be submitted at this rate in half of `start_within` (permits, 2).
    pub fn most_questions(&self) -> u32 {
        let half_ms = self.start_within.as_millis() / 2;
        let by_rate = u128::from(self.rate_per_second).saturating_mul(half_ms) / 1_000;
        u32::try_from(by_rate).unwrap_or(u32::MAX).clamp(1, self.questions_per_request.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> WorkerConfig {
        WorkerConfig::new(vec![TenantId::new("town").unwrap()], vec![0])
    }

    #[test]
    fn the_defaults_are_sound_and_each_bad_setting_is_named() {
        assert_eq!(config().check(), Ok(()));
        let bad = |change: fn(&mut WorkerConfig)| {
            let mut config = config();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(bad(|c| c.tenants.clear()).starts_with("tenants of a worker"));
        assert!(bad(|c| c.concurrency = 0).starts_with("concurrency of a worker"));
        assert!(bad(|c| c.ask_timeout = c.start_within).contains("must be shorter than start_within"));
    }

    #[test]
    fn one_request_holds_what_half_the_time_can_take() {
        assert_eq!(WorkerConfig { rate_per_second: 20, ..config() }.most_questions(), 100);
        assert_eq!(WorkerConfig { rate_per_second: 1_000_000, ..config() }.most_questions(), 500);
        let slow = WorkerConfig { rate_per_second: 1, start_within: Duration::from_secs(1), ..config() };
        assert_eq!(slow.most_questions(), 1, "a slow worker still asks one");
    }
}
