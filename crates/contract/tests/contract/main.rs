//! The wire contract from the outside: what goes in comes out, what is written stays readable, what is wrong is said.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bad_input;
mod events;
mod facts;
mod golden;
mod messages;
mod roundtrip;
mod samples;
mod states;
mod values;
