//! Given, when, then: what the decider must do and must never do. The file names are the themes.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod answers;
mod balance;
mod hours;
mod ladder;
mod never;
mod permits;
mod stops;
mod world;
