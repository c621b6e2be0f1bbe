//! The owner of a partition on the simulated executor: what is promised holds, whatever arrives and whenever it dies.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod cluster;
mod faulty;
mod rules;
mod worker;
mod world;

mod capacity;
mod commands;
mod crash;
mod elsewhere;
mod fact;
mod flow;
mod permit;
mod publishing;
mod received;
mod sharing;
mod takeover;
mod versions;
mod virtual_time;
