//! Reading the past from the outside: a small town's log is made with the real decider, then read in every way.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod by_laws;
mod deciding;
mod explaining;
mod reading;
mod tampered;
mod town;
mod verifying;
mod versions;
