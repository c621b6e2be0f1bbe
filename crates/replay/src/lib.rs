//! Reading the past: streams of events, states as they were, proofs that the log is whole, and explanations.
//!
//! **Invariant:** read-only. The log is handed in as a [`LogReader`](log::LogReader), which has no method that writes, and
//! no dependency of this crate leads to a worker, a bus or a clock.
//! **Invariant:** no personal value is read: sealed parts stay sealed, and nothing here has a key.

pub mod check;
mod error;
pub mod filter;
pub mod jsonl;
pub mod log;
mod pages;
pub mod pauses;
pub mod reader;
pub mod refold;
pub mod rulebooks;
mod share;
pub mod verify;
pub mod why;

pub use error::ReplayError;
