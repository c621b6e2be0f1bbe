//! A circuit breaker: after several failures in a row the provider is left alone for a while.
//!
//! While it is open the worker says so to the schedulers, as positive evidence of an outage.
//! Time is an argument, from the monotonic clock.

use std::time::Duration;

use crate::provider::Evidence;

/// How many may be submitted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Allowance {
    /// Any number.
    Any,
    /// One alone, to see whether the provider works again.
    Probe,
    /// None before that instant.
    NoneBefore(Duration),
}

/// The breaker.
#[derive(Clone, Debug)]
pub struct Circuit {
    failures_to_open: u32,
    open_for: Duration,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Closed { failures: u32 },
    Open { until: Duration },
    HalfOpen,
}

impl Circuit {
    /// A closed one, which opens after this many failures in a row (at least 1).
    pub fn new(failures_to_open: u32, open_for: Duration) -> Self {
        Self { failures_to_open: failures_to_open.max(1), open_for, state: State::Closed { failures: 0 } }
    }

    /// How many may be submitted now. An open circuit whose time is over becomes half open.
    pub fn allowance(&mut self, now: Duration) -> Allowance {
        match self.state {
            State::Closed { .. } => Allowance::Any,
            State::HalfOpen => Allowance::Probe,
            State::Open { until } if now < until => Allowance::NoneBefore(until),
            State::Open { .. } => {
                self.state = State::HalfOpen;
                Allowance::Probe
            }
        }
    }

    /// Takes in what a submission says; whether the circuit opened or closed by it.
    pub fn record(&mut self, evidence: Evidence, now: Duration) -> bool {
        let before = self.is_closed();
        match (evidence, self.state) {
            (Evidence::Works, State::Closed { .. } | State::Open { .. } | State::HalfOpen) => {
                self.state = State::Closed { failures: 0 };
            }
            (Evidence::Fails, State::Closed { failures }) if failures + 1 < self.failures_to_open => {
                self.state = State::Closed { failures: failures + 1 };
            }
            (Evidence::Fails, State::Closed { .. } | State::HalfOpen) => {
                self.state = State::Open { until: now.saturating_add(self.open_for) };
            }
            // What was under way when it opened says nothing new.
            (Evidence::Fails, State::Open { .. })
            | (Evidence::Neither, State::Closed { .. } | State::Open { .. } | State::HalfOpen) => {}
        }
        before != self.is_closed()
    }

    /// Whether it lets everything through.
    pub const fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed { .. })
    }

    /// Whether it lets nothing through: the provider fails, by positive evidence.
    pub const fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Evidence::{Fails, Neither, Works};

    const OPEN_FOR: Duration = Duration::from_secs(30);

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn it_opens_after_failures_in_a_row_only() {
        let mut circuit = Circuit::new(3, OPEN_FOR);
        for evidence in [Fails, Fails, Works, Fails, Neither, Fails] {
            assert!(!circuit.record(evidence, at(0)), "{evidence:?}");
        }
        assert_eq!(circuit.allowance(at(0)), Allowance::Any);
        assert!(circuit.record(Fails, at(1)), "the third in a row");
        assert_eq!(circuit.allowance(at(30)), Allowance::NoneBefore(at(31)));
        assert!(circuit.is_open());
    }

    #[test]
    fn a_probe_closes_it_or_opens_it_again() {
        let mut circuit = Circuit::new(1, OPEN_FOR);
        circuit.record(Fails, at(0));
        circuit.record(Fails, at(20));
        assert_eq!(circuit.allowance(at(30)), Allowance::Probe, "later failures do not prolong it");
        assert!(!circuit.is_open() && !circuit.is_closed());
        assert!(!circuit.record(Fails, at(31)));
        assert_eq!(circuit.allowance(at(60)), Allowance::NoneBefore(at(61)));
        assert_eq!(circuit.allowance(at(61)), Allowance::Probe);
        assert!(circuit.record(Works, at(62)));
        assert_eq!(circuit.allowance(at(62)), Allowance::Any);
    }
}
