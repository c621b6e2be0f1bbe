//! Given, when, then: what the decider must do and must never do. The file names are the themes.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "an independent reader picks the events that it looks for"
)]

mod answers;
mod balance;
mod hours;
mod inbound;
mod ladder;
mod never;
mod permits;
mod stops;
mod world;
