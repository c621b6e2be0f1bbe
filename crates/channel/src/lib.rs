//! The worker runtime: what every channel worker does the same way, whatever its provider.
//!
//! [`Worker`] grants credits, takes escalation notices, asks permits for what it can submit at once, hands each permit
//! to a [`Provider`] exactly once, and reports the outcome until the log has it (protocol, permits 1 to 8).
//!
//! **Invariant:** a permit is used at most once, and no first byte leaves later than `start_within` after the question
//! was first sent, counted on the monotonic clock, but for a process frozen between the check and the write
//! (permits, 7), which is reported as late where the client can tell.

pub mod asking;
mod backoff;
pub mod bucket;
pub mod circuit;
pub mod config;
pub mod deadline;
pub mod granting;
pub mod provider;
mod queue;
pub mod reporting;
mod timeout;
pub mod worker;

pub use config::{WorkerConfig, WorkerError};
pub use deadline::{Deadline, TooLate};
pub use provider::{DeferredBy, Provider, Submission, UnknownReason, UnsentReason};
pub use worker::{Digest, Drain, Worker};
